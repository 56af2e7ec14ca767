"""Whom a WebSocket turns away, and how that is told."""

from __future__ import annotations

import json

import pytest
from websockets.exceptions import InvalidStatus

from actors.errors import Unavailable
from tests.web.served import CRM, TOKEN, Served, closing_code, of_type, until


@pytest.mark.parametrize("query", ["", "empresa_id=", "empresa_id=0", "empresa_id=x", "empresa=5"])
def test_a_bad_id_gets_an_error_frame_and_1008(served: Served, query: str) -> None:
    with served.listen(query) as socket:
        code, frames = closing_code(socket)
    assert code == 1008
    assert [frame["type"] for frame in frames] == ["error"]
    assert frames[0]["empresaId"] is None
    data = frames[0]["data"]
    assert isinstance(data, dict)
    assert data["code"] == "invalid_empresa_id"
    assert data["error"]


@pytest.mark.parametrize("since", ["x", "-1", "", "1.5", "01", "1" * 30])
def test_a_malformed_since_gets_an_error_frame_and_1008(served: Served, since: str) -> None:
    with served.listen(f"empresa_id=5&since={since}") as socket:
        code, frames = closing_code(socket)
    assert code == 1008
    assert frames[0]["data"]["code"] == "invalid_since"


@pytest.mark.parametrize(
    "query", ["empresa_id=%ff", "empresa_id=5&since=%ff", "empresa_id=5&ledger=%ff"]
)
def test_a_query_that_is_no_text_gets_an_error_frame_and_1008(served: Served, query: str) -> None:
    with served.listen(query) as socket:
        code, frames = closing_code(socket)
    assert code == 1008
    assert frames[0]["data"]["code"] == "invalid_request"


def test_the_token_is_needed_and_a_page_is_told_so(guarded: Served) -> None:
    for protocols in (None, ["vendeai.v1"], ["vendeai.v1", "bearer.wrong"]):
        with guarded.listen("empresa_id=5", subprotocols=protocols) as socket:
            code, frames = closing_code(socket)
        assert code == 1008
        assert frames[0]["data"]["code"] == "unauthorized"


def test_the_token_comes_as_a_subprotocol_or_as_a_header(guarded: Served) -> None:
    with guarded.listen("empresa_id=5", subprotocols=["vendeai.v1", f"bearer.{TOKEN}"]) as socket:
        assert socket.subprotocol == "vendeai.v1"
        until(socket, of_type("status"))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with guarded.listen("empresa_id=5", additional_headers=headers) as socket:
        assert socket.subprotocol is None
        until(socket, of_type("status"))


def test_the_crms_origin_may_open_one_and_a_foreign_one_may_not(served: Served) -> None:
    with served.listen("empresa_id=5", origin=CRM) as socket:
        until(socket, of_type("status"))
    for origin in ("http://evil.example", "http://localhost:51730", "null"):
        with pytest.raises(InvalidStatus) as refused:
            served.listen("empresa_id=5", origin=origin)
        response = refused.value.response
        assert response.status_code == 403
        assert json.loads(response.body or b"")["code"] == "foreign_origin"


def test_a_rebound_host_cannot_open_one(served: Served) -> None:
    headers = {
        "Host": "evil.example",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": "http://evil.example",
    }
    answer = served.get("/ws?empresa_id=5", **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "invalid_host")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upgrade": "websocket"},
        {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
        {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "8",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        },
    ],
)
def test_a_request_that_is_no_handshake_is_a_400_in_json(
    served: Served, headers: dict[str, str]
) -> None:
    answer = served.get("/ws?empresa_id=5", **headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "websocket_expected")


def test_an_actor_that_cannot_answer_closes_with_1013(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(served.system, "join", refused)
    with served.listen("empresa_id=5") as socket:
        code, frames = closing_code(socket)
    assert code == 1013
    assert frames[0]["data"]["code"] == "unavailable"
