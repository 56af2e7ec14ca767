"""Who answers an empresa's customers by itself: chosen, shown, removed."""

from __future__ import annotations

from typing import Any

from actors.handlers import HandlerView
from actors.shape import iso
from web.base import BaseHandler
from web.command import BodyHandler

_NOTHING = dict.fromkeys(
    ("handler", "settings", "state", "until", "position", "lastSeq", "lastFailure")
)


class MessageHandlerHandler(BodyHandler):
    """`GET`, `PUT` and `DELETE /api/empresas/:id/handler`."""

    #: A menu of many options, with a long text each.
    max_body = 256 * 1024

    async def get(self, text: str) -> None:
        """Which it is, and how it fares."""
        self.reply(_shape(await self.system.handlers.get(self.empresa_of(text))))

    async def put(self, text: str) -> None:
        """Choose one, with its settings."""
        empresa_id = self.empresa_of(text)
        self.reply(_shape(await self.system.handlers.put(empresa_id, self.json_body())))

    async def delete(self, text: str) -> None:
        """Have none any more."""
        await self.system.handlers.delete(self.empresa_of(text))
        self.reply(_shape(None))


def _shape(view: HandlerView | None) -> dict[str, Any]:
    if view is None:
        return _NOTHING
    return {
        "handler": view.name,
        "settings": view.settings,
        "state": view.state,
        "until": iso(view.until) if view.until else None,
        "position": view.position,
        "lastSeq": view.last_seq,
        "lastFailure": view.last_failure,
    }


ROUTES: list[tuple[str, type[BaseHandler]]] = [
    (r"/api/empresas/([^/]+)/handler", MessageHandlerHandler),
]
