"""A body of each type of message, and asking what is made of it."""

from __future__ import annotations

from typing import Any

from actors.errors import Refusal
from tests.web.refused import refused
from web.message_bodies import OutgoingMessage, outgoing_message

MEDIA = {"url": "https://loja.example/onix.jpg"}
MARIA = "5521999998888@s.whatsapp.net"
MARIAS = {"kind": "phone", "jid": None, "candidates": ["+5521999998888", "+552199998888"]}
#: One body of each type, with all that the type must have, and its content.
BODIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": ({"text": "Olá"}, {"text": "Olá", "linkPreview": False, "mentions": []}),
    "image": ({"media": MEDIA}, {"text": None, "mentions": []}),
    "video": ({"media": MEDIA}, {"text": None, "mentions": []}),
    "audio": ({"media": MEDIA}, {"voice": False}),
    "document": ({"media": MEDIA}, {"text": None, "mentions": []}),
    "sticker": ({"media": MEDIA}, {}),
    "location": (
        {"latitude": -22.9, "longitude": -43},
        {"latitude": -22.9, "longitude": -43.0, "name": None, "address": None},
    ),
    "contact": (
        {"contacts": [{"name": "Ana", "phone": "(31) 9999-8888"}]},
        {"contacts": [{"name": "Ana", "phone": "+5531999998888"}]},
    ),
    "poll": (
        {"question": "Cor?", "options": ["Azul", "Preto"]},
        {"question": "Cor?", "options": ["Azul", "Preto"], "choices": 1},
    ),
    "reaction": ({"target": "3EB0", "emoji": "👍"}, {"target": "3EB0", "emoji": "👍"}),
    "edit": (
        {"target": "3EB0", "text": "Oi"},
        {"target": "3EB0", "text": "Oi", "mentions": []},
    ),
    "delete": ({"target": "3EB0"}, {"target": "3EB0"}),
    "forward": ({"target": "3EB0"}, {"target": "3EB0"}),
}
ABOUT_ANOTHER = ["reaction", "edit", "delete", "forward"]
REPLIES = [kind for kind in BODIES if kind not in ABOUT_ANOTHER]


def body(kind: str, **more: Any) -> dict[str, Any]:
    return {"to": MARIA, "type": kind, **BODIES[kind][0], **more}


def read(kind: str, **more: Any) -> OutgoingMessage:
    return outgoing_message(body(kind, **more))


def refusal(kind: str, **more: Any) -> Refusal:
    return refused(outgoing_message, body(kind, **more))
