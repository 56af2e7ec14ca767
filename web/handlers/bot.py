"""The bot's own routes: status, connect, disconnect, logout, restart, QR and sessions."""

from __future__ import annotations

from typing import Any

from actors.errors import QrNotAvailable
from actors.shape import iso, png_data_url, status_data
from actors.status import Status
from web import schemas
from web.base import BaseHandler
from web.body import BodyHandler


class StatusHandler(BaseHandler):
    """`GET /api/bot/status/:id`."""

    async def get(self, text: str) -> None:
        """One empresa's status, QR and pairing code included."""
        self.empresa_id = schemas.empresa_id(text)
        status, age = await self.system.status(self.empresa_id)
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


class ConnectHandler(BodyHandler):
    """`POST /api/bot/connect/:id`."""

    async def post(self, text: str) -> None:
        """Begin to connect, by QR or, with a `phoneNumber`, by pairing code; harmless twice."""
        self.empresa_id = schemas.empresa_id(text)
        phone = schemas.phone_number(self.json_body().get("phoneNumber"))
        is_connected = await self.system.connect(self.empresa_id, phone)
        message = "Já conectado" if is_connected else "Conectando..."
        self.reply({"success": True, "message": message})


class DisconnectHandler(BodyHandler):
    """`POST /api/bot/disconnect/:id`."""

    async def post(self, text: str) -> None:
        """Leave WhatsApp and keep the link."""
        self.check_body_size()
        self.empresa_id = schemas.empresa_id(text)
        await self.system.disconnect(self.empresa_id)
        self.reply({"success": True, "message": "Desconectado"})


class LogoutHandler(BodyHandler):
    """`POST /api/bot/logout/:id`."""

    async def post(self, text: str) -> None:
        """Unlink the phone and delete the credentials; the end is reported by events."""
        self.check_body_size()
        self.empresa_id = schemas.empresa_id(text)
        await self.system.logout(self.empresa_id)
        self.reply({"success": True, "message": "Desvinculando..."})


class RestartHandler(BodyHandler):
    """`POST /api/bot/restart/:id`."""

    async def post(self, text: str) -> None:
        """Begin anew with the credentials there are."""
        self.check_body_size()
        self.empresa_id = schemas.empresa_id(text)
        await self.system.restart(self.empresa_id)
        self.reply({"success": True, "message": "Reiniciando..."})


ROUTES = [
    (r"/api/bot/status/([^/]+)", StatusHandler),
    (r"/api/bot/sessions", SessionsHandler),
    (r"/api/bot/qr/([^/]+)", QrHandler),
    (r"/api/bot/connect/([^/]+)", ConnectHandler),
    (r"/api/bot/disconnect/([^/]+)", DisconnectHandler),
    (r"/api/bot/logout/([^/]+)", LogoutHandler),
    (r"/api/bot/restart/([^/]+)", RestartHandler),
]
