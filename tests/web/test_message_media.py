"""Where the media of a message comes from."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from actors.errors import Refusal
from tests.web.refused import refused
from web import message_media
from web.message_bodies import outgoing_message
from web.message_media import MAX_BYTES, Media

URL = "https://loja.example/onix.jpg"


def body(kind: str = "image", **media: Any) -> dict[str, Any]:
    return {"to": "21999998888", "type": kind, "media": media}


def read(kind: str = "image", **media: Any) -> Media:
    found = outgoing_message(body(kind, **media)).media
    assert found is not None
    return found


def refusal(kind: str = "image", **media: Any) -> Refusal:
    return refused(outgoing_message, body(kind, **media))


@pytest.mark.parametrize("kind", MAX_BYTES)
def test_media_is_fetched_from_an_address(kind: str) -> None:
    assert read(kind, url=URL) == Media(URL, None, None, None)


@pytest.mark.parametrize("kind", MAX_BYTES)
def test_media_comes_in_base64(kind: str) -> None:
    text = base64.b64encode(b"\xfb\xff\x00").decode()
    media = read(kind, base64=text, fileName="Ônix 2024.pdf", mimeType="Application/PDF")
    assert media == Media(None, b"\xfb\xff\x00", "Ônix 2024.pdf", "application/pdf")


@pytest.mark.parametrize("more", [{}, {"media": None}, {"media": {}}])
def test_media_comes_beside_the_json(more: dict[str, Any]) -> None:
    asked = {"to": "21999998888", "type": "document", **more}
    assert outgoing_message(asked, has_file=True).media == Media(None, None, None, None)
    assert refused(outgoing_message, asked).code == "media_missing"


def test_a_file_beside_the_json_may_be_named_in_it() -> None:
    asked = body("document", fileName="a.pdf", mimeType="application/pdf")
    media = outgoing_message(asked, has_file=True).media
    assert media == Media(None, None, "a.pdf", "application/pdf")


def test_media_comes_from_one_place() -> None:
    assert refusal(url=URL, base64="AAAA").code == "invalid_media"
    for media in ({"url": URL}, {"base64": "AAAA"}):
        assert refused(outgoing_message, body(**media), has_file=True).code == "invalid_media"


@pytest.mark.parametrize("media", ["AAAA", [URL], 5, True])
def test_media_that_is_no_object_is_refused(media: object) -> None:
    asked = {"to": "21999998888", "type": "image", "media": media}
    assert refused(outgoing_message, asked).code == "invalid_media"


def test_a_file_beside_a_type_that_has_none_is_refused() -> None:
    asked = {"to": "21999998888", "type": "text", "text": "Olá"}
    assert refused(outgoing_message, asked, has_file=True).code == "invalid_media"


@pytest.mark.parametrize(
    "url",
    [
        "http://loja.example",
        "https://loja.example:8443/a?b=c%20d&e=[1]#f",
        "HTTPS://LOJA.EXAMPLE/",
        "http://[2001:db8::1]/a",
        "http://127.0.0.1/",
    ],
)
def test_an_address_is_read_as_it_is(url: str) -> None:
    assert read(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "loja.example/a.jpg",
        "//loja.example/a.jpg",
        "ftp://loja.example/a.jpg",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "https://",
        "https:///a.jpg",
        "https://:443/",
        "https://ana:segredo@loja.example/",
        "https://loja.example@127.0.0.1/",
        "https://loja.example:99999/",
        "https://loja.example:x/",
        "https://[::1/",
        "https://loja.example/a b",
        "https://loja.example/ônix.jpg",
        "https://loja.example\\@127.0.0.1/",
        "https://loja.example/\r\nHost: x",
        " https://loja.example/",
        "https://loja.example/" + "a" * 2048,
        5,
        ["https://loja.example/"],
    ],
)
def test_any_other_address_is_refused(url: object) -> None:
    answer = refusal(url=url)
    assert (answer.code, answer.fields) == ("invalid_media_url", {"field": "media.url"})


@pytest.mark.parametrize(
    "text",
    [
        *("", "A", "AAA", "AA==AA==", "AA=A", "=AAA", "A A A A", "AAAA\n", "AA-_", "ação"),
        *("\ud800AAA", "data:image/png;base64,AAAA", 5, ["AAAA"], {}),
    ],
)
def test_what_is_no_base64_is_refused(text: object) -> None:
    answer = refusal(base64=text)
    assert (answer.code, answer.fields) == ("invalid_media", {"field": "media.base64"})


@pytest.mark.parametrize("kind", MAX_BYTES)
def test_base64_may_be_as_large_as_its_type_and_no_larger(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both limits, without megabytes.
    monkeypatch.setattr(message_media, "MAX_BYTES", {**MAX_BYTES, kind: 1000})
    for limit, within in ((1000, 2000), (500, 500)):
        monkeypatch.setattr(message_media, "MAX_BASE64_BYTES", within)
        largest = base64.b64encode(b"x" * limit).decode()
        larger = base64.b64encode(b"x" * (limit + 1)).decode()
        assert read(kind, base64=largest).data == b"x" * limit
        answer = refusal(kind, base64=larger)
        assert answer.code == "media_too_large"
        assert answer.fields == {"field": "media.base64", "limit": limit}


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "a\\b", "../../etc/passwd", "a\x00", "a\n", "\ud800", "x" * 256, 5, []],
)
def test_a_file_name_is_no_path(name: object) -> None:
    answer = refusal(url=URL, fileName=name)
    assert (answer.code, answer.fields) == ("invalid_media", {"field": "media.fileName"})


@pytest.mark.parametrize("name", ["a", "..a", "Proposta - João.pdf", "x" * 255, ".htaccess"])
def test_a_file_name_is_kept(name: str) -> None:
    assert read(url=URL, fileName=name).file_name == name


@pytest.mark.parametrize("kind", ["", "image", "image/", "/png", "a b/c", "a/b\r\nX: y", 5])
def test_a_media_type_that_is_none_is_refused(kind: object) -> None:
    answer = refusal(url=URL, mimeType=kind)
    assert (answer.code, answer.fields) == ("invalid_media", {"field": "media.mimeType"})


def test_a_media_type_may_have_parameters() -> None:
    assert read(url=URL, mimeType="audio/ogg; codecs=opus").mime_type == "audio/ogg; codecs=opus"


def test_no_log_shows_what_is_in_a_file() -> None:
    assert "x" * 8 not in repr(read(base64=base64.b64encode(b"x" * 80).decode()))
