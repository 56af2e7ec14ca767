"""The message handlers of empresas, as the web reaches them. All methods run on the event loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from actors import answering as a
from actors.errors import InvalidSettings, Refusal, UnknownHandler
from actors.fields import Fields, refuse
from actors.messages import LedgerHead, LedgerHeadOf
from actors.outgoing import PaceOf, StoredPace
from actors.pace import hours_of
from actors.reply import ask

if TYPE_CHECKING:
    from actors.directory import Directory
    from actors.governor import Settings
    from actors.hosting import Hosting
    from actors.opening_hours import OpeningHours


@dataclass(frozen=True, slots=True)
class HandlerView:
    """An empresa's handler, and how it fares."""

    name: str
    settings: dict[str, Any]
    """As they hold."""
    state: str
    """As `HandlerLook` says; `starting`: its actor is about to start."""
    until: datetime | None
    position: int
    last_seq: int
    last_failure: dict[str, Any] | None


class Handlers:
    """Made by `System`. Every method is refused where the empresa is unknown: `EmpresaNotFound`."""

    def __init__(self, directory: Directory, hosting: Hosting, base: Settings) -> None:
        self._directory = directory
        self._hosting = hosting
        self._base = base

    async def get(self, empresa_id: int) -> HandlerView | None:
        """The one that an empresa has chosen; None: it has none."""
        hours = await self._hours(empresa_id)
        reader = self._directory.reader
        stored: a.StoredHandler | None = await ask(reader, a.HandlerOf(empresa_id))
        if stored is None:
            return None
        chosen, look = stored.chosen, await self._look(empresa_id)
        head: LedgerHead = await ask(reader, LedgerHeadOf(empresa_id))
        return HandlerView(
            chosen.name,
            self._holding(chosen, hours),
            look.state,
            look.until,
            max(stored.position, look.position),
            head.last_seq,
            stored.last_failure,
        )

    async def put(self, empresa_id: int, document: Mapping[str, Any]) -> HandlerView | None:
        """Choose one by `handler` and `settings`; answers what holds.

        Refused: `UnknownHandler`, `InvalidSettings`, `HandlerNotUsable`.
        """
        fields = Fields(document)
        name, settings = fields.get("handler"), fields.get("settings")
        fields.end()
        if not isinstance(name, str):
            refuse("handler", "deve ser o nome de um atendente automático.")
        if settings is not None and not isinstance(settings, dict):
            refuse("settings", "deve ser um objeto JSON.")
        chosen = a.ChosenHandler(name, settings or {})
        hours = await self._hours(empresa_id)
        holding = self._hosting.settings(name, chosen.settings, hours)
        await self._hosting.try_out(name, holding)
        await self._choose(empresa_id, chosen)
        return await self.get(empresa_id)

    async def delete(self, empresa_id: int) -> None:
        """It has none from now on. Harmless twice."""
        await self._choose(empresa_id, None)

    async def _choose(self, empresa_id: int, chosen: a.ChosenHandler | None) -> None:
        await ask(self._directory.archive, a.ChooseHandler(empresa_id, chosen))
        await ask(self._directory.registry, a.HandlerChanged(empresa_id))

    async def _hours(self, empresa_id: int) -> OpeningHours:
        stored: StoredPace = await ask(self._directory.reader, PaceOf(empresa_id))
        return hours_of(stored.profile, self._base)

    def _holding(self, chosen: a.ChosenHandler, hours: OpeningHours) -> dict[str, Any]:
        try:
            return self._hosting.settings(chosen.name, chosen.settings, hours)
        except (UnknownHandler, InvalidSettings):
            return chosen.settings  # its state says that they do not hold

    async def _look(self, empresa_id: int) -> a.HandlerLook:
        actor = self._directory.handler(empresa_id)
        nothing = a.HandlerLook("starting", None, 0)
        if actor is None:
            return nothing
        try:
            look: a.HandlerLook = await ask(actor, a.HandlerNow())
        except Refusal:
            return nothing  # it is being restarted
        return look
