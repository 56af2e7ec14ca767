import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.simulator.people import People
from tests.simulator.raw_client import close_all
from tests.simulator.real.simulator_process import SimulatorProcess

NUMBERS = (f"+55119{number:08}" for number in count(1))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run tests that are coroutines on an event loop of their own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})))
    return True


async def run(test: Coroutine[None, None, None]) -> None:
    try:
        await test
    finally:
        await close_all()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    process = SimulatorProcess(tmp_path_factory.mktemp("shared") / "simulator")
    yield process
    process.close()


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """Of the test's own."""
    process = SimulatorProcess(tmp_path / "simulator")
    yield process
    process.close()


@pytest.fixture
def number() -> Callable[[], str]:
    """Give numbers that no other test uses."""
    return lambda: next(NUMBERS)


@pytest.fixture
def people(shared: SimulatorProcess, number: Callable[[], str]) -> People:
    return People(shared, number)
