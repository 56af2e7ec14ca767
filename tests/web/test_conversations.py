"""Conversations over HTTP: listed, read both ways, marked as read, refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.fake_clients import text
from tests.web.served import Served, until
from whatsapp.port import EventKind, Journalled

OWN = "+5521999999999"
CHAT, PHONE = "999@lid", "+5511900000001"
LIST = "/api/empresas/5/conversations"
CODES = {"invalid_cursor", "invalid_limit", "invalid_phone_number", "invalid_recipient"}


def hear(served: Served, *entries: Journalled, empresa_id: int = 5) -> None:
    """They come, and are stored."""
    for entry in entries:
        served.clients.started(empresa_id).report(entry)
    assert served.clients.confirmed(empresa_id)


def said(entry_id: int, body: str, **other: Any) -> Journalled:
    """A text of a customer's, a second after the one before."""
    entry = text(entry_id, body)
    time = datetime.fromtimestamp(1_764_000_000 + entry_id, UTC).isoformat()
    mentions: list[Any] = []
    return replace(entry, data={**entry.data, "timestamp": time, "mentions": mentions, **other})


def change(entry_id: int, kind: EventKind, target: str, **other: Any) -> Journalled:
    about = {"id": target, "fromMe": False, "sender": {"phone": None, "lid": CHAT}}
    data = {**said(entry_id, "").data, "target": about, **other}
    return Journalled(entry_id, kind, f"{kind}{entry_id}", datetime.now(UTC), data)


