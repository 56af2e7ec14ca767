"""The parts of a `multipart/form-data` body (RFC 7578), taken apart as they come."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import TypeAlias

from web.message_refusals import InvalidForm

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{1,70}")
#: Bytes of one part's headers.
_MAX_HEADERS = 8 * 1024


@dataclass(frozen=True, slots=True)
class PartBegins:
    """A part; its bytes follow, up to `PartEnds`."""

    name: str
    file_name: str
    """"" if the part says none."""


@dataclass(frozen=True, slots=True)
class PartEnds:
    """All of the part's bytes have come."""


Event: TypeAlias = PartBegins | bytes | PartEnds


def boundary_of(content_type: str) -> str | None:
    """The boundary that the header names; None: the body is no form. Refused: `InvalidForm`."""
    header = Message()
    header["Content-Type"] = re.sub(r"[\r\n]", " ", content_type)
    if header.get_content_type() != "multipart/form-data":
        return None
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not _BOUNDARY.fullmatch(boundary):
        raise InvalidForm
    return boundary


class MultipartReader:
    """Keeps no more than one piece of the body and a part's headers."""

    def __init__(self, boundary: str) -> None:
        self._delimiter = f"\r\n--{boundary}".encode()
        # As if a line had ended before: the first delimiter may be the body's first bytes.
        self._buffer = bytearray(b"\r\n")
        self._read: Callable[[list[Event]], bool] = self._preamble
        self._is_over = False

    def feed(self, chunk: bytes) -> list[Event]:
        """What has become complete with this piece. Refused: `InvalidForm`."""
        self._buffer += chunk
        events: list[Event] = []
        while self._read(events):
            pass
        return events

    def finish(self) -> None:
        """Refused where the last part is cut off: `InvalidForm`."""
        if not self._is_over:
            raise InvalidForm

    # Each reads on from the buffer, and answers whether there is more to read now.

    def _preamble(self, _events: list[Event]) -> bool:
        return self._up_to_delimiter() is not None

    def _after_delimiter(self, _events: list[Event]) -> bool:
        if len(self._buffer) < 2:  # noqa: PLR2004 - the end of a line, or of all
            return False
        end = bytes(self._buffer[:2])
        if end not in (b"\r\n", b"--"):
            raise InvalidForm
        self._is_over = end == b"--"
        self._read = self._epilogue if self._is_over else self._headers
        # The line's end stays: headers end with an empty line, also where there are none.
        return True

    def _headers(self, events: list[Event]) -> bool:
        at = self._buffer.find(b"\r\n\r\n")
        if at > _MAX_HEADERS or (at < 0 and len(self._buffer) > _MAX_HEADERS):
            raise InvalidForm
        if at < 0:
            return False
        events.append(_part(bytes(self._buffer[2:at])))
        # The line's end is what may begin the next delimiter.
        del self._buffer[: at + 2]
        self._read = self._first_line_of_body
        return True

    def _first_line_of_body(self, events: list[Event]) -> bool:
        """An empty body has its delimiter at once, before which its line has just ended."""
        if len(self._buffer) < len(self._delimiter) and self._delimiter.startswith(self._buffer):
            return False
        if not self._buffer.startswith(self._delimiter):
            del self._buffer[:2]
        self._read = self._body
        return self._body(events)

    def _body(self, events: list[Event]) -> bool:
        before = self._up_to_delimiter()
        if before is not None:
            events += [before, PartEnds()] if before else [PartEnds()]
            return True
        # What may be the beginning of a delimiter waits for the rest.
        most = len(self._buffer) - len(self._delimiter) + 1
        if most > 0:
            events.append(bytes(self._buffer[:most]))
            del self._buffer[:most]
        return False

    def _epilogue(self, _events: list[Event]) -> bool:
        self._buffer.clear()
        return False

    def _up_to_delimiter(self) -> bytes | None:
        at = self._buffer.find(self._delimiter)
        if at < 0:
            if self._read == self._preamble and len(self._buffer) > _MAX_HEADERS:
                raise InvalidForm
            return None
        before = bytes(self._buffer[:at])
        del self._buffer[: at + len(self._delimiter)]
        self._read = self._after_delimiter
        return before


def _part(headers: bytes) -> PartBegins:
    try:
        text = headers.decode()
    except UnicodeDecodeError:
        raise InvalidForm from None
    for line in text.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            header = Message()
            header["Content-Disposition"] = re.sub(r"[\r\n]", " ", value.strip())
            found = header.get_param("name", header="Content-Disposition")
            if header.get_content_disposition() == "form-data" and isinstance(found, str):
                return PartBegins(found, header.get_filename() or "")
    raise InvalidForm
