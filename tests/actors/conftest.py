"""What tests of single actors stand on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pykka import ActorRef

from actors import messages as m
from actors.actor import Place
from actors.dead_letters import tell
from actors.reader import ReaderActor
from tests.actors.archiving import Archiving
from tests.actors.doubles import Monitor
from tests.actors.ear import Heard
from tests.databases import TestDatabase


@pytest.fixture(name="monitor")
def _monitor() -> Iterator[Monitor]:
    ref = Monitor.start()
    yield ref.ask("self", block=True)
    tell(ref, m.Stop())
    assert ref.actor_stopped.wait(5)


@pytest.fixture
def archiving(site: TestDatabase) -> Iterator[Archiving]:
    """An archive, on each engine."""
    made = Archiving(site)
    yield made
    made.close()


@pytest.fixture
def reader(archiving: Archiving) -> Iterator[ActorRef[Any]]:
    """Beside it."""
    monitor = Heard()
    ref: ActorRef[Any] = ReaderActor.start(Place("reader", monitor.ref), archiving.database)
    yield ref
    ref.tell(m.Stop())
    assert monitor.next(m.ActorEnded).error is None
    monitor.ref.tell(m.Stop())
    assert monitor.ref.actor_stopped.wait(10)
