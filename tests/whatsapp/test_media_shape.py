from __future__ import annotations

from typing import Any

import pytest

from tests.whatsapp.protobufs import e2e
from whatsapp.media_shape import MEDIA_TYPES, describe_media, media_source
from whatsapp.message_kinds import KINDS

SHA256 = bytes(range(32))
NOTHING: dict[str, Any] = {
    "id": "M",
    "state": "failed",
    "mimeType": None,
    "size": None,
    "fileName": None,
    "sha256": None,
    "seconds": None,
    "width": None,
    "height": None,
}


def test_a_video_has_all_that_its_sender_says_of_it() -> None:
    video = e2e.VideoMessage(
        mimetype="video/mp4",
        fileLength=70_000,
        fileSHA256=SHA256,
        seconds=12,
        width=640,
        height=360,
    )
    assert describe_media(video, "M") == NOTHING | {
        "mimeType": "video/mp4",
        "size": 70_000,
        "sha256": SHA256.hex(),
        "seconds": 12,
        "width": 640,
        "height": 360,
    }


def test_a_document_has_its_files_name_or_its_title() -> None:
    named = e2e.DocumentMessage(fileName="tabela.pdf", title="Tabela")
    assert describe_media(named, "M")["fileName"] == "tabela.pdf"
    assert describe_media(e2e.DocumentMessage(title="Tabela"), "M")["fileName"] == "Tabela"


def test_a_hash_of_another_length_is_none() -> None:
    assert describe_media(e2e.ImageMessage(fileSHA256=b"x"), "M")["sha256"] is None


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.type in MEDIA_TYPES])
def test_of_what_its_sender_says_nothing_all_is_null(name: str) -> None:
    empty = getattr(e2e.Message(), name)
    assert describe_media(empty, "M") == NOTHING


def document(**other: Any) -> e2e.DocumentMessage:
    """What says all that fetching it takes."""
    said = {
        "directPath": "/v/t62.7119-24/12_n.enc?ccb=11-4",
        "mediaKey": bytes(32),
        "fileEncSHA256": SHA256[::-1],
        "fileSHA256": SHA256,
        "fileLength": 9,
    }
    return e2e.DocumentMessage(**{**said, **other})


def test_a_file_is_pending_where_its_message_says_where_it_is_and_what_opens_it() -> None:
    assert describe_media(document(), "M")["state"] == "pending"
    assert media_source(document(), "document") == {
        "type": "document",
        "path": "/v/t62.7119-24/12_n.enc?ccb=11-4",
        "key": "00" * 32,
        "encryptedSha256": SHA256[::-1].hex(),
        "sha256": SHA256.hex(),
        "size": 9,
    }


def test_an_address_that_its_sender_wrote_is_not_followed() -> None:
    lured = document(URL="http://169.254.169.254/latest/meta-data")
    assert media_source(lured, "document") == media_source(document(), "document")
    nowhere = document(URL="https://mmg.whatsapp.net/v/a?b", directPath="")
    assert media_source(nowhere, "document") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"directPath": "@127.0.0.1/x?"},
        {"directPath": "/"},
        {"directPath": "/a\r\nb"},
        {"directPath": "/\u00e1"},
        {"directPath": "/" + "x" * 2000},
        {"mediaKey": b""},
        {"mediaKey": bytes(31)},
    ],
)
def test_what_says_too_little_or_something_else_has_failed(wrong: dict[str, Any]) -> None:
    value = document(**wrong)
    assert describe_media(value, "M")["state"] == "failed"
    assert media_source(value, "document") is None


def test_a_hash_that_is_none_is_not_expected_of_the_file() -> None:
    source = media_source(document(fileSHA256=b"x", fileEncSHA256=b""), "document")
    assert source is not None
    assert (source["sha256"], source["encryptedSha256"]) == ("", "")
