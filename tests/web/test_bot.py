from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from tests.fake_clients import PNG
from tests.web.served import Served, of_type, until
from whatsapp.port import PairingCodeShown

STATUS_KEYS = {
    "connected",
    "qrCode",
    "phoneNumber",
    "connectionStatus",
    "state",
    "reason",
    "since",
    "message",
    "pairingCode",
    "until",
    "ageMs",
}


def test_status_of_an_unknown_empresa_is_the_seeds_404(served: Served) -> None:
    answer = served.get("/api/bot/status/5")
    assert answer.status_code == 404
    assert answer.json() == {"error": "Empresa não encontrada", "code": "empresa_not_found"}


def test_connect_answers_at_once_and_makes_the_empresa(served: Served) -> None:
    answer = served.post("/api/bot/connect/5")
    assert (answer.status_code, answer.json()) == (
        200,
        {"success": True, "message": "Conectando..."},
    )
    status = served.get("/api/bot/status/5").json()
    assert set(status) == STATUS_KEYS
    assert status["connected"] is False
    assert status["connectionStatus"] == "disconnected"


def test_connecting_twice_is_harmless_and_a_connected_one_says_so(served: Served) -> None:
    served.connected(5)
    answer = served.post("/api/bot/connect/5")
    assert answer.json() == {"success": True, "message": "Já conectado"}
    assert served.clients.starts[5] == 1


def test_a_connected_empresa_shows_its_number_in_the_seeds_words(served: Served) -> None:
    served.connected(5, "+5521999999999")
    status = served.get("/api/bot/status/5").json()
    assert status["connected"] is True
    assert status["connectionStatus"] == "connected"
    assert status["phoneNumber"] == "+5521999999999"
    assert status["qrCode"] is None
    assert status["state"] == "connected"
    assert status["ageMs"] >= 0


def test_three_empresas_at_once_do_not_touch_one_another(served: Served) -> None:
    for empresa_id in (1, 2, 3):
        served.connected(empresa_id, f"+55219999999{empresa_id:02}")
    assert served.post("/api/bot/disconnect/1").status_code == 200
    served.until_status(1, lambda status: status["state"] == "stopped")
    for empresa_id in (2, 3):
        status = served.get(f"/api/bot/status/{empresa_id}").json()
        assert status["phoneNumber"] == f"+55219999999{empresa_id:02}"
        assert status["connected"] is True


def _with_qr(served: Served, empresa_id: int = 5) -> None:
    served.post(f"/api/bot/connect/{empresa_id}")
    served.clients.started(empresa_id).show_qr()
    with served.listen(f"empresa_id={empresa_id}") as socket:
        until(socket, of_type("qr"))


def test_the_qr_is_a_png_data_url_in_status_and_qr_alike(served: Served) -> None:
    _with_qr(served)
    status, qr = served.get("/api/bot/status/5"), served.get("/api/bot/qr/5")
    prefix, _, picture = qr.json()["qrCode"].partition(",")
    assert prefix == "data:image/png;base64"
    assert base64.b64decode(picture) == PNG + b"5"
    assert status.json()["qrCode"] == qr.json()["qrCode"]
    assert status.json()["state"] == "awaiting_scan"
    assert set(qr.json()) == {"qrCode", "attempt", "expiresAt"}
    assert qr.json()["attempt"] == 1
    assert qr.json()["expiresAt"].endswith("Z")
    for answer in (status, qr):
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("image/png", "image/png"),
        ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/png"),
        ("application/json", "application/json; charset=utf-8"),
        ("*/*", "application/json; charset=utf-8"),
        ("image/png;q=0.1, application/json", "application/json; charset=utf-8"),
        ("image/png;q=0, */*", "application/json; charset=utf-8"),
    ],
)
def test_the_qr_comes_as_the_caller_accepts_it(
    served: Served, accept: str, content_type: str
) -> None:
    _with_qr(served)
    answer = served.get("/api/bot/qr/5", Accept=accept)
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.content == PNG + b"5") == (content_type == "image/png")


