"""An empresa's conversations, as the web reaches them. All methods run on the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from actors import reading as r
from actors import signals as s
from actors.dead_letters import tell
from actors.errors import NoPicture, Unavailable
from actors.pictures import Picture, Pictures
from actors.reply import answer_of, ask, when_settled

if TYPE_CHECKING:
    from actors.directory import Directory
    from actors.files import Files
    from whatsapp.port import Clients

#: Seconds that protobufs may take to become JSON, with what others asked before.
RAW_SECONDS = 20.0
#: Seconds for which a chat is followed by one request.
FOLLOW_SECONDS = 300


class Conversations:
    """Made by `System`. `number` is the empresa's own; None: the one linked now, or last.

    A `ConversationOf` is refused: `EmpresaNotFound`, `ConversationNotFound`. What is said to
    WhatsApp now is refused besides: `EmpresaNotConnected`.
    """

    def __init__(self, directory: Directory, files: Files, clients: Clients) -> None:
        self._directory = directory
        self._clients = clients
        self._raw_turn = asyncio.Lock()
        self._pictures = Pictures(self._picture_url, files)

    async def page(
        self, empresa_id: int, number: str | None, before: r.Spot | None, limit: int
    ) -> r.ConversationPage:
        """At most `limit`, the newest first. Refused: `EmpresaNotFound`."""
        question = r.ConversationsOf(empresa_id, number, before, limit)
        found: r.ConversationPage = await ask(self._directory.reader, question)
        return found

    async def messages(
        self,
        conversation: r.ConversationOf,
        before: r.Spot | None,
        after: r.Spot | None,
        limit: int,
        *,
        with_raw: bool = False,
    ) -> r.MessagePage:
        """Of one, the newest first; `with_raw`: with their protobufs, and then perhaps fewer."""
        question = r.MessagesOf(conversation, before, after, limit, with_raw)
        found: r.MessagePage = await ask(self._directory.reader, question)
        return found

    async def raw_json(self, page: r.MessagePage) -> list[object]:
        """The protobufs of a page's messages as JSON, None where there is none.

        One page at a time: it is the work of a process. Refused: `Unavailable`.
        """
        stored = [each.raw for each in page.messages]
        if not any(stored):
            return [None] * len(stored)
        try:
            async with asyncio.timeout(RAW_SECONDS), self._raw_turn:
                return await asyncio.to_thread(self._clients.raw_json, stored)
        except (TimeoutError, OSError) as error:
            raise Unavailable from error

    async def mark_read(self, conversation: r.ConversationOf, *, is_to_be_told: bool) -> str:
        """Nothing is unread in it once this returns; answers its JID.

        `is_to_be_told`: WhatsApp hears of it too, now or as soon as the empresa is connected.
        """
        found, empresa_id = await self._find(conversation), conversation.empresa_id
        read = r.MarkRead(empresa_id, found.number, found.chat, is_to_be_told)
        reply = self._directory.archive.ask(read, block=False)
        if is_to_be_told:
            # However late it is stored: WhatsApp hears of it.
            when_settled(reply, lambda _: self._wake(empresa_id))
        await answer_of(reply)
        return found.chat

    async def show_typing(self, conversation: r.ConversationOf, state: s.TypingState) -> str:
        """Let the other side see it; answers the JID."""
        found = await self._find(conversation)
        await self._signal(conversation.empresa_id, s.ShowTyping(found.chat, state))
        return found.chat

    async def follow(self, conversation: r.ConversationOf) -> str:
        """Be online, and hear of the other side, for `FOLLOW_SECONDS`; answers the JID."""
        found = await self._find(conversation)
        follow = s.FollowPresence(found.chat, found.phone, found.lid, float(FOLLOW_SECONDS))
        await self._signal(conversation.empresa_id, follow)
        return found.chat

    async def picture(self, conversation: r.ConversationOf) -> Picture:
        """Of the other side. Refused besides: `NoPicture`, `PictureUnreachable`."""
        found = await self._find(conversation)
        picture = await self._pictures.get(conversation.empresa_id, found.number, found.chat)
        if picture is None:
            raise NoPicture
        return picture

    def forget(self, empresa_id: int) -> None:
        """It is being erased."""
        self._pictures.forget(empresa_id)

    async def _picture_url(self, empresa_id: int, chat: str) -> str | None:
        found = await self._signal(empresa_id, s.FindPicture(0, chat), 15.0)
        url: str | None = found.get("url")
        return url

    def _wake(self, empresa_id: int) -> None:
        tell(self._directory.sender(empresa_id), r.ReadsNoted())

    async def _find(self, conversation: r.ConversationOf) -> r.StoredConversation:
        found: r.StoredConversation = await ask(self._directory.reader, conversation)
        return found

    async def _signal(
        self, empresa_id: int, signal: s.Signal, seconds: float = 5.0
    ) -> dict[str, str]:
        session = self._directory.session(empresa_id)
        if session is None:
            raise Unavailable
        found: dict[str, str] | None = await ask(session, s.SendSignal(signal), seconds)
        return found or {}
