"""A form's parts, however the body is cut into pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.refused import refused
from web.message_refusals import InvalidForm
from web.multipart import Event, MultipartReader, PartBegins, PartEnds, boundary_of

BOUNDARY = "b0"


def form(*parts: tuple[str, bytes], end: bytes = b"--b0--\r\n") -> bytes:
    body = b""
    for disposition, content in parts:
        head = f"--b0\r\nContent-Disposition: {disposition}\r\nContent-Type: a/b\r\n\r\n"
        body += head.encode() + content + b"\r\n"
    return body + end


def read(*pieces: bytes) -> list[Event]:
    """Neighbouring bytes are put together: how they are cut is not the form's."""
    reader = MultipartReader(BOUNDARY)
    found: list[Event] = []
    for piece in pieces:
        for event in reader.feed(piece):
            if isinstance(event, bytes) and found and isinstance(found[-1], bytes):
                found[-1] += event
            else:
                found.append(event)
    reader.finish()
    return found


MESSAGE = ('form-data; name="message"', b'{"to": "x"}')
FILE = ('form-data; name="file"; filename="Ônix.jpg"', b"\r\n--b\r\n--b0x\xff\x00\r\n")
EVENTS = [
    PartBegins("message", ""),
    MESSAGE[1],
    PartEnds(),
    PartBegins("file", "Ônix.jpg"),
]


def test_parts_come_in_their_order_with_their_names() -> None:
    assert read(form(MESSAGE, ('form-data; name="file"; filename="Ônix.jpg"', b"\xff"))) == [
        *EVENTS,
        b"\xff",
        PartEnds(),
    ]


@given(st.binary(max_size=200), st.lists(st.integers(0, 600), max_size=8))
def test_the_bytes_are_the_same_however_the_body_is_cut(content: bytes, cuts: list[int]) -> None:
    whole = form(MESSAGE, ('form-data; name="file"; filename="Ônix.jpg"', content))
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[start:end] for start, end in pairwise(places)]
    if b"\r\n--b0" in b"\r\n" + content:
        return
    expected = [*EVENTS, content, PartEnds()] if content else [*EVENTS, PartEnds()]
    assert read(*pieces) == expected


def test_what_looks_like_a_boundary_and_is_none_is_content() -> None:
    content = b"\r\n--b\r\n-b0\r\n--"
    whole = form(('form-data; name="file"', content))
    for cut in range(len(whole)):
        assert read(whole[:cut], whole[cut:]) == [PartBegins("file", ""), content, PartEnds()]


def test_text_before_the_first_and_behind_the_last_part_is_nothing() -> None:
    whole = b"preamble\r\n" + form(MESSAGE) + b"epilogue\r\n--b0"
    assert read(whole) == [PartBegins("message", ""), MESSAGE[1], PartEnds()]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"--b0",
        form(MESSAGE, end=b""),
        form(MESSAGE)[:-4],
        form(MESSAGE, end=b"--b0 --"),
        form(('attachment; name="message"', b"")),
        form(("form-data", b"")),
        b"--b0\r\n\r\nno header\r\n--b0--",
        b"--b0\r\nContent-Type: a/b\r\n\r\nx\r\n--b0--",
        b"--b0\r\nContent-Disposition: form-data; name=\xff\r\n\r\nx\r\n--b0--",
        b"--b0\r\nX: " + b"x" * 9000,
        b"x" * 9000,
    ],
)
def test_what_is_no_whole_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidForm):
        read(body)


def test_the_boundary_is_in_the_header() -> None:
    assert boundary_of("multipart/form-data; boundary=abc") == "abc"
    assert boundary_of('Multipart/Form-Data; boundary="a b"; charset=utf-8') == "a b"
    assert boundary_of("application/json") is None
    assert boundary_of("") is None
    for header in (
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=ç",
    ):
        assert refused(boundary_of, header).code == "invalid_form"
