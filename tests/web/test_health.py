from __future__ import annotations

import pytest

from tests.web.served import Served


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
    }


def test_readyz_is_a_503_with_the_sentence_of_what_is_missing(served: Served) -> None:
    served.clients.sentence = "the forkserver does not start"
    answer = served.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "not_ready"
    assert answer.json()["checks"]["forkserver"] == "the forkserver does not start"
    assert answer.json()["checks"]["database"] == "ok"


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
    assert isinstance(body["deadLetters"], list)
