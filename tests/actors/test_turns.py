from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from actors.turns import Turns


class Holders:
    """Those who hold something, of a budget of 10 with nothing that is small."""

    def __init__(self) -> None:
        self.turns = Turns(most=10, small=0)
        self.inside: list[str] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def come(self, name: str, size: int) -> None:
        end = self._ends[name] = asyncio.Event()

        async def hold() -> None:
            async with self.turns.of(size):
                self.inside.append(name)
                await end.wait()
                self.inside.remove(name)

        self._tasks[name] = asyncio.create_task(hold())
        await self._settle()

    async def go(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
        await self._settle()

    async def give_up(self, *names: str) -> None:
        for name in names:
            self._tasks[name].cancel()
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


def play(story: Callable[[Holders], Awaitable[None]]) -> None:
    async def run() -> None:
        await story(Holders())

    asyncio.run(run())


def test_so_much_is_held_at_once_and_the_others_wait_in_their_order() -> None:
    async def story(holders: Holders) -> None:
        await holders.come("a", 6)
        await holders.come("b", 6)
        await holders.come("c", 2)
        assert holders.inside == ["a"]
        await holders.go("a")
        assert holders.inside == ["b", "c"]
        await holders.go("b", "c")

    play(story)


def test_what_is_larger_than_all_goes_alone() -> None:
    async def story(holders: Holders) -> None:
        await holders.come("a", 1)
        await holders.come("large", 1000)
        assert holders.inside == ["a"]
        await holders.go("a")
        await holders.come("b", 1)
        assert holders.inside == ["large"]
        await holders.go("large")
        assert holders.inside == ["b"]
        await holders.go("b")

    play(story)


def test_what_is_small_waits_for_nobody() -> None:
    async def story(holders: Holders) -> None:
        holders.turns = Turns(most=10, small=2)
        await holders.come("a", 10)
        await holders.come("text", 0)
        await holders.come("small", 2)
        assert holders.inside == ["a", "text", "small"]
        await holders.go("a", "text", "small")

    play(story)


def test_who_gives_up_stands_in_nobodys_way() -> None:
    async def story(holders: Holders) -> None:
        await holders.come("a", 6)
        await holders.come("b", 6)
        await holders.come("c", 4)
        await holders.give_up("b")
        assert holders.inside == ["a", "c"]
        await holders.go("a", "c")
        await holders.come("d", 10)
        assert holders.inside == ["d"]
        await holders.go("d")

    play(story)


def test_who_gives_up_as_its_turn_comes_gives_it_back() -> None:
    async def story(holders: Holders) -> None:
        await holders.come("a", 10)
        await holders.come("b", 10)
        await holders.come("c", 10)
        holders._ends["a"].set()
        await asyncio.sleep(0)
        await holders.give_up("b")
        assert holders.inside == ["c"]
        await holders.go("c")

    play(story)
