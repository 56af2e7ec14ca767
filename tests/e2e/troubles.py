"""What can go wrong between a shop and WhatsApp, and with our own processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psutil

from tests.e2e.harm import lock_database
from tests.e2e.victim import Victim
from tests.simulator.real.simulator_process import RefusedError
from tests.simulator.real.waiting import wait_until

#: Stages of a dial at which nobody knows yet whose it is.
_BEFORE_LOGIN = ("connect", "tls", "upgrade", "hello")

Strike = Callable[[Victim], AbstractContextManager[None]]
"""Entered, it is done; left, what can be mended is mended."""


@dataclass(frozen=True)
class Trouble:
    """One thing that goes wrong."""

    name: str
    strike: Strike
    seconds: float = 6.0
    """Until it shows at the latest, if it shows at all."""
    lasts: float = 1.0
    """Seconds that it lasts at least, where there is a session that it can strike."""
    end: tuple[str, ...] = ()
    """The states in which it may end for good; else the shop is connected once it is over."""
    is_everybodys: bool = False
    """It strikes the neighbours as well."""
    states: tuple[str, ...] = ("stopped", "logged_out", "connecting", "connected", "reconnecting")
    """Of the victim when it strikes."""
    is_kill: bool = False
    """What WhatsApp was told that we have can fall in the library's window: docs/durability.md."""
    spoils: int = 0
    """Texts of the victim's that it makes unreadable for good."""
    is_anybodys: bool = False
    """It may strike whoever dials meanwhile."""


def fault(kind: str, *, is_dialled: bool = False, **options: Any) -> Strike:
    """A fault of the simulator. `is_dialled`: of the next dial, so the present link is broken.

    Before its login nobody knows whose a dial is. Neighbours that stay connected never dial.
    """

    @contextmanager
    def strike(victim: Victim) -> Iterator[None]:
        whose = {} if _is_anybodys(kind, options) else {"number": victim.number}
        number = victim.simulator.post("/faults", kind=kind, **whose, **options)["id"]
        if is_dialled:
            victim.simulator.post("/drop", number=victim.number)
        try:
            yield
        finally:
            victim.simulator.delete(f"/faults?id={number}")

    return strike


def signalled(number: signal.Signals, *, of_forkserver: bool = False) -> Strike:
    """A signal to the shop's worker, or to the process that forks them."""

    @contextmanager
    def strike(victim: Victim) -> Iterator[None]:
        pid = victim.forkserver if of_forkserver else victim.server.worker(victim.empresa_id)
        if pid is not None:
            os.kill(pid, number)
        yield

    return strike


@contextmanager
def freeze_server(victim: Victim) -> Iterator[None]:
    """SIGSTOP to the server for a minute; its workers go on."""
    process = psutil.Process(victim.server.pid)
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def everybodys(harm: Any) -> Strike:
    """What a storm does to a server (`harm.py`)."""

    @contextmanager
    def strike(victim: Victim) -> Iterator[None]:
        with harm(victim):
            yield

    return strike


@contextmanager
def move_database(victim: Victim) -> Iterator[None]:
    """The archive's database is not where it was; then it is again."""
    database = victim.server.folder / "data" / "vendeai.db"
    elsewhere = database.with_name("elsewhere.db")
    database.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(database)
        wait_until(lambda: victim.server.get("/readyz").status_code == 200)


@contextmanager
def remove_device(victim: Victim) -> Iterator[None]:
    """The owner removes us on the phone."""
    victim.simulator.post("/remove", number=victim.number)
    yield


@contextmanager
def mistype_code(victim: Victim) -> Iterator[None]:
    """The user types another code than is shown."""
    with suppress(RefusedError):
        victim.types("ABCD-1234")
    yield


RESTING = ("stopped", "logged_out")
LINKED = ("connecting", "connected", "reconnecting")
PAIRING = ("awaiting_scan", "awaiting_code")
#: The worker takes a SIGUSR1 for the order to spin (`witness/sitecustomize.py`).
SPIN = signal.SIGUSR1

WITH_WORKER = ("connected", "reconnecting", *PAIRING)

#: Seconds until a link, or a client, that says nothing more is given up.
SILENCE = 50.0


