"""The bot's own routes: status, connect, disconnect, logout, restart, QR and sessions."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from actors.errors import QrNotAvailable
from actors.shape import iso, png_data_url, status_data
from actors.status import Status
from web import schemas
from web.base import BaseHandler
from web.command import CommandHandler


class StatusHandler(BaseHandler):
    """`GET /api/bot/status/:id`."""

    def get(self, text: str) -> Awaitable[None] | None:
        """One empresa's status, QR and pairing code included.

        Every page asks for it every few seconds: what is shown needs no task of its own.
        """
        self.empresa_id = schemas.empresa_id(text)
        shown = self.system.status_text(self.empresa_id)
        if shown is None:
            return self._asked(self.empresa_id)
        self.reply_text(shown)
        return None

    async def _asked(self, empresa_id: int) -> None:
        status, age = await self.system.status(empresa_id)
        self.reply(status_data(status, age, secrets=True))


class SessionsHandler(BaseHandler):
    """`GET /api/bot/sessions`."""

    async def get(self) -> None:
        """Every empresa's status, without what only its own page should show."""
        statuses = await self.system.statuses()
        self.reply({"sessions": [_session(*known) for known in statuses.items()]})


def _session(empresa_id: int, known: tuple[Status, float]) -> dict[str, Any]:
    data = status_data(*known, secrets=False)
    del data["qrCode"], data["pairingCode"]
    return {"empresaId": empresa_id, **data}


class QrHandler(BaseHandler):
    """`GET /api/bot/qr/:id`."""

    async def get(self, text: str) -> None:
        """The QR to scan now, as JSON or as the picture itself."""
        self.empresa_id = schemas.empresa_id(text)
        self.add_header("Vary", "Accept")
        status, _ = await self.system.status(self.empresa_id)
        if status.qr is None:
            reason = status.reason.value if status.reason else None
            raise QrNotAvailable(state=status.state.value, reason=reason)
        if schemas.prefers_png(self.request.headers.get("Accept", "")):
            self.set_header("Content-Type", "image/png")
            self.finish(status.qr.png)
            return
        self.reply(
            {
                "qrCode": png_data_url(status.qr.png),
                "attempt": status.qr.attempt,
                "expiresAt": iso(status.qr.expires_at),
            }
        )


class ConnectHandler(CommandHandler):
    """`POST /api/bot/connect/:id`, with a `phoneNumber` to pair by code instead of a QR."""

    async def command(self, empresa_id: int) -> str:
        """Begin to connect; harmless twice."""
        phone = schemas.phone_number(self.json_body().get("phoneNumber"))
        is_connected = await self.system.connect(empresa_id, phone)
        return "Já conectado" if is_connected else "Conectando..."


class DisconnectHandler(CommandHandler):
    """`POST /api/bot/disconnect/:id`."""

    async def command(self, empresa_id: int) -> str:
        """Leave WhatsApp and keep the link."""
        await self.system.disconnect(empresa_id)
        return "Desconectado"


class LogoutHandler(CommandHandler):
    """`POST /api/bot/logout/:id`."""

    async def command(self, empresa_id: int) -> str:
        """Unlink the phone and delete the credentials; the end is reported by events."""
        await self.system.logout(empresa_id)
        return "Desvinculando..."


class RestartHandler(CommandHandler):
    """`POST /api/bot/restart/:id`."""

    async def command(self, empresa_id: int) -> str:
        """Begin anew with the credentials there are."""
        await self.system.restart(empresa_id)
        return "Reiniciando..."


ROUTES = [
    (r"/api/bot/status/([^/]+)", StatusHandler),
    (r"/api/bot/sessions", SessionsHandler),
    (r"/api/bot/qr/([^/]+)", QrHandler),
    (r"/api/bot/connect/([^/]+)", ConnectHandler),
    (r"/api/bot/disconnect/([^/]+)", DisconnectHandler),
    (r"/api/bot/logout/([^/]+)", LogoutHandler),
    (r"/api/bot/restart/([^/]+)", RestartHandler),
]
