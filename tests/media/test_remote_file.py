from __future__ import annotations

from typing import Any

import pytest

from media.remote_file import NotReceived, RemoteFile
from tests.media.sealed import seal

SOURCE = seal(b"file").source


def test_a_media_server_is_asked_as_whatsapps_clients_ask() -> None:
    file = RemoteFile.of(SOURCE | {"encryptedSha256": "fb" * 32, "path": "/v/a.enc?oh=1"})
    digest = "-_v7" * 10 + "-_s="
    assert file.target == f"/v/a.enc?oh=1&hash={digest}&mms-type=document&__wa-mms="


def test_what_says_no_hash_is_asked_for_without_and_a_sticker_is_an_image() -> None:
    file = RemoteFile.of(SOURCE | {"encryptedSha256": "", "path": "/v/a.enc", "type": "sticker"})
    assert file.target == "/v/a.enc?mms-type=image&__wa-mms="


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "//evil.example/x"[1:].replace("/", "", 1)},
        {"path": "@127.0.0.1/x?"},
        {"path": ".evil.example/x?"},
        {"path": "https://127.0.0.1/x?"},
        {"path": "/x\r\nHost: 127.0.0.1"},
        {"path": "/x y"},
        {"path": "/á"},
        {"path": ""},
        {"path": None},
        {"path": "/" + "x" * 3000},
        {"key": "ab"},
        {"key": "zz" * 32},
        {"key": None},
        {"sha256": "ab"},
        {"encryptedSha256": "ab"},
        {"size": -1},
        {"size": "1"},
        {"size": True},
        {"type": "text"},
    ],
)
def test_what_a_stranger_wrote_is_looked_at(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotReceived) as refused:
        RemoteFile.of(SOURCE | wrong)
    assert (refused.value.reason, refused.value.fate) == ("unreadable", "failed")


def test_what_lacks_a_part_is_none() -> None:
    with pytest.raises(NotReceived):
        RemoteFile.of({})
