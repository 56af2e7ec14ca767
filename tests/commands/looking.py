"""`top` as a test looks at it and types into it; no terminal is needed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from commands.admin_client import Actor, AdminClient
from commands.top_list import ActorList
from commands.top_screen import TopApp
from commands.top_table import Filter, Order

DEADLINE = 20.0
PAUSE = 0.02
#: Seconds between two questions.
EVERY = 0.05


class Glance:
    """What stands on the screen, and the keys."""

    def __init__(self, app: TopApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        lines = self.app.screen._compositor.render_strips()
        return "\n".join("".join(part.text for part in line).rstrip() for line in lines)

    @property
    def rows(self) -> list[list[str]]:
        """The words of each line of the table, from the top of the screen down."""
        lines = self.text.splitlines()
        (title,) = (at for at, line in enumerate(lines) if line.startswith("empresa class"))
        return [line.split() for line in lines[title + 1 : -1] if line.strip()]

    def row(self, empresa_id: int, kind: str = "session") -> list[str]:
        """The words of one actor; nothing where it is not shown."""
        found = [row for row in self.rows if row[:2] == [str(empresa_id), kind]]
        return found[0] if found else []

    @property
    def selected(self) -> Actor | None:
        return self.app.query_one(ActorList).selected

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, holds: Callable[[], object]) -> None:
        """As the screen changes, until this is so."""
        deadline = time.monotonic() + DEADLINE
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"this has not come:\n{self.text}")
            await self.pilot.pause(PAUSE)

    async def says(self, text: str) -> None:
        await self.until(lambda: text in self.text)

    async def select(self, empresa_id: int, kind: str = "session") -> None:
        """Go down until this actor is selected."""
        await self.press("home")
        for _ in range(100):
            actor = self.selected
            assert actor is not None
            if (actor["empresaId"], actor["class"].lower()) == (empresa_id, f"{kind}actor"):
                return
            await self.press("down")
        raise AssertionError(f"no {kind} of {empresa_id}:\n{self.text}")


@asynccontextmanager
async def looking(
    client: AdminClient, choice: str = "", size: tuple[int, int] = (160, 40)
) -> AsyncIterator[Glance]:
    app = TopApp(client, EVERY, Order(), Filter.typed(choice))
    async with app.run_test(size=size, notifications=True) as pilot:
        yield Glance(app, pilot)


def look(story: Callable[[], Awaitable[Any]]) -> None:
    """To the story's end."""

    async def run() -> None:
        await story()

    asyncio.run(run())
