"""What goes between the server and a worker: length-prefixed JSON of the port's values.

JSON and not pickle, as a worker parses what strangers send: the worst that one can do with a
frame is to report nonsense about its own empresa.
"""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import dataclass, fields
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from whatsapp.port import CheckNumbers, ClientEvent, Send, Signal

_LENGTH = struct.Struct(">I")
#: Bytes of one frame's JSON. The largest honest one is a long text with every byte escaped.
MAX_FRAME_BYTES = 4 * 1024 * 1024


class FrameError(Exception):
    """A frame that the other side could not have meant."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Journal entries up to this one may go."""

    entry_id: int


@dataclass(frozen=True, slots=True)
class LogOut:
    """Unlink from the phone, answer `LogoutDone`, end."""


@dataclass(frozen=True, slots=True)
class End:
    """Disconnect and exit."""


Command: TypeAlias = Confirm | Send | CheckNumbers | Signal | LogOut | End

_TYPES: dict[str, type[Any]] = {cls.__name__: cls for cls in get_args(ClientEvent | Command)}
_HINTS = {cls: get_type_hints(cls) for cls in _TYPES.values()}


def encode_frame(value: ClientEvent | Command) -> bytes:
    """A value as it goes on the wire. Raises FrameError if it is too large."""
    document = {"type": type(value).__name__}
    for field in fields(value):
        document[field.name] = _to_json(getattr(value, field.name))
    payload = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    if len(payload) > MAX_FRAME_BYTES:
        raise FrameError(f"a {document['type']} of {len(payload)} bytes is too large")
    return _LENGTH.pack(len(payload)) + payload


class FrameReader:
    """Cuts a byte stream into the values that it carries."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[ClientEvent | Command]:
        """Take in what was received; the values that it completes. Raises FrameError."""
        self._buffer += data
        values: list[ClientEvent | Command] = []
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            if length > MAX_FRAME_BYTES:
                raise FrameError(f"a frame of {length} bytes is announced")
            end = start + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            values.append(_decode(bytes(self._buffer[start + _LENGTH.size : end])))
            start = end
        del self._buffer[:start]
        return values


def _decode(payload: bytes) -> ClientEvent | Command:
    try:
        document = json.loads(payload)
        cls = _TYPES[document.pop("type")]
        hints = _HINTS[cls]
        if document.keys() != hints.keys():
            raise FrameError(f"a {cls.__name__} with other fields than its own")
        value: ClientEvent | Command = cls(
            **{name: _from_json(hints[name], part) for name, part in document.items()}
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FrameError(f"not a frame: {type(error).__name__}") from error
    return value


def _to_json(value: Any) -> Any:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return value.isoformat()
        case _:
            return value


def _from_json(hint: Any, value: Any) -> Any:
    """The value that the JSON stands for. Raises ValueError or TypeError."""
    origin = get_origin(hint)
    if origin is Literal:
        return _one_of(get_args(hint), value)
    if origin in (Union, UnionType):
        if value is None and NoneType in get_args(hint):
            return None
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if hint is bytes:
        return base64.b64decode(_typed(str, value), validate=True)
    if hint is datetime:
        return datetime.fromisoformat(_typed(str, value))
    if hint is float and type(value) is int:
        return float(value)
    return _typed(get_origin(hint) or hint, value)


def _typed(expected: type[Any], value: Any) -> Any:
    if type(value) is not expected:
        raise TypeError(f"{expected.__name__} expected")
    return value


def _one_of(choices: tuple[Any, ...], value: Any) -> Any:
    if value not in choices:
        raise ValueError("not one of the choices")
    return value
