"""What an operator does to an actor. To one that hangs or fails: `test_admin_trouble.py`."""

from __future__ import annotations

import pytest

from tests.simulator.real.waiting import wait_until
from tests.web.served import Served, of_type, until
from tests.web.tree import of_class

NUMBER = "+5521999999999"


def test_a_session_that_answers_begins_anew_with_a_fresh_client(served: Served) -> None:
    served.connected(5)
    urn = of_class(served, "SessionActor")["urn"]
    assert served.post(f"/api/admin/actors/{urn}/restart").status_code == 200
    served.clients.started(5, 2).log_in(NUMBER)
    served.until_status(5, lambda status: status["connected"])
    assert of_class(served, "SessionActor")["urn"] == urn


def test_a_broadcast_is_replaced_and_its_listeners_come_again(served: Served) -> None:
    served.connected(5)
    urn = of_class(served, "BroadcastActor")["urn"]
    assert served.post(f"/api/admin/actors/{urn}/restart").status_code == 200
    wait_until(lambda: of_class(served, "BroadcastActor")["urn"] != urn)
    with served.listen("empresa_id=5") as socket:
        assert until(socket, of_type("status"))["data"]["connected"]
    assert of_class(served, "BroadcastActor")["lastFailure"]["error"].endswith("by an operator")


def test_in_place_of_the_root_the_server_begins_anew(served: Served) -> None:
    urn = of_class(served, "RootActor")["urn"]
    assert served.post(f"/api/admin/actors/{urn}/restart").status_code == 200
    assert served.system.worn_out.is_set()
    assert not served.system.has_ended.is_set()


def test_a_session_is_stopped_as_by_disconnect(served: Served) -> None:
    served.connected(5)
    urn = of_class(served, "SessionActor")["urn"]
    answer = served.post(f"/api/admin/actors/{urn}/stop")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "message": "Parando..."})
    served.until_status(5, lambda status: status["state"] == "stopped")
    assert of_class(served, "SessionActor")["state"] == "stopped"


@pytest.mark.parametrize(
    "name", ["RootActor", "ArchiveActor", "ReaderActor", "RegistryActor", "BroadcastActor"]
)
def test_no_other_actor_can_be_stopped(served: Served, name: str) -> None:
    served.connected(5)
    answer = served.post(f"/api/admin/actors/{of_class(served, name)['urn']}/stop")
    assert (answer.status_code, answer.json()["code"]) == (409, "actor_not_stoppable")
    assert of_class(served, name)["responsive"]
