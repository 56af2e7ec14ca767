"""`top` before a real server: what an operator sees of it, and gets going again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from actors.watchdog import watchdog
from commands.admin_client import AdminClient
from commands.top_columns import BUSY_PERCENT, BY_KEY
from tests.actors.doubles import Trap
from tests.commands.looking import Glance, look, looking
from tests.fake_clients import FakeClient, FakeClients, text
from tests.simulator.real.waiting import wait_until
from tests.web.served import TOKEN, Served, serving
from whatsapp.port import ClientSpec, Report

NUMBER = "+5521999999999"


def watch(folder: Path, story: Callable[[Served, Glance], Awaitable[None]]) -> None:
    """A story of empresas 5 and 6, that are connected."""

    async def run() -> None:
        with serving(folder) as served:
            served.connected(5, NUMBER)
            served.connected(6, "+5521888888888")
            async with looking(AdminClient(served.url, None)) as glance:
                await glance.says("registry")
                await story(served, glance)

    look(run)


def cell(glance: Glance, empresa_id: int, key: str, kind: str = "session") -> str:
    row = glance.row(empresa_id, kind)
    return dict(zip(BY_KEY, row, strict=True))[key] if row else ""


async def sort_by(glance: Glance, key: str) -> None:
    while f"by {key}" not in glance.text:
        await glance.press("greater_than_sign")


async def restart(glance: Glance, empresa_id: int) -> None:
    await glance.select(empresa_id)
    await glance.press("r")
    await glance.says(f"Restart SessionActor of empresa {empresa_id}? (y/n)")
    await glance.press("y")


def test_sessions_and_their_listeners_are_seen(tmp_path: Path) -> None:
    async def story(served: Served, glance: Glance) -> None:
        await glance.says("empresas: 2 (2 connected)")
        assert (cell(glance, 5, "state"), cell(glance, 6, "state")) == ("connected", "connected")
        with served.listen("empresa_id=6"):
            await glance.until(lambda: cell(glance, 6, "listeners", "broadcast") == "1")
        await glance.until(lambda: cell(glance, 6, "listeners", "broadcast") == "0")
        await glance.press("slash", *"6 conn", "enter")
        await glance.until(lambda: [row[:2] for row in glance.rows] == [["6", "session"]])

    watch(tmp_path, story)


def test_a_session_is_restarted_and_stopped(tmp_path: Path) -> None:
    async def story(served: Served, glance: Glance) -> None:
        await restart(glance, 5)
        served.clients.started(5, 2).log_in(NUMBER)
        await glance.until(lambda: cell(glance, 5, "state") == "connected")
        await glance.select(5)
        await glance.press("s")
        await glance.says("Stop SessionActor of empresa 5? (y/n)")
        await glance.press("y")
        await glance.until(lambda: cell(glance, 5, "state") == "stopped")
        assert cell(glance, 6, "state") == "connected"

    watch(tmp_path, story)


@pytest.fixture
def spinning(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The worker of empresa 6 spins."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as spinner:
        begin = FakeClient.__init__

        def begin_spinning(
            client: FakeClient, clients: FakeClients, spec: ClientSpec, report: Report, pid: int
        ) -> None:
            begin(client, clients, spec, report, spinner.pid if spec.empresa_id == 6 else pid)

        monkeypatch.setattr(FakeClient, "__init__", begin_spinning)
        yield
        spinner.kill()


@pytest.mark.usefixtures("spinning")
def test_a_worker_that_spins_comes_to_the_top(tmp_path: Path) -> None:
    async def story(_: Served, glance: Glance) -> None:
        await glance.until(lambda: glance.rows[0][:2] == ["6", "session"])
        assert float(cell(glance, 6, "cpu")) >= BUSY_PERCENT

    watch(tmp_path, story)


def test_what_would_end_every_session_says_so_before(tmp_path: Path) -> None:
    async def story(_: Served, glance: Glance) -> None:
        await sort_by(glance, "class")
        while glance.selected is not None and glance.selected["class"] != "RegistryActor":
            await glance.press("down")
        await glance.press("r")
        await glance.says("Restart RegistryActor? The session of every empresa begins anew")
        await glance.press("n")

    watch(tmp_path, story)


def test_one_that_hangs_comes_to_the_top_and_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = Trap(FakeClient.confirm)
    monkeypatch.setattr(FakeClient, "confirm", trap)

    async def story(served: Served, glance: Glance) -> None:
        served.clients.started(6).report(text(1, "hangs"))
        await glance.until(lambda: glance.rows[0][:3] == ["6", "session", "unresponsive"])
        assert "1 unresponsive" in glance.text
        await glance.press("home", "enter")
        await glance.says("busy with")
        assert "EventsRecorded, for" in glance.text
        await glance.press("escape")
        await restart(glance, 6)
        served.clients.started(6, 2).log_in(NUMBER)
        await glance.until(lambda: cell(glance, 6, "state") == "connected")
        assert "abandoned threads: 1 (" in glance.text
        trap.release.set()
        await glance.says("abandoned threads: 0")

    try:
        watch(tmp_path, story)
    finally:
        trap.release.set()
    wait_until(lambda: not watchdog.abandoned())


def test_an_inbox_that_grows_is_seen_and_is_empty_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = Trap(FakeClient.confirm)
    monkeypatch.setattr(FakeClient, "confirm", trap)

    async def story(served: Served, glance: Glance) -> None:
        client = served.clients.started(6)
        client.report(text(1, "hangs"))
        assert trap.caught.wait(10)
        for number in range(2, 52):
            client.report(text(number, "waits"))
        await sort_by(glance, "inbox")
        await glance.until(lambda: int(cell(glance, 6, "inbox") or 0) >= 50)
        assert glance.rows[0][:2] == ["6", "session"]
        await glance.until(lambda: cell(glance, 6, "state") == "unresponsive")
        await restart(glance, 6)
        served.clients.started(6, 2).log_in(NUMBER)
        await glance.until(lambda: cell(glance, 6, "inbox") == "0")
        trap.release.set()

    try:
        watch(tmp_path, story)
    finally:
        trap.release.set()
    wait_until(lambda: not watchdog.abandoned())


def test_one_that_fails_at_every_message_shows_why_and_lives_once_the_cause_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(served: Served, glance: Glance) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(FakeClient, "confirm", lambda *_: 1 / 0)
            for life in range(1, 4):
                served.clients.started(6, life).report(text(1, "poison"))
                await glance.until(lambda: cell(glance, 6, "failures") == str(life))  # noqa: B023
            assert glance.rows[0][:2] == ["6", "session"]
            await glance.press("home", "enter")
            await glance.says("ZeroDivisionError")
            assert "Traceback (most recent call last)" in glance.text
            await glance.press("escape")
        served.clients.started(6, 4)
        await glance.until(lambda: cell(glance, 6, "state") != "restarting")
        await restart(glance, 6)
        served.clients.started(6, 5).log_in(NUMBER)
        await glance.until(lambda: cell(glance, 6, "state") == "connected")

    watch(tmp_path, story)


def test_a_server_that_ends_is_said(tmp_path: Path) -> None:
    async def run() -> None:
        with serving(tmp_path, TOKEN) as served:
            client = AdminClient(served.url, TOKEN)
            async with looking(client) as glance:
                await glance.says("registry")
                served.stop()
                await glance.says(f"No server can be reached at {served.url}")

    look(run)


def test_without_its_token_the_variable_is_named(tmp_path: Path) -> None:
    async def run() -> None:
        with serving(tmp_path, TOKEN) as served:
            async with looking(AdminClient(served.url, None)) as glance:
                await glance.says("set VENDEAI_API_TOKEN")

    look(run)
