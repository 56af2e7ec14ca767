"""Small programs of Python that run in a process of their own, where they may spoil the heaps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(program: str, how: str) -> subprocess.CompletedProcess[str]:
    """Run it, `how` being its argument; it must end well."""
    return subprocess.run(
        [sys.executable, "-c", program, how],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
