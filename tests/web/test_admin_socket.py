"""`/ws/admin` on real actors; what is told when, in detail: `test_actor_feed.py`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from actors import census as census_module
from actors.census import census
from actors.restart_policy import RestartPolicy
from tests.actors.doubles import Trap
from tests.fake_clients import FakeClient, text
from tests.simulator.real.waiting import wait_until
from tests.web.served import (
    CRM,
    DEADLINE,
    TOKEN,
    Served,
    closing_code,
    of_type,
    raw_request,
    serving,
    until,
)
from tests.web.tree import FIELDS, actors, of_class
from web import actor_feed
from web.handlers.admin_socket import AdminSocket

HANDSHAKE = (
    "GET /ws/admin HTTP/1.1",
    (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    ),
)


def follow(served: Served, **options: Any) -> ClientConnection:
    return served.listen("", "/ws/admin", **options)


def until_changed(socket: ClientConnection, is_it: Callable[[dict[str, Any]], bool]) -> Any:
    """The first changed actor that fits, and its frame's data."""

    def found(frame: dict[str, Any]) -> list[Any]:
        is_change = frame["type"] == "actors_changed"
        return [a for a in frame["data"]["changed"] if is_it(a)] if is_change else []

    data = until(socket, lambda frame: bool(found(frame)))["data"]
    return next(a for a in data["changed"] if is_it(a)), data


def is_session(**fields: Any) -> Callable[[dict[str, Any]], bool]:
    wanted = {"class": "SessionActor", **fields}
    return lambda actor: all(actor[name] == value for name, value in wanted.items())


def test_it_opens_with_the_whole_tree(served: Served) -> None:
    served.connected(5)
    with follow(served) as socket:
        frame = json.loads(socket.recv(DEADLINE))
    assert (set(frame), frame["type"]) == ({"type", "at", "data"}, "actors")
    assert frame["at"].endswith("Z")
    assert [actor["urn"] for actor in frame["data"]] == [a["urn"] for a in actors(served)]
    assert all(set(actor) == FIELDS for actor in frame["data"])
    (session,) = [actor for actor in frame["data"] if actor["class"] == "SessionActor"]
    assert session["worker"]["pid"] == session["pid"]
    assert session["worker"]["pssBytes"] is None


def test_an_actor_that_starts_and_each_state_of_a_session_are_told(served: Served) -> None:
    with follow(served) as socket:
        served.post("/api/bot/connect/5")
        session, _ = until_changed(socket, is_session(state="connecting"))
        served.clients.started(5).show_qr()
        until_changed(socket, is_session(state="awaiting_scan", urn=session["urn"]))
        served.clients.started(5).pair("+5521999999999")
        session, _ = until_changed(socket, is_session(state="connected"))
    assert set(session) == FIELDS
    assert session["pid"] == served.clients.started(5).pid


def test_one_that_ends_is_gone(served: Served) -> None:
    with follow(served) as socket:
        with served.listen("empresa_id=9"):
            broadcast, _ = until_changed(socket, lambda a: a["class"] == "BroadcastActor")
        frame = until(socket, lambda f: bool(f["type"] == "actors_changed" and f["data"]["gone"]))
    assert frame["data"]["gone"] == [broadcast["urn"]]


def test_one_that_dies_waits_for_its_restart_and_another_takes_its_place(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RestartPolicy, "delay", lambda *_: 3.0)
    served.connected(5)
    with follow(served) as socket:
        served.clients.started(5).die()
        dead, _ = until_changed(socket, is_session(state="restarting"))
        if dead["restartDueAt"] is None:
            dead, _ = until_changed(socket, is_session(state="restarting"))
        assert dead["restartDueAt"] is not None
        assert dead["lastFailure"]["error"].startswith("actors.session.WorkerDiedError")
        heir, data = until_changed(socket, is_session(restarts=1))
    assert dead["urn"] in data["gone"]
    assert heir["urn"] != dead["urn"]


