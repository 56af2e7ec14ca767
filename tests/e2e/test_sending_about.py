"""Answers, reactions, edits, deletions and forwards, to phones that decrypt them.

With the real neonize, in a chat of two and in a group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest

from tests.e2e.browser import Browser, linked_server
from tests.e2e.server_process import ServerProcess
from tests.media.test_kinds import picture
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until
from tests.web.files_site import FilesSite, files_site

Browse: TypeAlias = Callable[..., Browser]
SHOP, MARIA, JOAO = "+5521999990321", "+5521988880321", "+5521988880322"
PATH = "/api/empresas/5/messages"


@dataclass
class Place:
    """Where the shop and Maria talk: with one another, or in a group."""

    server: ServerProcess
    simulator: SimulatorProcess
    shop: Browser
    to: str
    """As the simulator names it."""
    chat: str
    """As the server does."""
    hers: str
    """WhatsApp's id of what Maria said."""

    def send(self, **body: Any) -> dict[str, Any]:
        """It is with her phone; `message_state` by which WhatsApp had it."""
        answer = self.server.post(PATH, body)
        assert answer.status_code == 202, answer.text
        message_id = answer.json()["id"]
        self.shop.hears("message_state", id=message_id, state="delivered")
        state: dict[str, Any] = self.shop.hears("message_state", id=message_id, state="server_ack")
        found: dict[str, Any] = state["data"]
        return found

    def say(self, text: str, **more: Any) -> dict[str, Any]:
        return self.send(to=self.chat, type="text", text=text, **more)

    def shown(self, whatsapp_id: str, number: str = MARIA) -> dict[str, Any]:
        """What a phone has decrypted of it."""

        def found() -> list[dict[str, Any]]:
            messages = self.simulator.get(f"/received?number={number[1:]}")["messages"]
            return [each for each in messages if each["id"] == whatsapp_id]

        wait_until(lambda: bool(found()))
        (message,) = found()
        assert message.get("group") == (self.to if self.to.endswith("@g.us") else None)
        return message

    def filed(self, whatsapp_id: str) -> dict[str, Any]:
        """What the CRM reads of it."""
        chat = quote(self.chat, safe="")
        page = self.server.get(f"/api/empresas/5/conversations/{chat}/messages").json()
        return next(each for each in page["messages"] if each["id"] == whatsapp_id)

    def is_key_of_hers(self, key: dict[str, Any]) -> bool:
        """Whether a key names what Maria said, as her phone would understand it."""
        lid = self.simulator.post("/accounts", number=MARIA)["lid"]
        participant = f"{lid}@lid" if self.to.endswith("@g.us") else None
        return (key["ID"], key.get("fromMe", False), key.get("participant")) == (
            *(self.hers, False),
            participant,
        )


@pytest.fixture(name="site", scope="module")
def _site() -> Iterator[FilesSite]:
    with files_site({"/onix.jpg": picture("JPEG")}) as site:
        yield site


@pytest.fixture(name="server", scope="module")
def _server(
    tmp_path_factory: pytest.TempPathFactory, simulator: SimulatorProcess, site: FilesSite
) -> Iterator[ServerProcess]:
    with linked_server(
        tmp_path_factory.mktemp("server"),
        simulator,
        SHOP,
        VENDEAI_MEDIA_NETWORKS="127.0.0.0/8",
        VENDEAI_MEDIA_PORTS=f"80,443,{site.port}",
    ) as server:
        simulator.post("/accounts", number=MARIA, name="Maria")
        yield server


@pytest.fixture(name="place", params=["chat", "group"])
def _place(
    request: pytest.FixtureRequest,
    server: ServerProcess,
    simulator: SimulatorProcess,
    browse: Browse,
) -> Iterator[Place]:
    shop, to = browse(5), SHOP
    if request.param == "group":
        to = simulator.post("/groups", subject="Carros", members=[SHOP, MARIA, JOAO])["jid"]
    simulator.post("/say", **{"from": MARIA, "to": to, "text": "Tem Onix?"})
    heard = shop.hears("message", text="Tem Onix?")["data"]
    yield Place(server, simulator, shop, to, heard["chat"]["id"], heard["id"])
    assert simulator.get("/stats")["refusals"] == {}


def test_an_answer_quotes_what_was_said(place: Place) -> None:
    answer = place.say("Tem, sim.", quote=place.hers)
    shown = place.shown(answer["whatsappId"])
    assert (shown["type"], shown["text"]) == ("text", "Tem, sim.")
    context = shown["context"]
    assert context["stanzaID"] == place.hers
    assert context["quotedMessage"] == {"conversation": "Tem Onix?"}
    lid = place.simulator.post("/accounts", number=MARIA)["lid"]
    assert context["participant"] == f"{lid}@lid"
    quoted = place.filed(answer["whatsappId"])["quoted"]
    assert (quoted["id"], quoted["text"]) == (place.hers, "Tem Onix?")
    # Of one's own, too.
    again = place.say("Ainda tem.", quote=answer["id"])
    context = place.shown(again["whatsappId"])["context"]
    assert context["stanzaID"] == answer["whatsappId"]
    assert context["quotedMessage"]["extendedTextMessage"]["text"] == "Tem, sim."


def test_each_kind_of_message_can_be_an_answer(place: Place, site: FilesSite) -> None:
    bodies: list[dict[str, Any]] = [
        {"type": "image", "media": {"url": site.url("/onix.jpg")}, "text": "Este"},
        {"type": "location", "latitude": -22.9, "longitude": -43.2},
        {"type": "contact", "contacts": [{"name": "João", "phone": JOAO}]},
        {"type": "poll", "question": "Cor?", "options": ["Prata", "Preto"]},
    ]
    for body in bodies:
        answer = place.send(to=place.chat, quote=place.hers, **body)
        assert place.shown(answer["whatsappId"])["context"]["stanzaID"] == place.hers


