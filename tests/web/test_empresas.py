"""`DELETE /api/empresas/:id`."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.web.served import CRM, Served, closing_code, of_type, until


def erase(served: Served, empresa_id: int, body: object, **headers: str) -> httpx.Response:
    with served.http(**headers) as client:
        return client.request("DELETE", f"/api/empresas/{empresa_id}", json=body)


def test_an_empresa_is_erased_and_its_listeners_are_told(served: Served) -> None:
    served.connected(5)
    with served.listen("empresa_id=5") as socket:
        until(socket, of_type("status"))
        answer = erase(served, 5, {"empresaId": 5})
        assert answer.status_code == 202
        assert answer.json() == {"success": True, "message": "Apagando..."}
        code, frames = closing_code(socket)
    assert code == 1008
    assert frames[-1]["type"] == "error"
    assert frames[-1]["data"]["code"] == "empresa_erased"
    assert frames[-1]["data"]["unlinked"] is True
    for path in ("/api/bot/status/5", "/api/empresas/5/events", "/api/bot/qr/5"):
        assert served.get(path).status_code == 404
    assert erase(served, 5, {"empresaId": 5}).json()["code"] == "empresa_not_found"
    assert served.get("/api/bot/sessions").json() == {"sessions": []}


@pytest.mark.parametrize(
    "body", [{}, {"empresaId": 6}, {"empresaId": "5"}, {"empresaId": 5.0}, {"empresaId": None}]
)
def test_an_id_that_is_not_repeated_erases_nothing(served: Served, body: object) -> None:
    served.connected(5)
    answer = erase(served, 5, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "empresa_id_not_repeated")
    assert served.get("/api/bot/status/5").json()["connected"] is True


def test_true_is_not_the_id_of_empresa_1(served: Served) -> None:
    served.connected(1)
    assert erase(served, 1, {"empresaId": True}).status_code == 400


def test_an_unknown_empresa_is_not_found(served: Served) -> None:
    assert erase(served, 7, {"empresaId": 7}).json()["code"] == "empresa_not_found"


def test_a_bad_body_is_refused_as_everywhere(served: Served) -> None:
    def send(**request: Any) -> tuple[int, str]:
        with served.http() as client:
            answer = client.request("DELETE", "/api/empresas/5", **request)
            return answer.status_code, answer.json()["code"]

    assert send(content=b"{", headers={"Content-Type": "application/json"})[1] == "invalid_json"
    assert send(data={"empresaId": "5"})[0] == 415
    assert send(content=b"x" * 20_000)[0] == 413


def test_while_it_is_erased_wishes_are_refused(served: Served) -> None:
    served.connected(5)
    served.clients.running[5].unlinks = False
    assert erase(served, 5, {"empresaId": 5}).status_code == 202
    answer = served.post("/api/bot/connect/5")
    assert (answer.status_code, answer.json()["code"]) == (409, "empresa_erasing")
    assert erase(served, 5, {"empresaId": 5}).status_code == 202


def test_a_post_is_not_allowed_and_a_browser_of_the_crm_may_ask_to_delete(served: Served) -> None:
    answer = served.post("/api/empresas/5")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "OPTIONS, GET, PUT, DELETE"
    with served.http(Origin=CRM) as client:
        assert "DELETE" in client.options("/api/empresas/5").headers["Access-Control-Allow-Methods"]


def test_a_foreign_page_erases_nothing(served: Served) -> None:
    served.connected(5)
    answer = erase(served, 5, {"empresaId": 5}, Origin="http://evil.example")
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert served.get("/api/bot/status/5").json()["connected"] is True
