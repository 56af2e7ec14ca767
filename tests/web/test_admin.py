"""What an operator reads of the tree of actors. Those in trouble: `test_admin_trouble.py`."""

from __future__ import annotations

import os

import pytest

from actors import tree as tree_module
from actors.processes import Processes
from actors.session import SessionActor
from tests.fake_clients import text
from tests.simulator.real.waiting import wait_until
from tests.web.served import Served
from tests.web.tree import FIELDS, WORKER, actors, of_class
from web.actor_shape import SORTS


@pytest.fixture
def two(served: Served) -> Served:
    """Empresas 5, with a listener, and 6, stopped."""
    served.connected(5)
    served.connected(6, "+5521999999998")
    served.post("/api/bot/disconnect/6")
    served.until_status(6, lambda status: status["state"] == "stopped")
    return served


def test_each_actor_has_every_field(two: Served) -> None:
    for actor in actors(two):
        assert set(actor) == FIELDS
        assert actor["responsive"] is True
        assert actor["busyMs"] >= 0
        assert actor["oldestMs"] >= 0
        assert actor["uptimeMs"] >= 0
        assert actor["startedAt"].endswith("Z")
        assert (actor["failures"], actor["restarts"], actor["lastFailure"]) == (0, 0, None)
        assert (actor["restartDueAt"], actor["breaker"]) == (None, None)
        if actor["class"] == "ReceiverActor":  # nobody has sent a file
            assert (actor["handled"], actor["p50Ms"], actor["p99Ms"]) == (0, None, None)
        else:
            assert actor["handled"] > 0
            assert 0 < actor["p50Ms"] <= actor["p99Ms"]
        assert (actor["link"] is not None) == (actor["class"] == "SessionActor")
        assert (actor["listeners"] is not None) == (actor["class"] == "BroadcastActor")


def test_a_session_shows_its_worker_and_a_broadcast_its_listeners(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Processes._fresh
    served.connected(5)
    monkeypatch.setattr(Processes, "_fresh", lambda self, _, now: fresh(self, os.getpid(), now))
    with served.listen("empresa_id=5"):
        wait_until(lambda: of_class(served, "BroadcastActor")["listeners"]["count"] == 1)
        assert of_class(served, "BroadcastActor")["listeners"] == {"count": 1, "pending": 0}
    wait_until(lambda: of_class(served, "BroadcastActor")["listeners"]["count"] == 0)
    session = of_class(served, "SessionActor")
    assert (session["name"], session["state"]) == ("session of empresa 5", "connected")
    worker = session["worker"]
    assert set(worker) == WORKER
    assert session["pid"] == worker["pid"] == served.clients.started(5).pid
    assert worker["cpuPercent"] >= 0
    assert worker["pssBytes"] > 1 << 20
    assert worker["threads"] > 1
    assert worker["descriptors"] > 3
    assert worker["journalBacklog"] == 0
    assert worker["heardMs"] >= 0


def test_what_is_handed_over_and_not_committed_yet_is_a_sessions_backlog(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.connected(5)
    with monkeypatch.context() as lost:
        lost.setattr(SessionActor, "_record", lambda *_: None)
        for number in range(1, 4):
            served.clients.started(5).report(text(number, "oi"))
        wait_until(lambda: of_class(served, "SessionActor")["worker"]["journalBacklog"] == 3)


def test_the_servers_own_process_stands_beside(served: Served) -> None:
    own = served.get("/api/admin/actors").json()["server"]
    assert own["pid"] == os.getpid()
    assert own["pssBytes"] > 1 << 20
    assert own["threads"] > 1
    assert own["descriptors"] > 3
    assert own["cpuPercent"] >= 0


def test_processes_that_the_kernel_does_not_tell_of_in_time_are_null(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Processes, "_fresh", lambda *_: None)
    served.connected(5)
    worker = of_class(served, "SessionActor")["worker"]
    assert worker["pid"] == served.clients.started(5).pid
    assert [worker[name] for name in ("cpuPercent", "pssBytes", "threads", "descriptors")] == (
        [None] * 4
    )
    monkeypatch.setattr(tree_module, "KERNEL_SECONDS", 0.0)
    assert "pssBytes" in served.get("/api/admin/actors").json()["server"]


def test_the_tree_is_told_from_its_root_down(two: Served) -> None:
    seen: set[str | None] = {None}
    for actor in actors(two):
        assert actor["parent"] in seen
        seen.add(actor["urn"])


def test_those_of_an_empresa_alone(two: Served) -> None:
    classes = {actor["class"] for actor in actors(two, "?empresa=6")}
    assert classes == {"BroadcastActor", "SessionActor", "SenderActor"}
    assert {a["empresaId"] for a in actors(two, "?empresa=6")} == {6}
    assert actors(two, "?empresa=7") == []


def test_those_in_a_state_alone(two: Served) -> None:
    assert [a["empresaId"] for a in actors(two, "?state=connected")] == [5]
    assert [a["empresaId"] for a in actors(two, "?state=stopped")] == [6]
    running = {actor["class"] for actor in actors(two, "?state=running&empresa=6")}
    assert running == {"BroadcastActor", "SenderActor"}
    assert actors(two, "?state=unresponsive") == actors(two, "?state=restarting") == []
    assert len(actors(two, "?state=responsive")) == len(actors(two)) == 11


@pytest.mark.parametrize("sort", sorted(SORTS))
def test_in_any_order_all_are_there(two: Served, sort: str) -> None:
    assert len(actors(two, f"?sort={sort}")) == 11


def test_the_most_come_first(two: Served) -> None:
    for number in range(1, 4):
        two.clients.started(5).report(text(number, "oi"))
    two.clients.started(5).die()
    wait_until(lambda: of_class(two, "SessionActor", "?empresa=5")["failures"] == 1)
    assert actors(two, "?sort=failures")[0]["name"] == "session of empresa 5"
    slowest = [actor["p99Ms"] or 0 for actor in actors(two, "?sort=p99")]
    assert slowest == sorted(slowest, reverse=True)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("empresa=x", "invalid_empresa_id"),
        ("empresa=", "invalid_empresa_id"),
        ("empresa=0", "invalid_empresa_id"),
        ("state=", "invalid_state"),
        ("state=A", "invalid_state"),
        ("state=a,b", "invalid_state"),
        ("sort=", "invalid_sort"),
        ("sort=name", "invalid_sort"),
    ],
)
def test_a_bad_query_is_a_400(served: Served, query: str, code: str) -> None:
    answer = served.get(f"/api/admin/actors?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    if code == "invalid_sort":
        assert answer.json()["sorts"] == sorted(SORTS)


def test_one_actor_is_shown_as_the_tree_has_it(two: Served) -> None:
    for urn in (a["urn"] for a in actors(two)):
        one = two.get(f"/api/admin/actors/{urn}").json()["actor"]
        assert (set(one), one["urn"]) == (FIELDS, urn)
    escaped = urn.replace(":", "%3A")
    assert two.get(f"/api/admin/actors/{escaped}").json()["actor"]["urn"] == urn


@pytest.mark.parametrize("urn", ["urn:uuid:00000000-0000-4000-8000-000000000000", "x"])
def test_an_unknown_actor_is_a_404(served: Served, urn: str) -> None:
    for answer in (
        served.get(f"/api/admin/actors/{urn}"),
        served.post(f"/api/admin/actors/{urn}/restart"),
        served.post(f"/api/admin/actors/{urn}/stop"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "actor_not_found")