def test_a_reaction_is_shown_and_taken_back(place: Place) -> None:
    for emoji in ("👍", ""):
        reaction = place.send(type="reaction", target=place.hers, emoji=emoji)
        assert reaction["chat"] == place.chat
        shown = place.shown(reaction["whatsappId"])
        assert (shown["type"], shown["content"].get("text", "")) == ("reaction", emoji)
        assert place.is_key_of_hers(shown["content"]["key"])
        event = place.shop.hears("message_reaction", outgoingId=reaction["id"])["data"]
        assert (event["emoji"], event["target"]["id"]) == (emoji or None, place.hers)
        reactions = place.filed(place.hers)["reactions"]
        assert [each["emoji"] for each in reactions] == ([emoji] if emoji else [])


def test_a_text_and_a_caption_are_edited(place: Place, site: FilesSite) -> None:
    said = place.say("Custa 40 mil")
    media = {"url": site.url("/onix.jpg")}
    shown = place.send(to=place.chat, type="image", media=media, text="Este")
    for target, new in ((said, "Custa 45 mil"), (shown, "Este aqui")):
        edit = place.send(type="edit", target=target["id"], text=new)
        found = place.shown(edit["whatsappId"])["content"]["message"]["protocolMessage"]
        assert found["type"] == "MESSAGE_EDIT"
        assert (found["key"]["ID"], found["key"]["fromMe"]) == (target["whatsappId"], True)
        edited = found["editedMessage"]
        assert (edited.get("conversation") or edited["imageMessage"]["caption"]) == new
        place.shop.hears("message_edited", outgoingId=edit["id"], text=new)
        assert place.filed(target["whatsappId"])["text"] == new
    assert edited["imageMessage"]["mediaKey"]


def test_what_waits_is_edited_once_it_is_sent(place: Place) -> None:
    first = place.server.post(PATH, {"to": place.chat, "type": "text", "text": "errado"}).json()
    edit = place.send(type="edit", target=first["id"], text="certo")
    target = place.shop.hears("message_state", id=first["id"], state="server_ack")["data"]
    found = place.shown(edit["whatsappId"])["content"]["message"]["protocolMessage"]
    assert found["key"]["ID"] == target["whatsappId"]
    assert place.filed(target["whatsappId"])["text"] == "certo"


def test_what_a_killed_server_had_taken_is_sent_and_edited_by_the_next(place: Place) -> None:
    text = place.server.post(PATH, {"to": place.chat, "type": "text", "text": "errado"}).json()
    edit = place.server.post(PATH, {"type": "edit", "target": text["id"], "text": "certo"}).json()
    place.server.kill()
    place.server.start()

    def lives() -> list[dict[str, Any]]:
        return [place.server.get(f"{PATH}/{each['id']}").json() for each in (text, edit)]

    def is_over() -> bool:
        return all(each["state"] in ("delivered", "unconfirmed") for each in lives())

    wait_until(is_over, 60)
    said, change = lives()
    if change["state"] == "delivered":
        found = place.shown(change["whatsappId"])["content"]["message"]["protocolMessage"]
        assert found["key"]["ID"] == said["whatsappId"]
        assert place.filed(said["whatsappId"])["text"] == "certo"


def test_a_message_is_deleted_for_everybody(place: Place) -> None:
    said = place.say("Apague isto")
    delete = place.send(type="delete", target=said["whatsappId"])
    shown = place.shown(delete["whatsappId"])
    assert (shown["type"], shown["content"]["type"]) == ("protocol", "REVOKE")
    assert (shown["content"]["key"]["ID"], shown["content"]["key"]["fromMe"]) == (
        *(said["whatsappId"],),
        True,
    )
    place.shop.hears("message_deleted", outgoingId=delete["id"], by="sender")
    assert place.filed(said["whatsappId"])["deleted"]["by"] == "sender"
    refused = place.server.post(PATH, {"type": "delete", "target": said["id"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "target_deleted")


def test_what_others_said_is_deleted_in_a_group_alone(place: Place) -> None:
    if not place.to.endswith("@g.us"):
        refused = place.server.post(PATH, {"type": "delete", "target": place.hers})
        assert (refused.status_code, refused.json()["code"]) == (422, "message_not_own")
        return
    delete = place.send(type="delete", target=place.hers)
    assert place.is_key_of_hers(place.shown(delete["whatsappId"])["content"]["key"])
    assert place.filed(place.hers)["deleted"]["by"] == "admin"


def test_a_message_and_a_file_are_forwarded_and_say_so(place: Place, site: FilesSite) -> None:
    forward = place.send(to=place.chat, type="forward", target=place.hers)
    shown = place.shown(forward["whatsappId"])
    assert (shown["text"], shown["context"]["isForwarded"]) == ("Tem Onix?", True)
    media = {"url": site.url("/onix.jpg")}
    sent = place.send(to=place.chat, type="image", media=media, text="Este")
    again = place.send(to=place.chat, type="forward", target=sent["id"])
    shown = place.shown(again["whatsappId"])
    assert (shown["text"], shown["context"]["isForwarded"]) == ("Este", True)
    assert shown["media"]["sha256"] == place.shown(sent["whatsappId"])["media"]["sha256"]
    assert place.filed(again["whatsappId"])["type"] == "image"


def test_a_text_brings_the_preview_that_it_was_given(place: Place) -> None:
    preview = {"url": "https://loja.example/onix", "title": "Onix 2020", "description": "Prata"}
    sent = place.say("Veja https://loja.example/onix", linkPreview=preview)
    assert place.shown(sent["whatsappId"])["text"] == "Veja https://loja.example/onix"
