"""What `make` does where the machine lacks something the first time."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Debian's python3.11 without python3.11-venv, until that is there.
DEBIANS_PYTHON = """#!/bin/sh
if [ -e "$0-venv" ]; then exec {python} "$@"; fi
{python} "$@" --without-pip
echo "apt install python3.11-venv" >&2
exit 1
"""


def test_a_venv_that_was_begun_and_not_finished_is_made_anew(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "main.py").write_text("print('checked')")
    python = tmp_path / "python"
    python.write_text(DEBIANS_PYTHON.format(python=Path(sys.executable).resolve()))
    python.chmod(0o755)
    assert "python3.11-venv" in _make(tmp_path).stderr
    (tmp_path / "python-venv").touch()
    assert "checked" in _make(tmp_path).stdout


def _make(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "check", f"PYTHON={folder / 'python'}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
