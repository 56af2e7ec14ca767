from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from actors.breaker import Cause
from actors.dead_letters import dead_letters
from actors.gate import Gate
from actors.messages import EventsAfter
from actors.processes import Processes, ProcessInfo
from actors.reader import ReaderActor
from actors.watchdog import watchdog
from tests.fake_clients import FakeClient, text
from tests.simulator.real.waiting import wait_until
from tests.web.scraped import Scraped
from tests.web.served import DEADLINE, Served, of_type, until
from web.http_metrics import route_name
from web.metrics_collector import Scrape
from whatsapp.port import LinkChecked, Undecryptable

#: As Prometheus 3 sends it.
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
#: Every label there is, and what its values look like.
LABELS = {
    "addressee": r"[A-Za-z]+",
    "cause": r"[a-z_]+",
    "class": r"[A-Za-z]+",
    "empresa": r"[1-9][0-9]{0,14}",
    "le": r"[0-9.e+]+|\+Inf",
    "message": r"[A-Za-z]+",
    "method": r"[A-Z]+|other",
    "route": r"other|/(?:[a-z_]+|:[a-z]+)?(?:/(?:[a-z_]+|:[a-z]+))*",
    "state": r"[a-z_]+",
    "status": r"[1-5]xx",
    "type": r"[a-z_]+",
}


def test_a_caller_gets_text_and_prometheus_gets_openmetrics(served: Served) -> None:
    served.connected(5)
    plain = served.get("/metrics")
    assert plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "\n# TYPE vendeai_empresa_state gauge\n" in plain.text
    assert "Etag" not in plain.headers
    answer = served.get("/metrics", Accept=PROMETHEUS)
    kind = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.headers["Content-Type"] == kind
    assert answer.text.endswith("# EOF\n")
    parsed = text_string_to_metric_families(answer.text)  # type: ignore[no-untyped-call]
    families = {family.name for family in parsed}
    assert families == {family.name for family in Scraped(served).families}


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain", "application/openmetrics-text;q=0"])
def test_openmetrics_is_for_those_who_prefer_it(served: Served, accept: str) -> None:
    content_type = served.get("/metrics", Accept=accept).headers["Content-Type"]
    assert content_type.startswith("text/plain")


def test_every_family_is_explained_and_comes_once(served: Served) -> None:
    families = Scraped(served).families
    assert all(family.documentation.endswith(".") for family in families)
    names = [family.name for family in families]
    assert len(set(names)) == len(names)
    assert all(name.startswith(("vendeai_", "process_")) for name in names)


def test_an_empresa_has_one_state_at_a_time(served: Served) -> None:
    served.connected(5)
    now = Scraped(served)
    assert now.series("vendeai_empresa_state", empresa="5") == {
        frozenset({("empresa", "5"), ("state", "connected")}): 1
    }
    assert now.value("vendeai_empresa_connected", empresa="5") == 1
    served.post("/api/bot/disconnect/5")
    served.until_status(5, lambda status: status["state"] == "stopped")
    now = Scraped(served)
    assert now.series("vendeai_empresa_state", empresa="5") == {
        frozenset({("empresa", "5"), ("state", "stopped")}): 1
    }
    assert now.value("vendeai_empresa_connected", empresa="5") == 0


def test_an_empresa_that_was_never_connected_has_no_series(served: Served) -> None:
    with served.listen("empresa_id=404") as socket:
        until(socket, of_type("status"))
        now = Scraped(served)
    assert now.value("vendeai_websocket_listeners") == 1
    assert not [sample for sample in now.samples if sample.labels.get("empresa") == "404"]


def test_an_erased_empresas_series_disappear(served: Served) -> None:
    served.connected(77)
    served.connected(78)
    assert Scraped(served).value("vendeai_empresa_connected", empresa="77") == 1
    with served.listen("empresa_id=77") as socket, served.http() as client:
        client.request("DELETE", "/api/empresas/77", json={"empresaId": 77})
        until(socket, of_type("error"))
    # They are its actors', the last of which ends with its listeners.
    wait_until(lambda: not series_of(served, "77"))
    assert Scraped(served).value("vendeai_empresa_connected", empresa="78") == 1


def series_of(served: Served, empresa: str) -> list[object]:
    return [each for each in Scraped(served).samples if each.labels.get("empresa") == empresa]


def test_events_are_counted_and_their_way_is_timed(served: Served) -> None:
    served.connected(79)
    before = Scraped(served)
    with served.listen("empresa_id=79") as socket:
        for number in (1, 2):
            served.clients.started(79).report(text(number, "oi"))
            until(socket, of_type("message"))
    assert served.clients.confirmed(79)
    now = Scraped(served)
    assert now.value("vendeai_empresa_events_total", empresa="79", type="message") == 2
    assert now.value("vendeai_empresa_journal_backlog_events", empresa="79") == 0
    for name in ("receive_seconds_count", "loop_lag_seconds_count", "commit_messages_sum"):
        assert now.value(f"vendeai_{name}") >= 2 + before.value(f"vendeai_{name}")  # type: ignore[operator]


def test_what_the_kernel_and_the_client_say_of_a_link(served: Served) -> None:
    served.connected(5)
    assert Scraped(served).value("vendeai_empresa_silence_seconds", empresa="5") is None
    client = served.clients.started(5)
    client.report(LinkChecked(silence_ms=4000, round_trip_ms=25.0, unacked=0))
    client.report(Undecryptable("ID"))
    unread = "vendeai_empresa_undecryptable_messages_total"
    wait_until(lambda: Scraped(served).value(unread, empresa="5") == 1)
    now = Scraped(served)
    assert now.value("vendeai_empresa_silence_seconds", empresa="5") == pytest.approx(4, abs=2)
    assert now.value("vendeai_empresa_round_trip_seconds", empresa="5") == 0.025


