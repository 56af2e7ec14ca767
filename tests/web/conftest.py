from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.served import TOKEN, Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Served]:
    """A server with a token."""
    with serving(tmp_path, TOKEN) as running:
        yield running
