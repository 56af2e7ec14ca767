"""Which files each type of message carries, and how large they may be."""

from __future__ import annotations

from dataclasses import dataclass

from media import kinds
from media.errors import MediaEmpty, MediaTooLarge, MediaTypeNotSupported
from media.kinds import Kind
from media.voice import CONVERTED

_KIB = 1024
_MIB = 1024 * _KIB


@dataclass(frozen=True, slots=True)
class MessageType:
    """What one type of message carries."""

    name: str
    """As in `type` of a message."""
    limit: int
    """Bytes."""
    kinds: frozenset[Kind] | None
    """None: every kind."""
    still_limit: int | None = None
    """Bytes, of what is not animated, where that is less."""


_AUDIO = frozenset({kinds.OPUS, kinds.MP3, kinds.AAC, kinds.M4A, kinds.AMR})
#: What phones play as a voice note, and what is made into that.
_VOICE = CONVERTED | {kinds.OPUS}

#: Kinds are those that Meta documents for the Cloud API (Supported Media Types), which all phones
#: show; other files go as documents. Limits: images, audio and voice by the 16 MB of WhatsApp's
#: apps for media; videos by the 64 MB that WhatsApp's help names for slow connections (100 MB for
#: fast ones); documents by the Cloud API's 100 MB (the apps' 2 GB would not go through a client's
#: memory); stickers by the rules for WhatsApp's sticker apps, beyond which phones show none.
MESSAGE_TYPES: dict[str, MessageType] = {
    each.name: each
    for each in (
        MessageType("image", 16 * _MIB, frozenset({kinds.JPEG, kinds.PNG})),
        MessageType("video", 64 * _MIB, frozenset({kinds.MP4, kinds.THREE_GP})),
        MessageType("audio", 16 * _MIB, _AUDIO),
        MessageType("voice", 16 * _MIB, _VOICE),
        MessageType("document", 100 * _MIB, None),
        MessageType(
            "sticker",
            500 * _KIB,
            frozenset({kinds.WEBP, kinds.ANIMATED_WEBP}),
            still_limit=100 * _KIB,
        ),
    )
}


def accept(message_type: str, head: bytes, size: int, file_name: str = "") -> Kind:
    """The kind of a file that is to go as this type of message (a key of MESSAGE_TYPES).

    `head`: its first bytes. Raises MediaEmpty, MediaTypeNotSupported, MediaTooLarge.
    """
    if size == 0:
        raise MediaEmpty
    wanted = MESSAGE_TYPES[message_type]
    kind = kinds.named(kinds.detect(head), file_name)
    if kind == kinds.MP4 and kinds.M4A in (wanted.kinds or ()):
        kind = kinds.M4A  # many recorders call an MP4 that holds sound alone as they call any
    if wanted.kinds is not None and kind not in wanted.kinds:
        accepted = sorted({each.mime_type for each in wanted.kinds})
        raise MediaTypeNotSupported(found=kind.mime_type, accepted=accepted)
    limit = wanted.limit if kind.is_animated else wanted.still_limit or wanted.limit
    if size > limit:
        raise MediaTooLarge(limit=limit)
    return kind
