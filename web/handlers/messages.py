"""Messages that were accepted: told, cancelled, settled."""

from __future__ import annotations

from typing import Any

from actors.outgoing import OutgoingMessage
from actors.shape import iso
from web.base import BaseHandler
from web.command import BodyHandler


class MessageHandler(BodyHandler):
    """`GET` and `DELETE /api/empresas/:id/messages/:mid`."""

    async def get(self, text: str, name: str) -> None:
        """One message with its life."""
        empresa = self.empresa_of(text)
        self.reply(_shape(await self.system.sending.message(empresa, name)))

    async def delete(self, text: str, name: str) -> None:
        """Cancel one that waits."""
        empresa = self.empresa_of(text)
        await self.system.sending.cancel(empresa, name)
        self.reply(_shape(await self.system.sending.message(empresa, name)))


class ResendHandler(BodyHandler):
    """`POST /api/empresas/:id/messages/:mid/resend`."""

    async def post(self, text: str, name: str) -> None:
        """Send one that is unconfirmed again."""
        empresa = self.empresa_of(text)
        await self.system.sending.resend(empresa, name)
        self.reply(_shape(await self.system.sending.message(empresa, name)))


class GiveUpHandler(BodyHandler):
    """`POST /api/empresas/:id/messages/:mid/give-up`."""

    async def post(self, text: str, name: str) -> None:
        """Take one that is unconfirmed for not sent."""
        empresa = self.empresa_of(text)
        await self.system.sending.give_up(empresa, name)
        self.reply(_shape(await self.system.sending.message(empresa, name)))


def _shape(message: OutgoingMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "whatsappId": message.whatsapp_id,
        "chat": message.chat,
        "type": message.content["type"],
        "state": message.state,
        "reason": message.reason,
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
]
