from __future__ import annotations

from typing import Any

import pytest

from tests.whatsapp.protobufs import e2e
from whatsapp.media_shape import MEDIA_TYPES, describe_media
from whatsapp.message_kinds import KINDS

SHA256 = bytes(range(32))
NOTHING: dict[str, Any] = {
    "id": "M",
    "state": "pending",
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
