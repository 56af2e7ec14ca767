"""The message handlers that this server knows, and the processes in which they are at work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from actors.errors import HandlerNotUsable, Unavailable, UnknownHandler
from actors.fields import refuse
from actors.opening_hours import OpeningHours
from actors.rules.handler import settings_in_force
from handling.hosted import ANSWER_SECONDS, HostedHandler
from handling.seam import HandlerFailed

#: The one that comes with the server.
RULES = "rules"
_CLASSES = {RULES: "actors.rules.handler:RulesHandler"}


class Hosting:
    """On the event loop. `others`: further handlers by name, each as `package.module:Class`."""

    def __init__(self, others: Mapping[str, str]) -> None:
        self._classes = {**_CLASSES, **others}
        self._open: set[HostedHandler] = set()
        self._closing: set[asyncio.Task[None]] = set()

    def settings(
        self, name: str, document: Mapping[str, Any], hours: OpeningHours
    ) -> dict[str, Any]:
        """What it is given, of what an empresa with these opening hours has set.

        Refused: `UnknownHandler`, `InvalidSettings`.
        """
        if name not in self._classes:
            raise UnknownHandler(handlers=sorted(self._classes))
        if name == RULES:
            return settings_in_force(document, hours)
        try:
            json.dumps(document, allow_nan=False)
        except (ValueError, RecursionError):
            refuse("settings", "tem um valor que não existe em JSON.")
        return dict(document)

    async def try_out(self, name: str, settings: Mapping[str, Any]) -> None:
        """Let it begin with these. Refused: `InvalidSettings`, `HandlerNotUsable`."""
        hosted = self.open(name, settings)
        try:
            await hosted.begin()
        except OSError as error:
            raise Unavailable from error
        except HandlerFailed as failed:
            if failed.kind == "settings":
                refuse("settings", f"não serve: {failed.detail[:500]}")
            raise HandlerNotUsable(detail=failed.detail[-500:]) from failed
        finally:
            self.release(hosted)

    def open(self, name: str, settings: Mapping[str, Any]) -> HostedHandler:
        """A handler to be asked; its process begins when it is needed. To be released."""
        hosted = HostedHandler(self._classes[name], settings, seconds=ANSWER_SECONDS)
        self._open.add(hosted)
        return hosted

    def release(self, hosted: HostedHandler) -> None:
        """Nobody asks it any more: its process ends."""
        self._open.discard(hosted)
        task = asyncio.get_running_loop().create_task(hosted.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End all processes; nobody asks any more."""
        for hosted in list(self._open):
            self.release(hosted)
        await asyncio.gather(*self._closing)
