"""What a picture, a video, a sound, a document or a sticker is made of, and where it comes from."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from media.accepted import MESSAGE_TYPES
from web.message_fields import string
from web.message_refusals import InvalidMedia, InvalidMediaUrl, MediaMissing, MediaTooLarge

_MIB = 1024 * 1024

#: Bytes that each type of message with media may have.
MAX_BYTES = {
    kind: MESSAGE_TYPES[kind].limit for kind in ("image", "video", "audio", "document", "sticker")
}
#: Bytes that may come within the JSON, whatever the type: the whole body is in memory at once.
MAX_BASE64_BYTES = 16 * _MIB

#: Our own limit; what is longer carries data.
MAX_URL = 2048
#: Characters of RFC 3986 alone: over others, as a backslash, readers of addresses disagree.
_URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_MAX_FILE_NAME = 255
#: No path, and no characters that nobody sees or can send.
_FILE_NAME = re.compile(
    rf"(?!\.{{1,2}}$)[^/\\\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{_MAX_FILE_NAME}}}"
)
_MAX_MIME_TYPE = 127
#: RFC 6838, 4.2, with parameters as in `audio/ogg; codecs=opus`.
_MIME_NAME = r"[a-z0-9][a-z0-9!#$&^_.+-]*"
_MIME_TYPE = re.compile(rf"{_MIME_NAME}/{_MIME_NAME}(?:; ?[a-z0-9_-]+=[a-z0-9_.+-]+)*")


def media_type(content: dict[str, Any]) -> str:
    """Which type of media a content is, of `MESSAGE_TYPES`."""
    return "voice" if content.get("voice") else str(content["type"])


@dataclass(frozen=True, slots=True)
class Media:
    """At most one of `url` and `data`; neither: the file came beside the JSON."""

    url: str | None
    """http or https; whether it may be fetched is for who fetches it to say."""
    data: bytes | None = field(repr=False)
    file_name: str | None
    """As the recipient shall see it."""
    mime_type: str | None
    """What the sender believes."""


def media(kind: str, body: dict[str, Any], *, has_file: bool) -> Media:
    """The media of a body of this type; `has_file`: a file came beside it.

    Refused: `InvalidMedia`, `InvalidMediaUrl`, `MediaMissing`, `MediaTooLarge`.
    """
    values = body.get("media")
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise InvalidMedia(field="media")
    _refuse_all_but_one(values, has_file=has_file)
    return Media(
        url=_url(values),
        data=_decoded(kind, values.get("base64")),
        file_name=file_name(values.get("fileName"), "media.fileName"),
        mime_type=mime_type(values.get("mimeType"), "media.mimeType"),
    )


def file_name(value: object, field: str) -> str | None:
    """The name of a file, which is no path. Refused: `InvalidMedia`."""
    if value is None:
        return None
    if not isinstance(value, str) or not _FILE_NAME.fullmatch(value):
        raise InvalidMedia(
            f"{field} deve ser um nome de arquivo de até {_MAX_FILE_NAME} caracteres, sem barras.",
            field=field,
        )
    return value


def mime_type(value: object, field: str) -> str | None:
    """A media type, in lower case. Refused: `InvalidMedia`."""
    if value is None:
        return None
    name = value.lower() if isinstance(value, str) and len(value) <= _MAX_MIME_TYPE else ""
    if not _MIME_TYPE.fullmatch(name):
        raise InvalidMedia(
            f"{field} deve ser um tipo de mídia, por exemplo image/jpeg.", field=field
        )
    return name


def _refuse_all_but_one(values: dict[str, Any], *, has_file: bool) -> None:
    given = [values.get("url") is not None, values.get("base64") is not None, has_file]
    if not any(given):
        raise MediaMissing(field="media")
    if sum(given) > 1:
        raise InvalidMedia(field="media")


def _url(values: dict[str, Any]) -> str | None:
    url = string(values, "url", MAX_URL, InvalidMediaUrl, where="media.")
    if url is not None and not is_web_address(url):
        raise InvalidMediaUrl(field="media.url")
    return url


def is_web_address(url: str) -> bool:
    """Whether it is one of http or https, without user and password."""
    if not _URL.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is none
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc


def _decoded(kind: str, text: object) -> bytes | None:
    if text is None:
        return None
    if not isinstance(text, str) or not text:
        raise InvalidMedia(field="media.base64")
    limit = min(MAX_BYTES[kind], MAX_BASE64_BYTES)
    # Before it is decoded: what is too large takes no more memory than it has.
    if len(text) // 4 * 3 - text.count("=", -2) > limit:
        raise MediaTooLarge(
            f"Em base64 este arquivo pode ter até {limit // 1024} KiB. "
            "Um maior, se o tipo permitir, deve ir por media.url ou na parte file.",
            field="media.base64",
            limit=limit,
        )
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise InvalidMedia(
            "media.base64 deve ser base64 (RFC 4648), sem o prefixo data: e sem quebras de linha.",
            field="media.base64",
        ) from None
