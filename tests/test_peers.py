"""The servers that benches measure against: what npm installs is known to the byte."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

PEER = Path(__file__).parents[1] / "bench" / "peers" / "baileys"


def test_the_peer_asks_for_exact_versions() -> None:
    for name, version in _read("package.json")["dependencies"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", version), f"{name} is not pinned"


def test_the_lock_file_is_made_of_what_the_peer_asks_for() -> None:
    asked = _read("package.json")["dependencies"]
    locked = _read("package-lock.json")["packages"]
    assert locked[""]["dependencies"] == asked
    assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked


def test_the_lock_file_has_a_hash_of_every_package_and_names_no_registry() -> None:
    for name, package in _read("package-lock.json")["packages"].items():
        assert "resolved" not in package, f"{name} names where it came from"
        assert not name or "integrity" in package, f"{name} may be anything"


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((PEER / name).read_text())
    return read
