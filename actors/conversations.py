"""An empresa's conversations, as the web reaches them. All methods run on the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors import reading as r
from actors.reply import ask

if TYPE_CHECKING:
    from actors.directory import Directory


class Conversations:
    """Made by `System`. `number` is the empresa's own; None: the one linked now, or last."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

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
    ) -> r.MessagePage:
        """Of one, the newest first. Refused: `EmpresaNotFound`, `ConversationNotFound`."""
        question = r.MessagesOf(conversation, before, after, limit)
        found: r.MessagePage = await ask(self._directory.reader, question)
        return found

    async def mark_read(self, conversation: r.ConversationOf) -> str:
        """Nothing is unread in it once this returns; answers its JID. Refused as `messages`."""
        found: r.StoredConversation = await ask(self._directory.reader, conversation)
        read = r.MarkRead(conversation.empresa_id, found.number, found.chat)
        await ask(self._directory.archive, read)
        return found.chat
