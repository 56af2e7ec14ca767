"""Messages about other messages over HTTP: taken in, and each refusal with its code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.fake_clients import text
from tests.web.served import Served, of_type, until
from tests.web.test_conversations import CHAT, chat, hear
from tests.web.test_messages import JID, TO, code, life, post, say
from whatsapp.port import Journalled

GROUP = "120363001122334455@g.us"
REACTION = {"type": "reaction", "emoji": "👍"}
EDIT = {"type": "edit", "text": "certo"}
DELETE = {"type": "delete"}


def heard(entry_id: int, age: timedelta = timedelta(0), **other: Any) -> Journalled:
    """A customer's message of some time ago, with all that messages have."""
    entry = text(entry_id, "Tem Onix?")
    at = (datetime.now(UTC) - age).isoformat()
    data = {**entry.data, "timestamp": at, "mentions": [], **other}
    return replace(entry, data=data, raw=b"raw")


def ours(entry_id: int, age: timedelta = timedelta(0), **other: Any) -> Journalled:
    """What the shop wrote on its phone."""
    return heard(entry_id, age, fromMe=True, **other)


def ask(served: Served, target: str, body: dict[str, Any]) -> httpx.Response:
    return post(served, {**body, "target": target})


def sent(served: Served, times: int = 1, state: str = "server_ack") -> str:
    """The client says what became of that send; WhatsApp's id."""
    send = served.clients.sent(5, times)
    with served.listen("empresa_id=5") as socket:
        served.clients.running[5].answer(send, state)
        until(socket, lambda e: e["type"] == "message_state" and e["data"]["state"] == state)
    return f"3EB0{send.message_id}"


@pytest.fixture(autouse=True)
def _connected(served: Served) -> None:
    served.connected(5)


def test_a_reaction_an_edit_and_a_deletion_are_heard_and_stand_at_their_message(
    served: Served,
) -> None:
    hear(served, heard(1, timedelta(minutes=1)))
    accepted = post(served, {"to": CHAT, "type": "text", "text": "errado"}).json()
    whatsapp_id = sent(served)
    with served.listen("empresa_id=5") as socket:
        for times, (target, body) in enumerate(
            [("ID1", REACTION), (accepted["id"], EDIT), (whatsapp_id, DELETE)], 2
        ):
            answer = ask(served, target, body)
            assert (answer.status_code, answer.json()["chat"]) == (202, CHAT)
            assert life(served, answer.json()["id"])["type"] == body["type"]
            served.clients.running[5].answer(served.clients.sent(5, times))
        reaction = until(socket, of_type("message_reaction"))["data"]
        edited = until(socket, of_type("message_edited"))["data"]
        until(socket, of_type("message_deleted"))
    assert (reaction["emoji"], reaction["target"]["id"]) == ("👍", "ID1")
    assert (edited["text"], edited["target"]["id"]) == ("certo", whatsapp_id)
    assert reaction["chat"]["id"] == edited["chat"]["id"] == CHAT
    mine, theirs = chat(served)["messages"]
    assert (mine["text"], mine["deleted"]["by"]) == ("certo", "sender")
    assert mine["edited"] is not None
    assert [each["emoji"] for each in theirs["reactions"]] == ["👍"]


def test_an_answer_shows_what_it_answers_and_a_forward_what_it_was(served: Served) -> None:
    minute = timedelta(minutes=1)
    hear(served, heard(1, minute), heard(2, minute, type="image", text="Este"))
    body = {"to": CHAT, "type": "text", "text": "Tem.", "quote": "ID1"}
    assert post(served, body).status_code == 202
    sent(served)
    assert post(served, {"to": CHAT, "type": "forward", "target": "ID2"}).status_code == 202
    sent(served, 2)
    forward, answer = chat(served)["messages"][:2]
    assert answer["quoted"] == {
        "id": "ID1",
        "sender": {"phone": None, "lid": None},
        "type": "text",
        "text": "Tem Onix?",
    }
    assert (forward["type"], forward["text"], forward["fromMe"]) == ("image", "Este", True)


def test_the_chat_may_be_named_and_must_be_that_of_the_message(served: Served) -> None:
    hear(served, heard(1))
    for to in (CHAT, "+5511900000001", "(11) 90000-0001"):
        assert post(served, {**REACTION, "target": "ID1", "to": to}).status_code == 202
    for body in (REACTION, {"type": "text", "text": "oi"}):
        field = "quote" if body["type"] == "text" else "target"
        answer = post(served, {**body, field: "ID1", "to": TO})
        assert code(answer) == (422, "other_chat")
        assert answer.json()["field"] == field


