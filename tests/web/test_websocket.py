from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.fake_clients import text
from tests.web.served import (
    DEADLINE,
    Served,
    closing_code,
    of_type,
    raw_request,
    serving,
    until,
)
from web.application import PING_SECONDS
from web.handlers.websocket import EmpresaSocket

HANDSHAKE = (
    "GET /ws?empresa_id=5 HTTP/1.1",
    (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    ),
)


def test_an_unknown_empresa_is_stopped_on_its_websocket_at_once(served: Served) -> None:
    with served.listen("empresa_id=5") as socket:
        frame = until(socket, of_type("status"))
    assert frame["empresaId"] == 5
    assert frame["data"]["state"] == "stopped"
    assert {"connected", "qrCode", "phoneNumber"} <= set(frame["data"])
    assert frame["lastSeq"] == 0
    assert "ledgerId" in frame
    assert "seq" not in frame


def test_a_listener_from_before_the_connect_sees_the_whole_way(served: Served) -> None:
    with served.listen("empresa_id=5") as socket:
        until(socket, of_type("status"))
        served.post("/api/bot/connect/5")
        served.clients.started(5).show_qr()
        qr = until(socket, of_type("qr"))
        served.clients.started(5).pair("+5521999999999")
        status = until(socket, lambda e: e["type"] == "status" and e["data"]["connected"])
    assert qr["data"].startswith("data:image/png;base64,")
    assert qr["attempt"] == 1
    assert qr["expiresAt"].endswith("Z")
    assert status["data"]["phoneNumber"] == "+5521999999999"
    assert status["data"]["qrCode"] is None
    assert status["seq"] > 0


def test_what_retention_removed_is_a_gap_before_the_replay(served: Served) -> None:
    served.connected(5)
    for number in range(1, 4):
        served.clients.started(5).report(text(number, "oi"))
    assert served.clients.confirmed(5)
    served.remove_events(5, up_to=2)
    with served.listen("empresa_id=5&since=1") as socket:
        gap = until(socket, lambda e: e["type"] == "gap" or "seq" in e)
        first = until(socket, lambda e: "seq" in e)
    assert (gap["type"], gap["empresaId"], gap["data"]) == ("gap", 5, {"from": 2, "to": 2})
    assert "seq" not in gap
    assert first["seq"] == 3


def test_a_listener_that_comes_late_gets_the_current_qr(served: Served) -> None:
    served.post("/api/bot/connect/5")
    served.clients.started(5).show_qr()
    served.until_status(5, lambda status: status["state"] == "awaiting_scan")
    with served.listen("empresa_id=5") as socket:
        snapshot, qr = json.loads(socket.recv(DEADLINE)), json.loads(socket.recv(DEADLINE))
    assert snapshot["data"]["qrCode"] == qr["data"]
    assert qr["type"] == "qr"


def test_each_listener_hears_its_own_empresa_alone(served: Served) -> None:
    with contextlib.ExitStack() as stack:
        listening = {e: stack.enter_context(served.listen(f"empresa_id={e}")) for e in (1, 2, 3)}
        for empresa_id in listening:
            served.connected(empresa_id, f"+55219999999{empresa_id:02}")
        for empresa_id in listening:
            served.clients.started(empresa_id).report(text(1, f"para {empresa_id}"))
        for empresa_id, socket in listening.items():
            heard = [json.loads(socket.recv(DEADLINE))]
            while heard[-1]["type"] != "message":
                heard.append(json.loads(socket.recv(DEADLINE)))
            assert {event["empresaId"] for event in heard} == {empresa_id}
            assert heard[-1]["data"]["text"] == f"para {empresa_id}"


def test_a_replay_since_a_number_comes_without_a_gap(served: Served) -> None:
    served.connected(5)
    for number in range(1, 6):
        served.clients.started(5).report(text(number, str(number)))
    assert served.clients.confirmed(5)
    with served.listen("empresa_id=5&since=0") as socket:
        last = json.loads(socket.recv(DEADLINE))["lastSeq"]
        seqs: list[int] = []
        while not seqs or seqs[-1] < last:
            seqs.append(until(socket, lambda e: "seq" in e)["seq"])
    assert seqs == list(range(1, last + 1))


@pytest.mark.parametrize("query", ["since=99999", "since=0&ledger=another", "ledger=another"])
def test_numbers_of_another_ledger_are_reset(served: Served, query: str) -> None:
    served.connected(5)
    with served.listen(f"empresa_id=5&{query}") as socket:
        snapshot = json.loads(socket.recv(DEADLINE))
        reset = until(socket, of_type("reset"))
    assert reset["data"]["ledgerId"] == snapshot["ledgerId"] != ""
    assert reset["data"]["lastSeq"] == snapshot["lastSeq"]


def test_what_clients_send_is_ignored(served: Served) -> None:
    with served.listen("empresa_id=5") as socket:
        until(socket, of_type("status"))
        socket.send('{"type": "connect"}')
        socket.send(b"\x00" * 4000)
        served.connected(5)
        until(socket, lambda e: e["type"] == "status" and e["data"]["connected"])


def test_a_huge_client_message_ends_the_connection(served: Served) -> None:
    with served.listen("empresa_id=5") as socket:
        until(socket, of_type("status"))
        with contextlib.suppress(ConnectionClosed):
            socket.send("x" * 5000)
        code, _ = closing_code(socket)
    assert code in (1006, 1009)


def test_a_listener_that_left_is_forgotten(served: Served) -> None:
    """The broadcast of an empresa that nobody connected ends with its last listener."""
    with served.listen("empresa_id=9") as socket:
        until(socket, of_type("status"))
        assert _broadcasts(served) == [9]
    deadline = time.monotonic() + DEADLINE
    while _broadcasts(served):
        assert time.monotonic() < deadline


def _broadcasts(served: Served) -> list[int]:
    actors = served.get("/api/admin/actors").json()["actors"]
    return [actor["empresaId"] for actor in actors if actor["class"] == "BroadcastActor"]


def test_a_listener_that_does_not_read_is_closed_with_1013(served: Served) -> None:
    served.connected(5)
    client = served.clients.started(5)
    raw = raw_request(served, HANDSHAKE[0], HANDSHAKE[1], receive_buffer=4096)
    with raw as slow, served.listen("empresa_id=5") as quick:
        for number in range(1, 700):
            client.report(text(number, "x" * 20_000))
        until(quick, lambda e: e["type"] == "message" and e["data"]["id"] == "ID699")
        seen, tail = 0, b""
        # A close frame (0x88) with the code 1013 and a reason is the last thing sent.
        while b"\x88\x0a\x03\xf5too slow" not in tail:
            chunk = slow.recv(1 << 20)
            assert chunk, "hung up without saying why"
            seen += len(chunk)
            tail = (tail + chunk)[-200:]
    assert seen < 699 * 20_000


def test_the_servers_stop_is_a_1001(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        served = stack.enter_context(serving(tmp_path))
        served.connected(5)
        with served.listen("empresa_id=5") as socket:
            until(socket, of_type("status"))
            stack.close()
            code, _ = closing_code(socket)
    assert code == 1001


def test_the_server_pings(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PING_SECONDS == 25
    monkeypatch.setattr(EmpresaSocket, "ping_interval", 0.05)
    with raw_request(served, *HANDSHAKE) as raw:
        seen = b""
        while b"\x89\x00" not in seen:  # an empty ping frame
            chunk = raw.recv(4096)
            assert chunk, "closed without a ping"
            seen += chunk
