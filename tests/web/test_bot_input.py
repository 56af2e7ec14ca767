"""What the bot's routes make of bad ids, bodies and numbers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.web.served import Served


def _connect_with(served: Served, **request: Any) -> httpx.Response:
    with served.http() as client:
        return client.post("/api/bot/connect/5", **request)


@pytest.mark.parametrize(
    "number",
    [
        "5521999999999",
        "+0521999999999",
        "+55 21 99999-9999",
        "",
        5521999999999,
        "+55\u0662\u0661999999",
    ],
)
def test_a_bad_phone_number_is_refused(served: Served, number: object) -> None:
    answer = _connect_with(served, json={"phoneNumber": number})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_phone_number")
    assert served.clients.starts[5] == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b"[" * 15_000, b"null"])
def test_a_body_that_is_no_json_object_is_refused(served: Served, body: bytes) -> None:
    answer = _connect_with(served, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_a_body_of_another_type_is_refused(served: Served) -> None:
    answer = _connect_with(served, data={"phoneNumber": "+5521999999999"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("request_", [{}, {"json": {}}, {"json": {"phoneNumber": None}}])
def test_connect_needs_no_body(served: Served, request_: dict[str, Any]) -> None:
    assert _connect_with(served, **request_).status_code == 200


@pytest.mark.parametrize("verb", ["connect", "disconnect", "logout", "restart"])
@pytest.mark.parametrize("size", [20_000, 900_000, 5_000_000])
def test_a_large_body_is_refused_and_the_answer_arrives(
    served: Served, verb: str, size: int
) -> None:
    with served.http() as client:
        answer = client.post(
            f"/api/bot/{verb}/5",
            content=b"x" * size,
            headers={"Content-Type": "application/json", "Expect": "100-continue"},
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_a_large_chunked_body_is_refused(served: Served) -> None:
    def chunks() -> Any:
        for _ in range(20):
            yield b"x" * 10_000

    answer = _connect_with(served, content=chunks(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize(
    "text", ["0", "-1", "01", "1.0", "abc", "1234567890123456", "%31%0a", "%D9%A1", "1%2F2", " 1"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/bot/status/"),
        ("GET", "/api/bot/qr/"),
        ("POST", "/api/bot/connect/"),
        ("POST", "/api/bot/disconnect/"),
        ("POST", "/api/bot/logout/"),
        ("POST", "/api/bot/restart/"),
    ],
)
def test_a_bad_id_is_refused(served: Served, method: str, path: str, text: str) -> None:
    with served.http() as client:
        answer = client.request(method, path + text)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_empresa_id")


def test_the_largest_id_is_fifteen_digits(served: Served) -> None:
    assert served.post("/api/bot/connect/999999999999999").status_code == 200
