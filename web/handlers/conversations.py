"""What was said: an empresa's conversations, and the messages of each."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from actors.conversations import FOLLOW_SECONDS
from actors.errors import Refusal
from actors.reading import ConversationOf
from actors.shape import iso
from web import schemas
from web.base import BaseHandler
from web.command import BodyHandler
from web.conversation_shape import conversation_shape, page_shape
from web.message_refusals import InvalidRecipient
from web.recipients import recipient
from web.schemas import spot_cursor

#: Characters of a chat's address; those of channels and lists are longer than people's.
_MAX_CHAT = 200


class ConversationsHandler(BaseHandler):
    """`GET /api/empresas/:id/conversations`."""

    async def get(self, text: str) -> None:
        """A page of them, the newest first."""
        self.empresa_id = schemas.empresa_id(text)
        query = schemas.reading_query(self.given("limit", "cursor", "number"))
        page = await self.system.conversations.page(
            self.empresa_id, query.number, query.before, query.limit
        )
        self.reply(
            {
                "conversations": [conversation_shape(each) for each in page.conversations],
                "number": page.number,
                "next": spot_cursor(page.next),
            }
        )


class ConversationHandler(BaseHandler):
    """`GET /api/empresas/:id/conversations/:chat/messages`."""

    async def get(self, text: str, chat: str) -> None:
        """A page of its messages, the newest first."""
        self.empresa_id = schemas.empresa_id(text)
        query = schemas.reading_query(self.given("limit", "before", "after", "number", "raw"))
        wanted = ConversationOf(self.empresa_id, query.number, _names(chat))
        conversations = self.system.conversations
        page = await conversations.messages(
            wanted, query.before, query.after, query.limit, with_raw=query.with_raw
        )
        self.reply(page_shape(page, await conversations.raw_json(page) if query.with_raw else None))


class ReadHandler(BodyHandler):
    """`POST /api/empresas/:id/conversations/:chat/read`."""

    async def post(self, text: str, chat: str) -> None:
        """Nothing is unread in it from now on."""
        empresa = self.empresa_of(text)
        number = schemas.own_number(self.given("number"))
        is_to_be_told = schemas.read_option(self.json_body())
        found = await self.system.conversations.mark_read(
            ConversationOf(empresa, number, _names(chat)), is_to_be_told=is_to_be_told
        )
        self.reply({"chat": found, "unread": 0})


class TypingHandler(BodyHandler):
    """`POST /api/empresas/:id/conversations/:chat/typing`."""

    async def post(self, text: str, chat: str) -> None:
        """Let the other side see it, now or not at all."""
        wanted = ConversationOf(self.empresa_of(text), None, _names(chat))
        state = schemas.typing_state(self.json_body())
        found = await self.system.conversations.show_typing(wanted, state)
        self.reply({"chat": found, "state": state})


class FollowHandler(BodyHandler):
    """`POST /api/empresas/:id/conversations/:chat/presence/subscribe`."""

    async def post(self, text: str, chat: str) -> None:
        """Be online, and hear of the other side, for a while."""
        wanted = ConversationOf(self.empresa_of(text), None, _names(chat))
        found = await self.system.conversations.follow(wanted)
        until = datetime.now(UTC) + timedelta(seconds=FOLLOW_SECONDS)
        self.reply({"chat": found, "until": iso(until)})


class PictureHandler(BaseHandler):
    """`GET /api/empresas/:id/conversations/:chat/picture`."""

    async def get(self, text: str, chat: str) -> None:
        """The picture of the other side."""
        self.empresa_id = schemas.empresa_id(text)
        wanted = ConversationOf(self.empresa_id, None, _names(chat))
        picture = await self.system.conversations.picture(wanted)
        self.set_header("Content-Type", picture.mime_type)
        self.set_header("Cache-Control", "private, max-age=600")
        self.finish(picture.data)


def _names(chat: str) -> tuple[str, ...]:
    """The JIDs and phone numbers that may be meant. Refused: `InvalidRecipient`."""
    names: tuple[str, ...] = (chat,) if "@" in chat else ()
    with suppress(Refusal):
        names += recipient(chat).address.names
    if not names or len(chat) > _MAX_CHAT or "\0" in chat:
        raise InvalidRecipient(
            "A conversa deve ser um telefone com DDD ou um endereço do WhatsApp "
            "(…@s.whatsapp.net, …@lid ou …@g.us).",
            field="chat",
        )
    return names


ROUTES: list[tuple[str, type[BaseHandler]]] = [
    (r"/api/empresas/([^/]+)/conversations", ConversationsHandler),
    (r"/api/empresas/([^/]+)/conversations/([^/]+)/messages", ConversationHandler),
    (r"/api/empresas/([^/]+)/conversations/([^/]+)/read", ReadHandler),
    (r"/api/empresas/([^/]+)/conversations/([^/]+)/typing", TypingHandler),
    (r"/api/empresas/([^/]+)/conversations/([^/]+)/presence/subscribe", FollowHandler),
    (r"/api/empresas/([^/]+)/conversations/([^/]+)/picture", PictureHandler),
]
