"""Shops to which nothing happens: each gets texts all the time, and notices what disturbs it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

CUSTOMER = "+5511911110055"
#: The first neighbour's id and number; the others follow.
FIRST_ID = 5000
FIRST_NUMBER = 5_531_955_000_000
#: How the complaint of late texts begins: the one that a busy machine may cause, too.
LATE = "the neighbours' p99 was"


@dataclass
class Peace:
    """How the neighbours fared in a while."""

    texts: int = 0
    """That were said to them."""
    missing: int = 0
    doubled: int = 0
    statuses: int = 0
    """Events that said that something had changed."""
    p50: float = 0.0
    p99: float = 0.0
    """Seconds from the customer's send to the WebSocket."""

    def disturbances(self, calm: Peace | None) -> list[str]:
        """What they noticed; measured by a calm while, their texts may be late only so much."""
        found = [
            f"{count} {what} of the neighbours"
            for what, count in (
                ("texts missing", self.missing),
                ("texts doubled", self.doubled),
                ("statuses", self.statuses),
            )
            if count
        ]
        if calm is not None and self.p99 > 1.5 * calm.p99 + 0.05:
            found.append(f"{LATE} {1000 * self.p99:.0f} ms")
        return found


class Neighbours:
    """So many linked shops, which get so many texts a second together, one after the other."""

    def __init__(
        self, server: ServerProcess, simulator: SimulatorProcess, count: int, rate: float
    ) -> None:
        self._server = server
        self._simulator = simulator
        self._pause = 1.0 / rate
        self._numbers = [f"+{FIRST_NUMBER + place}" for place in range(count)]
        self._browsers = [Browser(server, FIRST_ID + place) for place in range(count)]
        for browser, number in zip(self._browsers, self._numbers, strict=True):
            link(server, simulator, browser, number)

    def close(self) -> None:
        """They listen no more."""
        for browser in self._browsers:
            browser.close()

    @contextmanager
    def living(self, texts: int) -> Iterator[Peace]:
        """Say texts to them meanwhile, and at least so many; what became of it is known after."""
        peace, enough = Peace(), Event()
        seen = [len(browser.frames) for browser in self._browsers]
        said: dict[str, float] = {}
        talking = Thread(target=self._talk, args=(said, texts, enough))
        talking.start()
        try:
            yield peace
        finally:
            enough.set()
            talking.join()
            self._judge(peace, said, seen)

    def _talk(self, said: dict[str, float], texts: int, enough: Event) -> None:
        due = time.monotonic()
        while not enough.is_set() or len(said) < texts:
            place = len(said) % len(self._numbers)
            text = f"paz {time.monotonic_ns()}"
            said[text] = time.monotonic()
            what = {"from": CUSTOMER, "to": self._numbers[place], "text": text}
            self._simulator.post("/say", **what)
            due = max(due + self._pause, time.monotonic() - self._pause)
            Event().wait(max(0.0, due - time.monotonic()))

    def _judge(self, peace: Peace, said: dict[str, float], seen: list[int]) -> None:
        def heard() -> dict[str, float]:
            return {
                frame["data"]["text"]: at
                for browser, start in zip(self._browsers, seen, strict=True)
                for frame, at in zip(browser.frames[start:], browser.times[start:], strict=False)
                if frame["type"] == "message"
            }

        with suppress(TimeoutError):
            wait_until(lambda: said.keys() <= heard().keys())
        arrived = heard()
        late = sorted(arrived[text] - at for text, at in said.items() if text in arrived)
        frames = [
            f for b, start in zip(self._browsers, seen, strict=True) for f in b.frames[start:]
        ]
        texts = [frame["data"]["text"] for frame in frames if frame["type"] == "message"]
        peace.texts = len(said)
        peace.missing = len(said.keys() - arrived.keys())
        peace.doubled = len(texts) - len(set(texts))
        peace.statuses = sum(frame["type"] == "status" and "seq" in frame for frame in frames)
        if late:
            peace.p50, peace.p99 = (late[int(len(late) * share)] for share in (0.5, 0.99))
