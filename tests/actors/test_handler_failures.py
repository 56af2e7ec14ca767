"""Handlers that fail, and servers that do: nothing is skipped, repeated, or held up for others."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from actors import handler_work, hosting, kept_handler
from actors.answering import ChooseHandler, ChosenHandler, HandlerChanged
from actors.dead_letters import tell
from actors.errors import DeadlineExceeded
from actors.messages import Fail
from actors.reply import answer_of, ask
from actors.system import System
from tests.actors.handler_world import (
    CHAT,
    GROUP,
    answered,
    bodies,
    chosen,
    dealt_with,
    until,
    written,
)
from tests.actors.running_system import A, B, connected, listening, play, running_system
from tests.fake_clients import FakeClients


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler_work, "RETRY_SECONDS", 0.01)


def test_a_message_to_which_it_gives_no_answer_is_passed_over_and_said(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "wild")
        ear = await listening(system, 5)
        await written(system, clients, "raise")
        failed = (await ear.hears("handler_failed"))["data"]
        assert failed == {
            "v": 1,
            "handler": "wild",
            "messageId": f"ID{clients.entries}",
            "chat": CHAT,
            "kind": "raises",
            "detail": "LookupError: on purpose",
        }
        await dealt_with(system, await written(system, clients, "fine"))
        view = await until(system, lambda view: view.state == "running")
        assert view.last_failure is not None
        assert (view.last_failure["kind"], view.last_failure["chat"]) == ("raises", CHAT)
        assert "Traceback" in view.last_failure["detail"]

    play(tmp_path, story)


def test_one_that_hangs_is_ended_and_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(handler_work, "ATTEMPTS", 2)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "wild")
        ear = await listening(system, 5)
        await written(system, clients, "spin")
        await until(system, lambda view: view.state == "retrying")
        assert (await ear.hears("handler_failed"))["data"]["kind"] == "hangs"
        await dealt_with(system, await written(system, clients, "fine"))

    play(tmp_path, story)


def test_one_that_fails_too_often_is_paused_and_others_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler_work, "ATTEMPTS", 1)
    monkeypatch.setattr(handler_work, "MOST_FAILURES", 2)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await connected(system, clients, 6, B)
        await chosen(system, "wild")
        await chosen(system, "echo", empresa_id=6)
        await written(system, clients, "raise")
        await written(system, clients, "exit")
        view = await until(system, lambda view: view.state == "paused")
        assert view.until is not None
        states = {each.name: each.state for each in system.tree.look()}
        assert states["handler of empresa 5"] == "paused"
        waits = await written(system, clients, "fine")
        await written(system, clients, "oi", 6)
        assert (await answered(clients, empresa_id=6)).content["text"].startswith("oi (1")
        assert (await until(system, lambda _: True)).position < waits
        # Chosen again, it begins anew, where it was.
        await chosen(system, "wild")
        await dealt_with(system, waits)
        assert (await until(system, lambda _: True)).state == "running"

    play(tmp_path, story)


def test_after_its_pause_it_goes_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler_work, "ATTEMPTS", 1)
    monkeypatch.setattr(handler_work, "MOST_FAILURES", 1)
    monkeypatch.setattr(handler_work, "PAUSE_SECONDS", 0.01)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "wild")
        await written(system, clients, "raise")
        await dealt_with(system, await written(system, clients, "fine"))
        assert (await until(system, lambda _: True)).state == "running"

    play(tmp_path, story)


def test_beyond_the_limit_of_a_chat_texts_are_dropped_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.flood.LIMITS", ((3600, 2),))

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        ear = await listening(system, 5)
        for number in (1, 2, 3):
            await dealt_with(system, await written(system, clients, str(number)))
        failed = (await ear.hears("handler_failed"))["data"]
        assert (failed["kind"], failed["detail"]) == ("chat_limit", "1 of 1 texts were dropped")
        await written(system, clients, "oi", chat=GROUP)
        for times in (1, 2, 3):
            await answered(clients, times)
        assert bodies(clients) == ["1", "2", "oi"]

    play(tmp_path, story)


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_step_of_which_nobody_said_whether_it_was_stored_happens_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_stored: bool
) -> None:
    cut = ["once"]

    async def answer_unheard(reply: Any) -> Any:
        answer = await answer_of(reply)
        if cut and is_stored:
            raise DeadlineExceeded(cut.pop())
        return answer

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        monkeypatch.setattr(kept_handler, "answer_of", answer_unheard)
        if not is_stored:
            monkeypatch.setattr(handler_work.HandlerWork, "_store", _refused(cut))
        await written(system, clients, "um")
        await answered(clients)
        await dealt_with(system, await written(system, clients, "dois"))
        await answered(clients, 2)
        assert (bodies(clients), cut) == (["um", "dois"], [])

    play(tmp_path, story)


def _refused(cut: list[str]) -> Callable[..., Coroutine[Any, Any, None]]:
    store = handler_work.HandlerWork._store

    async def refused(*arguments: Any) -> None:
        if cut:
            raise DeadlineExceeded(cut.pop())
        await store(*arguments)

    return refused


def test_another_actor_goes_on_where_one_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.handler_children.RESTART_SECONDS", 0.01)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        await written(system, clients, "um")
        await answered(clients)
        directory = system.parts()[1]
        tell(directory.handler(5), Fail("as an operator wishes"))
        await written(system, clients, "dois")
        assert (await answered(clients, 2)).content["text"].startswith("dois (2")
        (actor,) = (each for each in system.tree.look() if each.class_name == "HandlerActor")
        assert (actor.failures, actor.restarts) == (1, 1)

    play(tmp_path, story)


def test_a_handler_that_a_server_does_not_know_waits_for_one_that_does(tmp_path: Path) -> None:
    clients = FakeClients()

    async def without(system: System) -> None:
        await until(system, lambda view: view.state == "unknown_handler")
        client = await asyncio.to_thread(clients.started, 5, 2)
        client.log_in(A)
        await written(system, clients, "oi")

    async def run() -> None:
        async with running_system(tmp_path, clients) as system:
            await connected(system, clients, 5, A)
            await chosen(system, "echo", {"before": "> "})
        async with running_system(tmp_path, clients, {}) as system:
            await without(system)
        async with running_system(tmp_path, clients) as system:
            client = await asyncio.to_thread(clients.started, 5, 3)
            client.log_in(A)
            assert (await answered(clients)).content["text"].startswith("> oi (1")

    asyncio.run(run())


def test_one_that_does_not_begin_is_paused_and_no_message_is_passed_over(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        # As one that took its settings when they were set, and does not any more.
        directory = system.parts()[1]
        picky = ChooseHandler(5, ChosenHandler("picky", {"a": 1}))
        await ask(directory.archive, picky)
        await ask(directory.registry, HandlerChanged(5))
        ear = await listening(system, 5)
        seq = await written(system, clients, "oi")
        failed = (await ear.hears("handler_failed"))["data"]
        assert (failed["kind"], failed["messageId"], failed["chat"]) == ("settings", None, None)
        view = await until(system, lambda view: view.state == "paused")
        assert view.position < seq
        assert view.until is not None

    play(tmp_path, story)


def test_where_the_machine_starts_no_process_it_is_asked_again_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        popen, left = subprocess.Popen, [1, 2, 3]

        def full(*arguments: Any, **named: Any) -> Any:
            if left:
                raise BlockingIOError(f"no room, {left.pop()}")
            return popen(*arguments, **named)

        monkeypatch.setattr("handling.hosted.subprocess.Popen", full)
        await written(system, clients, "oi")
        assert (await answered(clients)).content["text"].startswith("oi (1")
        assert left == []

    play(tmp_path, story)
