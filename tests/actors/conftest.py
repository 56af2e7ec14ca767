"""What tests of single actors stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actors import messages as m
from actors.dead_letters import tell
from tests.actors.doubles import Monitor


@pytest.fixture(name="monitor")
def _monitor() -> Iterator[Monitor]:
    ref = Monitor.start()
    yield ref.ask("self", block=True)
    tell(ref, m.Stop())
    assert ref.actor_stopped.wait(5)
