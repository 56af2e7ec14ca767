"""Who may call, and the one shape of every error."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from actors.errors import DeadlineExceeded, Unavailable
from tests.web.served import CRM, DEADLINE, TOKEN, Served, serving
from web.base import BaseHandler
from web.handlers import (
    admin,
    admin_events,
    admin_socket,
    bot,
    events,
    health,
    metrics,
    page,
    websocket,
)

BEARER = {"Authorization": f"Bearer {TOKEN}"}
ROUTES = [
    ("GET", "/api/bot/status/5"),
    ("GET", "/api/bot/qr/5"),
    ("GET", "/api/bot/sessions"),
    ("POST", "/api/bot/connect/5"),
    ("POST", "/api/bot/disconnect/5"),
    ("POST", "/api/bot/logout/5"),
    ("POST", "/api/bot/restart/5"),
    ("GET", "/api/empresas/5/events"),
    ("GET", "/api/admin/events"),
    ("GET", "/api/admin/actors"),
    ("GET", "/api/admin/actors/x"),
    ("POST", "/api/admin/actors/x/restart"),
    ("POST", "/api/admin/actors/x/stop"),
    ("GET", "/metrics"),
]
OPEN = ["/", "/static/page.js", "/healthz", "/readyz"]


def test_the_routes_of_these_tests_are_all_that_need_the_token() -> None:
    modules = (admin, admin_events, admin_socket, bot, events, health, metrics, page, websocket)
    guarded: list[type[BaseHandler]] = [
        handler for module in modules for _, handler in module.ROUTES if not handler.is_open
    ]
    assert len(guarded) == len(ROUTES) + 2  # and the WebSockets


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_route_refuses_a_caller_without_the_token(
    guarded: Served, method: str, path: str
) -> None:
    with guarded.http() as client:
        for given in (None, "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é", TOKEN):
            headers = httpx.Headers([] if given is None else [(b"Authorization", given.encode())])
            answer = client.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_route_lets_the_tokens_holder_in(guarded: Served, method: str, path: str) -> None:
    with guarded.http(**BEARER) as client:
        assert client.request(method, path).status_code in (200, 404)


def test_a_token_in_the_query_is_no_token(guarded: Served) -> None:
    assert guarded.get(f"/api/bot/sessions?token={TOKEN}").status_code == 401


@pytest.mark.parametrize("path", OPEN)
def test_open_routes_need_no_token(guarded: Served, path: str) -> None:
    assert guarded.get(path).status_code == 200


def test_with_a_token_any_host_and_proxy_may_stand_before_it(guarded: Served) -> None:
    headers = {**BEARER, "Host": "bot.example.com", "X-Forwarded-For": "203.0.113.7"}
    assert guarded.get("/api/bot/sessions", **headers).status_code == 200


def test_who_has_no_token_does_not_learn_which_addresses_there_are(guarded: Served) -> None:
    assert guarded.get("/api/nothing").status_code == 401
    assert guarded.get("/api/nothing", **BEARER).status_code == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "[::2]", "localhost:1:2"]
)
def test_a_rebound_host_is_refused(served: Served, host: str) -> None:
    for path in [path for _, path in ROUTES] + OPEN:
        answer = served.get(path, Host=host)
        assert (answer.status_code, answer.json()["code"]) == (403, "invalid_host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:3010", "127.0.0.1:1", "[::1]:3010"])
def test_the_machines_own_names_are_let_in(served: Served, host: str) -> None:
    assert served.get("/healthz", Host=host).status_code == 200


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "x-forwarded-proto"])
def test_without_a_token_a_proxys_request_is_refused(served: Served, header: str) -> None:
    answer = served.get("/api/bot/sessions", **{header: "for=203.0.113.7"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forwarded_without_token")


@pytest.mark.parametrize("path", ["/api/bot/logout/5", "/api/bot/connect/5"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:51730"},
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost:5173"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:4000"},
    ],
)
def test_a_foreign_page_cannot_post(served: Served, path: str, headers: dict[str, str]) -> None:
    answer = served.post(path, **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": CRM},
        {"Origin": CRM, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_the_crm_and_its_backend_can_post(served: Served, headers: dict[str, str]) -> None:
    assert served.post("/api/bot/connect/1", **headers).status_code == 200


def test_cors_lets_the_crm_read_answers_and_errors(served: Served) -> None:
    for path in ("/api/bot/sessions", "/api/bot/status/404"):
        answer = served.get(path, Origin=CRM)
        assert answer.headers["Access-Control-Allow-Origin"] == CRM
        assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in served.get("/api/bot/sessions").headers


def test_a_preflight_needs_no_token_and_says_what_the_crm_may_send(guarded: Served) -> None:
    wanted = {"Access-Control-Request-Method": "POST"}
    with guarded.http(Origin=CRM, **wanted) as client:
        answer = client.options("/api/bot/connect/5")
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == CRM
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


def test_a_foreign_preflight_gets_no_permission(guarded: Served) -> None:
    with guarded.http(Origin="http://evil.example") as client:
        answer = client.options("/api/bot/connect/5")
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_an_unknown_address_is_json(served: Served) -> None:
    for method in ("GET", "POST", "PATCH"):
        with served.http() as client:
            answer = client.request(method, "/api/bot/status")
        assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


def test_a_wrong_method_is_json_and_names_the_right_ones(served: Served) -> None:
    with served.http() as client:
        for method, path in (("DELETE", "/api/bot/status/5"), ("GET", "/api/bot/connect/5")):
            answer = client.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["Allow"] == "OPTIONS, POST"
        assert client.request("BREW", "/api/bot/status/5").status_code == 405


def test_paths_out_of_the_static_folder_do_not_exist(served: Served) -> None:
    outside = ("/static/../base.py", "/static/%2e%2e/base.py")
    for path in (*outside, "/static/", "/static/no.js", "/static/%00", "/static/page.js%00"):
        answer = served.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


def test_a_malformed_path_is_a_400_in_json(served: Served) -> None:
    answer = served.get("/api/bot/status/%ff")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    answer = served.get("/api/empresas/1/events?after=%ff")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_what_is_not_http_is_hung_up_on(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), DEADLINE) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 400 ")


def test_every_answer_has_the_safe_headers(served: Served) -> None:
    for path in ("/api/bot/sessions", "/api/bot/status/404", "/nothing", "/healthz"):
        headers = served.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "Etag" not in headers
        assert "Tornado" not in headers["Server"]
        assert len(headers["X-Request-Id"]) == 16


def test_a_fault_of_ours_is_a_500_without_details(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(tmp_path) as served:

        async def broken() -> None:
            raise ZeroDivisionError("a secret detail")

        monkeypatch.setattr(served.system, "statuses", broken)
        answer = served.get("/api/bot/sessions?token=in-the-query")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.text
    assert "a secret detail" in caplog.text
    assert "in-the-query" not in caplog.text
    assert any(
        getattr(record, "request_id", None) == answer.headers["X-Request-Id"]
        for record in caplog.records
    )


def test_an_actor_that_is_gone_or_late_is_a_503_or_504(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path) as served:
        for refusal, status in ((Unavailable, 503), (DeadlineExceeded, 504)):

            async def refused(refusal: type[Exception] = refusal) -> None:
                raise refusal

            monkeypatch.setattr(served.system, "statuses", refused)
            answer = served.get("/api/bot/sessions")
            assert answer.status_code == status
            assert ("Retry-After" in answer.headers) == (status == 503)