def test_one_that_hangs_is_told_and_that_it_answers_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(census_module, "RESPONSE_SECONDS", 0.3)
    served.connected(5)
    trap = Trap(FakeClient.confirm)
    monkeypatch.setattr(FakeClient, "confirm", trap)
    with follow(served) as socket:
        served.clients.started(5).report(text(1, "hangs"))
        hanging, _ = until_changed(socket, is_session(responsive=False))
        assert hanging["busyWith"] == "EventsRecorded"
        trap.release.set()
        until_changed(socket, is_session(responsive=True))


def test_one_that_does_not_read_is_closed_with_1013_and_the_others_hear_on(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actor_feed, "FRAME_SECONDS", 0.0)
    # Each change is news, and large.
    monkeypatch.setattr(actor_feed, "_mark", lambda _: (object(),))
    monkeypatch.setattr(actor_feed, "shape", lambda info, _: {"urn": info.urn, "x": "x" * 300_000})
    raw = raw_request(served, *HANDSHAKE, receive_buffer=4096)
    with raw as slow, follow(served, max_size=None) as quick:
        until(quick, of_type("actors"))
        wait_until(lambda: served.on_loop(lambda: len(feed_of(served)._seats)) == 2)
        changes = 0
        while served.on_loop(lambda: len(feed_of(served)._seats)) == 2:
            census.changed("root")
            until(quick, of_type("actors_changed"))
            changes += 1
            assert changes < 200
        seen, tail = 0, b""
        while b"\x88\x0a\x03\xf5too slow" not in tail:
            chunk = slow.recv(1 << 20)
            assert chunk, "hung up without saying why"
            seen += len(chunk)
            tail = (tail + chunk)[-200:]
        census.changed("root")
        until(quick, of_type("actors_changed"))
    assert changes >= actor_feed.PENDING_FRAMES - 1


def feed_of(served: Served) -> Any:
    return served.application.settings["feed"]


def test_the_servers_stop_is_a_1001(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        served = stack.enter_context(serving(tmp_path))
        with follow(served) as socket:
            until(socket, of_type("actors"))
            stack.close()
            code, _ = closing_code(socket)
    assert code == 1001


def test_the_server_pings(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AdminSocket, "ping_interval", 0.05)
    with raw_request(served, *HANDSHAKE) as raw:
        seen = b""
        while b"\x89\x00" not in seen:  # an empty ping frame
            chunk = raw.recv(4096)
            assert chunk, "closed without a ping"
            seen += chunk


def test_what_clients_send_is_ignored(served: Served) -> None:
    with follow(served) as socket:
        until(socket, of_type("actors"))
        socket.send('{"type": "restart"}')
        served.post("/api/bot/connect/5")
        until_changed(socket, is_session(state="connecting"))
    assert of_class(served, "RegistryActor")["restarts"] == 0


def test_the_token_is_needed_and_comes_as_a_subprotocol_or_a_header(guarded: Served) -> None:
    for protocols in (None, ["vendeai.v1", "bearer.wrong"]):
        with follow(guarded, subprotocols=protocols) as socket:
            code, frames = closing_code(socket)
        assert (code, frames[0]["data"]["code"]) == (1008, "unauthorized")
    with follow(guarded, subprotocols=["vendeai.v1", f"bearer.{TOKEN}"]) as socket:
        assert socket.subprotocol == "vendeai.v1"
        until(socket, of_type("actors"))
    with follow(guarded, additional_headers={"Authorization": f"Bearer {TOKEN}"}) as socket:
        until(socket, of_type("actors"))


def test_a_foreign_page_and_a_plain_request_are_refused(served: Served) -> None:
    with follow(served, origin=CRM) as socket:
        until(socket, of_type("actors"))
    with pytest.raises(InvalidStatus) as refused:
        follow(served, origin="http://evil.example")
    assert refused.value.response.status_code == 403
    answer = served.get("/ws/admin")
    assert (answer.status_code, answer.json()["code"]) == (400, "websocket_expected")
    answer = served.get("/ws/admin", Host="evil.example")
    assert (answer.status_code, answer.json()["code"]) == (403, "invalid_host")
