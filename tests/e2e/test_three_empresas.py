"""Three dealerships, three browsers, three phones, one server: all connected at the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess, together
from tests.simulator.real.simulator_process import SimulatorProcess

Browse: TypeAlias = Callable[..., Browser]

RJ, SP, MG = "+5521999990101", "+5511988880102", "+5531977770103"
NUMBERS = {1: RJ, 2: SP, 3: MG}
CUSTOMER = "+5511911110001"


def test_three_empresas_scan_at_the_same_time_and_each_hears_only_its_own(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    unknown = server.get("/api/bot/status/99")
    assert unknown.status_code == 404
    assert unknown.json()["error"] == "Empresa não encontrada"
    browsers = {empresa_id: browse(empresa_id) for empresa_id in NUMBERS}

    together(
        *(lambda e=e, n=n: link(server, simulator, browsers[e], n) for e, n in NUMBERS.items())
    )

    qrs = [f["data"] for b in browsers.values() for f in b.frames if f["type"] == "qr"]
    assert len(set(qrs)) == len(qrs) >= 3
    for empresa_id, number in NUMBERS.items():
        status = server.status(empresa_id)
        assert (status["connected"], status["phoneNumber"]) == (True, number)
        assert status["connectionStatus"] == "connected"
        assert status["qrCode"] is None
        assert browsers[empresa_id].frames[0]["type"] == "status"
        assert {frame["empresaId"] for frame in browsers[empresa_id].frames} == {empresa_id}

    simulator.post("/say", **{"from": CUSTOMER, "to": SP, "text": "bom dia", "count": 20})
    assert server.post("/api/bot/disconnect/1").json()["success"] is True
    simulator.post("/say", **{"from": CUSTOMER, "to": MG, "text": "tem Onix?", "count": 20})
    browsers[2].hears("message", text="bom dia 20")
    browsers[3].hears("message", text="tem Onix? 20")
    browsers[1].hears("status", state="stopped", reason="by_request")

    assert browsers[2].texts() == [f"bom dia {n}" for n in range(1, 21)]
    assert browsers[3].texts() == [f"tem Onix? {n}" for n in range(1, 21)]
    assert browsers[1].texts() == []
    for empresa_id in (2, 3):
        assert server.status(empresa_id)["connected"] is True
        assert browsers[empresa_id].states()[-1] == "connected"
    message = browsers[2].hears("message", text="bom dia 1")["data"]
    assert message["chat"]["phone"] == message["sender"]["phone"] == CUSTOMER
    assert message["chat"]["lid"].endswith("@lid")
    assert message["fromMe"] is False


def test_three_empresas_pair_by_code_at_the_same_time(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    numbers = {1: "+5521999990111", 2: "+5511988880112", 3: "+5531977770113"}

    def pair(empresa_id: int, number: str) -> None:
        browser = browse(empresa_id)
        answer = server.post(f"/api/bot/connect/{empresa_id}", {"phoneNumber": number})
        assert answer.json() == {"success": True, "message": "Conectando..."}
        shown = browser.waits(lambda frame: frame["type"] == "pairing_code", "a code")
        assert shown["phoneNumber"] == number
        assert server.status(empresa_id)["state"] in {"awaiting_code", "connecting"}
        simulator.post("/code", number=number, code=shown["data"])
        browser.hears("status", state="connected", phoneNumber=number)
        assert [frame for frame in browser.frames if frame["type"] == "qr"] == []

    together(*(lambda e=e, n=n: pair(e, n) for e, n in numbers.items()))

    for empresa_id, number in numbers.items():
        assert server.status(empresa_id)["phoneNumber"] == number
        text = f"para {empresa_id}"
        simulator.post("/say", **{"from": CUSTOMER, "to": number, "text": text})
    for empresa_id in numbers:
        browser = browse(empresa_id, "&since=0")
        browser.hears("message", text=f"para {empresa_id}")
        assert browser.texts() == [f"para {empresa_id}"]


def test_logout_unlinks_the_phone_and_the_next_connect_shows_a_new_qr(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    number, other = "+5521999990121", "+5521999990122"
    browser = browse(1)
    link(server, simulator, browser, number)
    for _ in range(2):
        assert server.post("/api/bot/logout/1").json()["success"] is True
    browser.hears("status", state="logged_out", reason="by_request")
    assert simulator.get(f"/devices?number=%2B{number[1:]}")["devices"] == []
    status = server.status(1)
    assert (status["connected"], status["phoneNumber"]) == (False, None)

    fresh = browse(1)
    link(server, simulator, fresh, other)
    fresh.hears("number_changed", **{"from": number, "to": other})


def test_a_removal_on_the_phone_is_logged_out_and_never_loops_into_a_qr(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    number = "+5521999990131"
    browser = browse(1)
    link(server, simulator, browser, number)
    simulator.post("/remove", number=number)
    browser.hears("status", state="logged_out", reason="removed_by_phone")
    assert server.stop() == 0
    server.start()
    refused = server.get("/api/bot/qr/1")
    assert refused.status_code == 404
    assert refused.json()["code"] == "qr_not_available"
    assert refused.json()["state"] == "logged_out"
    assert refused.json()["reason"] == "removed_by_phone"
    assert [frame["type"] for frame in browser.frames].count("qr") == 1


def test_an_outage_of_whatsapp_is_reconnecting_with_its_reason_and_heals(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    number = "+5521999990141"
    browser = browse(1)
    link(server, simulator, browser, number)
    simulator.post("/faults", refuse=True)
    browser.hears("status", state="reconnecting", reason="whatsapp_unreachable")
    assert server.status(1)["phoneNumber"] == number
    simulator.post("/say", **{"from": CUSTOMER, "to": number, "text": "na queda"})
    simulator.post("/faults", refuse=False)
    browser.hears("message", text="na queda")
    assert server.status(1)["connected"] is True
