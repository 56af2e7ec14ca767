"""WhatsApp's own padding, inside Signal's encryption: n bytes of value n."""

import secrets

from simulator.phone.errors import BadPaddingError

LONGEST = 16
"""Some clients pad with up to 15 bytes, others with up to 16; both are accepted."""


def pad(text: bytes) -> bytes:
    """Append 1 to 15 bytes."""
    count = 1 + secrets.randbelow(15)
    return text + bytes([count]) * count


def unpad(padded: bytes) -> bytes:
    """Undo `pad`; raise BadPaddingError if it was not padded so."""
    count = padded[-1] if padded else 0
    if not 1 <= count <= LONGEST or not padded.endswith(bytes([count]) * count):
        raise BadPaddingError("the text is not padded as WhatsApp pads")
    return padded[:-count]
