"""Shops to which nothing happens: each gets and sends texts all the time, and notices trouble."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread

from tests.e2e.answering import Answers, Phone, late
from tests.e2e.browser import Browser, link
from tests.e2e.server_process import Frame, ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

CUSTOMER = "+5511911110055"
#: The first neighbour's id and number; the others follow.
FIRST_ID = 5000
FIRST_NUMBER = 5_531_955_000_000
#: Texts to them for each that they send.
TO_EACH_SENT = 5
#: How the complaint of late texts begins: the one that a busy machine may cause, too.
LATE = "the neighbours' p99"


@dataclass
class Peace:
    """How the neighbours fared in a while."""

    texts: int = 0
    """That were said to them."""
    sent: int = 0
    """Texts that they sent."""
    missing: int = 0
    """Of both, as the next two."""
    doubled: int = 0
    refused: int = 0
    """Texts that the server did not take from them."""
    statuses: int = 0
    """Events that said that something had changed."""
    p50: float = 0.0
    p99: float = 0.0
    """Seconds from the customer's send to the WebSocket."""
    sent_p99: float = 0.0
    """Seconds from the POST to the receipt of the customer's phone, on the WebSocket."""

    def disturbances(self, calm: Peace | None) -> list[str]:
        """What they noticed; measured by a calm while, their texts may be late only so much."""
        found = [
            f"{count} {what} of the neighbours"
            for what, count in (
                ("texts missing", self.missing),
                ("texts doubled", self.doubled),
                ("texts refused", self.refused),
                ("statuses", self.statuses),
            )
            if count
        ]
        if calm is not None and self.p99 > _limit(calm.p99):
            found.append(f"{LATE} was {1000 * self.p99:.0f} ms")
        if calm is not None and self.sent_p99 > _limit(calm.sent_p99):
            found.append(f"{LATE} of sending was {1000 * self.sent_p99:.0f} ms")
        return found


def _limit(calm: float) -> float:
    return 1.5 * calm + 0.05


class Neighbours:
    """So many linked shops, which get so many texts a second together, one after the other."""

    def __init__(
        self, server: ServerProcess, simulator: SimulatorProcess, count: int, rate: float
    ) -> None:
        self._server = server
        self._simulator = simulator
        self._pause = 1.0 / rate
        self._phone = Phone(simulator, CUSTOMER)
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
        shops = [browser.empresa_id for browser in self._browsers]
        answers = Answers(self._server, shops, CUSTOMER, self._pause * TO_EACH_SENT)
        talking.start()
        answers.start()
        try:
            yield peace
        finally:
            enough.set()
            talking.join()
            answers.enough.set()
            answers.join()
            self._judge(peace, said, answers, seen)

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

    def _judge(
        self, peace: Peace, said: dict[str, float], answers: Answers, seen: list[int]
    ) -> None:
        with suppress(TimeoutError):
            wait_until(lambda: said.keys() <= self._heard(seen).keys())
        with suppress(TimeoutError):
            wait_until(lambda: answers.begun.keys() <= self._delivered(seen).keys())
        arrived, has = self._heard(seen), self._phone.new_texts()
        frames = [frame for frame, _ in self._since(seen)]
        texts = [frame["data"]["text"] for frame in frames if frame["type"] == "message"]
        sent = answers.texts.values()
        peace.texts, peace.sent = len(said), len(sent)
        peace.missing = len(said.keys() - arrived.keys()) + len(sent - has.keys())
        peace.doubled = len(texts) - len(set(texts)) + has.total() - len(has)
        peace.refused = len(answers.refused)
        peace.statuses = sum(frame["type"] == "status" and "seq" in frame for frame in frames)
        came = late(said, arrived)
        if came:
            peace.p50, peace.p99 = (came[int(len(came) * share)] for share in (0.5, 0.99))
        went = late(answers.begun, self._delivered(seen))
        if went:
            peace.sent_p99 = went[int(len(went) * 0.99)]

    def _since(self, seen: list[int]) -> Iterator[tuple[Frame, float]]:
        """All frames, and when they came, but for so many of each shop."""
        for browser, start in zip(self._browsers, seen, strict=True):
            yield from zip(browser.frames[start:], browser.times[start:], strict=False)

    def _heard(self, seen: list[int]) -> dict[str, float]:
        return {f["data"]["text"]: at for f, at in self._since(seen) if f["type"] == "message"}

    def _delivered(self, seen: list[int]) -> dict[str, float]:
        return {
            frame["data"]["id"]: at
            for frame, at in self._since(seen)
            if frame["type"] == "message_state" and frame["data"]["state"] == "delivered"
        }
