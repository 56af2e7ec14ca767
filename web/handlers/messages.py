"""Messages to send: taken in, looked at, cancelled, settled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from actors.addressing import Address
from actors.errors import NotOnWhatsapp, UnknownRecipient
from actors.outgoing import Accepted, Idempotency, OutgoingMessage
from actors.shape import iso
from web.base import BaseHandler
from web.command import BodyHandler
from web.idempotency import digest, idempotency_key
from web.message_bodies import OutgoingMessage as AskedMessage
from web.message_bodies import outgoing_message
from web.message_refusals import NotSendableYet
from web.recipients import Recipient, recipient
from web.schemas import ack_wait

#: What the worker is given to send.
_SENDABLE = frozenset({"text", "location", "contact", "poll"})


class MessagesHandler(BodyHandler):
    """`POST /api/empresas/:id/messages`."""

    #: Bytes: the longest text, with every character escaped.
    max_body = 512 * 1024

    async def post(self, text: str) -> None:
        """Take a message in: 202, with its id."""
        empresa = self.empresa_of(text)
        asked = outgoing_message(self.json_body())
        if not _is_sendable(asked):
            raise NotSendableYet(field="type")
        wait = ack_wait(self.given("wait", "timeout"))
        key = idempotency_key(self.request.headers.get("Idempotency-Key"))
        accepted = await self.system.sending.accept(
            empresa,
            _address(asked.to),
            asked.content,
            asked.expires_in,
            Idempotency(key, bytes.fromhex(digest(asked))) if key else None,
        )
        if accepted.is_replay:
            self.set_header("Idempotency-Replayed", "true")
        self.set_status(202)
        found: Accepted | OutgoingMessage = accepted
        if wait:
            found = await self.system.wait_for_message(empresa, accepted.id, wait)
        elif accepted.is_replay:
            found = await self.system.sending.message(empresa, accepted.id)
        expected = await self.system.sending.estimate(empresa, found.waiting)
        self.reply(
            {
                "id": accepted.id,
                "state": found.state,
                "chat": found.chat,
                "estimatedAt": iso(expected) if expected else None,
            }
        )


class OneMessageHandler(BodyHandler):
    """Answers with a message as it is now."""

    async def tell(self, empresa_id: int, name: str) -> None:
        """Its life, and when it is expected to go."""
        message = await self.system.sending.message(empresa_id, name)
        expected = await self.system.sending.estimate(empresa_id, message.waiting)
        self.reply(_shape(message, expected))


class MessageHandler(OneMessageHandler):
    """`GET` and `DELETE /api/empresas/:id/messages/:mid`."""

    async def get(self, text: str, name: str) -> None:
        """One message with its life."""
        await self.tell(self.empresa_of(text), name)

    async def delete(self, text: str, name: str) -> None:
        """Cancel one that waits."""
        empresa = self.empresa_of(text)
        await self.system.sending.cancel(empresa, name)
        await self.tell(empresa, name)


class ResendHandler(OneMessageHandler):
    """`POST /api/empresas/:id/messages/:mid/resend`."""

    async def post(self, text: str, name: str) -> None:
        """Send one that is unconfirmed again."""
        empresa = self.empresa_of(text)
        await self.system.sending.resend(empresa, name)
        await self.tell(empresa, name)


class GiveUpHandler(OneMessageHandler):
    """`POST /api/empresas/:id/messages/:mid/give-up`."""

    async def post(self, text: str, name: str) -> None:
        """Take one that is unconfirmed for not sent."""
        empresa = self.empresa_of(text)
        await self.system.sending.give_up(empresa, name)
        await self.tell(empresa, name)


class NumberHandler(BodyHandler):
    """`GET /api/empresas/:id/numbers/:number`."""

    async def get(self, text: str, number: str) -> None:
        """Whether it can be written to, and the chat that is meant."""
        empresa = self.empresa_of(text)
        to = _address(recipient(number))
        await self.system.status(empresa)  # refuses an empresa that is unknown
        try:
            chat = await self.system.sending.chat_of(empresa, to)
        except (NotOnWhatsapp, UnknownRecipient):
            self.reply({"exists": False, "chat": None})
        else:
            self.reply({"exists": True, "chat": chat})


def _address(to: Recipient) -> Address:
    return Address(to.kind, (to.jid,) if to.jid else to.candidates)


def _is_sendable(asked: AskedMessage) -> bool:
    is_plain = asked.content["type"] in _SENDABLE and not asked.content["quote"]
    return is_plain and not asked.content.get("linkPreview") and not asked.typing


def _shape(message: OutgoingMessage, expected: datetime | None) -> dict[str, Any]:
    return {
        "id": message.id,
        "whatsappId": message.whatsapp_id,
        "chat": message.chat,
        "type": message.content["type"],
        "state": message.state,
        "reason": message.reason,
        "estimatedAt": iso(expected) if expected else None,
        "expiresAt": iso(message.expires_at),
        "states": [
            {"state": step.state, "reason": step.reason, "at": iso(step.at)}
            for step in message.steps
        ],
    }


ROUTES: list[tuple[str, type[BaseHandler]]] = [
    (r"/api/empresas/([^/]+)/messages", MessagesHandler),
    (r"/api/empresas/([^/]+)/messages/([^/]+)", MessageHandler),
    (r"/api/empresas/([^/]+)/messages/([^/]+)/resend", ResendHandler),
    (r"/api/empresas/([^/]+)/messages/([^/]+)/give-up", GiveUpHandler),
    (r"/api/empresas/([^/]+)/numbers/([^/]+)", NumberHandler),
]
