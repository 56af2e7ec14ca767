"""A real neonize client as a process of its own: `client.py` beside this file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.simulator.real.process import EVENT_SECONDS, ROOT, Event, Process
from tests.simulator.real.simulator_process import SimulatorProcess


class RealClient:
    """A real neonize client with a store, as tests/simulator/real/client.py runs it."""

    def __init__(self, simulator: SimulatorProcess, store: Path, number: str = "") -> None:
        self._commands = 0
        environment = {
            "SSL_CERT_FILE": simulator.where["ca"],
            "HTTPS_PROXY": simulator.proxy_of(number),
            "NO_PROXY": "localhost,127.0.0.1",
            "PYTHONPATH": str(ROOT),
        }
        script = str(ROOT / "tests/simulator/real/client.py")
        arguments = [script, str(store), simulator.where["noiseRoot"]]
        self._process = Process(arguments, store.with_suffix(".log"), environment)

    def event(
        self, name: str, seconds: float = EVENT_SECONDS, after: int = 0, **values: object
    ) -> Event:
        """Wait for an event of this name and with these values."""
        wanted = {"event": name, **values}
        return self._process.wait_for(lambda event: wanted.items() <= event.items(), seconds, after)

    @property
    def events(self) -> list[Event]:
        """What happened until now."""
        return self._process.events

    def call(self, name: str, /, seconds: float = EVENT_SECONDS, **values: object) -> Any:
        """Let the client do something and return the result; RuntimeError if it fails."""
        self._commands += 1
        number = self._commands
        self._process.write({"do": name, "with": values, "number": number})
        answer = self._process.wait_for(
            lambda event: event["event"] in ("done", "failed") and event["number"] == number,
            seconds,
        )
        if answer["event"] == "failed":
            raise RuntimeError(answer["error"])
        return answer["result"]

    def end(self, *, kill: bool = False) -> None:
        """End the process."""
        self._process.end(kill=kill)


@contextmanager
def running_client(
    simulator: SimulatorProcess, store: Path, number: str = ""
) -> Iterator[RealClient]:
    """Run a client as long as the block lasts; a number is told to the proxy, for its faults."""
    client = RealClient(simulator, store, number)
    try:
        yield client
    finally:
        client.end()
