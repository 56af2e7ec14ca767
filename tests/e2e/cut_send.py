"""A send that is cut off: a few texts to two customers, and a -9 at one step of one of them."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from threading import Event, Thread

import httpx

from tests.e2e.browser import Browser
from tests.e2e.server_process import ServerProcess, kill_process
from tests.e2e.storm import WITNESS, Shop
from tests.simulator.real.waiting import wait_until

#: Where a send is cut, in its order.
STEPS = (
    "accepting",
    "queued",
    "calling",
    "in the call",
    "unanswered",
    "answered",
    "journalled",
)
VICTIMS = ("worker", "server")
#: Those in which WhatsApp's library has a message, or may have one, and only it knows whether that
#: left.
IN_THE_CALL = frozenset({"accepting", "in the call", "unanswered", "answered"})
#: Texts to each customer, in turns.
TEXTS = 3
#: Seconds that the library's call takes here, at most: it is cut at random within them.
CALL_SECONDS = 0.03
#: Seconds from the next connection until all is settled.
SETTLING = 60.0
ACCEPTING = 60.0
_LEFT = {"delivered", "read", "played"}
_WITHOUT_RECEIPT = {"unconfirmed", "server_ack"}
_CUSTOMERS = count(1)


@dataclass
class Cut:
    """What became of the texts; empty lists are what is wished."""

    step: str
    victim: str
    texts: int = 2 * TEXTS
    delivered: int = 0
    """Texts whose state says that the customer has them, and who has them once."""
    unconfirmed: list[str] = field(default_factory=list)
    """Texts whose state stays so: they were on their way, and no receipt came."""
    lost: list[str] = field(default_factory=list)
    """Texts that neither reached the customer nor are unconfirmed, with their state."""
    doubled: list[str] = field(default_factory=list)
    in_window: list[str] = field(default_factory=list)
    """Texts that the customer has and whose state does not say so, as their receipts fell in the
    window: WhatsApp was told that the client has them, and it was killed before it had said so."""
    unsettled: list[str] = field(default_factory=list)
    """Texts that the customer has, and whose state does not say so in time."""
    anew: list[str] = field(default_factory=list)
    """Texts whose `Idempotency-Key`, said again, stood for another message."""
    is_in_order: bool = True
    seconds: float = 0.0
    """From the next connection until all was settled."""

    def promises_hold(self) -> bool:
        """Each text is there once and in order, or unconfirmed where only the library knows."""
        bad = self.lost or self.doubled or self.unsettled or self.anew
        is_explained = not self.unconfirmed or self.step in IN_THE_CALL
        is_explained &= not self.in_window or self.victim == "worker"
        return not bad and self.is_in_order and is_explained


class Scissors:
    """Tells the workers where to cut: `witness/sitecustomize.py`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def environment(self) -> dict[str, str]:
        """With what a server is started whose sends are to be cut."""
        return {"PYTHONPATH": str(WITNESS), "SENDS_CUT_BY": str(self._path)}

    def open(self, step: str, after: int, victim: int | None, seconds: float) -> None:
        """The next sends come to this step so often, and then somebody is ended."""
        order = {"step": step, "after": after, "victim": victim, "seconds": seconds}
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(order))
        fresh.replace(self._path)

    def wait(self) -> None:
        """Until they have cut."""
        wait_until(lambda: not self._path.exists())


def play(shop: Shop, scissors: Scissors, step: str, victim: str, random: Random) -> Cut:
    """One send that is cut off, and what came of it."""
    customers = [f"+5511922{next(_CUSTOMERS):06}" for _ in range(2)]
    _say_hello(shop, customers)
    sending = _Sending(shop.server, shop.empresa_id, customers)
    _cut(shop, scissors, step, victim, random, sending)
    if victim == "server":
        wait_until(lambda: not shop.server.is_running())
        shop.server.kill()
        shop.server.start()
    sending.join()
    connected = _connected(shop)
    _settle(shop, sending)
    found = Cut(step, victim, seconds=time.monotonic() - connected)
    sending.say_again(found)
    _judge(shop, sending, found)
    return found


def _say_hello(shop: Shop, customers: list[str]) -> None:
    """Who wrote first is answered at once; after an answer nothing is asked of WhatsApp first."""
    browser = Browser(shop.server, shop.empresa_id)
    try:
        for each in customers:
            shop.simulator.post("/say", **{"from": each, "to": shop.number, "text": f"oi, {each}"})
            chat = browser.hears("message", text=f"oi, {each}")["data"]["chat"]["id"]
            body = {"to": chat, "type": "text", "text": "Olá!"}
            answer = shop.server.post(f"/api/empresas/{shop.empresa_id}/messages", body)
            browser.hears("message_state", id=answer.json()["id"], state="delivered")
    finally:
        browser.close()