def chat(served: Served, name: str = CHAT, query: str = "") -> dict[str, Any]:
    answer = served.get(f"{LIST}/{quote(name, safe='')}/messages{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def texts(page: dict[str, Any]) -> list[str]:
    return [each["text"] for each in page["messages"]]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_conversation_is_listed_with_its_last_message_and_read(served: Served) -> None:
    served.connected(5, OWN)
    assert served.get(LIST).json() == {"conversations": [], "number": OWN, "next": None}
    hear(served, said(1, "Olá"), said(2, "Tem Onix?"))
    (found,) = served.get(LIST).json()["conversations"]
    assert found["chat"] == {
        "id": CHAT,
        "phone": PHONE,
        "lid": CHAT,
        "isGroup": False,
        "name": None,
    }
    assert (found["unread"], found["history"], found["number"]) == (2, False, OWN)
    assert found["lastMessage"]["text"] == "Tem Onix?"
    assert found["lastAt"] == "2025-11-24T16:00:02.000Z"
    read = served.post(f"{LIST}/{CHAT}/read")
    assert (read.status_code, read.json()) == (200, {"chat": CHAT, "unread": 0})
    assert served.get(LIST).json()["conversations"][0]["unread"] == 0


def test_the_list_is_paged_by_its_cursor(served: Served) -> None:
    served.connected(5)
    hear(served, *(said(n, "oi", chat={"id": f"{n}@lid", "isGroup": False}) for n in range(1, 6)))
    found, query = [], "?limit=2"
    while query:
        page = served.get(LIST + query).json()
        found.append([each["chat"]["id"] for each in page["conversations"]])
        query = f"?limit=2&cursor={page['next']}" if page["next"] else ""
    assert found == [["5@lid", "4@lid"], ["3@lid", "2@lid"], ["1@lid"]]


def test_messages_are_read_both_ways(served: Served) -> None:
    served.connected(5)
    hear(served, *(said(number, f"m{number}") for number in range(1, 6)))
    newest = chat(served, query="?limit=2")
    older = chat(served, query=f"?limit=2&before={newest['next']}")
    oldest = chat(served, query=f"?limit=2&before={older['next']}")
    assert [texts(each) for each in (newest, older, oldest)] == [["m5", "m4"], ["m3", "m2"], ["m1"]]
    assert oldest["next"] is None
    assert texts(chat(served, query=f"?limit=2&after={oldest['previous']}")) == ["m3", "m2"]
    hear(served, said(6, "m6"))
    assert texts(chat(served, query=f"?after={newest['previous']}")) == ["m6"]


@pytest.mark.parametrize("name", [CHAT, PHONE, "(11) 90000-0001", "5511900000001@s.whatsapp.net"])
def test_a_conversation_goes_by_all_that_people_write(served: Served, name: str) -> None:
    served.connected(5)
    hear(served, said(1, "oi"))
    assert chat(served, name)["conversation"]["chat"]["id"] == CHAT


def test_what_was_done_to_a_message_stands_at_it(served: Served) -> None:
    served.connected(5)
    hear(
        served,
        said(1, "errado"),
        said(2, "apagado"),
        change(3, "message_edited", "ID1", text="certo"),
        change(4, "message_reaction", "ID1", emoji="👍"),
        change(5, "message_deleted", "ID2", by="sender"),
    )
    deleted, edited = chat(served)["messages"]
    assert (edited["text"], edited["deleted"]) == ("certo", None)
    assert edited["edited"] == {"timestamp": said(3, "").data["timestamp"]}
    assert [each["emoji"] for each in edited["reactions"]] == ["👍"]
    assert (deleted["deleted"]["by"], deleted["edited"], deleted["reactions"]) == (
        "sender",
        None,
        [],
    )


def test_what_was_sent_over_the_api_is_there_with_its_state(served: Served) -> None:
    served.connected(5)
    hear(served, said(1, "Tem Onix?"))
    with served.listen("empresa_id=5") as socket, served.http() as client:
        body = {"to": CHAT, "type": "text", "text": "Tem, sim."}
        accepted = client.post("/api/empresas/5/messages", json=body).json()
        served.clients.running[5].answer(served.clients.sent(5), "server_ack", "delivered")
        until(socket, lambda e: e["type"] == "message_state" and e["data"]["state"] == "delivered")
    sent, _ = chat(served)["messages"]
    assert (sent["text"], sent["fromMe"], sent["state"]) == ("Tem, sim.", True, "delivered")
    assert sent["outgoingId"] == accepted["id"]
    (found,) = served.get(LIST).json()["conversations"]
    assert (found["lastMessage"]["id"], found["unread"]) == (sent["id"], 1)


def test_another_number_begins_a_new_set_and_the_old_one_stays(served: Served) -> None:
    served.connected(5, OWN)
    hear(served, said(1, "oi"))
    served.post("/api/bot/logout/5")
    served.until_status(5, lambda status: status["state"] == "logged_out")
    assert len(served.get(LIST).json()["conversations"]) == 1
    served.post("/api/bot/connect/5")
    with served.listen("empresa_id=5") as socket:
        served.clients.started(5, 2).show_qr()
        served.clients.started(5, 2).pair("+5521999990002")
        # The numbered one: it is stored.
        until(socket, lambda e: e["type"] == "status" and "seq" in e and e["data"]["connected"])
    assert served.get(LIST).json() == {
        "conversations": [],
        "number": "+5521999990002",
        "next": None,
    }
    for plus in ("+", "%2B", ""):
        assert texts(chat(served, query=f"?number={plus}{OWN[1:]}")) == ["oi"]
    read = served.post(f"{LIST}/{CHAT}/read?number={OWN}")
    assert read.json() == {"chat": CHAT, "unread": 0}


def test_what_does_not_exist_or_makes_no_sense_is_refused_with_a_code(served: Served) -> None:
    assert code(served.get(LIST)) == (404, "empresa_not_found")
    served.connected(5)
    messages = f"{LIST}/{CHAT}/messages"
    for answer in (served.get(messages), served.post(f"{LIST}/{CHAT}/read")):
        assert code(answer) == (404, "conversation_not_found")
    hear(served, said(1, "oi"))
    assert code(served.get(f"{messages}?number=%2B5521900000000")) == (
        404,
        "conversation_not_found",
    )
    refused = {
        f"{LIST}?cursor=x": "invalid_cursor",
        f"{LIST}?cursor=999999999999999-1": "invalid_cursor",
        f"{LIST}?limit=1001": "invalid_limit",
        f"{LIST}?number=loja": "invalid_phone_number",
        f"{messages}?before=1-1&after=1-1": "invalid_cursor",
        f"{messages}?after=-1": "invalid_cursor",
        f"{messages}?limit=0": "invalid_limit",
        f"{LIST}/ninguem/messages": "invalid_recipient",
        f"{LIST}/{'1' * 300}@lid/messages": "invalid_recipient",
        f"{LIST}/1%00@lid/messages": "invalid_recipient",
    }
    for path, expected in refused.items():
        assert code(served.get(path)) == (400, expected), path
    assert set(refused.values()) == CODES
    assert code(served.get("/api/empresas/0/conversations")) == (400, "invalid_empresa_id")


def test_on_request_the_protobuf_of_each_message_stands_beside_it(served: Served) -> None:
    served.connected(5, OWN)
    # Of the library's `Message` the field `Message`, and of that `conversation`.
    hear(served, replace(said(1, "oi"), raw=b"\x12\x04\n\x02oi"), said(2, "tudo bem?"))
    page = chat(served, query="?raw=1")
    assert [each["raw"] for each in page["messages"]] == [None, {"Message": {"conversation": "oi"}}]
    assert "raw" not in chat(served)["messages"][0]
    path = f"{LIST}/{quote(CHAT, safe='')}/messages"
    assert code(served.get(f"{path}?raw=yes")) == (400, "invalid_option")
    assert code(served.get(f"{path}?raw=1&limit=21")) == (400, "invalid_limit")
