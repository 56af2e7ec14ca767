"""What `docs/handlers.md` says to who writes a handler is true: its example, its limits."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from actors import flood, handler_work
from handling.hosted import ANSWER_SECONDS, BEGIN_SECONDS, HostedHandler
from handling.seam import LONGEST_TEXT, MOST_MEMORY, MOST_TEXTS, Answer, HandlerFailed

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "handlers.md").read_text()
API = (DOCS / "api.md").read_text()
NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)


def said(**other: Any) -> dict[str, Any]:
    return {"fromMe": False, "chat": {"isGroup": False}, **other}


def test_the_example_is_a_handler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.+?)```", TEXT, re.DOTALL)
    (tmp_path / "minhaloja").mkdir()
    (tmp_path / "minhaloja" / "vendedor.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (setting,) = re.findall(r"VENDEAI_HANDLERS=\w+=(\S+)", TEXT)

    async def run() -> None:
        hosted = HostedHandler(setting, {"saudacao": "Olá!"})
        refused = HostedHandler(setting, {})
        try:
            assert await hosted.answer(said(), None, NOW) == Answer(("Olá!",), {"vezes": 1})
            assert await hosted.answer(said(), {"vezes": 1}, NOW) == Answer((), {"vezes": 2})
            assert await hosted.answer(said(fromMe=True), None, NOW) == Answer((), None)
            with pytest.raises(HandlerFailed, match="saudacao deve ser um texto"):
                await refused.begin()
        finally:
            await hosted.close()
            await refused.close()

    asyncio.run(run())


def test_the_limits_are_those_of_the_code() -> None:
    (minute, few), (hour, many) = flood.LIMITS
    assert (minute, hour) == (60, 3600)
    for limit in (
        f"{ANSWER_SECONDS:g} s for a message, {BEGIN_SECONDS:g} s to begin",
        f"{MOST_TEXTS} texts for a message, of {LONGEST_TEXT} characters each",
        f"{few} within a minute, {many} within an hour",
        f"{MOST_MEMORY // 1024} KiB of JSON",
    ):
        assert limit in TEXT
    assert f"at most {few} texts within a minute and {many} within an hour" in API
    assert f"up to {LONGEST_TEXT} characters each" in API


def test_the_api_says_when_a_handler_is_asked_again_and_when_it_is_paused() -> None:
    assert (handler_work.ATTEMPTS, handler_work.RETRY_SECONDS) == (3, 1)
    assert "asked twice more, after one second and two" in API
    assert (handler_work.MOST_FAILURES, handler_work.PAUSE_SECONDS) == (5, 60)
    assert handler_work.LONGEST_PAUSE == 3600
    assert "After five such messages in a row it is paused for a minute" in API
    assert "up to an hour" in API


def test_every_kind_of_failure_is_explained() -> None:
    section = API.partition("### `handler_failed`")[2].partition("\n### ")[0]
    explained = {
        name
        for row in re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    described = set(re.findall(r"`(\w+)`", HandlerFailed.__doc__ or "")) - {"kind", "detail"}
    assert explained - {"kind"} == described | {"chat_limit"}
