"""The columns of `top`: what each shows of an actor, how it sorts, and what deserves a colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commands.admin_client import Actor

#: Percent of a core from which a worker is busy, and from which it eats a core.
BUSY_PERCENT = 10.0
EATS_PERCENT = 50.0
#: Milliseconds that a message has waited from which something is slow; at 2,000 the server says
#: itself that the actor is unresponsive.
SLOW_MS = 500
#: Milliseconds for which an actor that was started again after a failure counts as failing.
RECENT_MS = 60_000
#: Seconds from which their tenths matter to nobody.
_WHOLE_SECONDS = 10
NOTHING = "-"
UNRESPONSIVE = "unresponsive"

_GOOD = {"connected"}
_BAD = {UNRESPONSIVE, "restarting", "failed", "banned", "replaced", "client_outdated"}
_QUIET = {"running", "stopped"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    key: str
    """What `--sort` calls it."""
    title: str
    width: int
    value: Callable[[Actor], Any]
    """What it sorts by. None: it has none, and comes last in either direction."""
    text: Callable[[Actor], str]
    tone: Callable[[Actor], str] = lambda _: ""
    """`good`, `warn`, `bad`, `quiet`, or nothing."""
    is_text: bool = False
    """It stands to the left of its place."""
    from_least: bool = False
    """It sorts from the least on; others from the most."""


def state(actor: Actor) -> str:
    """The one word that matters most."""
    return str(actor["state"]) if actor["responsive"] else UNRESPONSIVE


def kind(actor: Actor) -> str:
    """The class without what all have in common: `session`, `broadcast`."""
    return str(actor["class"]).removesuffix("Actor").lower()


def cpu(actor: Actor) -> float:
    """Percent of a core that its worker takes; 0 where it has none."""
    return float(_worker(actor, "cpuPercent") or 0.0)


def is_failing(actor: Actor) -> bool:
    """Whether it is down, or died and was started again just now."""
    is_down = actor["state"] in ("restarting", "failed")
    return is_down or (actor["failures"] > 0 and actor["uptimeMs"] < RECENT_MS)


def span(ms: float | None) -> str:
    """A time in milliseconds, short and without blanks: `350ms`, `1.2s`, `12m`, `3h`, `5d`."""
    if ms is None:
        return NOTHING
    seconds = ms / 1000
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f}{unit}"
    if seconds >= 1:
        return f"{seconds:.0f}s" if seconds >= _WHOLE_SECONDS else f"{seconds:.1f}s"
    return f"{ms:.0f}ms"


def clock(moment: str | None) -> str:
    """A moment of the server as a time of day here."""
    return f"{datetime.fromisoformat(moment).astimezone():%H:%M:%S}" if moment else NOTHING


def mib(size: float | None) -> str:
    """Bytes as MiB."""
    return NOTHING if size is None else f"{size / 2**20:.1f}"


def number(value: float | None) -> str:
    """Short: a whole one as it is, others with three digits or so."""
    if value is None or isinstance(value, int):
        return NOTHING if value is None else str(value)
    for least, digits in ((100, 0), (10, 1), (0, 2)):
        if value >= least:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


def _worker(actor: Actor, name: str) -> float | None:
    worker = actor["worker"]
    return None if worker is None else worker[name]


def _listeners(actor: Actor) -> int | None:
    listeners = actor["listeners"]
    return None if listeners is None else listeners["count"]


def _number(
    key: str,
    title: str,
    width: int,
    value: Callable[[Actor], float | None],
    text: Callable[[float], str] = "{:.0f}".format,
    warn: float | None = None,
    bad: float | None = None,
) -> Column:
    """A column of numbers, coloured from `warn` and from `bad` on."""

    def shown(actor: Actor) -> str:
        found = value(actor)
        return NOTHING if found is None else text(found)

    def tone(actor: Actor) -> str:
        found = value(actor) or 0
        if bad is not None and found >= bad:
            return "bad"
        if warn is not None and found >= warn:
            return "warn"
        return "quiet" if not found else ""

    return Column(key, title, width, value, shown, tone)


def _state_tone(actor: Actor) -> str:
    shown = state(actor)
    for tone, states in (("good", _GOOD), ("bad", _BAD), ("quiet", _QUIET)):
        if shown in states:
            return tone
    return "warn"


_EMPRESA = Column(
    "empresa",
    "empresa",
    7,
    lambda actor: actor["empresaId"],
    lambda actor: str(actor["empresaId"] or NOTHING),
    from_least=True,
)
_CLASS = Column("class", "class", 9, kind, kind, is_text=True, from_least=True)
_STATE = Column("state", "state", 15, state, state, _state_tone, is_text=True, from_least=True)
_CPU = _number(
    "cpu", "CPU%", 6, lambda a: _worker(a, "cpuPercent"), number, BUSY_PERCENT, EATS_PERCENT
)
_NEXT = Column(
    "next",
    "next at",
    8,
    lambda actor: actor["restartDueAt"],
    lambda actor: clock(actor["restartDueAt"]),
    from_least=True,
)
COLUMNS = (
    _EMPRESA,
    _CLASS,
    _STATE,
    _CPU,
    _number("memory", "MiB", 7, lambda a: _worker(a, "pssBytes"), mib),
    _number("threads", "threads", 7, lambda a: _worker(a, "threads")),
    _number("inbox", "inbox", 6, lambda a: a["inbox"], warn=10, bad=100),
    _number("oldest", "oldest", 6, lambda a: a["oldestMs"], span, SLOW_MS, 4 * SLOW_MS),
    _number("rate", "msgs/s", 6, lambda a: a["perSecond"], number),
    _number("p50", "p50 ms", 6, lambda a: a["p50Ms"], number),
    _number("p99", "p99 ms", 6, lambda a: a["p99Ms"], number, SLOW_MS),
    _number("failures", "failures", 8, lambda a: a["failures"], warn=1),
    _number("restarts", "restarts", 8, lambda a: a["restarts"]),
    _NEXT,
    _number("backlog", "journal", 7, lambda a: _worker(a, "journalBacklog"), warn=100),
    _number("heard", "heard", 6, lambda a: _worker(a, "heardMs"), span),
    _number("listeners", "listeners", 9, _listeners),
)
BY_KEY = {column.key: column for column in COLUMNS}
