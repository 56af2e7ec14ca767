"""Actors that hang or fail: the tree shows them at once, and an operator gets them going again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from actors import census as census_module
from actors import messages as m
from actors.census import census
from actors.children import Children
from actors.dead_letters import tell
from actors.recorder import Recorder
from actors.restart_policy import RestartPolicy
from actors.watchdog import watchdog
from tests.actors.doubles import Trap
from tests.fake_clients import FakeClient, text
from tests.simulator.real.waiting import wait_until
from tests.web.served import Served, until
from tests.web.tree import actors, of_class

SetTrap = Callable[[Any, str], Trap]
NUMBER = "+5521999999999"
#: Seconds that the tree may take, whoever hangs.
QUICK = 1.0
#: Each of them must never be read by anybody.
SECRETS = ["2@" + "A1b2C3d4" * 8 + ",Zz==", "ABCD-EFGH", "Bearer a-token-of-somebody"]


@pytest.fixture(name="trap")
def _trap(monkeypatch: pytest.MonkeyPatch) -> Iterator[SetTrap]:
    traps: list[Trap] = []

    def put(owner: Any, name: str) -> Trap:
        traps.append(Trap(getattr(owner, name)))
        monkeypatch.setattr(owner, name, traps[-1])
        return traps[-1]

    monkeypatch.setattr(census_module, "RESPONSE_SECONDS", 0.3)
    yield put
    for trap in traps:
        trap.release.set()
    wait_until(lambda: not watchdog.abandoned())


@pytest.fixture
def _slow_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who died waits for as long as a test likes."""
    monkeypatch.setattr(RestartPolicy, "delay", lambda *_: 60.0)


def hang(served: Served, trap: SetTrap, who: str) -> None:
    """Have that actor hang in a message."""
    owner, name = {
        "SessionActor": (FakeClient, "confirm"),
        "RegistryActor": (Children, "statuses"),
        "ArchiveActor": (Recorder, "record"),
    }[who]
    caught = trap(owner, name).caught
    if who == "RegistryActor":
        tell(served.system.parts()[1].registry, m.SessionStatuses())
    else:
        served.clients.started(5).report(text(1, "hangs"))
    assert caught.wait(10)


def unresponsive(served: Served) -> dict[str, str]:
    """Class and message in hand of each, once anybody is; the answer comes at once."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        begun = time.monotonic()
        found[:] = actors(served, "?state=unresponsive")
        assert time.monotonic() - begun < QUICK
        return bool(found)

    wait_until(look)
    return {actor["class"]: actor["busyWith"] for actor in found}


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("SessionActor", "EventsRecorded"),
        ("RegistryActor", "SessionStatuses"),
        ("ArchiveActor", "RecordEvents"),
    ],
)
def test_one_that_hangs_is_shown_at_once_and_works_again_after_a_restart(
    served: Served, trap: SetTrap, who: str, message: str
) -> None:
    served.connected(5)
    hang(served, trap, who)
    assert unresponsive(served) == {who: message}
    urn = of_class(served, who)["urn"]
    answer = served.post(f"/api/admin/actors/{urn}/restart")
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    again = served.clients.started(5, 2)
    again.log_in(NUMBER)
    with served.listen("empresa_id=5&since=0") as socket:
        again.report(text(2, "after"))
        until(socket, lambda e: e["type"] == "message" and e["data"]["text"] == "after")
    assert served.get("/api/bot/sessions").status_code == 200
    assert served.get("/readyz").status_code == 200
    heir = of_class(served, who)
    assert heir["urn"] != urn
    assert (heir["responsive"], heir["failures"], heir["restarts"]) == (True, 1, 1)
    assert heir["lastFailure"]["error"].startswith("actors.watchdog.ActorHungError: busy with")
    assert "self.release.wait(60)" in heir["lastFailure"]["traceback"]
    (lost,) = served.get("/api/admin/actors").json()["abandoned"]
    assert lost["message"] == message


def test_the_tree_is_there_although_archive_registry_and_a_session_hang(
    served: Served, trap: SetTrap
) -> None:
    served.connected(5)
    served.connected(6, "+5521999999998")
    hang(served, trap, "SessionActor")
    hang(served, trap, "RegistryActor")
    trap(Recorder, "record")
    served.clients.started(6).report(text(1, "hangs too"))
    wait_until(lambda: len(unresponsive(served)) == 3)
    begun = time.monotonic()
    assert len(actors(served)) == 11
    assert time.monotonic() - begun < QUICK


def test_an_inbox_that_grows_is_seen(served: Served, trap: SetTrap) -> None:
    served.connected(5)
    hang(served, trap, "SessionActor")
    for number in range(2, 7):
        served.clients.started(5).report(text(number, "waits"))
    wait_until(lambda: unresponsive(served))
    session = actors(served, "?sort=inbox")[0]
    assert (session["class"], session["busyWith"]) == ("SessionActor", "EventsRecorded")
    assert session["inbox"] >= 5
    assert session["busyMs"] >= session["oldestMs"] > 0
    assert actors(served, "?sort=oldest")[0]["urn"] == session["urn"]


@pytest.mark.usefixtures("_slow_restarts")
def test_one_that_fails_waits_with_its_failure_and_the_time_of_its_restart(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.connected(5)

    def fail(*_: object) -> None:
        raise ValueError(f"over {SECRETS}")

    monkeypatch.setattr(FakeClient, "confirm", fail)
    served.clients.started(5).report(text(1, "poison"))
    wait_until(lambda: (a := actors(served, "?state=restarting")) and a[0]["restartDueAt"])
    (session,) = actors(served, "?state=restarting")
    assert (session["name"], session["failures"]) == ("session of empresa 5", 1)
    assert (session["responsive"], session["pid"], session["worker"]) == (True, None, None)
    failure = session["lastFailure"]
    assert failure["error"].startswith("ValueError: over")
    assert 'raise ValueError(f"over {SECRETS}")' in failure["traceback"]
    assert failure["at"].endswith("Z")
    whole = served.get("/api/admin/actors").text
    assert not [secret for secret in SECRETS if secret in whole]


def test_one_that_fails_at_every_message_is_counted_through_its_lives(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.connected(5)
    monkeypatch.setattr(FakeClient, "confirm", lambda *_: 1 / 0)
    poison = text(1, "poison")
    for life in range(1, 4):
        served.clients.started(5, life).report(poison)
        wait_until(lambda: of_class(served, "SessionActor")["failures"] == life)  # noqa: B023
    served.clients.started(5, 4)
    session = of_class(served, "SessionActor")
    assert (session["failures"], session["restarts"]) == (3, 3)
    assert session["lastFailure"]["error"] == "ZeroDivisionError: division by zero"


@pytest.mark.usefixtures("_slow_restarts")
def test_one_that_nobody_wants_connected_says_when_and_is_restarted_at_once_by_wish(
    served: Served,
) -> None:
    served.connected(5)
    served.post("/api/bot/disconnect/5")
    served.until_status(5, lambda status: status["state"] == "stopped")
    urn = of_class(served, "SessionActor")["urn"]
    actor = census.find(urn)
    assert actor is not None
    tell(actor.actor_ref, m.Fail("for a test"))
    wait_until(lambda: (a := actors(served, "?state=restarting")) and a[0]["restartDueAt"])
    assert served.post(f"/api/admin/actors/{urn}/restart").status_code == 200
    wait_until(lambda: of_class(served, "SessionActor")["restarts"] == 1)
    wait_until(lambda: of_class(served, "SessionActor")["restartDueAt"] is None)
