from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from actors.errors import DeadlineExceeded
from actors.messages import EventPage
from persistence import ledger
from tests.fake_clients import text
from tests.web.served import DEADLINE, Served, raw_request

MESSAGES = 5


@pytest.fixture
def told(served: Served) -> Served:
    """Empresa 5 is connected and has got five texts."""
    served.connected(5)
    for number in range(1, MESSAGES + 1):
        served.clients.started(5).report(text(number, f"texto {number}"))
    assert served.clients.confirmed(5)
    return served


def page(served: Served, query: str = "") -> dict[str, Any]:
    answer = served.get(f"/api/empresas/5/events{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_an_event_has_the_one_shape(told: Served) -> None:
    body = page(told, "?type=message")
    assert set(body) == {"events", "next", "lastSeq", "ledgerId"}
    event = body["events"][0]
    assert set(event) == {"type", "empresaId", "seq", "at", "data"}
    assert (event["type"], event["empresaId"], event["data"]["text"]) == ("message", 5, "texto 1")
    assert event["at"].endswith("Z")


def test_the_ledger_is_read_by_pages_without_a_gap(told: Served) -> None:
    seqs: list[int] = []
    after = 0
    while True:
        body = page(told, f"?after={after}&limit=2")
        seqs += [event["seq"] for event in body["events"]]
        after = body["next"]
        if not body["events"]:
            break
    assert seqs == list(range(1, body["lastSeq"] + 1))
    assert after == body["lastSeq"]


def test_only_the_types_that_are_asked_for_come(told: Served) -> None:
    body = page(told, "?type=message,receipt")
    assert [event["type"] for event in body["events"]] == ["message"] * MESSAGES
    assert body["next"] == body["lastSeq"]


def test_what_retention_removed_is_a_gap_before_the_events(told: Served) -> None:
    told.remove_events(5, up_to=3)
    body = page(told)
    gap, first = body["events"][:2]
    assert set(gap) == {"type", "empresaId", "at", "data"}
    assert (gap["type"], gap["empresaId"]) == ("gap", 5)
    assert gap["data"] == {"from": 1, "to": 3}
    assert first["seq"] == 4
    assert len(page(told, "?limit=1")["events"]) == 2, "the gap does not count"
    assert page(told, "?after=2&type=unheard")["events"][0]["data"] == {"from": 3, "to": 3}
    assert page(told, "?after=3")["events"][0]["type"] != "gap"


def test_a_gap_at_the_end_is_answered_at_once(told: Served) -> None:
    last = page(told)["lastSeq"]
    told.remove_events(5, up_to=last)
    begun = time.monotonic()
    body = page(told, "?wait=30")
    assert time.monotonic() - begun < 10
    assert [event["data"] for event in body["events"]] == [{"from": 1, "to": last}]
    assert body["next"] == last


def test_an_unknown_empresa_is_a_404(served: Served) -> None:
    answer = served.get("/api/empresas/5/events?wait=30")
    assert (answer.status_code, answer.json()["code"]) == (404, "empresa_not_found")


@pytest.mark.parametrize("query", ["after=9999", "after=0&ledger=another"])
def test_numbers_of_another_ledger_are_a_409_that_says_where_to_begin(
    told: Served, query: str
) -> None:
    head = page(told)
    answer = told.get(f"/api/empresas/5/events?{query}")
    assert (answer.status_code, answer.json()["code"]) == (409, "ledger_reset")
    assert answer.json()["ledgerId"] == head["ledgerId"]
    assert answer.json()["lastSeq"] == head["lastSeq"]


def test_its_own_ledger_id_is_accepted(told: Served) -> None:
    assert page(told, f"?ledger={page(told)['ledgerId']}")["events"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("after=-1", "invalid_after"),
        ("after=x", "invalid_after"),
        ("limit=0", "invalid_limit"),
        ("limit=1001", "invalid_limit"),
        ("limit=", "invalid_limit"),
        ("wait=31", "invalid_wait"),
        ("wait=1.5", "invalid_wait"),
        ("type=", "invalid_type"),
        ("type=message,", "invalid_type"),
    ],
)
def test_a_malformed_query_is_a_400(told: Served, query: str, code: str) -> None:
    answer = told.get(f"/api/empresas/5/events?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_without_wait_an_empty_page_comes_at_once(told: Served) -> None:
    body = page(told, f"?after={page(told)['lastSeq']}")
    assert body["events"] == []


def test_a_wait_that_times_out_is_an_empty_page(told: Served) -> None:
    last = page(told)["lastSeq"]
    began = time.monotonic()
    body = page(told, f"?after={last}&wait=1")
    assert time.monotonic() - began >= 1
    assert (body["events"], body["next"]) == ([], last)


def _polling(served: Served, query: str) -> tuple[threading.Thread, list[httpx.Response]]:
    answers: list[httpx.Response] = []

    def poll() -> None:
        answers.append(served.get(f"/api/empresas/5/events?{query}"))

    thread = threading.Thread(target=poll)
    thread.start()
    return thread, answers


@dataclass
class Wait:
    """What a long poll's wait has come to."""

    began: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def wait(told: Served, monkeypatch: pytest.MonkeyPatch) -> Wait:
    watched = Wait()
    wait_for_events = told.system.wait_for_events

    async def watch(empresa_id: int, after: int, seconds: float) -> bool:
        watched.began.set()
        try:
            return await wait_for_events(empresa_id, after, seconds)
        finally:
            watched.over.set()

    monkeypatch.setattr(told.system, "wait_for_events", watch)
    return watched


def test_a_wait_ends_with_the_next_event_of_its_types(told: Served, wait: Wait) -> None:
    last = page(told)["lastSeq"]
    thread, answers = _polling(told, f"after={last}&wait=30&type=message")
    assert wait.began.wait(DEADLINE)
    told.post("/api/bot/disconnect/5")
    told.until_status(5, lambda status: status["state"] == "stopped")
    told.connected(5)
    told.clients.started(5, 2).report(text(6, "enfim"))
    thread.join(DEADLINE)
    assert not thread.is_alive()
    body = answers[0].json()
    assert [event["data"]["text"] for event in body["events"]] == ["enfim"]
    assert body["next"] >= body["events"][0]["seq"]


def test_who_waits_is_answered_when_the_server_stops(told: Served, wait: Wait) -> None:
    last = page(told)["lastSeq"]
    thread, answers = _polling(told, f"after={last}&wait=30")
    assert wait.began.wait(DEADLINE)
    told.stop()
    thread.join(DEADLINE)
    assert [answer.status_code for answer in answers] == [503]


def test_a_client_that_goes_away_leaves_no_request_waiting(told: Served, wait: Wait) -> None:
    last = page(told)["lastSeq"]
    with raw_request(told, f"GET /api/empresas/5/events?after={last}&wait=30 HTTP/1.1"):
        assert wait.began.wait(DEADLINE)
        assert not wait.over.is_set()
    assert wait.over.wait(DEADLINE)


def test_what_the_database_does_not_answer_in_time_is_a_504(
    told: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, reads = threading.Event(), ledger.page

    def slow(*arguments: Any, **options: Any) -> EventPage | None:
        answers.wait(DEADLINE)
        return reads(*arguments, **options)

    monkeypatch.setattr(ledger, "page", slow)
    try:
        answer = told.get("/api/empresas/5/events")
    finally:
        answers.set()
    assert answer.status_code == 504
    assert answer.json() == {
        "error": DeadlineExceeded.sentence,
        "code": "deadline_exceeded",
    }
    assert page(told)["lastSeq"] >= MESSAGES
