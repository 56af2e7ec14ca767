"""The actors together: registry, sessions, broadcasts, archive, on a real database."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pykka
import pytest

from actors import messages as m
from actors.errors import EmpresaNotFound
from actors.machine import Do
from actors.machine.model import TIMERS
from actors.reply import ask
from actors.restart_policy import RestartPolicy
from actors.seat import PENDING_FRAMES
from actors.session import SessionActor
from actors.shape import status_data
from actors.status import Reason, State
from actors.system import System
from actors.waves import AT_ONCE
from tests.actors.running_system import (
    DEADLINE,
    A,
    B,
    connected,
    listening,
    play,
    reaches,
)
from tests.fake_clients import FakeClient, FakeClients, text
from tests.simulator.real.waiting import wait_until
from whatsapp.port import Alive, LinkDown, LoggedOut, PairingFailed


def test_an_empresa_nobody_connected_is_not_found_and_stopped_for_its_listeners(
    tmp_path: Path,
) -> None:
    async def story(system: System, _clients: FakeClients) -> None:
        with pytest.raises(EmpresaNotFound):
            await system.status(5)
        ear = await listening(system, 5)
        opening = ear.frames[0]
        assert (opening["type"], opening["lastSeq"]) == ("status", 0)
        assert opening["data"]["state"] == "stopped"
        assert opening["data"]["connected"] is False
        with pytest.raises(EmpresaNotFound):
            await system.status(5)
        with pytest.raises(EmpresaNotFound):
            await system.disconnect(5)
        system.leave(5, ear.listener)

    play(tmp_path, story)


def test_a_listener_from_before_the_connect_sees_qr_and_then_connected(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 5)
        assert await system.connect(5) is False
        client = await asyncio.to_thread(clients.started, 5)
        client.show_qr()
        await ear.hears("qr")
        status, _ = await system.status(5)
        assert status.state is State.AWAITING_SCAN
        client.pair(A)
        event = await ear.hears("status", state="connected", phoneNumber=A)
        assert event["data"]["qrCode"] is None
        assert await system.connect(5) is True
        assert ear.numbers() == list(range(1, len(ear.numbers()) + 1))

    play(tmp_path, story)


def test_the_text_of_a_status_is_what_the_broadcast_would_answer_now(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        assert system.status_text(5) is None
        await system.connect(5)
        client = await asyncio.to_thread(clients.started, 5)
        client.show_qr()
        for step in (State.AWAITING_SCAN, State.CONNECTED):
            status = await reaches(system, 5, step)
            shown, later = await _shown(system), await _shown(system)
            assert 0 <= shown["ageMs"] <= later["ageMs"]
            assert shown == status_data(status, secrets=True) | {"ageMs": shown["ageMs"]}
            client.pair(A)

    play(tmp_path, story)


async def _shown(system: System) -> dict[str, Any]:
    """Once no message waits for the broadcast."""
    async with asyncio.timeout(5):
        while (text := system.status_text(5)) is None:
            await system.status(5)  # whatever came before is dealt with then
    shown: dict[str, Any] = json.loads(text)
    return shown


def test_the_opening_frames_are_the_snapshot_and_the_qr_that_is_shown_now(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await system.connect(5)
        (await asyncio.to_thread(clients.started, 5)).show_qr(attempt=2)
        await reaches(system, 5, State.AWAITING_SCAN)
        ear = await listening(system, 5)
        qr = await ear.hears("qr")
        assert [frame["type"] for frame in ear.frames[:2]] == ["status", "qr"]
        assert ear.frames[0]["data"]["qrCode"] == qr["data"]
        assert qr["attempt"] == 2

    play(tmp_path, story)


def test_a_qr_follows_the_status_event_that_announces_it_live_and_replayed(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 5)
        await system.connect(5)
        client = await asyncio.to_thread(clients.started, 5)
        client.show_qr()
        await ear.hears("qr")
        kinds = [(f["type"], f["data"].get("state")) for f in ear.frames if f["type"] == "status"]
        assert kinds[-1] == ("status", "awaiting_scan")
        assert [f["type"] for f in ear.frames][-2:] == ["status", "qr"]
        client.show_qr(attempt=2)
        await ear.until(lambda ear: [f["type"] for f in ear.frames][-2:] == ["qr", "qr"])
        back = await listening(system, 5, since=0)
        await back.until(lambda ear: [f["type"] for f in ear.frames].count("qr") == 2)
        assert [f["type"] for f in back.frames][-2:] == ["status", "qr"]

    play(tmp_path, story)


def test_each_listener_hears_its_own_empresa_alone(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        await connected(system, clients, 2, B)
        ears = [await listening(system, empresa_id) for empresa_id in (1, 2)]
        for empresa_id in (1, 2):
            for number in range(1, 51):
                clients.running[empresa_id].report(text(number, f"{empresa_id}:{number}"))
        for empresa_id, ear in enumerate(ears, 1):
            await ear.hears("message", text=f"{empresa_id}:50")
            heard = [f["data"]["text"] for f in ear.frames if f["type"] == "message"]
            assert heard == [f"{empresa_id}:{number}" for number in range(1, 51)]
            assert await asyncio.to_thread(clients.confirmed, empresa_id)

    play(tmp_path, story)


def test_a_listener_that_returns_with_its_number_gets_the_rest_once(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        for number in range(1, 501):
            clients.running[1].report(text(number, str(number)))
        ear = await listening(system, 1, since=3)
        await ear.hears("message", text="500")
        numbers = ear.numbers()
        assert numbers == list(range(4, numbers[-1] + 1))

    play(tmp_path, story)


def test_numbers_of_another_ledger_are_answered_with_reset_and_then_live(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        for join in ({"since": 10_000}, {"since": 1, "ledger_id": "another"}):
            ear = await listening(system, 1, **join)
            reset = await ear.hears("reset")
            assert reset["data"]["ledgerId"] == ear.frames[0]["ledgerId"]
            clients.running[1].report(text(1, "live", key=str(join)))
            await ear.hears("message", text="live")

    play(tmp_path, story)


def test_a_listener_that_does_not_read_is_closed_and_disturbs_nobody(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        slow = await listening(system, 1, gate=asyncio.Event())
        quick = await listening(system, 1)
        for number in range(1, PENDING_FRAMES + 50):
            clients.running[1].report(text(number, str(number)))
        await slow.until(lambda ear: ear.closed is not None)
        assert slow.closed == (1013, "too slow")
        await quick.hears("message", text=str(PENDING_FRAMES + 49))
        assert slow.gate is not None
        slow.gate.set()

    play(tmp_path, story)


def test_a_message_delivered_twice_is_numbered_once(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        ear = await listening(system, 1)
        clients.running[1].report(text(1, "once", key="same"))
        clients.running[1].report(text(2, "once", key="same"))
        clients.running[1].report(text(3, "then"))
        await ear.hears("message", text="then")
        assert [f["data"]["text"] for f in ear.frames if f["type"] == "message"] == [
            "once",
            "then",
        ]
        assert await asyncio.to_thread(clients.confirmed, 1)

    play(tmp_path, story)


def test_a_worker_that_is_killed_comes_back_on_the_same_listener_and_others_notice_nothing(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        await connected(system, clients, 2, B)
        ear, other = await listening(system, 1), await listening(system, 2)
        clients.running[1].die()
        await ear.hears("status", state="reconnecting", reason="worker_died", phoneNumber=A)
        client = await asyncio.to_thread(clients.started, 1, 2)
        client.log_in(A)
        await ear.hears("status", state="connected")
        assert len(other.frames) == 1
        assert [f["data"]["state"] for f in ear.frames if "seq" in f][-2:] == [
            "reconnecting",
            "connected",
        ]

    play(tmp_path, story)


def test_a_worker_that_dies_while_a_qr_is_shown_is_followed_by_a_new_qr(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 1)
        await system.connect(1)
        (await asyncio.to_thread(clients.started, 1)).show_qr()
        await ear.hears("status", state="awaiting_scan")
        seen = len(ear.frames)
        clients.running[1].die()
        (await asyncio.to_thread(clients.started, 1, 2)).show_qr()
        await ear.until(lambda ear: any(f["type"] == "qr" for f in ear.frames[seen:]))
        told = [f["data"] for f in ear.frames[seen:] if f["type"] == "status"]
        assert [(data["state"], data["reason"]) for data in told] == [
            ("connecting", "worker_died"),
            ("connecting", None),
            ("awaiting_scan", None),
        ]

    play(tmp_path, story)


def test_what_the_database_knew_goes_on_after_a_restart_of_the_server(tmp_path: Path) -> None:
    async def before(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        await connected(system, clients, 2, B)
        await system.disconnect(2)
        await reaches(system, 2, State.STOPPED)

    async def after(system: System, clients: FakeClients) -> None:
        client = await asyncio.to_thread(clients.started, 1, 2)
        client.log_in(A)
        assert (await reaches(system, 1, State.CONNECTED)).phone_number == A
        stopped, _ = await system.status(2)
        assert (stopped.state, stopped.reason) == (State.STOPPED, Reason.BY_REQUEST)
        assert clients.starts[2] == 1

    clients = play(tmp_path, before)
    play(tmp_path, after, clients)


def test_after_a_restart_a_few_connect_at_a_time_and_all_in_the_end(tmp_path: Path) -> None:
    everybody = range(1, 2 * AT_ONCE + 4)

    async def before(system: System, clients: FakeClients) -> None:
        for empresa_id in everybody:
            await system.connect(empresa_id)
            (await asyncio.to_thread(clients.started, empresa_id)).pair(A)
            await reaches(system, empresa_id, State.CONNECTED)

    async def after(system: System, clients: FakeClients) -> None:
        waiting = {empresa_id: await listening(system, empresa_id) for empresa_id in everybody}
        assert all(e.frames[0]["data"]["state"] == "connecting" for e in waiting.values())
        most = 0
        for empresa_id in everybody:
            client = await asyncio.to_thread(clients.started, empresa_id, 2)
            connecting = [n for n in clients.running if n >= empresa_id]
            most = max(most, len(connecting))
            client.log_in(A)
            await waiting[empresa_id].hears("status", state="connected")
        assert 1 < most <= AT_ONCE

    clients = play(tmp_path, before)
    play(tmp_path, after, clients)


def test_a_wish_is_faster_than_the_turn(tmp_path: Path) -> None:
    last = AT_ONCE + 1

    async def before(system: System, clients: FakeClients) -> None:
        for empresa_id in range(1, last + 1):
            await system.connect(empresa_id)
            (await asyncio.to_thread(clients.started, empresa_id)).pair(A)
            await reaches(system, empresa_id, State.CONNECTED)

    async def after(system: System, clients: FakeClients) -> None:
        await asyncio.gather(*(asyncio.to_thread(clients.started, n, 2) for n in range(1, last)))
        assert last not in clients.running
        await system.restart(last)  # its session begins by itself, and then anew
        (await asyncio.to_thread(clients.started, last, 3)).log_in(A)
        await reaches(system, last, State.CONNECTED)
        for empresa_id in range(1, last):
            clients.running[empresa_id].log_in(A)
            await reaches(system, empresa_id, State.CONNECTED)
        assert clients.starts[last] == 3

    clients = play(tmp_path, before)
    play(tmp_path, after, clients)


def test_what_the_journal_of_a_stopped_empresa_holds_is_taken_in_at_the_start(
    tmp_path: Path,
) -> None:
    async def before(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        await system.disconnect(1)
        await reaches(system, 1, State.STOPPED)

    async def after(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 1, since=0)
        await ear.hears("message", text="450")
        heard = [f["data"]["text"] for f in ear.frames if f["type"] == "message"]
        assert heard == [str(number) for number in range(1, 451)]
        assert await asyncio.to_thread(clients.confirmed, 1)

    clients = play(tmp_path, before)
    for number in range(1, 451):
        clients.journals[1][number] = text(number, str(number))
    play(tmp_path, after, clients)


def test_disconnect_and_logout_are_harmless_twice(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        for _ in range(2):
            await system.disconnect(1)
            await reaches(system, 1, State.STOPPED)
        await system.connect(1)
        (await asyncio.to_thread(clients.started, 1, 2)).log_in(A)
        await reaches(system, 1, State.CONNECTED)
        for _ in range(2):
            await system.logout(1)
            await reaches(system, 1, State.LOGGED_OUT)
        assert clients.linked == set()
        assert clients.forgotten

    play(tmp_path, story)


def test_a_removal_by_the_phone_forgets_the_credentials_and_starts_nothing(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        clients.running[1].report(LoggedOut("401"))
        status = await reaches(system, 1, State.LOGGED_OUT)
        assert status.reason is Reason.REMOVED_BY_PHONE
        assert status.phone_number is None
        ear = await listening(system, 1, since=0)
        await ear.hears("status", state="logged_out")

    clients = play(tmp_path, story)
    assert clients.starts[1] == 1
    assert clients.linked == set()


def test_another_number_in_the_same_empresa_is_an_event(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        await system.logout(1)
        await reaches(system, 1, State.LOGGED_OUT)
        ear = await listening(system, 1)
        await system.connect(1)
        (await asyncio.to_thread(clients.started, 1, 2)).pair(B)
        await ear.hears("number_changed", **{"from": A, "to": B})
        await ear.hears("status", state="connected", phoneNumber=B)

    play(tmp_path, story)


def test_an_expired_qr_is_stopped_with_its_reason(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await system.connect(1)
        client = await asyncio.to_thread(clients.started, 1)
        client.show_qr()
        client.report(PairingFailed("qr_expired", "timeout"))
        status = await reaches(system, 1, State.STOPPED)
        assert status.reason is Reason.QR_EXPIRED

    play(tmp_path, story)


def test_a_link_that_is_down_is_reconnecting_with_its_reason(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        clients.running[1].report(LinkDown("whatsapp_unavailable", "503"))
        status = await reaches(system, 1, State.RECONNECTING)
        assert status.reason is Reason.WHATSAPP_UNAVAILABLE
        clients.running[1].log_in(A)
        await reaches(system, 1, State.CONNECTED)

    play(tmp_path, story)


def test_waiting_for_events_ends_with_the_next_one_or_the_deadline(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        page = await system.events(1, 0, 1000)
        assert await system.wait_for_events(1, page.next, 0.05) is False
        waiting = asyncio.create_task(system.wait_for_events(1, page.next, 10))
        await asyncio.sleep(0)
        clients.running[1].report(text(1, "now"))
        assert await waiting is True

    play(tmp_path, story)


def test_the_tree_shows_root_services_sessions_and_broadcasts(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        infos = system.tree.look()
        by_class = {info.class_name: info for info in infos}
        assert by_class["RootActor"].parent is None
        root = by_class["RootActor"].urn
        for name in ("RegistryActor", "ArchiveActor", "ReaderActor"):
            assert by_class[name].parent == root
        session = by_class["SessionActor"]
        assert session.parent == by_class["RegistryActor"].urn
        assert (session.empresa_id, session.state) == (1, "connected")
        assert session.look.pid == 1001

    play(tmp_path, story)


@pytest.mark.parametrize("victim", ["archive", "reader", "registry"])
def test_a_service_that_dies_is_started_again_with_all_that_depends_on_it(
    tmp_path: Path, victim: str
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 1)
        await connected(system, clients, 1, A)
        _, directory, *_ = system.parts()
        ref: Any = getattr(directory, victim)
        with pytest.raises(Exception, match=r"."):
            await ask(ref, "not a message")
        client = await asyncio.to_thread(clients.started, 1, 2)
        await ear.until(lambda ear: ear.closed is not None)
        ear = await listening(system, 1)
        client.log_in(A)
        await ear.hears("status", state="connected")
        client.report(text(7, "after"))
        await ear.hears("message", text="after")
        assert set((await system.readiness()).values()) == {"ok"}

    play(tmp_path, story)


def session_actor() -> Any:
    """That of the only empresa; None between two lives."""
    refs = pykka.ActorRegistry.get_by_class(SessionActor)
    return next((ref for ref in refs if ref.is_alive()), None)


QUICK = RestartPolicy(intensity=3, window=60.0, first=0.01, longest=0.02)


async def use_up_restarts(clients: FakeClients) -> None:
    """Of empresa 1, under `QUICK`."""
    for life in range(1, QUICK.intensity + 2):
        (await asyncio.to_thread(clients.started, 1, life)).die()


def test_a_dying_forkserver_uses_up_nobodys_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.registry.SESSION_RESTARTS", QUICK)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        ear = await listening(system, 1)
        for life in range(1, 2 * QUICK.intensity):
            (await asyncio.to_thread(clients.started, 1, life)).die(cause="forkserver_died")
        (await asyncio.to_thread(clients.started, 1, 2 * QUICK.intensity)).log_in(A)
        await ear.hears("status", state="connected")

    play(tmp_path, story)


def test_a_session_out_of_restarts_is_failed_and_comes_back_by_an_operators_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.registry.SESSION_RESTARTS", QUICK)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        await connected(system, clients, 2, B)
        ear, other = await listening(system, 1), await listening(system, 2)
        await use_up_restarts(clients)
        await ear.hears("status", state="failed", reason="restarts_exhausted")
        assert clients.starts[1] == QUICK.intensity + 1
        assert len(other.frames) == 1
        await system.restart(1)
        (await asyncio.to_thread(clients.started, 1, QUICK.intensity + 2)).log_in(A)
        await ear.hears("status", state="connected")

    play(tmp_path, story)


def test_a_failed_session_that_dies_long_after_stays_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.registry.SESSION_RESTARTS", QUICK)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        ear = await listening(system, 1)
        await use_up_restarts(clients)
        await ear.hears("status", state="failed")
        monkeypatch.setattr("actors.registry.SESSION_RESTARTS", replace(QUICK, window=0.0))
        failed = session_actor()
        failed.tell("not a message")
        await asyncio.to_thread(wait_until, lambda: session_actor() not in (None, failed))
        await system.restart(1)
        await ear.hears("status", state="connecting", reason="by_request")
        assert [frame["data"]["state"] for frame in ear.frames[-2:]] == ["failed", "connecting"]

    play(tmp_path, story)


def test_a_session_that_fails_over_a_message_is_reconnecting_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.registry.SESSION_RESTARTS", QUICK)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        ear = await listening(system, 1)
        first = clients.running[1]
        first.report("a report that nobody knows")  # type: ignore[arg-type]
        await ear.hears("status", state="reconnecting", reason="internal_error")
        (await asyncio.to_thread(clients.started, 1, 2)).log_in(A)
        await ear.hears("status", state="connected")
        assert first.is_over

    play(tmp_path, story)


def test_wishes_reach_a_session_that_waits_to_be_restarted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = RestartPolicy(first=300.0, longest=300.0)
    monkeypatch.setattr("actors.registry.SESSION_RESTARTS", slow)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        ear = await listening(system, 1)
        clients.running[1].die()
        await ear.hears("status", state="reconnecting")
        await system.disconnect(1)
        await ear.hears("status", state="stopped", reason="by_request")
        assert clients.running == {}

    play(tmp_path, story)


def test_a_broadcast_that_dies_is_replaced_and_the_session_goes_on(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        ear = await listening(system, 1)
        _, directory, *_ = system.parts()
        old: Any = directory.broadcast(1)
        old.tell("not a message")
        await ear.until(lambda ear: ear.closed is not None)
        assert ear.closed == (1013, "try again")
        again = await listening(system, 1)
        assert again.frames[0]["data"]["state"] == "connected"
        clients.running[1].report(text(1, "still here"))
        await again.hears("message", text="still here")

    play(tmp_path, story)


def test_events_that_the_archive_let_go_of_come_again_from_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.registry.SESSION_RESTARTS", QUICK)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        session_actor().tell(m.EventsMissed(1, 1))
        client = await asyncio.to_thread(clients.started, 1, 2)
        client.log_in(A)
        await reaches(system, 1, State.CONNECTED)

    play(tmp_path, story)


def test_the_end_of_the_root_is_noticed_and_leaves_nothing_running(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        root, *_ = system.parts()
        root.tell("not a message")
        async with asyncio.timeout(10):
            await system.has_ended.wait()

    play(tmp_path, story)


@pytest.mark.parametrize("by_phone", [True, False])
def test_credentials_are_void_before_anybody_hears_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, by_phone: bool
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        with monkeypatch.context() as hanging:
            hanging.setattr(FakeClient, "end", lambda _client: None)
            if by_phone:
                clients.running[5].report(LoggedOut("removed"))
            else:
                await system.logout(5)
            await ear.hears("status", state="logged_out")
        assert 5 in clients.running
        assert not clients.is_linked(5)

    play(tmp_path, story)


def test_a_hung_client_is_replaced_on_the_same_websocket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await connected(system, clients, 6, B)
        ear = await listening(system, 5)
        for effect, seconds in ((Do.AWAIT_SIGN, 0.3), (Do.AWAIT_LAST_SIGN, 0.1)):
            monkeypatch.setitem(TIMERS, effect, ("progress", seconds))
        clients.running[5].report(Alive())
        await ear.hears("status", state="degraded", reason="link_silent")
        await ear.hears("status", state="reconnecting", reason="link_silent")
        again = await asyncio.to_thread(clients.started, 5, 2)
        monkeypatch.undo()
        again.log_in(A)
        await ear.hears("status", state="connected")
        assert clients.starts[6] == 1

    play(tmp_path, story)


@dataclass
class HeldClients(FakeClients):
    """Says of no empresa whether it is linked before it may."""

    asked: threading.Event = field(default_factory=threading.Event)
    may: threading.Event = field(default_factory=threading.Event)

    def is_linked(self, empresa_id: int) -> bool:
        self.asked.set()
        assert self.may.wait(DEADLINE)
        return super().is_linked(empresa_id)


def test_no_known_empresa_is_unknown_while_the_registry_is_still_starting(tmp_path: Path) -> None:
    async def connecting(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await connected(system, clients, 6, B)

    async def asking(system: System, clients: FakeClients) -> None:
        assert isinstance(clients, HeldClients)
        assert await asyncio.to_thread(clients.asked.wait, DEADLINE)
        answer = asyncio.ensure_future(system.status(6))
        await asyncio.sleep(0)
        clients.may.set()
        status, _ = await answer
        assert status.state is State.CONNECTING
        with pytest.raises(EmpresaNotFound):
            await system.status(7)

    before = play(tmp_path, connecting)
    play(tmp_path, asking, HeldClients(linked=before.linked))