def _cut(
    shop: Shop, scissors: Scissors, step: str, victim: str, random: Random, sending: _Sending
) -> None:
    def kill() -> None:
        kill_process(shop.server.pid if victim == "server" else shop.worker)

    match step:
        case "accepting":
            sending.start()
            Event().wait(random.uniform(0, 0.1))
            kill()
        case "queued":
            kill_process(shop.worker)
            sending.start()
            wait_until(lambda: sending.ids)
            if victim == "worker":
                wait_until(lambda: shop.server.worker(shop.empresa_id) not in (None, shop.worker))
                shop.worker = shop.server.worker(shop.empresa_id)
            kill()
        case "unanswered":
            shop.simulator.post("/faults", kind="unanswered", number=shop.number)
            sending.start()
            wait_until(lambda: any(map(bool, _received(shop, sending).values())))
            kill()
            shop.simulator.delete(f"/faults?number={shop.number[1:]}")
        case _:
            seconds = random.uniform(0, CALL_SECONDS) if step == "in the call" else 0.0
            pid = shop.server.pid if victim == "server" else None
            scissors.open(step, random.randrange(2 * TEXTS), pid, seconds)
            sending.start()
            scissors.wait()


class _Sending(Thread):
    """A client that says each text until it is accepted, under a key of its own."""

    def __init__(self, server: ServerProcess, empresa_id: int, customers: list[str]) -> None:
        super().__init__()
        self._server = server
        self._path = f"/api/empresas/{empresa_id}/messages"
        self.texts = [(f"{n} para {each}", each) for n in range(TEXTS) for each in customers]
        self.customers = customers
        self.ids: dict[str, str] = {}
        """Our ids, by text."""

    def run(self) -> None:
        for text, customer in self.texts:
            deadline = time.monotonic() + ACCEPTING
            while (message_id := self._say(text, customer)) is None:
                assert time.monotonic() < deadline, f"{text} was not accepted"
                Event().wait(0.05)
            self.ids[text] = message_id

    def say_again(self, found: Cut) -> None:
        """As one who has lost the answers."""
        again = {text: self._say(text, customer) for text, customer in self.texts}
        found.anew = [text for text, message_id in again.items() if message_id != self.ids[text]]

    def states(self) -> dict[str, str]:
        """What each text's state is."""
        return {text: str(found["state"]) for text, found in self._messages().items()}

    def whatsapp_ids(self) -> dict[str, str | None]:
        """What WhatsApp calls each text."""
        return {text: found["whatsappId"] for text, found in self._messages().items()}

    def _messages(self) -> dict[str, dict[str, str | None]]:
        asked = {text: f"{self._path}/{message_id}" for text, message_id in self.ids.items()}
        return {text: self._server.get(path).json() for text, path in asked.items()}

    def _say(self, text: str, to: str) -> str | None:
        body = {"to": to, "type": "text", "text": text}
        key = {"Idempotency-Key": text.replace(" ", "-")}
        try:
            answer = self._server.post(self._path, body, **key)
        except httpx.TransportError:
            return None
        if answer.status_code in (503, 504):
            return None
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])


def _received(shop: Shop, sending: _Sending) -> dict[str, list[str]]:
    """What each customer's phone has decrypted, in order."""
    wanted = {text for text, _ in sending.texts}

    def texts(customer: str) -> list[str]:
        found = shop.simulator.get(f"/received?number={customer[1:]}")["messages"]
        return [each["text"] for each in found if each["text"] in wanted]

    return {customer: texts(customer) for customer in sending.customers}


def _connected(shop: Shop) -> float:
    """When it is connected again, on the monotonic clock."""
    wait_until(lambda: shop.server.status(shop.empresa_id)["connected"], SETTLING)
    return time.monotonic()


def _settle(shop: Shop, sending: _Sending) -> None:
    """Wait until each text's state says what became of it, as long as that may take."""

    def is_settled() -> bool:
        got = {text for texts in _received(shop, sending).values() for text in texts}
        states = sending.states()
        open_ends = {text for text, state in states.items() if state not in _LEFT}
        never_came = {text for text in open_ends - got if states[text] == "unconfirmed"}
        settling = open_ends - never_came
        is_without_receipt = all(states[text] in _WITHOUT_RECEIPT for text in settling)
        return is_without_receipt and (not settling or settling <= _in_window(shop, sending))

    _soon(is_settled)


def _in_window(shop: Shop, sending: _Sending) -> set[str]:
    """Texts of whose receipts WhatsApp was told that the shop's client has them."""
    queue = shop.simulator.get(f"/queue?number={shop.number[1:]}")["stanzas"]
    taken = {
        line["id"]
        for line in queue
        if (line["class"], line["state"]) == ("receipt", "acknowledged")
    }
    return {text for text, whatsapp_id in sending.whatsapp_ids().items() if whatsapp_id in taken}


def _soon(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SETTLING
    while not is_so() and time.monotonic() < deadline:
        Event().wait(0.05)


def _judge(shop: Shop, sending: _Sending, found: Cut) -> None:
    states, received = sending.states(), _received(shop, sending)
    got = Counter(text for texts in received.values() for text in texts)
    window = _in_window(shop, sending)
    places = {text: place for place, (text, _) in enumerate(sending.texts)}
    found.doubled = [text for text, times in got.items() if times > 1]
    found.delivered = sum(got[text] == 1 and state in _LEFT for text, state in states.items())
    for text, state in states.items():
        if text not in got and state == "unconfirmed":
            found.unconfirmed.append(text)
        elif text not in got:
            found.lost.append(f"{text}: {state}")
        elif state in _WITHOUT_RECEIPT and text in window:
            found.in_window.append(text)
        elif state not in _LEFT:
            found.unsettled.append(f"{text}: {state}")
    found.is_in_order = all(
        texts == sorted(texts, key=places.__getitem__) for texts in received.values()
    )
