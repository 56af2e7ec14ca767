"""Who is told what of the tree, at which time; over a WebSocket in `test_admin_socket.py`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from actors.looks import Waiting
from tests.actors.running_system import Ear
from tests.simulator.real.waiting import wait_until
from web import actor_feed
from web.actor_feed import ActorFeed

NAME = "a"


@dataclass
class Tree:
    """In place of the real one."""

    infos: dict[str, Any] = field(default_factory=dict)
    watchers: list[Callable[[str], None]] = field(default_factory=list)

    def set(self, name: str = NAME, urn: str = "a1", **different: Any) -> None:
        """An actor of that name, or another in its place."""
        usual = {"is_responsive": True, "waiting": Waiting(), "state": "running", "failures": 0}
        look = SimpleNamespace(pid=None)
        fields = usual | {"restarts": 0, "look": look} | different
        self.infos[name] = SimpleNamespace(name=name, urn=urn, **fields)

    def say(self, name: str = NAME) -> None:
        for watcher in self.watchers:
            watcher(name)

    def look(self, names: Collection[str] | None = None) -> tuple[Any, ...]:
        return tuple(i for name, i in self.infos.items() if names is None or name in names)

    def marks(self) -> dict[str, tuple[bool, Waiting]]:
        return {name: (info.is_responsive, info.waiting) for name, info in self.infos.items()}

    def watch(self, watcher: Callable[[str], None]) -> Callable[[], None]:
        self.watchers.append(watcher)
        return lambda: self.watchers.remove(watcher)


Story = Callable[[Tree, ActorFeed], Awaitable[None]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actor_feed, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(actor_feed, "shape", lambda info, _: [info.urn, info.state])


def play(story: Story) -> None:
    async def run() -> None:
        tree = Tree()
        tree.set()
        feed: Any = ActorFeed(tree)  # type: ignore[arg-type]
        await story(tree, feed)
        feed.close()
        assert not tree.watchers
        assert not feed._timers

    asyncio.run(run())


async def frames(ear: Ear, count: int) -> list[Any]:
    await ear.until(lambda ear: len(ear.frames) >= count)
    return [frame["data"] for frame in ear.frames[:count]]


def test_the_whole_tree_comes_first_and_then_what_changes() -> None:
    async def story(tree: Tree, feed: ActorFeed) -> None:
        ear = Ear()
        feed.join(ear.listener)
        tree.set(state="other")
        tree.say()
        assert await frames(ear, 2) == [
            [["a1", "running"]],
            {"changed": [["a1", "other"]], "gone": []},
        ]
        assert [frame["type"] for frame in ear.frames] == ["actors", "actors_changed"]
        feed.leave(ear.listener)

    play(story)


def test_what_is_said_to_have_changed_and_has_not_is_no_news() -> None:
    async def story(tree: Tree, feed: ActorFeed) -> None:
        ear = Ear()
        feed.join(ear.listener)
        tree.say()
        await asyncio.to_thread(wait_until, lambda: not feed._names)
        tree.set("b", "b1")
        tree.say("b")
        assert (await frames(ear, 2))[1] == {"changed": [["b1", "running"]], "gone": []}

    play(story)


def test_who_takes_anothers_place_is_there_and_the_other_gone() -> None:
    async def story(tree: Tree, feed: ActorFeed) -> None:
        ear = Ear()
        feed.join(ear.listener)
        tree.set(urn="a2")
        tree.say()
        assert (await frames(ear, 2))[1] == {"changed": [["a2", "running"]], "gone": ["a1"]}
        del tree.infos[NAME]
        tree.say()
        assert (await frames(ear, 3))[2] == {"changed": [], "gone": ["a2"]}

    play(story)


def test_who_answers_no_more_and_who_waits_is_noticed_although_nobody_says_so() -> None:
    async def story(tree: Tree, feed: ActorFeed) -> None:
        ear = Ear()
        feed.join(ear.listener)
        tree.set(is_responsive=False)
        await frames(ear, 2)
        tree.set()
        await frames(ear, 3)
        tree.set(waiting=Waiting("disk"))
        await frames(ear, 4)

    play(story)


def test_many_changes_are_one_frame_and_frames_have_their_distance() -> None:
    async def story(tree: Tree, feed: ActorFeed) -> None:
        ear, loop = Ear(), asyncio.get_running_loop()
        feed.join(ear.listener)
        times = []
        for count in range(2, 5):
            for number in range(100):
                tree.set(f"b{number}", f"b{number}", failures=count)
                tree.say(f"b{number}")
            assert len((await frames(ear, count))[-1]["changed"]) == 100
            times.append(loop.time())
        assert times[2] - times[0] >= 2 * actor_feed.FRAME_SECONDS - 0.05

    play(story)


def test_one_that_comes_in_between_is_told_the_truth_too() -> None:
    """What it saw at its coming may have passed before anything was told to the others."""

    async def story(tree: Tree, feed: ActorFeed) -> None:
        early, late = Ear(), Ear()
        feed.join(early.listener)
        tree.set(state="passing", urn="a2")
        tree.say()
        feed.join(late.listener)
        tree.set()
        tree.say()
        assert await frames(late, 2) == [
            [["a2", "passing"]],
            {"changed": [["a1", "running"]], "gone": ["a2"]},
        ]

    play(story)


def test_one_that_does_not_read_is_closed_and_the_others_hear_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(actor_feed, "FRAME_SECONDS", 0.0)

    async def story(tree: Tree, feed: ActorFeed) -> None:
        deaf, ear = Ear(gate=asyncio.Event()), Ear()
        feed.join(deaf.listener)
        feed.join(ear.listener)
        for number in range(1, actor_feed.PENDING_FRAMES + 1):
            assert deaf.closed is None
            tree.set(failures=number)
            tree.say()
            await frames(ear, number + 1)
        assert deaf.closed == (1013, "too slow")
        assert ear.closed is None
        assert deaf.gate is not None
        deaf.gate.set()

    play(story)


def test_with_the_last_one_the_watching_ends_and_begins_with_the_next() -> None:
    async def story(tree: Tree, feed: ActorFeed) -> None:
        for _ in range(2):
            ear = Ear()
            feed.join(ear.listener)
            assert len(tree.watchers) == 1
            tree.set(state=json.dumps(len(ear.frames)))
            tree.say()
            feed.leave(ear.listener)
            feed.leave(ear.listener)
            assert not tree.watchers

    play(story)
