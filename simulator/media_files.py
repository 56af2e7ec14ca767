"""What WhatsApp's media servers hold: encrypted files, which nobody but chats' members can read."""

import base64
import hashlib
import os
import secrets
from pathlib import Path

from simulator.records import Records

#: The media kinds of WhatsApp's servers, as they stand in an upload's path; stickers are images.
KINDS = ("image", "video", "audio", "document")


class Upload:
    """A file on its way in. `finish` or `abort` it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"new-{secrets.token_hex(8)}"
        self._file = self._path.open("wb")
        self._hash = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        """Append."""
        self._hash.update(chunk)
        self._file.write(chunk)

    def finish(self) -> str:
        """Keep it; return its token, the SHA-256 of its bytes."""
        self._file.close()
        token = base64.urlsafe_b64encode(self._hash.digest()).decode()
        self._path.rename(self._path.with_name(token))
        return token

    def abort(self) -> None:
        """Keep nothing of it."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class MediaFiles:
    """The files, by their tokens, in a folder; who may upload is in the records."""

    def __init__(self, folder: Path, records: Records) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        for cut_off in folder.glob("new-*"):
            cut_off.unlink()
        self._folder = folder
        self._records = records

    def auth(self, number: str) -> str:
        """Return what a number's devices prove to the media servers that they may upload."""
        known = self._records.get("media-auth", number)
        if known is None:
            known = f"{number}.{secrets.token_urlsafe(24)}".encode()
            self._records.put("media-auth", number, known)
        return known.decode()

    def uploader(self, auth: str) -> str | None:
        """Return whose `auth` this is; None: nobody's."""
        number, _, _ = auth.partition(".")
        known = self._records.get("media-auth", number)
        return number if known is not None and known == auth.encode() else None

    def upload(self) -> Upload:
        """Begin to take a file."""
        return Upload(self._folder)

    def put(self, box: bytes) -> str:
        """Keep a file that is here already; return its token."""
        upload = self.upload()
        upload.write(box)
        return upload.finish()

    def discard(self, token: str) -> None:
        """Forget a file: nobody can download it any more."""
        self._path(token).unlink(missing_ok=True)

    def read(self, token: str) -> bytes | None:
        """Return a file, or None if there is none of this token."""
        try:
            return self._path(token).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            return None

    def _path(self, token: str) -> Path:
        return self._folder / os.path.basename(token)  # noqa: PTH119 - of what a URL says


def direct_path(kind: str, token: str) -> str:
    """Return where a file is to be had: clients put their own parameters behind it with `&`."""
    return f"/v/{kind}/{token}?ccb=11-4"


def token_of(path: str) -> str:
    """Return the token in such a path; empty if it is none."""
    head, _, _ = path.partition("?")
    parts = head.split("/")
    is_one = len(parts) == 4 and parts[:2] == ["", "v"] and "?" in path  # noqa: PLR2004 - /v/KIND/TOKEN
    return parts[3] if is_one else ""
