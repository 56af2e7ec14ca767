"""What tests of the store share: putting, reading, and looking at what is really on the disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

from media.retention import Limits
from media.store import MediaStore
from media.writer import Stored

LIMIT = 1000
#: Nothing is removed and nothing refused.
ALL = Limits(budget=0, days=0)


def opened(path: Path, limits: Limits = ALL) -> MediaStore:
    return MediaStore(path, limits, kept_free=0)


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def put(store: MediaStore, body: bytes, empresa_id: int = 5) -> Stored:
    with store.writer(empresa_id, LIMIT) as writer:
        for at in range(0, len(body), 4):
            writer.write(body[at : at + 4])
        return writer.finish()


def read(store: MediaStore, digest: str, empresa_id: int = 5) -> bytes:
    with store.open(empresa_id, digest) as file:
        return file.read()


def files(path: Path, empresa_id: int = 5) -> dict[str, bytes]:
    """Every file under a final name, by its path within the empresa's folder."""
    folder = path / "store" / str(empresa_id)
    found = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in found}


def assert_sound(store: MediaStore, path: Path, empresa_id: int = 5) -> None:
    """Each file is whole and counted, and nothing lies about."""
    found = files(path, empresa_id)
    for name, body in found.items():
        digest = digest_of(body)
        assert name == f"{digest[:2]}/{digest}"
    assert store.used(empresa_id) == sum(map(len, found.values()))
    assert list((path / "tmp").iterdir()) == []
