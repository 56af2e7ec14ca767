"""`GET /api/admin/events`, on each engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from persistence.copying import renew_ledger_ids
from tests.databases import TestDatabase
from tests.fake_clients import text
from tests.web.served import DEADLINE, Served, closing_code, raw_request, serving

PATH = "/api/admin/events"


@pytest.fixture
def told(tmp_path: Path, site: TestDatabase) -> Iterator[Served]:
    """Empresas 5 and 6 are connected, and have got three texts each, in turns."""
    with serving(tmp_path, database=site.database()) as served:
        for empresa_id in (5, 6):
            served.connected(empresa_id, f"+552199999999{empresa_id}")
        for number in range(1, 4):
            for empresa_id in (5, 6):
                say(served, empresa_id, number)
        yield served


def say(served: Served, empresa_id: int, number: int) -> None:
    """A text comes, and is stored."""
    served.clients.started(empresa_id).report(text(number, f"{empresa_id}.{number}"))
    assert served.clients.confirmed(empresa_id)


def page(served: Served, **query: object) -> dict[str, Any]:
    answer = served.get(f"{PATH}?{httpx.QueryParams(query)}")  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert set(body) == {"events", "next"}
    return body


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["text"] for event in events if event["type"] == "message"]


IN_ORDER = [f"{empresa_id}.{number}" for number in range(1, 4) for empresa_id in (5, 6)]


def test_all_empresas_events_come_in_the_order_of_their_storing(told: Served) -> None:
    body = page(told)
    assert texts(body["events"]) == IN_ORDER
    for empresa_id in (5, 6):
        own = told.get(f"/api/empresas/{empresa_id}/events").json()["events"]
        assert [event for event in body["events"] if event["empresaId"] == empresa_id] == own
    say(told, 6, 4)
    again = page(told, after=body["next"])
    assert texts(again["events"]) == ["6.4"]
    assert page(told, after=again["next"]) == {"events": [], "next": again["next"]}


def test_the_order_is_read_by_pages_without_a_gap(told: Served) -> None:
    whole, found, after = page(told)["events"], [], None
    while (part := page(told, limit=4, **({"after": after} if after else {})))["events"]:
        assert len(part["events"]) <= 4
        found += part["events"]
        after = part["next"]
    assert found == whole
    assert len(found) > 8


def test_from_latest_on_there_is_only_what_comes(told: Served) -> None:
    latest = page(told, after="latest")
    assert latest == {"events": [], "next": page(told)["next"]}
    say(told, 5, 4)
    assert texts(page(told, after=latest["next"])["events"]) == ["5.4"]


def test_what_retention_or_an_erasure_removed_is_missing_and_nothing_else(told: Served) -> None:
    after = page(told, limit=3)["next"]
    told.remove_events(5, up_to=told.get("/api/empresas/5/events").json()["lastSeq"] - 1)
    assert texts(page(told, after=after)["events"]) == ["6.1", "6.2", "5.3", "6.3"]
    with told.http() as client, told.listen("empresa_id=6") as socket:
        erasing = client.request("DELETE", "/api/empresas/6", json={"empresaId": 6})
        assert erasing.status_code == 202
        assert closing_code(socket)[0] == 1008
    body = page(told, after=after)
    assert texts(body["events"]) == ["5.3"]
    say(told, 5, 4)
    assert texts(page(told, after=body["next"])["events"]) == ["5.4"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("after=", "invalid_cursor"),
        ("after=0", "invalid_cursor"),
        ("after=0123456789abcdef", "invalid_cursor"),
        ("after=0123456789abcdef-01", "invalid_cursor"),
        ("after=0123456789abcdef--1", "invalid_cursor"),
        (f"after=0123456789abcdef-{10**18}", "invalid_cursor"),
        ("after=LATEST", "invalid_cursor"),
        ("limit=0", "invalid_limit"),
        ("limit=1001", "invalid_limit"),
        ("wait=31", "invalid_wait"),
    ],
)
def test_a_bad_query_is_a_400(served: Served, query: str, code: str) -> None:
    answer = served.get(f"{PATH}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_place_of_before_a_restored_backup_is_a_409_that_says_where_to_begin(
    told: Served, site: TestDatabase, tmp_path: Path
) -> None:
    before = page(told)
    order_id, _, position = before["next"].partition("-")
    beyond = f"{order_id}-{int(position) + 1}"
    assert told.get(f"{PATH}?after={beyond}").json()["code"] == "ledger_reset"
    told.stop()
    renew_ledger_ids(site.database())
    with serving(tmp_path, database=site.database()) as restored:
        answer = restored.get(f"{PATH}?after={before['next']}&wait=30")
        assert (answer.status_code, answer.json()["code"]) == (409, "ledger_reset")
        anew = page(restored, after=answer.json()["next"])["events"]
        assert anew[: len(before["events"])] == before["events"]


@dataclass
class Wait:
    """What a long poll's wait has come to."""

    began: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def wait(told: Served, monkeypatch: pytest.MonkeyPatch) -> Wait:
    watched = Wait()
    inner = told.system.wait_for_any_event

    async def watch(after: int, seconds: float) -> bool:
        watched.began.set()
        try:
            return await inner(after, seconds)
        finally:
            watched.over.set()

    monkeypatch.setattr(told.system, "wait_for_any_event", watch)
    return watched


def polling(served: Served, query: str) -> tuple[threading.Thread, list[httpx.Response]]:
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(served.get(f"{PATH}?{query}")))
    thread.start()
    return thread, answers


def test_a_wait_ends_with_the_next_event_whosever_it_is(told: Served, wait: Wait) -> None:
    thread, answers = polling(told, "after=latest&wait=30")
    assert wait.began.wait(DEADLINE)
    say(told, 6, 4)
    thread.join(DEADLINE)
    assert not thread.is_alive()
    assert texts(answers[0].json()["events"]) == ["6.4"]


def test_a_wait_that_times_out_is_an_empty_page(told: Served) -> None:
    last = page(told)["next"]
    begun = time.monotonic()
    assert page(told, after=last, wait=1) == {"events": [], "next": last}
    assert time.monotonic() - begun >= 1


def test_who_waits_is_answered_when_the_server_stops(told: Served, wait: Wait) -> None:
    thread, answers = polling(told, "after=latest&wait=30")
    assert wait.began.wait(DEADLINE)
    told.stop()
    thread.join(DEADLINE)
    # The sessions' last statuses are events as well.
    assert answers[0].status_code in (200, 503)


def test_a_client_that_goes_away_leaves_no_request_waiting(told: Served, wait: Wait) -> None:
    with raw_request(told, f"GET {PATH}?after=latest&wait=30 HTTP/1.1"):
        assert wait.began.wait(DEADLINE)
        assert not wait.over.is_set()
    assert wait.over.wait(DEADLINE)
