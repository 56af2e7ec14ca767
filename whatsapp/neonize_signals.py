"""What neonize can say and ask beside messages: read, typing, presence, pictures.

All of it raises what neonize does. What is only told goes into the socket, and nobody answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonize import exc
from neonize.utils.enum import ChatPresence, ChatPresenceMedia, Presence, ReceiptType
from neonize.utils.jid import build_jid

if TYPE_CHECKING:
    from typing import Any

    from neonize.client import NewClient

    from whatsapp.port import TypingState

_TYPING = {
    "composing": (ChatPresence.CHAT_PRESENCE_COMPOSING, ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT),
    "recording": (
        ChatPresence.CHAT_PRESENCE_COMPOSING,
        ChatPresenceMedia.CHAT_PRESENCE_MEDIA_AUDIO,
    ),
    "paused": (ChatPresence.CHAT_PRESENCE_PAUSED, ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT),
}
#: What whatsmeow says where somebody has no picture, or none for us.
_NO_PICTURE = ("does not have a profile picture", "hidden their profile picture")


class NeonizeSignals:
    """Of a client that is logged in. Chats and senders are JIDs without device."""

    def __init__(self, client: NewClient) -> None:
        self._client = client

    def tell_read(self, chat: str, sender: str, ids: list[str]) -> None:
        """Messages of one sender were read. The first call asks WhatsApp for settings: 75 s."""
        # The library joins the ids with spaces: none may have one.
        self._client.mark_read(*ids, chat=_jid(chat), sender=_jid(sender), receipt=ReceiptType.READ)

    def set_online(self, *, is_online: bool) -> None:
        """Be online for all contacts, or not; fails before the account's name is known."""
        self._client.send_presence(Presence.AVAILABLE if is_online else Presence.UNAVAILABLE)

    def subscribe(self, chat: str) -> None:
        """Have WhatsApp tell whether a person is online, until the connection ends."""
        self._client.subscribe_presence(_jid(chat))

    def show_typing(self, chat: str, state: TypingState) -> None:
        """Let a chat see it."""
        self._client.send_chat_presence(_jid(chat), *_TYPING[state])

    def picture_url(self, chat: str) -> str | None:
        """Where the picture is; None: there is none that we may see. Asks WhatsApp: 75 s."""
        try:
            picture = self._client.get_profile_picture(_jid(chat))
        except exc.GetProfilePictureError as error:
            if any(reason in str(error) for reason in _NO_PICTURE):
                return None
            raise
        return str(picture.URL) or None


def _jid(address: str) -> Any:
    user, _, server = address.partition("@")
    return build_jid(user, server)
