"""Received files over HTTP: whole and in ranges, under their names, and to their empresa alone."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fake_clients import brought
from tests.media.sealed import seal
from tests.media.test_kinds import FILES, picture
from tests.simulator.real.waiting import wait_until
from tests.web.files_site import FilesSite, files_site
from tests.web.served import Served, raw_request, serving, until
from web.handlers import media as media_handler

ID, OTHER = "0123456789abcdef" * 2, "f" * 32
PATH = f"/api/empresas/5/media/{ID}"
PDF = b"%PDF-1.7 a proposta"


@pytest.fixture(name="site")
def _site() -> Iterator[FilesSite]:
    with files_site({}) as site:
        yield site


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, site: FilesSite) -> Iterator[Served]:
    with serving(tmp_path, whatsapp=site.url("")) as served:
        served.connected(5)
        yield served


def receive(
    served: Served,
    site: FilesSite,
    data: bytes = PDF,
    name: str | None = None,
    message_type: str = "document",
) -> dict[str, Any]:
    """A file comes; what is told of it once it has its end."""
    sealed = seal(data, message_type)
    site.files[sealed.file.target] = sealed.box
    return come(served, sealed.source, name)


def come(served: Served, source: dict[str, Any] | None, name: str | None = None) -> dict[str, Any]:
    with served.listen("empresa_id=5") as socket:
        until(socket, lambda frame: frame["type"] == "status")
        served.clients.started(5).report(brought(1, source, ID, name))
        kind = "message" if source is None else "media_state"
        media: dict[str, Any] = until(socket, lambda frame: frame["type"] == kind)["data"]["media"]
    return media


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_file_is_given_with_its_type_its_name_and_its_hash(shop: Served, site: FilesSite) -> None:
    media = receive(shop, site, name="Proposta Ônix \u202e.pdf")
    answer = shop.get(PATH)
    assert (answer.status_code, answer.content) == (200, PDF)
    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(PDF))
    assert headers["Content-Disposition"] == (
        "inline; filename=\"Proposta _nix .pdf\"; filename*=UTF-8''Proposta%20%C3%94nix%20.pdf"
    )
    assert headers["ETag"] == f'"{media["sha256"]}"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("data", "message_type", "name", "mime_type", "way"),
    [
        (picture("JPEG"), "image", "arquivo-01234567.jpg", "image/jpeg", "inline"),
        (FILES["Opus"][0], "voice", "arquivo-01234567.ogg", "audio/ogg; codecs=opus", "inline"),
        (b"<html><script>", "document", "arquivo-01234567.txt", "text/plain", "attachment"),
        (b"<svg onload='x'>", "document", "arquivo-01234567.txt", "text/plain", "attachment"),
        (b"\0\1\2\3", "document", "arquivo-01234567", "application/octet-stream", "attachment"),
    ],
)
def test_what_a_browser_could_run_is_saved_and_never_shown(
    shop: Served,
    site: FilesSite,
    data: bytes,
    message_type: str,
    name: str,
    mime_type: str,
    way: str,
) -> None:
    receive(shop, site, data, message_type=message_type)
    headers = shop.get(PATH).headers
    assert headers["Content-Type"] == mime_type
    assert headers["Content-Disposition"].startswith(f'{way}; filename="{name}"')


def test_a_range_is_given_and_one_beyond_the_end_refused(shop: Served, site: FilesSite) -> None:
    receive(shop, site)
    part = shop.get(PATH, Range="bytes=4-7")
    assert (part.status_code, part.content) == (206, PDF[4:8])
    assert part.headers["Content-Range"] == f"bytes 4-7/{len(PDF)}"
    assert shop.get(PATH, Range="bytes=-3").content == PDF[-3:]
    assert shop.get(PATH, Range="bytes=0-1,4-5").content == PDF
    beyond = shop.get(PATH, Range="bytes=99-")
    assert code(beyond) == (416, "range_not_satisfiable")
    assert beyond.headers["Content-Range"] == f"bytes */{len(PDF)}"


def test_who_has_it_already_is_told_so(shop: Served, site: FilesSite) -> None:
    etag = f'"{receive(shop, site)["sha256"]}"'
    assert shop.get(PATH, **{"If-None-Match": etag}).status_code == 304
    assert shop.get(PATH, **{"If-Range": etag, "Range": "bytes=0-0"}).status_code == 206
    assert shop.get(PATH, **{"If-Range": '"other"', "Range": "bytes=0-0"}).content == PDF


def test_a_head_has_all_but_the_bytes(shop: Served, site: FilesSite) -> None:
    receive(shop, site)
    with shop.http() as client:
        answer = client.head(PATH)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(PDF))


def test_a_large_file_comes_whole(shop: Served, site: FilesSite) -> None:
    data = b"%PDF-1.7" + os.urandom(3_000_001)
    receive(shop, site, data)
    assert shop.get(PATH).content == data
    assert shop.get(PATH, Range="bytes=1000000-2999999").content == data[1_000_000:3_000_000]


def test_who_leaves_in_the_middle_harms_nobody(shop: Served, site: FilesSite) -> None:
    receive(shop, site, b"%PDF-1.7" + bytes(20_000_000))
    with raw_request(shop, f"GET {PATH} HTTP/1.1", receive_buffer=4096) as raw:
        assert raw.recv(100).startswith(b"HTTP/1.1 200")
    assert shop.get(PATH, Range="bytes=0-3").content == b"%PDF"


def test_who_reads_nothing_for_long_is_hung_up_on(
    shop: Served, site: FilesSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_handler, "STALLED_SECONDS", 0.1)
    receive(shop, site, b"%PDF-1.7" + bytes(20_000_000))
    underway = shop.application.settings["underway"]
    with raw_request(shop, f"GET {PATH} HTTP/1.1", receive_buffer=4096) as raw:
        assert raw.recv(100).startswith(b"HTTP/1.1 200")
        wait_until(lambda: shop.on_loop(lambda: not underway._requests))
        left = 0
        with contextlib.suppress(ConnectionError):
            while some := raw.recv(1_000_000):
                left += len(some)
    assert left < 20_000_000


def test_while_it_is_fetched_the_caller_is_told_to_come_again(
    shop: Served, site: FilesSite
) -> None:
    site.gate.clear()
    sealed = seal(PDF)
    site.files[sealed.file.target] = sealed.box
    shop.clients.started(5).report(brought(1, sealed.source, ID))
    assert shop.clients.confirmed(5)
    answer = shop.get(PATH)
    assert (answer.status_code, answer.json()["media"]["state"]) == (202, "pending")
    assert answer.headers["Retry-After"] == "2"


def test_what_cannot_be_had_is_gone_for_its_reason(shop: Served, site: FilesSite) -> None:
    assert come(shop, seal(PDF).source)["state"] == "expired"
    assert code(shop.get(PATH)) == (410, "media_expired")
    del site


def test_what_says_too_little_of_its_file_has_failed(shop: Served) -> None:
    assert come(shop, None)["state"] == "failed"
    answer = shop.get(PATH)
    assert code(answer) == (410, "media_failed")
    assert answer.json()["reason"] == "unreadable"


def test_what_retention_has_removed_is_gone(shop: Served, site: FilesSite) -> None:
    digest = receive(shop, site)["sha256"]
    (shop.media / "store" / "5" / digest[:2] / digest).unlink()
    assert code(shop.get(PATH)) == (410, "media_gone")


@pytest.mark.parametrize("name", [OTHER, "x", "%00", ID.upper(), f"{ID}%0a", "%2e%2e%2fx"])
def test_what_is_no_file_of_the_empresas_is_not_found(
    shop: Served, site: FilesSite, name: str
) -> None:
    receive(shop, site)
    assert code(shop.get(f"/api/empresas/5/media/{name}")) in {
        (404, "media_not_found"),
        (404, "route_not_found"),
    }


def test_another_empresa_does_not_have_it(shop: Served, site: FilesSite) -> None:
    receive(shop, site)
    shop.connected(6, "+5521999990006")
    assert code(shop.get(f"/api/empresas/6/media/{ID}")) == (404, "media_not_found")
    assert code(shop.get(f"/api/empresas/7/media/{ID}")) == (404, "empresa_not_found")
    assert code(shop.get("/api/empresas/7/media/x")) == (404, "empresa_not_found")


def test_a_conversation_shows_the_file_as_it_stands(shop: Served, site: FilesSite) -> None:
    media = receive(shop, site)
    path = "/api/empresas/5/conversations"
    (conversation,) = shop.get(path).json()["conversations"]
    assert conversation["lastMessage"]["media"] == media
    (message,) = shop.get(f"{path}/999@lid/messages").json()["messages"]
    assert message["media"] == media
    events = shop.get("/api/empresas/5/events?type=message").json()["events"]
    assert events[0]["data"]["media"]["state"] == "pending"
