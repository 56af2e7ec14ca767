"""What customers send, in a chat of two and in a group, as the CRM hears and reads it.

With the real neonize; files are in `test_receiving_media.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest

from tests.e2e.browser import Browser, linked_server
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

Body: TypeAlias = dict[str, Any]
SHOP, MARIA, JOAO = "+5521999990421", "+5521988880421", "+5521988880422"
PLACE = {"degreesLatitude": -22.9035, "degreesLongitude": -43.2096}
CARD = {"displayName": "João", "vcard": "BEGIN:VCARD\nTEL:+55 21 98888-0422\nEND:VCARD"}
READ_CARD = {"name": "João", "phones": [{"phone": JOAO, "text": "+55 21 98888-0422"}]}
READ_PLACE = {"latitude": -22.9035, "longitude": -43.2096}
AD = {
    "title": "Onix 2020",
    "body": "Entrada facilitada",
    "mediaType": "VIDEO",
    "mediaURL": "https://fb.me/v",
    "thumbnailURL": "https://fb.me/t.jpg",
    "sourceURL": "https://fb.me/3xYz",
    "sourceID": "120210000000000001",
    "sourceType": "ad",
    "ctwaClid": "ARAkLkA8",
}

#: By a name, what a customer's phone sends and what is heard of it, nothing else being null.
KINDS: dict[str, tuple[Body, Body]] = {
    "text": ({"conversation": "Tem Onix? 🚗"}, {"type": "text", "text": "Tem Onix? 🚗"}),
    "location": (
        {"locationMessage": {**PLACE, "name": "Auto Rio", "address": "Centro"}},
        {
            "type": "location",
            "location": {
                **READ_PLACE,
                "name": "Auto Rio",
                "address": "Centro",
                "live": False,
                "accuracy": None,
                "url": None,
            },
        },
    ),
    "live location": (
        {"liveLocationMessage": {**PLACE, "accuracyInMeters": 15, "caption": "chegando"}},
        {
            "type": "location",
            "text": "chegando",
            "location": {
                **READ_PLACE,
                "name": None,
                "address": None,
                "live": True,
                "accuracy": 15,
                "url": None,
            },
        },
    ),
    "contact": ({"contactMessage": CARD}, {"type": "contact", "contacts": [READ_CARD]}),
    "contacts": (
        {"contactsArrayMessage": {"contacts": [CARD, CARD]}},
        {"type": "contact", "contacts": [READ_CARD, READ_CARD]},
    ),
    "poll": (
        {
            "pollCreationMessageV3": {
                "name": "Qual cor?",
                "options": [{"optionName": "Prata"}, {"optionName": "Preto"}],
                "selectableOptionsCount": 1,
            }
        },
        {
            "type": "poll",
            "poll": {"question": "Qual cor?", "options": ["Prata", "Preto"], "choices": 1},
        },
    ),
    "choice of a row": (
        {
            "listResponseMessage": {
                "title": "Agendar",
                "description": "De segunda a sábado",
                "singleSelectReply": {"selectedRowID": "test_drive"},
            }
        },
        {
            "type": "text",
            "text": "Agendar",
            "choice": {"id": "test_drive", "description": "De segunda a sábado", "form": None},
        },
    ),
    "choice of a button": (
        {"buttonsResponseMessage": {"selectedButtonID": "b1", "selectedDisplayText": "Sim"}},
        {
            "type": "text",
            "text": "Sim",
            "choice": {"id": "b1", "description": None, "form": None},
        },
    ),
    "ad": (
        {
            "extendedTextMessage": {
                "text": "Tenho interesse",
                "contextInfo": {"externalAdReply": AD},
            }
        },
        {
            "type": "text",
            "text": "Tenho interesse",
            "referral": {
                "sourceUrl": "https://fb.me/3xYz",
                "sourceId": "120210000000000001",
                "sourceType": "ad",
                "title": "Onix 2020",
                "body": "Entrada facilitada",
                "ctwaClid": "ARAkLkA8",
                "mediaType": "video",
                "mediaUrl": "https://fb.me/v",
                "thumbnailUrl": "https://fb.me/t.jpg",
            },
        },
    ),
    "unsupported": (
        {"groupInviteMessage": {"caption": "venha"}},
        {"type": "unsupported", "kind": "groupInviteMessage", "text": "venha"},
    ),
}
_FIELDS = ("text", "kind", "media", "gif", "location", "contacts", "poll", "choice", "quoted")
NOTHING: Body = {
    **dict.fromkeys((*_FIELDS, "referral")),
    **dict.fromkeys(("viewOnce", "history", "retried", "fromMe"), False),
    "mentions": [],
}


@dataclass
class Place:
    """Where Maria writes to the shop: in their chat, or in a group."""

    server: ServerProcess
    simulator: SimulatorProcess
    shop: Browser
    to: str

    @property
    def is_group(self) -> bool:
        return self.to.endswith("@g.us")

    def send(self, message: Body) -> str:
        body = {"from": MARIA, "to": self.to, "message": message}
        return str(self.simulator.post("/send", **body)["id"])

    def hears(self, kind: str, message_id: str) -> Body:
        """What the WebSocket says of it; the ledger says the same."""
        frame = self.shop.hears(kind, id=message_id)
        data: Body = frame["data"]
        assert self.server.events(5)[frame["seq"] - 1] == frame
        assert (data["sender"]["phone"], data["sender"]["name"]) == (MARIA, "Maria")
        assert data["chat"]["isGroup"] == self.is_group
        assert data["chat"]["id"] == (self.to if self.is_group else data["sender"]["lid"])
        return data

    def filed(self, message_id: str, query: str = "") -> Body:
        """What the CRM reads of it."""
        chat = quote(self.to if self.is_group else MARIA, safe="")
        path = f"/api/empresas/5/conversations/{chat}/messages{query}"
        messages: list[Body] = self.server.get(path).json()["messages"]
        return next(each for each in messages if each["id"] == message_id)

    def lid(self, number: str) -> str:
        return f"{self.simulator.post('/accounts', number=number)['lid']}@lid"

    def key(self, message_id: str) -> Body:
        """As Maria's phone names a message of her own."""
        chat = self.to if self.is_group else self.lid(SHOP)
        who = {"participant": self.lid(MARIA)} if self.is_group else {}
        return {"remoteJID": chat, "fromMe": True, "ID": message_id, **who}


