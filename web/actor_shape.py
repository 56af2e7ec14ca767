"""Actors as an operator reads them: JSON-ready dicts, selected and in the order that was asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actors.shape import iso
from logs import scrub

if TYPE_CHECKING:
    from actors.looks import ActorInfo, Failure
    from actors.processes import ProcessInfo
    from actors.status import Link
    from web.schemas import ActorsQuery

Shape = dict[str, Any]


def _of_worker(name: str) -> Callable[[Shape], float]:
    return lambda shape: float((shape["worker"] or {}).get(name) or 0)


#: What the actors can be sorted by, the most first.
SORTS: dict[str, Callable[[Shape], float]] = {
    "cpu": _of_worker("cpuPercent"),
    "memory": _of_worker("pssBytes"),
    "backlog": _of_worker("journalBacklog"),
    "inbox": lambda shape: float(shape["inbox"]),
    "oldest": lambda shape: float(shape["oldestMs"]),
    "rate": lambda shape: float(shape["perSecond"]),
    "p99": lambda shape: float(shape["p99Ms"] or 0),
    "failures": lambda shape: float(shape["failures"]),
    "restarts": lambda shape: float(shape["restarts"]),
    "pending": lambda shape: float((shape["listeners"] or {}).get("pending") or 0),
}


def selected(shapes: Iterable[Shape], query: ActorsQuery) -> list[Shape]:
    """Those that the query wants; without a sort in the order of the tree."""
    found = [
        shape
        for shape in shapes
        if query.empresa_id in (None, shape["empresaId"])
        and (query.state is None or query.state in (shape["state"], _answer(shape)))
    ]
    return sorted(found, key=SORTS[query.sort], reverse=True) if query.sort else found


def shape(actor: ActorInfo, processes: Mapping[int, ProcessInfo]) -> Shape:
    """One actor."""
    look, now = actor.look, time.monotonic()
    return {
        "urn": actor.urn,
        "class": actor.class_name,
        "name": actor.name,
        "parent": actor.parent,
        "empresaId": actor.empresa_id,
        "state": actor.state,
        "responsive": actor.is_responsive,
        "inbox": actor.inbox,
        "oldestMs": _ms(actor.oldest),
        "busyWith": actor.busy_with,
        "busyMs": _ms(actor.busy_for),
        "handled": actor.handled,
        "perSecond": actor.per_second,
        "p50Ms": _fine_ms(actor.p50),
        "p99Ms": _fine_ms(actor.p99),
        "startedAt": iso(actor.started_at),
        "uptimeMs": _ms((datetime.now(UTC) - actor.started_at).total_seconds()),
        "failures": actor.failures,
        "restarts": actor.restarts,
        "restartDueAt": _moment(actor.waiting.due_at, now),
        "lastFailure": _failure(actor.last_failure) if actor.last_failure else None,
        "breaker": actor.waiting.cause,
        "pid": look.pid,
        "link": _link(look.link) if look.link else None,
        "listeners": (
            None
            if look.listeners is None
            else {"count": look.listeners, "pending": look.pending or 0}
        ),
        "worker": _worker(actor, look.pid, processes.get(look.pid), now) if look.pid else None,
    }


def process_shape(pid: int, process: ProcessInfo | None) -> Shape:
    """What the kernel says of a process; null where it does not."""
    return {
        "pid": pid,
        "cpuPercent": process.cpu_percent if process else None,
        "pssBytes": process.pss if process else None,
        "threads": process.threads if process else None,
        "descriptors": process.descriptors if process else None,
    }


def _worker(actor: ActorInfo, pid: int, process: ProcessInfo | None, now: float) -> Shape:
    heard_at = actor.look.heard_at
    return {
        **process_shape(pid, process),
        "journalBacklog": actor.look.backlog,
        "heardMs": None if heard_at is None else _ms(now - heard_at),
    }


def _link(link: Link) -> Shape:
    return {
        "heardAt": iso(link.heard_at) if link.heard_at else None,
        "roundTripMs": link.round_trip_ms,
        "ackMs": link.ack_ms,
        "undecryptable": link.undecryptable,
    }


def _failure(failure: Failure) -> Shape:
    return {
        "error": _harmless(failure.error),
        "traceback": _harmless(failure.traceback),
        "at": iso(failure.at),
    }


@lru_cache(maxsize=256)
def _harmless(text: str) -> str:
    """Without secrets; a failure is shown again and again, and its text never changes."""
    return scrub(text)


def _answer(shape: Shape) -> str:
    return "responsive" if shape["responsive"] else "unresponsive"


def _moment(due_at: float | None, now: float) -> str | None:
    """Of the monotonic clock, as a time of day."""
    return None if due_at is None else iso(datetime.now(UTC) + timedelta(seconds=due_at - now))


def _ms(seconds: float) -> int:
    return round(1000 * seconds)


def _fine_ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 3)
