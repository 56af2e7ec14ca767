"""What an empresa sets of itself, and how its sending stands, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.simulator.real.waiting import wait_until
from tests.unhurried import UNHURRIED
from tests.web.served import Served

TO = "(21) 98888-0001"


def put(served: Served, body: Any, empresa_id: int = 5) -> httpx.Response:
    with served.http() as client:
        return client.put(f"/api/empresas/{empresa_id}", json=body)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_what_is_set_holds_and_what_is_left_out_is_as_for_all(served: Served) -> None:
    served.connected(5)
    before = served.get("/api/empresas/5").json()
    assert (before["name"], before["timezone"]) == (None, "America/Sao_Paulo")
    assert before["sending"]["perMinute"] == UNHURRIED["perMinute"]
    body = {"name": " Auto Rio ", "timezone": "America/Manaus", "sending": {"perMinute": 1.5}}
    answer = put(served, body)
    expected = {
        "name": "Auto Rio",
        "timezone": "America/Manaus",
        "sending": {**before["sending"], "perMinute": 1.5},
    }
    assert (answer.status_code, answer.json()) == (200, expected)
    assert served.get("/api/empresas/5").json() == expected
    assert put(served, expected).json() == expected
    assert put(served, {}).json() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"timezone": "Manaus"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"name": 5}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"sending": []}, "sending"),
        ({"sending": {"perMinute": 0}}, "perMinute"),
        ({"sending": {"perminute": 1}}, "perminute"),
        ({"sending": {"openingHours": {"monday": ["8-18"]}}}, "openingHours.monday"),
        ({"sending": {"closedDates": ["25/12/2026"]}}, "closedDates"),
        ({"city": "Manaus"}, "city"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name_and_changes_nothing(
    served: Served, body: dict[str, Any], field: str
) -> None:
    served.connected(5)
    assert put(served, {"name": "Auto Rio"}).status_code == 200
    answer = put(served, body)
    assert code(answer) == (422, "invalid_settings")
    assert answer.json()["field"] == field
    assert served.get("/api/empresas/5").json()["name"] == "Auto Rio"


def test_an_empresa_that_was_never_connected_has_no_settings(served: Served) -> None:
    assert code(put(served, {"name": "Auto Rio"}, 7)) == (404, "empresa_not_found")
    for path in ("/api/empresas/7", "/api/empresas/7/sending"):
        assert code(served.get(path)) == (404, "empresa_not_found")
    assert code(served.post("/api/empresas/7/sending/resume")) == (404, "empresa_not_found")
    assert code(served.get("/api/empresas/0")) == (400, "invalid_empresa_id")


def test_how_the_sending_stands_and_that_a_pause_can_be_ended(served: Served) -> None:
    served.connected(5)
    assert served.get("/api/empresas/5/sending").json() == {
        "waiting": 0,
        "nextAt": None,
        "contactsToday": 0,
        "mostContactsToday": 100_000,
        "pause": None,
    }
    with served.http() as client:
        client.post("/api/empresas/5/messages", json={"to": TO, "type": "text", "text": "oi"})
        send = served.clients.sent(5)
        served.clients.running[5].answer(send, "failed", reason="new_contacts_limited")
        served.clients.confirmed(5)
        client.post("/api/empresas/5/messages", json={"to": TO, "type": "text", "text": "oi?"})
        found: dict[str, Any] = {}

        def waits() -> bool:
            """The sender hears of a message once it is stored, some time after its 202."""
            found.update(client.get("/api/empresas/5/sending").json())
            return found["waiting"] == 1 and found["nextAt"] is not None

        wait_until(waits)
        assert found["contactsToday"] == 1
        pause = found["pause"]
        assert (pause["reason"], pause["holds"]) == ("new_contacts_limited", "contacts")
        assert found["nextAt"] == pause["until"]
        assert datetime.fromisoformat(pause["until"]).tzinfo is not None
        resumed = client.post("/api/empresas/5/sending/resume")
        assert (resumed.status_code, resumed.json()["pause"]) == (200, None)
    assert served.clients.sent(5, 2).content["text"] == "oi?"
    assert code(served.get("/api/empresas/5/sending/resume")) == (405, "method_not_allowed")


def test_a_message_that_waits_says_when_it_is_expected_to_go(served: Served) -> None:
    served.connected(5)
    put(served, {"sending": {**UNHURRIED, "dailyContacts": [1]}})
    with served.http() as client:

        def say(to: str) -> dict[str, Any]:
            body = {"to": to, "type": "text", "text": "oi"}
            accepted: dict[str, Any] = client.post("/api/empresas/5/messages", json=body).json()
            return accepted

        say(TO)
        served.clients.running[5].answer(served.clients.sent(5))
        late = say("(21) 98888-0002")
        found = client.get(f"/api/empresas/5/messages/{late['id']}").json()
        assert found["state"] == "queued"
        assert found["estimatedAt"] == late["estimatedAt"]
        cancelled = client.delete(f"/api/empresas/5/messages/{late['id']}").json()
        assert (cancelled["state"], cancelled["estimatedAt"]) == ("cancelled", None)
