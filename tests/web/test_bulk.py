"""Bulk jobs over HTTP: taken in, told, paused, cancelled, refused."""

from __future__ import annotations

from typing import Any

import httpx

from tests.unhurried import UNHURRIED
from tests.web.served import Served, until
from tests.web.test_messages import code

ANA, PEDRO, RUI = "(21) 98888-0002", "(21) 98888-0003", "(21) 98888-0004"
ALL = [ANA, PEDRO, RUI]
OI = {"type": "text", "text": "O Onix chegou."}
CLOSED = {**UNHURRIED, "openingHours": {}}


def post(served: Served, body: object = None, path: str = "", **headers: str) -> httpx.Response:
    with served.http(**headers) as client:
        return client.post(f"/api/empresas/5/bulk{path}", json=body)


def asked(**other: Any) -> dict[str, Any]:
    return {"name": "Onix", "message": OI, "to": ALL, **other}


def accepted(served: Served, **other: Any) -> dict[str, Any]:
    answer = post(served, asked(**other))
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def get(served: Served, path: str) -> dict[str, Any]:
    answer = served.get(f"/api/empresas/5/bulk{path}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(job: dict[str, Any]) -> dict[str, int]:
    return {state: count for state, count in job["counts"].items() if count}


def sends(served: Served, sending: object) -> None:
    with served.http() as client:
        assert client.put("/api/empresas/5", json={"sending": sending}).status_code == 200


def test_a_job_is_accepted_sent_and_told_until_it_is_done(served: Served) -> None:
    served.connected(5)
    with served.listen("empresa_id=5") as socket:
        job = accepted(served, to=[*ALL, ANA])
        assert job == {
            "id": job["id"],
            "name": "Onix",
            "createdAt": job["createdAt"],
            "deadline": job["deadline"],
            "state": "running",
            "total": 3,
            "counts": job["counts"],
            "estimatedEnd": None,
            "repeats": 1,
        }
        assert counts(job) == {"queued": 3}
        first = until(socket, lambda e: e["type"] == "bulk_progress")
        assert first["data"] == {
            "v": 1,
            "id": job["id"],
            "name": "Onix",
            "state": "running",
            "total": 3,
            "counts": job["counts"],
        }
        for times in range(1, 4):
            send = served.clients.sent(5, times)
            assert send.content["text"] == OI["text"]
            served.clients.running[5].answer(send)
        last = until(socket, lambda e: e["type"] == "bulk_progress")
        assert (last["data"]["state"], counts(last["data"])) == ("done", {"server_ack": 3})
    assert [each["id"] for each in get(served, "")["bulk"]] == [job["id"]]
    found = get(served, f"/{job['id']}")
    assert (found["state"], counts(found)) == ("done", {"server_ack": 3})


def test_its_messages_are_listed_by_pages_and_each_is_a_message(served: Served) -> None:
    served.connected(5)
    sends(served, CLOSED)
    job = accepted(served)
    first = get(served, f"/{job['id']}/messages?limit=2")
    second = get(served, f"/{job['id']}/messages?limit=2&after={first['next']}")
    listed = first["messages"] + second["messages"]
    assert [each["to"] for each in listed] == ALL
    assert second["next"] is None
    assert listed[0] == {
        "id": listed[0]["id"],
        "to": ANA,
        "chat": None,
        "state": "queued",
        "reason": None,
        "estimatedAt": None,
    }
    message = served.get(f"/api/empresas/5/messages/{listed[0]['id']}").json()
    assert (message["bulkId"], message["state"]) == (job["id"], "queued")
    assert message["expiresAt"] == job["deadline"]
    with served.http() as client:
        answer = client.delete(f"/api/empresas/5/messages/{listed[0]['id']}")
    assert answer.json()["state"] == "cancelled"
    assert counts(get(served, f"/{job['id']}")) == {"queued": 2, "cancelled": 1}


def test_a_job_is_paused_goes_on_and_is_cancelled(served: Served) -> None:
    served.connected(5)
    sends(served, CLOSED)
    job = accepted(served)
    paused = post(served, path=f"/{job['id']}/pause")
    assert (paused.status_code, paused.json()["state"]) == (200, "paused")
    assert post(served, path=f"/{job['id']}/pause").json()["state"] == "paused"
    sends(served, UNHURRIED)
    resumed = post(served, path=f"/{job['id']}/resume")
    assert (resumed.status_code, resumed.json()["state"]) == (200, "running")
    served.clients.sent(5)
    with served.http() as client:
        for _ in range(2):
            cancelled = client.delete(f"/api/empresas/5/bulk/{job['id']}")
            assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert counts(cancelled.json()) == {"sending": 1, "cancelled": 2}
    refused = post(served, path=f"/{job['id']}/resume")
    assert (*code(refused), refused.json()["state"]) == (409, "bulk_not_changeable", "cancelled")


def test_the_same_key_is_the_same_job_and_no_other_nor_a_message(served: Served) -> None:
    served.connected(5)
    sends(served, CLOSED)
    key = {"Idempotency-Key": "k1"}
    first = post(served, asked(), **key)
    again = post(served, asked(to=[*ALL, ANA]), **key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    other = post(served, asked(name="Corsa"), **key)
    assert (*code(other), other.json()["id"]) == (409, "idempotency_key_reused", first.json()["id"])
    with served.http(**key) as client:
        body = {"to": ANA, "type": "text", "text": "oi"}
        assert code(client.post("/api/empresas/5/messages", json=body)) == (
            409,
            "idempotency_key_reused",
        )
    assert len(get(served, "")["bulk"]) == 1


def test_what_cannot_be_is_refused_and_nothing_of_it_is_accepted(served: Served) -> None:
    assert code(post(served, asked())) == (404, "empresa_not_found")
    assert code(served.get("/api/empresas/5/bulk")) == (404, "empresa_not_found")
    served.connected(5)
    refused = post(served, asked(to=[ANA, "eu"]))
    assert code(refused) == (422, "invalid_recipients")
    assert refused.json()["invalid"] == [{"index": 1, "code": "invalid_recipient"}]
    assert code(post(served, asked(name=""))) == (400, "invalid_bulk")
    assert code(post(served, asked(deadline="ontem"))) == (400, "invalid_deadline")
    assert code(post(served, asked(message={**OI, "quote": "3EB0"}))) == (422, "not_for_many")
    preview = asked(message={**OI, "linkPreview": True})
    assert code(post(served, preview)) == (400, "invalid_link_preview")
    typing = asked(message={**OI, "typing": True})
    assert code(post(served, typing)) == (422, "not_for_many")
    assert code(post(served, asked(name="x" * 1_100_000))) == (413, "payload_too_large")
    assert code(served.get("/api/empresas/5/bulk/nobody")) == (404, "bulk_not_found")
    assert code(served.get("/api/empresas/5/bulk/nobody/messages")) == (404, "bulk_not_found")
    assert code(post(served, path="/nobody/pause")) == (404, "bulk_not_found")
    job = accepted(served)
    assert code(served.get(f"/api/empresas/5/bulk/{job['id']}/messages?after=x")) == (
        400,
        "invalid_after",
    )
    assert len(get(served, "")["bulk"]) == 1
