"""Messages that were accepted: told, cancelled, settled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from actors.errors import NotOnWhatsapp, UnknownRecipient
from actors.outgoing import OutgoingMessage
from actors.shape import iso
from web.base import BaseHandler
from web.command import BodyHandler
from web.recipients import recipient


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
        to = recipient(number).address
        await self.system.status(empresa)  # refuses an empresa that is unknown
        try:
            chat = await self.system.sending.chat_of(empresa, to)
        except (NotOnWhatsapp, UnknownRecipient):
            self.reply({"exists": False, "chat": None})
        else:
            self.reply({"exists": True, "chat": chat})


def _shape(message: OutgoingMessage, expected: datetime | None) -> dict[str, Any]:
    return {
        "id": message.id,
        "whatsappId": message.whatsapp_id,
        "chat": message.chat,
        "bulkId": message.job,
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
    (r"/api/empresas/([^/]+)/messages/([^/]+)", MessageHandler),
    (r"/api/empresas/([^/]+)/messages/([^/]+)/resend", ResendHandler),
    (r"/api/empresas/([^/]+)/messages/([^/]+)/give-up", GiveUpHandler),
    (r"/api/empresas/([^/]+)/numbers/([^/]+)", NumberHandler),
]
