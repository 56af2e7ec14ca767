"""The folders that the server keeps its data in: made private, and tried out."""

from __future__ import annotations

import tempfile
from pathlib import Path

from commands.problem import Problem


def prepare(folder: Path, setting: str) -> None:
    """Make the folder if need be and write into it. Raises `Problem`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Problem(
            f"The folder {folder} cannot be written ({error.strerror}): give this user the right "
            f"to write there, or set {setting} to another folder."
        ) from error
