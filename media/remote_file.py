"""A file that a message brought, as its sender says where it is and how it is decrypted."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

KEY_BYTES = 32
HASH_BYTES = 32
#: What a file is called on WhatsApp's media servers, by the type of its message; with a capital it
#: is part of what the keys are derived from.
_KINDS = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "document": "document",
    "sticker": "image",
}
#: Visible ASCII: nothing in it can end a line of the request.
_PATH = re.compile(r"/[\x21-\x7e]{1,2047}")

Fate: TypeAlias = Literal["later", "expired", "failed"]
"""`later`: it may be had another time; `expired`: WhatsApp does not hold it any more; `failed`: it
never will be had."""


class NotReceived(Exception):  # noqa: N818 - an outcome like others
    """Why there is no file; `reason` is stable."""

    def __init__(self, reason: str, fate: Fate) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fate: Fate = fate


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """Strangers wrote it: nothing of it says to which host anybody connects."""

    message_type: str
    path: str
    key: bytes
    encrypted_sha256: bytes
    sha256: bytes
    """As the one before empty where nobody said: the key alone vouches for the file then."""
    size: int
    """Bytes, of the file itself; 0: nobody said."""

    @classmethod
    def of(cls, source: dict[str, Any]) -> Self:
        """Of what a client has journalled. Raises NotReceived where that leads to no file."""
        try:
            file = cls(
                source["type"],
                source["path"],
                bytes.fromhex(source["key"]),
                bytes.fromhex(source["encryptedSha256"]),
                bytes.fromhex(source["sha256"]),
                source["size"],
            )
        except (KeyError, TypeError, ValueError):
            raise NotReceived("unreadable", "failed") from None
        if not file._is_sound():
            raise NotReceived("unreadable", "failed")
        return file

    @property
    def kind(self) -> str:
        """As in `mms-type`."""
        return _KINDS[self.message_type]

    @property
    def target(self) -> str:
        """What a media server is asked for, as WhatsApp's clients do."""
        mark = "&" if "?" in self.path else "?"
        digest = urlsafe_b64encode(self.encrypted_sha256).decode()
        known = f"hash={digest}&" if digest else ""
        return f"{self.path}{mark}{known}mms-type={self.kind}&__wa-mms="

    def _is_sound(self) -> bool:
        return (
            self.message_type in _KINDS
            and isinstance(self.path, str)
            and _PATH.fullmatch(self.path) is not None
            and len(self.key) == KEY_BYTES
            and len(self.encrypted_sha256) in (0, HASH_BYTES)
            and len(self.sha256) in (0, HASH_BYTES)
            and type(self.size) is int
            and self.size >= 0
        )