def test_a_qr_that_is_not_there_is_a_404_with_state_and_reason(served: Served) -> None:
    served.connected(5)
    answer = served.get("/api/bot/qr/5", Accept="image/png")
    assert answer.status_code == 404
    assert answer.json()["code"] == "qr_not_available"
    assert answer.json()["state"] == "connected"
    assert answer.json()["reason"] is None
    assert served.get("/api/bot/qr/6").json()["code"] == "empresa_not_found"


def test_sessions_lists_every_empresa_without_secrets(served: Served) -> None:
    served.connected(7)
    _with_qr(served)
    sessions = served.get("/api/bot/sessions").json()["sessions"]
    assert [session["empresaId"] for session in sessions] == [5, 7]
    for session in sessions:
        assert set(session) == (STATUS_KEYS - {"qrCode", "pairingCode"}) | {"empresaId"}


def test_who_only_listens_is_no_session(served: Served) -> None:
    with served.listen("empresa_id=9") as socket:
        until(socket, of_type("status"))
        assert served.get("/api/bot/sessions").json() == {"sessions": []}
        assert served.get("/api/bot/status/9").status_code == 404


@pytest.mark.parametrize("verb", ["disconnect", "logout", "restart"])
def test_a_command_to_an_unknown_empresa_is_a_404(served: Served, verb: str) -> None:
    answer = served.post(f"/api/bot/{verb}/5")
    assert (answer.status_code, answer.json()["code"]) == (404, "empresa_not_found")


@pytest.mark.parametrize("verb", ["disconnect", "logout", "restart"])
def test_a_command_given_twice_is_harmless(served: Served, verb: str) -> None:
    served.connected(5)
    for _ in range(2):
        answer = served.post(f"/api/bot/{verb}/5")
        assert answer.status_code == 200
        assert answer.json()["success"] is True
        assert isinstance(answer.json()["message"], str)


def test_logout_forgets_the_credentials_and_the_status_stays(served: Served) -> None:
    served.connected(5)
    served.post("/api/bot/logout/5")
    served.until_status(5, lambda status: status["state"] == "logged_out")
    answer = served.get("/api/bot/status/5")
    assert answer.status_code == 200
    assert answer.json()["phoneNumber"] is None
    # Void as soon as it is known, and once more when the client is gone.
    assert set(served.clients.forgotten) == {5}


def test_a_logout_that_whatsapp_did_not_hear_says_what_to_do(served: Served) -> None:
    served.connected(5)
    client = served.clients.started(5)
    client.unlinks = False
    served.post("/api/bot/logout/5")
    client.die()
    status = served.until_status(5, lambda status: status["state"] == "logged_out")
    assert status["reason"] == "unlink_unconfirmed"
    assert "Aparelhos conectados" in status["message"]


def test_a_phone_number_pairs_by_code(served: Served) -> None:
    with served.listen("empresa_id=5") as socket:
        until(socket, of_type("status"))
        with served.http() as http:
            answer = http.post("/api/bot/connect/5", json={"phoneNumber": "+5521999999999"})
        assert answer.json() == {"success": True, "message": "Conectando..."}
        client = served.clients.started(5)
        assert client.spec.pairing_phone == "+5521999999999"
        expires = datetime.now(UTC) + timedelta(seconds=160)
        client.report(PairingCodeShown("ABCD-EFGH", "+5521999999999", expires))
        frame = until(socket, of_type("pairing_code"))
    assert frame["data"] == "ABCD-EFGH"
    assert frame["phoneNumber"] == "+5521999999999"
    assert frame["expiresAt"].endswith("Z")
    status = served.get("/api/bot/status/5").json()
    assert (status["state"], status["pairingCode"]) == ("awaiting_code", "ABCD-EFGH")
