"""A storm: a burst of texts to one empresa, in which something is killed, locked or filled."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

#: Texts in a burst, and how many of them must not be acknowledged yet when the harm is done.
BURST = 200
STILL_TO_COME = 50
#: The part of a calm burst's time within which the harm is done.
LATEST = 0.55
#: Seconds from the harm's end until all is caught up.
RECOVERY = 60.0
CUSTOMER = "+5511911110077"
WITNESS = Path(__file__).parent / "witness"

Harm = Callable[["Shop"], AbstractContextManager[None]]
"""Entered, it is done, at once; left, what can be mended is mended."""

_NUMBERS = count(1)


class Shop:
    """One empresa of a server, linked to a phone of its own."""

    def __init__(self, server: ServerProcess, simulator: SimulatorProcess) -> None:
        number = next(_NUMBERS)
        self.server = server
        self.simulator = simulator
        self.empresa_id = number
        self.number = f"+5531966{number:06}"
        browser = Browser(server, self.empresa_id)
        link(server, simulator, browser, self.number)
        browser.close()
        self.worker = server.worker(number)
        """The process of its client, at first."""

    def queue(self) -> dict[str, str]:
        """What WhatsApp knows of each message for this shop: its state by its id."""
        stanzas = self.simulator.get(f"/queue?number={self.number[1:]}")["stanzas"]
        return {line["id"]: line["state"] for line in stanzas if line["class"] == "message"}

    def acknowledged(self) -> set[str]:
        """The messages of which WhatsApp was told that this shop has them."""
        return {i for i, state in self.queue().items() if state == "acknowledged"}

    def last_seq(self) -> int:
        """The number of its last event."""
        last: int = self.server.get(f"/api/empresas/{self.empresa_id}/events").json()["lastSeq"]
        return last

    def retire(self) -> None:
        """Nothing more comes for it."""
        self.server.post(f"/api/bot/disconnect/{self.empresa_id}")


@dataclass
class Outcome:
    """What became of the texts of one storm; empty lists are what is wished."""

    moment: float
    """Seconds from the burst's beginning to the harm."""
    still_to_come: int
    """Texts that were not acknowledged then."""
    lost: list[int]
    """Which texts, from 1, WhatsApp was told that we have and the ledger has not."""
    entered_and_lost: list[int]
    """Those among them whose handler had begun."""
    left_and_lost: list[int]
    """Those among them whose handler had returned: the journal failed."""
    doubled: list[str]
    is_in_order: bool
    is_on_websocket: bool
    """A listener that resumed heard each number of the ledger once, in order."""
    seconds: float = 0.0
    """From the mending until all was caught up."""
    states: list[str] = field(default_factory=list)

    def promises_hold(self) -> bool:
        """Whatever had reached the journal is there once, in order, also on the WebSocket."""
        bad = self.left_and_lost or self.doubled
        return not bad and self.is_in_order and self.is_on_websocket


class Witness:
    """The notes of `witness/sitecustomize.py`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def environment(self) -> dict[str, str]:
        """With what a server is started whose workers are to be watched."""
        return {"PYTHONPATH": str(WITNESS), "STORM_WITNESS": str(self.path)}

    def ids(self, what: str) -> set[str]:
        """The messages whose handler was entered (`enter`), or left (`leave`)."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return {words[1] for line in lines if (words := line.split())[0] == what}


def calm(shop: Shop) -> float:
    """The seconds that a burst takes here and now, from its beginning to its last receipt."""
    begun = time.monotonic()
    burst = _Burst(shop)
    burst.start()
    burst.join()
    wait_until(lambda: set(shop.queue().values()) == {"acknowledged"})
    return time.monotonic() - begun


def weather(shop: Shop, harm: Harm, moment: float, witness: Witness) -> Outcome:
    """One storm, its harm so many seconds after its beginning.

    AssertionError or TimeoutError where it is not caught up in time.
    """
    before = shop.last_seq()
    burst = _Burst(shop)
    burst.start()
    burst.begun.wait()
    Event().wait(moment)
    with harm(shop):
        then = shop.acknowledged()
        burst.join()
    mended = time.monotonic()
    _catch_up(shop, before)
    taken = time.monotonic() - mended
    assert shop.acknowledged() >= set(burst.ids), "WhatsApp still keeps some of the texts"
    ledger = shop.server.events(shop.empresa_id, before)
    got = [event["data"]["id"] for event in ledger if event["type"] == "message"]
    places = {message_id: place for place, message_id in enumerate(burst.ids, 1)}
    order = [places[i] for i in got if i in places]
    lost = set(burst.ids) - set(got)
    return Outcome(
        moment=moment,
        still_to_come=BURST - len(then & set(burst.ids)),
        lost=sorted(places[i] for i in lost),
        entered_and_lost=sorted(places[i] for i in lost & witness.ids("enter")),
        left_and_lost=sorted(places[i] for i in lost & witness.ids("leave")),
        doubled=[i for i, times in Counter(got).items() if times > 1],
        is_in_order=order == sorted(order),
        is_on_websocket=_heard(shop, before, ledger) == [event["seq"] for event in ledger],
        seconds=taken,
        states=[e["data"]["state"] for e in ledger if e["type"] == "status"],
    )


class _Burst(Thread):
    """Says the texts, on a thread of its own."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self._shop = shop
        self.begun = Event()
        self.ids: list[str] = []

    def run(self) -> None:
        what = {"from": CUSTOMER, "to": self._shop.number, "text": "rajada", "count": BURST}
        self.begun.set()
        self.ids = self._shop.simulator.post("/say", **what)["ids"]


def _catch_up(shop: Shop, before: int) -> None:
    """Wait for a last word of the customer's: what came before it in the journal is there too."""
    word = f"fim {time.monotonic_ns()}"
    shop.simulator.post("/say", **{"from": CUSTOMER, "to": shop.number, "text": word})
    browser = Browser(shop.server, shop.empresa_id, f"&since={before}")
    try:
        browser.waits(
            lambda f: f["type"] == "message" and f["data"]["text"] == word, word, RECOVERY
        )
    finally:
        browser.close()
    wait_until(lambda: set(shop.queue().values()) == {"acknowledged"})


def _heard(shop: Shop, since: int, ledger: list[dict[str, Any]]) -> list[int]:
    """The numbers on the WebSocket of a listener that resumes, up to the ledger's last."""
    last = ledger[-1]["seq"]
    browser = Browser(shop.server, shop.empresa_id, f"&since={since}")
    try:
        browser.waits(lambda f: f.get("seq") == last, f"number {last}")
        return [number for number in browser.numbers() if number <= last]
    finally:
        browser.close()
