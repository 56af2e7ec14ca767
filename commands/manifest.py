"""The manifest of a backup: what is in it. Written last: without one a backup is incomplete."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from commands.problem import Problem
from settings import ROOT

FORMAT = 1
NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """JSON with these names."""

    format: int
    created_at: str
    program: str
    """The version of this program."""
    neonize: str
    """The library's, whose database the credentials are."""
    engine: str
    """`sqlite`: the database is in the backup. `postgresql`: it is not."""
    revision: str | None
    """Of the database's tables."""
    empresas: list[int]
    """Those whose folder is in the backup."""
    files: dict[str, dict[str, Any]]
    """By path within the backup: `size` in bytes and `sha256`."""


def write(folder: Path, engine: str, revision: str | None, empresas: list[int]) -> Manifest:
    """Describe what is in the folder, and so declare it complete. Raises OSError."""
    manifest = Manifest(
        format=FORMAT,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        program=_program_version(),
        neonize=version("neonize"),
        engine=engine,
        revision=revision,
        empresas=empresas,
        files={str(path.relative_to(folder)): _describe(path) for path in _files(folder)},
    )
    partial = folder / f"{NAME}.partial"
    with partial.open("x") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    for inner in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        sync(inner)
    partial.replace(folder / NAME)
    sync(folder)
    return manifest


def read(folder: Path) -> Manifest:
    """The manifest of a backup that is all there, unchanged. Raises `Problem`."""
    try:
        found = json.loads((folder / NAME).read_text())
    except FileNotFoundError:
        raise Problem(
            f"{folder} is no backup, or an incomplete one: it has no {NAME}, which is written last."
        ) from None
    except (OSError, ValueError) as error:
        raise Problem(f"The manifest of {folder} cannot be read ({error}).") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise Problem(f"{folder} was made by another version of this program: use that one.")
    try:
        manifest = Manifest(**found)
    except TypeError as error:
        raise Problem(f"The manifest of {folder} is damaged ({error}).") from error
    _verify(folder, manifest)
    return manifest


def sync(folder: Path) -> None:
    """See to it that the names in it are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _verify(folder: Path, manifest: Manifest) -> None:
    there = {str(path.relative_to(folder)): path for path in _files(folder)}
    for name in sorted(manifest.files.keys() | there.keys()):
        if name not in there:
            raise Problem(f"The backup in {folder} is damaged: {name} is missing.")
        if name not in manifest.files:
            raise Problem(f"The backup in {folder} has a file too many: move {name} away.")
        if _describe(there[name]) != manifest.files[name]:
            raise Problem(f"The backup in {folder} is damaged: {name} is not what it was.")


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.parent / path.name != folder / NAME:
            yield path


def _describe(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"size": path.stat().st_size, "sha256": digest}


def _program_version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])
