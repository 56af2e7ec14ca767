"""What empresas have set of themselves, as the web reaches it. All methods run on the loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actors import outgoing as o
from actors.dead_letters import tell
from actors.errors import Unavailable
from actors.fields import Fields, refuse
from actors.hours_reading import read_timezone
from actors.pace import settings_of
from actors.reply import ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pykka import ActorRef

    from actors.directory import Directory
    from actors.governor import Settings

#: Characters of an empresa's name.
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Profile:
    """As it holds."""

    name: str | None
    timezone: str
    settings: Settings


class Profiles:
    """Made by `System`. Every method is refused where the empresa is unknown: `EmpresaNotFound`."""

    def __init__(self, directory: Directory, base: Settings) -> None:
        self._directory = directory
        self._base = base

    async def get(self, empresa_id: int) -> Profile:
        """What holds for an empresa."""
        stored: o.StoredPace = await ask(self._directory.reader, o.PaceOf(empresa_id))
        return self._holding(stored.profile)

    async def put(self, empresa_id: int, document: Mapping[str, Any]) -> Profile:
        """Replace all that it has set by `name`, `timezone`, `sending`; answers what holds.

        Refused: `InvalidSettings`.
        """
        fields = Fields(document)
        name = fields.text("name", None, LONGEST_NAME)
        timezone, settings = fields.get("timezone"), fields.get("sending")
        fields.end()
        if settings is not None and not isinstance(settings, dict):
            refuse("sending", "deve ser um objeto JSON.")
        zone = None if timezone is None else read_timezone(timezone)
        profile = o.Profile(name, zone, settings or {})
        holding = self._holding(profile)
        await ask(self._directory.archive, o.PutProfile(empresa_id, profile))
        tell(self._directory.sender(empresa_id), o.ProfileChanged())
        handler = self._directory.handler(empresa_id)
        if handler is not None:
            tell(handler, o.ProfileChanged())
        return holding

    async def pace(self, empresa_id: int) -> o.PaceView:
        """How its sending stands."""
        view: o.PaceView = await ask(await self._sender(empresa_id), o.PaceNow())
        return view

    async def resume(self, empresa_id: int) -> None:
        """End all pauses of its sending."""
        await ask(await self._sender(empresa_id), o.ResumeSending())

    async def _sender(self, empresa_id: int) -> ActorRef[Any]:
        """Who sends for it. Refused besides: `Unavailable`, where it is not there yet."""
        sender = self._directory.sender(empresa_id)
        if sender is None:
            await self.get(empresa_id)
            raise Unavailable
        return sender

    def _holding(self, profile: o.Profile) -> Profile:
        settings = settings_of(profile, self._base)
        return Profile(profile.name, settings.hours.timezone, settings)
