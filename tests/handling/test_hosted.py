"""A message handler in its process: asked in order, kept within its limits, ended after use."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from handling.hosted import HostedHandler
from handling.seam import Answer, HandlerFailed
from tests.handling.handlers import FORBIDDEN
from tests.simulator.real.waiting import wait_until

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)


def play(
    story: Callable[[HostedHandler], Awaitable[None]],
    handler: str,
    settings: dict[str, Any] | None = None,
    **limits: float,
) -> None:
    async def run() -> None:
        hosted = HostedHandler(f"tests.handling.handlers:{handler}", settings or {}, **limits)
        try:
            await story(hosted)
        finally:
            await hosted.close()
        assert hosted.pid is None

    before = set(psutil.Process().children())
    asyncio.run(run())
    assert set(psutil.Process().children()) <= before


def said(text: str) -> dict[str, Any]:
    return {"text": text}


def test_it_answers_remembers_and_is_the_same_process(capfd: pytest.CaptureFixture[str]) -> None:
    async def story(hosted: HostedHandler) -> None:
        assert hosted.pid is None
        first = await hosted.answer(said("olá"), None, NOW)
        assert first == Answer(("> olá (1, 16:30)",), {"count": 1})
        pid = hosted.pid
        second = await hosted.answer(said("oi\n😀"), first.memory, NOW)
        assert second == Answer(("> oi\n😀 (2, 16:30)",), {"count": 2})
        assert hosted.pid == pid

    play(story, "Echo", {"before": "> "})
    assert capfd.readouterr() == ("", "")


def test_questions_at_once_are_answered_one_after_the_other() -> None:
    async def story(hosted: HostedHandler) -> None:
        asked = (hosted.answer(said(str(number)), None, NOW) for number in range(20))
        answers = await asyncio.gather(*asked)
        assert [each.texts for each in answers] == [(f"{n} (1, 16:30)",) for n in range(20)]

    play(story, "Echo")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("raise", "raises"),
        ("exit", "died"),
        ("kill", "died"),
        ("many", "floods"),
        ("long", "floods"),
        ("huge", "floods"),
        ("memory", "floods"),
        ("nonsense", "unreadable"),
        ("blank", "unreadable"),
        ("half", "unreadable"),
        ("nan", "unreadable"),
        ("garbage", "unreadable"),
        ("no json", "raises"),
    ],
)
def test_a_failure_is_told_by_its_kind_and_the_next_message_is_answered(
    text: str, kind: str
) -> None:
    async def story(hosted: HostedHandler) -> None:
        with pytest.raises(HandlerFailed) as failed:
            await hosted.answer(said(text), None, NOW)
        assert failed.value.kind == kind
        assert (await hosted.answer(said("fine"), {"a": 1}, NOW)) == Answer((), {"a": 1})

    play(story, "Wild")


def test_what_it_raised_is_told_with_its_place() -> None:
    async def story(hosted: HostedHandler) -> None:
        with pytest.raises(HandlerFailed, match="LookupError: on purpose") as failed:
            await hosted.answer(said("raise"), None, NOW)
        assert "tests/handling/handlers.py" in failed.value.detail

    play(story, "Wild")


@pytest.mark.parametrize("text", ["hang", "spin"])
def test_one_that_gives_no_answer_in_time_is_ended(text: str) -> None:
    async def story(hosted: HostedHandler) -> None:
        await hosted.answer(said("begin"), None, NOW)
        process = psutil.Process(hosted.pid)
        with pytest.raises(HandlerFailed) as failed:
            await hosted.answer(said(text), None, NOW)
        assert failed.value.kind == "hangs"
        await asyncio.to_thread(wait_until, lambda: not process.is_running())
        assert (await hosted.answer(said("fine"), None, NOW)).texts == ()

    play(story, "Wild", seconds=1.0)


def test_settings_that_it_does_not_take_are_told() -> None:
    async def story(hosted: HostedHandler) -> None:
        with pytest.raises(HandlerFailed, match=re.escape("settings: not these: {'a': 1}")):
            await hosted.begin()
        with pytest.raises(HandlerFailed, match="not these") as failed:
            await hosted.answer(said("oi"), None, NOW)
        assert not failed.value.is_of_a_message

    play(story, "Picky", {"a": 1})


def test_a_class_that_there_is_not_is_told() -> None:
    async def story(hosted: HostedHandler) -> None:
        with pytest.raises(HandlerFailed, match="AttributeError") as failed:
            await hosted.answer(said("oi"), None, NOW)
        assert failed.value.kind == "begins_not"

    play(story, "Nobody")


def test_one_that_has_begun_is_the_one_that_answers() -> None:
    async def story(hosted: HostedHandler) -> None:
        await hosted.begin()
        pid = hosted.pid
        assert pid is not None
        assert (await hosted.answer(said("oi"), None, NOW)).texts == ("oi (1, 16:30)",)
        assert hosted.pid == pid

    play(story, "Echo")


def test_it_sees_no_secret_and_writes_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENDEAI_API_TOKEN", "x" * 30)

    async def story(hosted: HostedHandler) -> None:
        seen = await hosted.answer(said("secrets"), None, NOW)
        assert "VENDEAI" not in seen.texts[0]
        with pytest.raises(HandlerFailed):
            await hosted.answer(said("file"), None, NOW)

    play(story, "Wild")
    found = Path(FORBIDDEN)
    assert not found.exists() or not found.read_text()
    found.unlink(missing_ok=True)


def test_a_process_that_nobody_asks_is_ended_and_begins_again_when_it_is_needed() -> None:
    async def story(hosted: HostedHandler) -> None:
        await hosted.answer(said("oi"), None, NOW)
        first = psutil.Process(hosted.pid)
        await asyncio.to_thread(wait_until, lambda: not first.is_running())
        assert hosted.pid is None
        assert (await hosted.answer(said("oi"), {"count": 4}, NOW)).memory == {"count": 5}

    play(story, "Echo", idle=0.1)


def test_a_question_that_is_cancelled_leaves_nothing_for_the_next() -> None:
    async def story(hosted: HostedHandler) -> None:
        await hosted.answer(said("oi"), None, NOW)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await hosted.answer(said("hang"), None, NOW)
        assert (await hosted.answer(said("fine"), None, NOW)) == Answer((), None)

    play(story, "Wild")


def test_the_rules_are_such_a_handler() -> None:
    async def run() -> None:
        hosted = HostedHandler("actors.rules.handler:RulesHandler", {"greeting": "Bom dia!"})
        message = {
            "history": False,
            "fromMe": False,
            "chat": {"id": "5521988880001@s.whatsapp.net"},
            "timestamp": NOW.isoformat(),
            "text": "oi",
        }
        try:
            first = await hosted.answer(message, None, NOW)
            again = await hosted.answer(message, first.memory, NOW)
        finally:
            await hosted.close()
        assert (first.texts, again.texts) == (("Bom dia!",), ())

    asyncio.run(run())
