"""An empresa as a whole: erasing it."""

from __future__ import annotations

from web.base import BaseHandler
from web.command import BodyHandler
from web.refusals import EmpresaIdNotRepeated


class EmpresaHandler(BodyHandler):
    """`DELETE /api/empresas/:id`."""

    async def delete(self, text: str) -> None:
        """Begin to erase it: 202, as the unlinking may take half a minute, and cannot fail."""
        empresa_id = self.empresa_of(text)
        repeated = self.json_body().get("empresaId")
        if type(repeated) is not int or repeated != empresa_id:
            raise EmpresaIdNotRepeated
        await self.system.erase(empresa_id)
        self.set_status(202)
        self.reply({"success": True, "message": "Apagando..."})


ROUTES: list[tuple[str, type[BaseHandler]]] = [(r"/api/empresas/([^/]+)", EmpresaHandler)]
