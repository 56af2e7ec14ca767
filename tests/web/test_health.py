from __future__ import annotations

import threading
from pathlib import Path

import pytest

from actors.gate import Gate
from actors.messages import EventsAfter
from actors.reader import ReaderActor
from actors.watchdog import watchdog
from tests.databases import TestDatabase
from tests.simulator.real.waiting import wait_until
from tests.web.served import Served, serving


def test_healthz_says_ok(served: Served) -> None:
    assert served.get("/healthz").json() == {"status": "ok"}
    with served.http() as client:
        assert client.head("/healthz").status_code == 200


def test_readyz_names_each_check(served: Served) -> None:
    answer = served.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": "ok", "registry": "ok", "forkserver": "ok"},
        "notice": None,
    }


def test_readyz_says_what_many_empresas_suffer_from_and_stays_ready(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate, "trouble", lambda _: "WhatsApp cannot be reached")
    answer = served.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["notice"] == "WhatsApp cannot be reached"


def test_readyz_is_a_503_with_the_sentence_of_what_is_missing(served: Served) -> None:
    served.clients.sentence = "the forkserver does not start"
    answer = served.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "not_ready"
    assert answer.json()["checks"]["forkserver"] == "the forkserver does not start"
    assert answer.json()["checks"]["database"] == "ok"


def test_a_database_that_is_gone_is_a_503_until_it_is_back(
    site: TestDatabase, tmp_path: Path
) -> None:
    with serving(tmp_path, database=site.database()) as served:
        served.connected(5)
        with site.gone():
            # What was committed a moment ago counts as a sign that it takes writes.
            wait_until(lambda: served.get("/readyz").status_code == 503)
            answer = served.get("/readyz")
            assert answer.json()["status"] == "not_ready"
            assert "banco de dados" in answer.json()["checks"]["database"]
            assert served.get("/healthz").status_code == 200
            assert served.get("/api/bot/status/5").json()["connected"] is True
            refused = served.get("/api/empresas/5/events")
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert int(refused.headers["Retry-After"]) >= 1
        wait_until(lambda: served.get("/readyz").status_code == 200)
        assert served.get("/api/empresas/5/events").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_not_for_other_methods(served: Served, path: str) -> None:
    assert served.post(path).status_code == 405


def test_the_actors_are_shown_as_a_tree(served: Served) -> None:
    served.connected(5)
    body = served.get("/api/admin/actors").json()
    actors = {actor["class"]: actor for actor in body["actors"]}
    assert {"RootActor", "ArchiveActor", "ReaderActor", "RegistryActor"} <= set(actors)
    session, broadcast = actors["SessionActor"], actors["BroadcastActor"]
    assert session["parent"] == broadcast["parent"] == actors["RegistryActor"]["urn"]
    assert actors["RegistryActor"]["parent"] == actors["RootActor"]["urn"]
    assert actors["RootActor"]["parent"] is None
    assert (session["state"], session["empresaId"]) == ("connected", 5)
    assert session["pid"] == served.clients.started(5).pid
    assert session["restarts"] == 0
    assert session["link"] == {
        "heardAt": None,
        "roundTripMs": None,
        "ackMs": None,
        "undecryptable": 0,
    }
    assert broadcast["link"] is None
    assert isinstance(body["deadLetters"], list)


def test_a_thread_that_hangs_is_listed_once_its_actor_was_given_up(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, inner = threading.Event(), ReaderActor.receive

    def hang(actor: ReaderActor, message: object) -> object:
        if isinstance(message, EventsAfter):
            release.wait(60)
        return inner(actor, message)

    with monkeypatch.context() as hanging:
        hanging.setattr(ReaderActor, "receive", hang)
        hanging.setattr(ReaderActor, "hang_seconds", 0.5)
        served.get("/api/empresas/5/events")
        wait_until(watchdog.abandoned)
    wait_until(lambda: served.get("/readyz").status_code == 200)
    (lost,) = served.get("/api/admin/actors").json()["abandoned"]
    assert lost["message"] == "EventsAfter"
    assert lost["ageMs"] >= 500
    release.set()
    wait_until(lambda: not watchdog.abandoned())
