"""An empresa as a whole: what it has set, how its sending stands, erasing it."""

from __future__ import annotations

from typing import Any

from actors.profiles import Profile
from actors.shape import iso
from web.base import BaseHandler
from web.command import BodyHandler
from web.refusals import EmpresaIdNotRepeated


class EmpresaHandler(BodyHandler):
    """`GET`, `PUT` and `DELETE /api/empresas/:id`."""

    async def get(self, text: str) -> None:
        """What holds for it."""
        self.reply(_shape(await self.system.profiles.get(self.empresa_of(text))))

    async def put(self, text: str) -> None:
        """Replace all that it has set."""
        empresa_id = self.empresa_of(text)
        self.reply(_shape(await self.system.profiles.put(empresa_id, self.json_body())))

    async def delete(self, text: str) -> None:
        """Begin to erase it: 202, as the unlinking may take half a minute, and cannot fail."""
        empresa_id = self.empresa_of(text)
        repeated = self.json_body().get("empresaId")
        if type(repeated) is not int or repeated != empresa_id:
            raise EmpresaIdNotRepeated
        await self.system.erase(empresa_id)
        self.set_status(202)
        self.reply({"success": True, "message": "Apagando..."})


class PaceHandler(BodyHandler):
    """Answers with how an empresa's sending stands."""

    async def tell(self, empresa_id: int) -> None:
        """Answer with it as it is now."""
        view = await self.system.profiles.pace(empresa_id)
        reason, holds, until = view.pause or (None, None, None)
        self.reply(
            {
                "waiting": view.waiting,
                "nextAt": iso(view.next_at) if view.next_at else None,
                "contactsToday": view.contacts,
                "mostContactsToday": view.most_contacts,
                "pause": {"reason": reason, "holds": holds, "until": iso(until)} if until else None,
            }
        )


class SendingHandler(PaceHandler):
    """`GET /api/empresas/:id/sending`."""

    async def get(self, text: str) -> None:
        """How it stands."""
        await self.tell(self.empresa_of(text))


class ResumeHandler(PaceHandler):
    """`POST /api/empresas/:id/sending/resume`."""

    async def post(self, text: str) -> None:
        """End all pauses."""
        empresa_id = self.empresa_of(text)
        await self.system.profiles.resume(empresa_id)
        await self.tell(empresa_id)


def _shape(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "timezone": profile.timezone,
        "sending": profile.settings.to_json(),
    }


ROUTES: list[tuple[str, type[BaseHandler]]] = [
    (r"/api/empresas/([^/]+)", EmpresaHandler),
    (r"/api/empresas/([^/]+)/sending", SendingHandler),
    (r"/api/empresas/([^/]+)/sending/resume", ResumeHandler),
]