@pytest.fixture(name="place", params=["chat", "group"], scope="module")
def _place(
    request: pytest.FixtureRequest,
    simulator: SimulatorProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("server")
    with (
        linked_server(folder, simulator, SHOP) as server,
        closing(Browser(server, 5)) as shop,
    ):
        for number, name in ((MARIA, "Maria"), (JOAO, "João")):
            simulator.post("/accounts", number=number, name=name)
        to = SHOP
        if request.param == "group":
            to = simulator.post("/groups", subject="Carros", members=[SHOP, MARIA, JOAO])["jid"]
        yield Place(server, simulator, shop, to)
        assert simulator.get("/stats")["refusals"] == {}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_heard_and_read_as_it_was_sent(place: Place, name: str) -> None:
    message, expected = KINDS[name]
    sent = place.send(message)
    heard = place.hears("message", sent)
    assert {key: heard[key] for key in NOTHING | {"type": ""}} == NOTHING | expected
    filed = place.filed(sent, "?raw=1")
    assert heard.items() <= filed.items()
    (field,) = message
    assert field in filed["raw"]["Message"]


def test_an_answer_that_names_somebody_says_to_what_and_whom(place: Place) -> None:
    first = place.send({"conversation": "Tem Onix?"})
    place.hears("message", first)
    joao, maria = place.lid(JOAO), place.lid(MARIA)
    text = f"@{joao.partition('@')[0]} também quer"
    context = {
        "stanzaID": first,
        "participant": maria,
        "quotedMessage": {"conversation": "Tem Onix?"},
        "mentionedJID": [joao],
    }
    answer = place.send({"extendedTextMessage": {"text": text, "contextInfo": context}})
    heard = place.hears("message", answer)
    assert (heard["type"], heard["text"]) == ("text", text)
    quoted = heard["quoted"]
    assert (quoted["id"], quoted["type"], quoted["text"]) == (first, "text", "Tem Onix?")
    assert quoted["sender"]["lid"] == maria
    assert [each["lid"] for each in heard["mentions"]] == [joao]


def test_a_reaction_is_heard_shown_and_taken_back(place: Place) -> None:
    said = place.send({"conversation": "Fechado!"})
    place.hears("message", said)
    for emoji in ("👍", ""):
        key = place.key(said)
        heard = place.hears(
            "message_reaction", place.send({"reactionMessage": {"key": key, "text": emoji}})
        )
        assert (heard["emoji"], heard["target"]["id"]) == (emoji or None, said)
        assert heard["target"]["sender"]["phone"] == MARIA
        reactions = place.filed(said)["reactions"]
        assert [each["emoji"] for each in reactions] == ([emoji] if emoji else [])


def test_an_edit_and_a_deletion_are_heard_and_stand_at_the_message(place: Place) -> None:
    said = place.send({"conversation": "Às 15h"})
    place.hears("message", said)
    edit = {
        "key": place.key(said),
        "type": "MESSAGE_EDIT",
        "editedMessage": {"conversation": "Às 16h"},
    }
    heard = place.hears("message_edited", place.send({"protocolMessage": edit}))
    assert (heard["text"], heard["target"]["id"]) == ("Às 16h", said)
    assert (place.filed(said)["text"], place.filed(said)["deleted"]) == ("Às 16h", None)
    revoke = {"key": place.key(said), "type": "REVOKE"}
    heard = place.hears("message_deleted", place.send({"protocolMessage": revoke}))
    assert (heard["by"], heard["target"]["id"]) == ("sender", said)
    assert place.filed(said)["deleted"]["by"] == "sender"


def test_a_vote_on_our_poll_is_heard_with_the_names_of_what_was_chosen(place: Place) -> None:
    to = place.to if place.is_group else MARIA
    place.hears("message", place.send({"conversation": "Quais?"}))  # the chat is known now
    poll = {"question": "Quais?", "options": ["Prata", "Preto ⚫"], "choices": 2}
    answer = place.server.post("/api/empresas/5/messages", {"to": to, "type": "poll", **poll})
    assert answer.status_code == 202, answer.text
    state = place.shop.hears("message_state", id=answer.json()["id"], state="delivered")["data"]
    group = {"group": place.to} if place.is_group else {}
    vote = {"by": MARIA, "of": SHOP, "poll": state["whatsappId"], **group}
    sent = place.simulator.post("/vote", options=["Preto ⚫"], **vote)["id"]
    heard = place.hears("poll_vote", sent)
    assert (heard["options"], heard["encrypted"]) == (["Preto ⚫"], None)
    assert heard["target"]["id"] == state["whatsappId"]
    assert [each["options"] for each in place.filed(state["whatsappId"])["votes"]] == [["Preto ⚫"]]