def _dialled(name: str, kind: str, seconds: float = 6.0, **options: Any) -> Trouble:
    lasts = 35.0 if seconds == SILENCE else 3.0
    strike = fault(kind, is_dialled=True, **options)
    return Trouble(name, strike, seconds, lasts, is_anybodys=_is_anybodys(kind, options))


def _is_anybodys(kind: str, options: dict[str, Any]) -> bool:
    return kind == "refuse" or options.get("at") in _BEFORE_LOGIN


TROUBLES = (
    Trouble("connection ends (FIN)", fault("drop", how="fin", times=1)),
    Trouble("connection ends (RST)", fault("drop", how="rst", times=1)),
    _dialled("WhatsApp cannot be reached", "refuse"),
    *(
        _dialled(f"the dial ends at {at}", "drop", at=at, how="rst")
        for at in ("connect", "tls", "upgrade", "hello", "login")
    ),
    *(
        _dialled(f"the dial is not answered at {at}", "unanswered", SILENCE, at=at)
        for at in ("connect", "tls", "upgrade", "hello", "login")
    ),
    Trouble("WhatsApp says nothing more", fault("unanswered"), SILENCE),
    Trouble("no packet gets through", fault("blackhole"), SILENCE),
    Trouble("every stanza is 500 ms late", fault("delay", ms=500, jitter=200)),
    *(
        Trouble(
            f"login refused: {reason}", fault("failure", is_dialled=True, reason=reason), end=end
        )
        for reason, end in (
            (401, ("logged_out",)),
            (403, ("logged_out",)),
            (405, ("client_outdated",)),
            (404, ()),
            (429, ()),
            (500, ()),
            (503, ()),
        )
    ),
    Trouble(
        "login refused: 402",
        fault("failure", is_dialled=True, reason=402, code=101, expire=3600),
        end=("banned",),
    ),
    *(
        Trouble(f"WhatsApp ends the stream: {code}", fault("stream-error", code=code, times=1))
        for code in (500, 503, 515)
    ),
    Trouble("replaced", fault("stream-error", conflict="replaced", times=1), end=("replaced",)),
    Trouble("removed on the phone", remove_device, end=("logged_out",)),
    Trouble("keepalive not answered", fault("iq", xmlns="w:p", answer="none"), SILENCE),
    _dialled("prekeys not answered at the login", "iq", SILENCE, xmlns="passive", answer="none"),
    Trouble(
        "a message that heals", fault("undecryptable", heals=True, times=1), states=("connected",)
    ),
    Trouble(
        "a message that never heals",
        fault("undecryptable", heals=False, times=1),
        states=("connected",),
        spoils=1,
    ),
    Trouble(
        "consent not genuine",
        fault("pairing", spoil="hmac", times=1),
        end=("stopped",),
        states=PAIRING,
    ),
    Trouble("wrong code", mistype_code, states=("awaiting_code",)),
    Trouble("worker killed", signalled(signal.SIGKILL), states=WITH_WORKER, is_kill=True),
    Trouble("worker stopped", signalled(signal.SIGSTOP), SILENCE, states=WITH_WORKER, is_kill=True),
    Trouble("worker spins", signalled(SPIN), SILENCE, states=WITH_WORKER, is_kill=True),
    Trouble(
        "forkserver killed",
        signalled(signal.SIGKILL, of_forkserver=True),
        is_everybodys=True,
        states=WITH_WORKER,
        is_kill=True,
    ),
    Trouble(
        "forkserver stopped",
        signalled(signal.SIGSTOP, of_forkserver=True),
        states=("connecting", "connected"),
    ),
    Trouble(
        "forkserver spins",
        signalled(SPIN, of_forkserver=True),
        is_everybodys=True,
        is_kill=True,
        states=("connecting", "connected"),
    ),
    *(
        Trouble(name, strike, 4.0, is_everybodys=True, states=("connected", "awaiting_scan"))
        for name, strike in (
            ("database locked", everybodys(lock_database)),
            ("database gone", move_database),
        )
    ),
    Trouble("server frozen", freeze_server, 60.0, is_everybodys=True, states=WITH_WORKER),
)
