"""Which requests are the same one again."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from tests.web.refused import refused
from web.idempotency import digest, idempotency_key
from web.message_bodies import outgoing_message

TEXT = {"to": "21999998888", "type": "text", "text": "Olá"}
FILE = b"a picture"


def of(body: dict[str, Any]) -> str:
    return digest(outgoing_message(body))


@pytest.mark.parametrize("key", ["1", "a" * 255, "pedido-17/2026", '"8e03978e"'])
def test_a_key_is_visible_ascii(key: str) -> None:
    assert idempotency_key(key) == key


@pytest.mark.parametrize("key", ["", " ", "a b", "a" * 256, "ação", "a\t", "a\x7f", "a\n"])
def test_any_other_key_is_refused(key: str) -> None:
    assert refused(idempotency_key, key).code == "invalid_idempotency_key"


def test_a_request_needs_no_key() -> None:
    assert idempotency_key(None) is None


def test_the_digest_never_changes_between_releases() -> None:
    # Keys are kept for a day, and an upgrade must not make a repeat another body.
    assert of(TEXT) == "d0055672c3672b74d8e8ab755c1c8193c46c1e4a4092e293220ff59f5c889991"


@pytest.mark.parametrize(
    "spelling",
    [
        {"type": "text", "text": "Olá", "to": "+55 (21) 99999-8888"},
        {**TEXT, "typing": False, "linkPreview": None, "expiresIn": 86400, "mentions": []},
        {**TEXT, "quote": None, "unknown": 1},
    ],
)
def test_another_spelling_is_the_same_body(spelling: dict[str, Any]) -> None:
    assert of(spelling) == of(TEXT)


@pytest.mark.parametrize(
    "change",
    [
        {"to": "21999998889"},
        {"text": "Ola"},
        {"typing": True},
        {"linkPreview": {"url": "http://a", "title": "A"}, "text": "Olá http://a"},
        {"expiresIn": 86399},
        {"quote": "3EB0C767D097B7C4D3A2"},
        {"mentions": ["21999998888"]},
    ],
)
def test_what_asks_for_something_else_is_another_body(change: dict[str, Any]) -> None:
    assert of(TEXT | change) != of(TEXT)


def test_a_file_is_the_same_in_base64_and_beside_the_json() -> None:
    body: dict[str, Any] = {"to": "21999998888", "type": "image"}
    within = {**body, "media": {"base64": base64.b64encode(FILE).decode()}}
    beside = outgoing_message(body, has_file=True)
    sha256 = hashlib.sha256(FILE).hexdigest()
    assert of(within) == digest(beside, sha256)
    assert digest(beside, sha256) != digest(beside, hashlib.sha256(b"another").hexdigest())


def test_another_name_of_the_file_is_another_body() -> None:
    def named(name: str) -> dict[str, Any]:
        media = {"url": "https://loja.example/a.pdf", "fileName": name}
        return {"to": "21999998888", "type": "document", "media": media}

    assert of(named("a.pdf")) != of(named("b.pdf"))
