"""A bulk job to people who never wrote, and a salesperson who answers customers in its middle."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.unhurried import UNHURRIED

SHOP = "+5521999990701"
TEXT = "Oi, {nome}! O Onix chegou."
#: Seconds between two looks at a phone.
_LOOK = 0.005


@dataclass
class Played:
    """What became of it."""

    per_minute: float
    """As it was set."""
    job: dict[str, Any]
    """At its end."""
    acked: list[float] = field(default_factory=list)
    """When WhatsApp had each of its messages, on the monotonic clock."""
    answers: list[float] = field(default_factory=list)
    """Seconds from each answer's POST until the customer's phone had decrypted it."""
    foreseen: int = 0
    """How often the job's end was told while it ran."""

    @property
    def measured(self) -> float:
        """Messages a minute."""
        return 60 * (len(self.acked) - 1) / (self.acked[-1] - self.acked[0])


def contact(place: int) -> str:
    return f"+55219{80_000_000 + place}"


def customer(place: int) -> str:
    return f"+55119{70_000_000 + place}"


def play(
    server: ServerProcess,
    simulator: SimulatorProcess,
    browser: Browser,
    contacts: int,
    answers: int,
    **sending: object,
) -> Played:
    """One job, and so many answers spread over it. The shop has no number linked before."""
    link(server, simulator, browser, SHOP)
    rules = {**UNHURRIED, **sending}
    assert server.put(f"/api/empresas/{browser.empresa_id}", {"sending": rules}).is_success
    for place in range(contacts):
        simulator.post("/accounts", number=contact(place), name=f"Cliente {place}")
    chats = [_writes(simulator, browser, place) for place in range(answers)]
    path = f"/api/empresas/{browser.empresa_id}/bulk"
    to = [{"to": contact(n), "fields": {"nome": f"Cliente {n}"}} for n in range(contacts)]
    message = {"type": "text", "text": TEXT}
    accepted = server.post(path, {"name": "Onix", "message": message, "to": to})
    assert accepted.status_code == 202, accepted.text
    job = accepted.json()["id"]
    played = Played(float(str(rules["perMinute"])), {})
    mine = {each["id"] for each in _messages(server, path, job)}
    for place, chat in enumerate(chats):
        _until_acked(browser, mine, contacts * (place + 1) // (answers + 1))
        played.foreseen += server.get(f"{path}/{job}").json()["estimatedEnd"] is not None
        played.answers.append(_answer(server, simulator, browser.empresa_id, place, chat))
    browser.waits(
        lambda frame: frame["type"] == "bulk_progress" and frame["data"]["state"] == "done",
        "the end of the job",
        seconds=60.0 + 2 * 60 * contacts / played.per_minute,
    )
    played.acked = _acked(browser, mine)
    played.job = server.get(f"{path}/{job}").json()
    return played


def texts_of(simulator: SimulatorProcess, number: str) -> list[str]:
    found = simulator.get(f"/received?number={number[1:]}")["messages"]
    return [message["text"] for message in found if not message.get("fromMe")]


def _writes(simulator: SimulatorProcess, browser: Browser, place: int) -> str:
    """A customer writes; the chat."""
    text = f"Tem Onix? {place}"
    simulator.post("/say", **{"from": customer(place), "to": SHOP, "text": text})
    return str(browser.hears("message", text=text)["data"]["chat"]["id"])


def _answer(
    server: ServerProcess, simulator: SimulatorProcess, empresa: int, place: int, chat: str
) -> float:
    text = f"Tem, sim. {place}"
    begun = time.monotonic()
    body = {"to": chat, "type": "text", "text": text}
    assert server.post(f"/api/empresas/{empresa}/messages", body).status_code == 202
    while text not in texts_of(simulator, customer(place)):
        assert time.monotonic() < begun + 30, "the answer did not come"
        Event().wait(_LOOK)
    return time.monotonic() - begun


def _messages(server: ServerProcess, path: str, job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = server.get(f"{path}/{job}/messages?limit=1000&after={after}").json()
        found += page["messages"]
        after = page["next"]
    return found


def _until_acked(browser: Browser, mine: set[str], count: int) -> None:
    deadline = time.monotonic() + 600
    while len(_acked(browser, mine)) < count:
        assert time.monotonic() < deadline, browser.brief()
        Event().wait(0.1)


def _acked(browser: Browser, mine: set[str]) -> list[float]:
    return [
        at
        for at, frame in zip(list(browser.times), list(browser.frames), strict=False)
        if frame["type"] == "message_state"
        and frame["data"]["state"] == "server_ack"
        and frame["data"]["id"] in mine
    ]
