"""The form in which a message's protobuf is stored: as the library reports one that came."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from google.protobuf.message import DecodeError
from neonize.proto.Neonize_pb2 import Message


def stored_form(built: Any) -> bytes:
    """Of what we sent, a `WAWebProtobufsE2E.Message`: of its sender nothing is said."""
    stored: bytes = Message(Message=built).SerializePartialToString()
    return stored


def read_stored(text: str | None) -> Any | None:
    """What was stored, given in base64; None: nothing that can be read."""
    try:
        return None if text is None else Message.FromString(b64decode(text))
    except (DecodeError, ValueError):
        return None