def test_what_the_kernel_says_of_a_worker(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.connected(5)
    worker: FakeClient = served.clients.started(5)

    async def processes(pids: Iterable[int]) -> dict[int, ProcessInfo]:
        assert set(pids) == {worker.pid, os.getpid()}
        info = ProcessInfo(worker.pid, 1.5, cpu_percent=3, pss=2**24, threads=11, descriptors=25)
        return {worker.pid: info, os.getpid(): replace(info, pid=os.getpid())}

    monkeypatch.setattr(served.system.tree, "processes", processes)
    now = Scraped(served)
    names = ("cpu_seconds_total", "pss_bytes", "threads", "descriptors")
    values = [now.value(f"vendeai_worker_{name}", empresa="5") for name in names]
    assert values == [1.5, 2**24, 11, 25]
    assert now.value("process_resident_memory_bytes") > 2**20  # type: ignore[operator]


def test_a_session_that_died_is_counted_and_its_worker_gone(served: Served) -> None:
    served.connected(5)
    served.clients.started(5).die()
    served.clients.started(5, 2).log_in("+5521999999999")
    served.until_status(5, lambda status: status["connected"])
    now = Scraped(served)
    assert now.value("vendeai_empresa_restarts_total", empresa="5") == 1
    assert now.value("vendeai_empresa_failures_total", empresa="5") == 1


def test_the_breaker_is_shown_with_its_cause(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    causes = Scraped(served).series("vendeai_breaker_open")
    assert list(causes.values()) == [0] * len(Cause)
    monkeypatch.setattr(Gate, "cause", Cause.DISK)
    now = Scraped(served)
    assert now.value("vendeai_breaker_open", cause="disk") == 1
    assert sum(now.series("vendeai_breaker_open").values()) == 1


def test_dead_letters_are_counted_by_kind(served: Served) -> None:
    kind = {"addressee": "SessionActor", "message": "Undecryptable"}
    before = Scraped(served).value("vendeai_dead_letters_total", **kind) or 0
    dead_letters.add("SessionActor", Undecryptable("ID"))
    assert Scraped(served).value("vendeai_dead_letters_total", **kind) == before + 1


def test_requests_are_counted_by_route_and_never_by_address(served: Served) -> None:
    name, route = "vendeai_http_request_seconds_count", "/api/bot/status/:id"
    before = Scraped(served)
    served.get("/api/bot/status/987654321")
    served.get("/no/such/987654321")
    with served.http() as client:
        client.request("BREW", "/healthz")
    now = Scraped(served)
    for labels in (
        {"method": "GET", "route": route, "status": "4xx"},
        {"method": "GET", "route": "other", "status": "4xx"},
        {"method": "other", "route": "/healthz", "status": "4xx"},
    ):
        assert now.value(name, **labels) == (before.value(name, **labels) or 0) + 1
    assert not [s for s in now.samples if "987654321" in "".join(s.labels.values())]


def test_a_route_is_named_as_in_the_documentation() -> None:
    assert route_name(r"/api/empresas/([^/]+)/events") == "/api/empresas/:id/events"
    assert route_name(r"/api/admin/actors/(urn:uuid:[0-9a-f-]{36})") == "/api/admin/actors/:id"
    assert route_name("/") == "/"


def test_labels_are_of_few_kinds_and_hold_nothing_private(served: Served) -> None:
    served.connected(5)
    served.clients.started(5).report(text(1, "oi"))
    assert served.clients.confirmed(5)
    with served.http() as client:
        for path in ("/", "/static/page.js", "/api/bot/sessions", "/api/admin/actors", "/metrics"):
            client.get(path)
    for sample in Scraped(served).samples:
        for label, value in sample.labels.items():
            assert re.fullmatch(LABELS[label], value), (sample.name, label, value)


@pytest.mark.parametrize(("place", "name"), [(Processes, "look"), (Scrape, "collect")])
def test_a_scrape_leaves_the_loop_to_others(
    served: Served, monkeypatch: pytest.MonkeyPatch, place: type, name: str
) -> None:
    reached, release, inner = threading.Event(), threading.Event(), getattr(place, name)

    def slow(*arguments: object) -> object:
        reached.set()
        assert release.wait(DEADLINE)
        return inner(*arguments)

    monkeypatch.setattr(place, name, slow)
    with ThreadPoolExecutor() as pool:
        scraping = pool.submit(served.get, "/metrics")
        assert reached.wait(DEADLINE)
        assert served.get("/healthz").status_code == 200
        assert not scraping.done()
        release.set()
        assert "vendeai_actors" in scraping.result(DEADLINE).text


def test_a_scrape_does_not_wait_for_an_actor_that_hangs(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, inner = threading.Event(), ReaderActor.receive

    def hang(actor: ReaderActor, message: object) -> object:
        if isinstance(message, EventsAfter):
            release.wait(60)
        return inner(actor, message)

    with monkeypatch.context() as hanging:
        hanging.setattr(ReaderActor, "receive", hang)
        asking = threading.Thread(target=served.get, args=("/api/empresas/5/events",))
        asking.start()
        unresponsive = {"name": "vendeai_actors_unresponsive", "class": "ReaderActor"}
        wait_until(lambda: Scraped(served).value(**unresponsive) == 1)
        hanging.setattr(ReaderActor, "hang_seconds", 0.5)
        wait_until(lambda: Scraped(served).value("vendeai_abandoned_threads") == 1)
    release.set()
    asking.join()
    wait_until(lambda: not watchdog.abandoned())
    assert Scraped(served).value("vendeai_abandoned_threads") == 0
