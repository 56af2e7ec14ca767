"""Shops that write to a customer all the time, as the CRM has them do, and what becomes of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from threading import Event, Thread

import httpx

from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

#: Seconds after which what a server did not take is asked for again, and for which that goes on.
AGAIN = 0.2
PATIENCE = 90.0
#: How each of them begins.
ANSWER = "resposta "


class Answers(Thread):
    """Texts to one customer, one after the other, from each shop in turn.

    A server that does not answer is asked again with the same `Idempotency-Key`.
    """

    def __init__(self, server: ServerProcess, shops: list[int], to: str, pause: float) -> None:
        super().__init__()
        self._server = server
        self._shops = shops
        self._to = to
        self._pause = pause
        self.enough = Event()
        self.texts: dict[str, str] = {}
        """By the id that the server gave them."""
        self.begun: dict[str, float] = {}
        """When each was asked for first, on the monotonic clock."""
        self.refused: list[str] = []

    def run(self) -> None:
        """On its own thread."""
        due = time.monotonic()
        while not self.enough.is_set():
            text = f"{ANSWER}{time.monotonic_ns()}"
            self._write(self._shops[len(self.texts) % len(self._shops)], text)
            due = max(due + self._pause, time.monotonic() - self._pause)
            self.enough.wait(max(0.0, due - time.monotonic()))

    def _write(self, shop: int, text: str) -> None:
        begun, answer = time.monotonic(), "nothing"
        while time.monotonic() < begun + PATIENCE:
            with suppress(httpx.TransportError):
                response = self._ask(shop, text)
                answer = f"{response.status_code}: {response.text}"
                if response.is_success:
                    self.texts[response.json()["id"]] = text
                    self.begun[response.json()["id"]] = begun
                    return
                if response.is_client_error:
                    break
            Event().wait(AGAIN)
        self.refused.append(answer)

    def _ask(self, shop: int, text: str) -> httpx.Response:
        body = {"to": self._to, "type": "text", "text": text}
        key = text.replace(" ", "-")
        return self._server.post(f"/api/empresas/{shop}/messages", body, **{"Idempotency-Key": key})


class Phone:
    """The customer's, which is looked at after each while."""

    def __init__(self, simulator: SimulatorProcess, number: str) -> None:
        self._simulator = simulator
        self._number = number
        self._seen = 0
        simulator.post("/accounts", number=number, name="Cliente")

    def new_texts(self) -> Counter[str]:
        """How often it has each answer that has come since this was asked last."""
        path = f"/received?number={self._number[1:]}&after={self._seen}"
        messages = self._simulator.get(path)["messages"]
        self._seen += len(messages)
        texts = (message["text"] for message in messages)
        return Counter(text for text in texts if text.startswith(ANSWER))


def late(begun: Mapping[str, float], delivered: Mapping[str, float]) -> list[float]:
    """Seconds from each question to the customer's receipt, the shortest first."""
    return sorted(delivered[each] - at for each, at in begun.items() if each in delivered)
