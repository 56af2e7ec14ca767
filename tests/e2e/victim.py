"""The shop to which something happens."""

from __future__ import annotations

import time
from itertools import count

import psutil

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import Frame, ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

CUSTOMER = "+5511911110066"
_NUMBERS = count(1)


class Victim:
    """An empresa of its own, with a phone of its own, brought to a state of its session."""

    def __init__(self, server: ServerProcess, simulator: SimulatorProcess, state: str) -> None:
        number = next(_NUMBERS)
        self.server = server
        self.simulator = simulator
        self.state = state
        self.empresa_id = number
        self.number = f"+5531944{number:06}"
        self.browser = Browser(server, number)
        self.said: list[str] = []
        self.is_linked = state not in ("awaiting_scan", "awaiting_code")
        try:
            self._bring(state)
        except BaseException:
            self.browser.close()
            raise

    def close(self) -> None:
        """Nothing more comes for it."""
        self.browser.close()
        self.server.post(f"/api/bot/disconnect/{self.empresa_id}")

    def _bring(self, state: str) -> None:
        if not self.is_linked:
            code = {"phoneNumber": self.number} if state == "awaiting_code" else None
            self.server.post(f"/api/bot/connect/{self.empresa_id}", code)
            self.browser.hears("status", state=state)
            return
        link(self.server, self.simulator, self.browser, self.number)
        if state in ("connecting", "stopped"):
            self.server.post(f"/api/bot/disconnect/{self.empresa_id}")
            self.browser.hears("status", state="stopped")
        elif state == "logged_out":
            self.server.post(f"/api/bot/logout/{self.empresa_id}")
            self.browser.hears("status", state="logged_out")
            self.is_linked = False
        elif state == "reconnecting":
            self.simulator.post("/faults", kind="refuse")
            self.simulator.post("/drop", number=self.number)
            self.browser.hears("status", state="reconnecting")

    def proceeds(self) -> None:
        """What the state is the beginning of, once the trouble is there."""
        if self.state == "connecting":
            self.connects()
        elif self.state == "reconnecting":
            self.simulator.delete("/faults?kind=refuse")

    def connects(self) -> None:
        """The shop wishes it."""
        self.server.post(f"/api/bot/connect/{self.empresa_id}")

    def links_again(self) -> None:
        """The shop asks for a new QR, and its phone scans that."""
        seen = len(self.browser.frames)
        self.connects()
        qr = self.browser.waits(lambda frame: frame["type"] == "qr", "a QR", after=seen)
        self.simulator.post("/scan", number=self.number, image=qr["data"])
        self.is_linked = True

    def scans(self) -> None:
        """The phone accepts what is shown now, if anything is."""
        status = self.status()
        if status["qrCode"]:
            self.simulator.post("/scan", number=self.number, image=status["qrCode"])
        elif status["pairingCode"]:
            self.types(status["pairingCode"])

    def types(self, code: str) -> None:
        """The user types a pairing code."""
        self.simulator.post("/code", number=self.number, code=code)

    def hears_a_text(self) -> None:
        """A customer writes."""
        text = f"vítima {len(self.said)} {time.monotonic_ns()}"
        self.said.append(text)
        self.simulator.post("/say", **{"from": CUSTOMER, "to": self.number, "text": text})

    def status(self) -> Frame:
        """As the server says it now."""
        return self.server.status(self.empresa_id)

    @property
    def forkserver(self) -> int:
        """The pid of the process that forks the workers."""
        (process,) = psutil.Process(self.server.pid).children()
        return process.pid

    def statuses(self, since: float) -> list[tuple[float, Frame]]:
        """What was told of it after a moment of the monotonic clock, and when."""
        heard = zip(self.browser.times, self.browser.frames, strict=False)
        return [(at, f["data"]) for at, f in heard if f["type"] == "status" and at >= since]

    def is_in(self, *states: str) -> bool:
        """Whether its status is one of them now, and nothing is silent behind it."""
        status = self.status()
        return status["state"] in states and status["reason"] != "link_silent"

    def ledger_texts(self) -> list[str]:
        """The customer's texts in the ledger, in order."""
        events = self.server.events(self.empresa_id)
        return [event["data"]["text"] for event in events if event["type"] == "message"]

    def has_all(self, texts: list[str], seconds: float) -> bool:
        """Wait until these texts are in the ledger."""
        try:
            wait_until(lambda: set(texts) <= set(self.ledger_texts()), seconds)
        except TimeoutError:
            return False
        return True