def test_a_message_that_nobody_knows_is_refused(served: Served) -> None:
    for body in (REACTION, EDIT, DELETE, {"type": "forward", "to": TO}):
        answer = ask(served, "3EB0", body)
        assert code(answer) == (404, "message_not_found")
        assert answer.json()["field"] == "target"
    answer = post(served, {"to": TO, "type": "text", "text": "oi", "quote": "3EB0"})
    assert (code(answer), answer.json()["field"]) == ((404, "message_not_found"), "quote")
    in_channel = {"id": "123@newsletter", "isGroup": False}
    hear(served, heard(1, chat=in_channel))
    assert code(ask(served, "ID1", REACTION)) == (404, "message_not_found")


def test_somebody_elses_message_is_neither_edited_nor_deleted_but_in_a_group(
    served: Served,
) -> None:
    in_group = {"id": GROUP, "isGroup": True, "phone": None, "lid": None, "name": None}
    hear(served, heard(1), heard(2, chat=in_group))
    for body in (EDIT, DELETE):
        assert code(ask(served, "ID1", body)) == (422, "message_not_own")
    assert code(ask(served, "ID2", EDIT)) == (422, "message_not_own")
    assert ask(served, "ID2", DELETE).status_code == 202


def test_what_has_neither_text_nor_caption_is_not_edited(served: Served) -> None:
    hear(served, ours(1, type="sticker", text=None), replace(ours(2, type="image"), raw=None))
    for target in ("ID1", "ID2"):
        assert code(ask(served, target, EDIT)) == (422, "not_editable")


def test_whatsapps_times_are_kept(served: Served) -> None:
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    hear(served, ours(1, 14 * minute), ours(2, 16 * minute), ours(3, 61 * hour))
    assert ask(served, "ID1", EDIT).status_code == 202
    assert code(ask(served, "ID2", EDIT)) == (422, "edit_too_late")
    assert ask(served, "ID2", DELETE).status_code == 202
    assert code(ask(served, "ID3", DELETE)) == (422, "delete_too_late")


def test_what_cannot_be_forwarded_is_refused(served: Served) -> None:
    hear(
        served,
        heard(1, type="poll", text=None),
        replace(heard(2, type="image"), raw=None),
        heard(3, viewOnce=True),
    )
    for target in ("ID1", "ID2", "ID3"):
        answer = ask(served, target, {"type": "forward", "to": TO})
        assert code(answer) == (422, "not_forwardable")


def test_what_was_deleted_is_left_alone(served: Served) -> None:
    accepted = say(served)
    sent(served)
    assert ask(served, accepted["id"], DELETE).status_code == 202
    sent(served, 2)
    for body in (REACTION, EDIT, DELETE, {"type": "forward", "to": TO}):
        assert code(ask(served, accepted["id"], body)) == (409, "target_deleted")


def test_what_was_not_sent_is_neither_forwarded_nor_ever_changed(served: Served) -> None:
    first, second = say(served), say(served)
    answer = ask(served, second["id"], {"type": "forward", "to": TO})
    assert code(answer) == (409, "target_not_sent")
    waits = ask(served, second["id"], EDIT)
    assert (waits.status_code, waits.json()["chat"]) == (202, JID)
    served.clients.sent(5)
    with served.http() as client:
        client.delete(f"/api/empresas/5/messages/{second['id']}")
    assert code(ask(served, second["id"], REACTION)) == (409, "target_not_sent")
    sent(served)
    assert life(served, first["id"])["state"] == "server_ack"
    with served.listen("empresa_id=5&since=0") as socket:
        failed = until(
            socket, lambda e: e["type"] == "message_state" and e["data"]["state"] == "failed"
        )
    assert failed["data"]["reason"] == "target_not_sent"


def test_an_id_that_two_messages_have_is_refused_unless_it_is_clear_which_is_meant(
    served: Served,
) -> None:
    elsewhere = {"id": "777@lid", "phone": None, "lid": "777@lid", "isGroup": False}
    hear(served, heard(1), heard(2, id="ID1", chat=elsewhere), ours(3, id="ID1"))
    assert code(ask(served, "ID1", REACTION)) == (409, "ambiguous_message")
    assert post(served, {**REACTION, "target": "ID1", "to": "777@lid"}).status_code == 202
    assert ask(served, "ID1", EDIT).status_code == 202


def test_a_preview_goes_to_the_client_as_it_is_given(served: Served) -> None:
    preview = {"url": "https://loja.example", "title": "Loja", "description": None}
    body = {"to": TO, "type": "text", "text": "https://loja.example", "linkPreview": preview}
    assert post(served, body).status_code == 202
    assert served.clients.sent(5).content["linkPreview"] == preview
