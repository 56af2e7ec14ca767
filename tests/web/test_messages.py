"""Messages to send over HTTP: taken in, told, cancelled, refused."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.web.served import Served, until
from whatsapp.port import ShowTyping

TO = "(21) 98888-0001"
JID = "5521988880001@s.whatsapp.net"


def post(served: Served, body: dict[str, Any], path: str = "", **headers: str) -> httpx.Response:
    with served.http(**headers) as client:
        return client.post(f"/api/empresas/5/messages{path}", json=body)


def say(served: Served, text: str = "Bom dia!", **other: Any) -> dict[str, Any]:
    answer = post(served, {"to": TO, "type": "text", "text": text, **other})
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def life(served: Served, message_id: str) -> dict[str, Any]:
    found: dict[str, Any] = served.get(f"/api/empresas/5/messages/{message_id}").json()
    return found


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_message_is_accepted_at_once_and_its_life_can_be_followed(served: Served) -> None:
    served.connected(5)
    with served.listen("empresa_id=5") as socket:
        accepted = say(served)
        assert accepted == {
            "id": accepted["id"],
            "state": "queued",
            "chat": JID,
            "estimatedAt": accepted["estimatedAt"],
        }
        assert accepted["estimatedAt"] is not None
        served.clients.running[5].answer(served.clients.sent(5))
        until(socket, lambda e: e["type"] == "message_state" and e["data"]["state"] == "server_ack")
    found = life(served, accepted["id"])
    assert (found["type"], found["chat"], found["reason"]) == ("text", JID, None)
    assert [step["state"] for step in found["states"]] == ["queued", "sending", "server_ack"]
    assert life(served, found["whatsappId"]) == found


@pytest.mark.parametrize(
    "body",
    [
        {"type": "location", "latitude": -22.9, "longitude": -43.2, "name": "Auto Rio"},
        {"type": "contact", "contacts": [{"name": "João", "phone": "21 98888-0002"}]},
        {"type": "poll", "question": "Qual cor?", "options": ["Prata", "Preto"]},
    ],
)
def test_what_is_no_text_is_handed_on_as_it_was_asked_for(
    served: Served, body: dict[str, Any]
) -> None:
    served.connected(5)
    assert post(served, {"to": TO, **body}).status_code == 202
    content = served.clients.sent(5).content
    assert content["type"] == body["type"]
    assert content.get("latitude") == body.get("latitude")


def test_the_same_key_is_the_same_message_and_another_body_under_it_is_refused(
    served: Served,
) -> None:
    served.connected(5)
    body = {"to": TO, "type": "text", "text": "oi"}
    first = post(served, body, **{"Idempotency-Key": "k1"})
    second = post(served, {**body, "to": "+5521988880001"}, **{"Idempotency-Key": "k1"})
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])
    other = post(served, {**body, "text": "tchau"}, **{"Idempotency-Key": "k1"})
    assert code(other) == (409, "idempotency_key_reused")
    assert other.json()["id"] == first.json()["id"]
    assert code(post(served, body, **{"Idempotency-Key": "a b"})) == (
        400,
        "invalid_idempotency_key",
    )


def test_a_message_that_waits_is_cancelled_and_one_that_does_not_is_not(served: Served) -> None:
    served.connected(5)
    first, second = say(served), say(served)
    served.clients.sent(5)
    with served.http() as client:
        cancelled = client.delete(f"/api/empresas/5/messages/{second['id']}")
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
        refused = client.delete(f"/api/empresas/5/messages/{first['id']}")
    assert code(refused) == (409, "message_not_changeable")
    assert refused.json()["state"] == "sending"
    assert code(post(served, {}, f"/{first['id']}/resend")) == (409, "message_not_changeable")


def test_who_is_not_there_is_refused_with_a_code(served: Served) -> None:
    assert code(post(served, {"to": TO, "type": "text", "text": "oi"})) == (
        404,
        "empresa_not_found",
    )
    served.connected(5)
    served.clients.strangers.update({"+5521988880001", "+552188880001"})
    body = {"to": TO, "type": "text", "text": "oi"}
    assert code(post(served, body)) == (422, "not_on_whatsapp")
    assert code(post(served, {**body, "to": "123@lid"})) == (422, "unknown_recipient")
    assert code(served.get("/api/empresas/5/messages/nobody")) == (404, "message_not_found")
    assert code(served.get("/api/empresas/6/messages/nobody")) == (404, "empresa_not_found")


def test_who_asks_for_typing_is_answered_at_once_and_the_recipient_sees_it(served: Served) -> None:
    served.connected(5)
    body = {"to": TO, "type": "text", "text": "oi", "typing": True}
    answer = post(served, body)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    expected = datetime.fromisoformat(answer.json()["estimatedAt"])
    assert expected > datetime.now(UTC)
    (typing,) = served.clients.signalled(5)
    assert typing == ShowTyping(answer.json()["chat"], "composing")
    assert served.clients.sent(5).message_id == answer.json()["id"]


def test_a_body_that_makes_no_sense_is_refused_before_anything_else(served: Served) -> None:
    assert code(post(served, {"to": TO, "type": "text"})) == (400, "invalid_text")
    assert code(post(served, {"to": "eu", "type": "text", "text": "oi"})) == (
        400,
        "invalid_recipient",
    )
    assert code(post(served, {"to": TO, "type": "text", "text": "x" * 600_000})) == (
        422,
        "text_too_long",
    )
    assert code(post(served, {"to": TO, "type": "text", "text": "x" * 23_000_000})) == (
        413,
        "payload_too_large",
    )


def test_who_wants_to_wait_is_answered_once_whatsapp_has_it_or_the_time_is_over(
    served: Served,
) -> None:
    served.connected(5)
    body = {"to": TO, "type": "text", "text": "oi"}
    late = post(served, body, "?wait=ack&timeout=1")
    assert (late.status_code, late.json()["state"]) == (202, "sending")

    def answer() -> None:
        for times in (1, 2):
            served.clients.running[5].answer(served.clients.sent(5, times))

    answering = Thread(target=answer)
    answering.start()
    assert post(served, body, "?wait=ack").json()["state"] == "server_ack"
    answering.join()
    for query in ("?wait=1", "?wait=ack&timeout=31", "?wait=ack&timeout=x"):
        assert code(post(served, body, query)) == (400, "invalid_wait")


def test_a_number_can_be_looked_up_before_it_is_written_to(served: Served) -> None:
    numbers = "/api/empresas/5/numbers"
    assert code(served.get(f"{numbers}/21988880001")) == (404, "empresa_not_found")
    served.connected(5)
    found = served.get(f"{numbers}/(21)%2098888-0001")
    assert (found.status_code, found.json()) == (200, {"exists": True, "chat": JID})
    served.clients.strangers.update({"+5521988880002", "+552188880002"})
    nobody = {"exists": False, "chat": None}
    assert served.get(f"{numbers}/+5521988880002").json() == nobody
    assert served.get(f"{numbers}/769185781172756@lid").json() == nobody
    assert code(served.get(f"{numbers}/abc")) == (400, "invalid_recipient")
    served.post("/api/bot/disconnect/5")
    assert code(served.get(f"{numbers}/21988880003")) == (503, "not_connected")
