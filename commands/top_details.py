"""All that there is to know of one actor, as text."""

from __future__ import annotations

from collections.abc import Iterator

from commands.admin_client import Actor
from commands.top_columns import NOTHING, UNRESPONSIVE, clock, number, span
from commands.top_summary import process

_WIDTH = 16


def label(actor: Actor) -> str:
    """How a sentence names it: `SessionActor of empresa 5`."""
    empresa = actor["empresaId"]
    return str(actor["class"]) + ("" if empresa is None else f" of empresa {empresa}")


def details(actor: Actor) -> str:
    """Every field, and the traceback of the last failure."""
    lines = [f"{name:<{_WIDTH}}{text}" for name, text in _fields(actor)]
    failure = actor["lastFailure"]
    if failure is not None:
        lines += ["", f"Last failure, at {clock(failure['at'])}: {failure['error']}", ""]
        lines += [failure["traceback"].rstrip()]
    return "\n".join(lines)


def _fields(actor: Actor) -> Iterator[tuple[str, str]]:
    yield "name", actor["name"]
    yield "urn", actor["urn"]
    answers = "" if actor["responsive"] else f", {UNRESPONSIVE}"
    yield "state", actor["state"] + answers
    yield "held for", actor["breaker"] or NOTHING
    yield "busy with", _busy(actor)
    yield "inbox", f"{actor['inbox']}, the oldest for {span(actor['oldestMs'])}"
    yield "messages", f"{actor['handled']}, {number(actor['perSecond'])} a second"
    yield "time of each", f"p50 {number(actor['p50Ms'])} ms, p99 {number(actor['p99Ms'])} ms"
    yield "runs since", f"{clock(actor['startedAt'])}, for {span(actor['uptimeMs'])}"
    yield "failures", f"{actor['failures']}; {actor['restarts']} restarts"
    yield "next restart", clock(actor["restartDueAt"])
    if actor["listeners"] is not None:
        listeners = actor["listeners"]
        yield "listeners", f"{listeners['count']}; the slowest has {listeners['pending']} pending"
    if actor["link"] is not None:
        yield "link", _link(actor)
    yield from _worker(actor)


def _busy(actor: Actor) -> str:
    if actor["busyWith"] is None:
        return NOTHING
    return f"{actor['busyWith']}, for {span(actor['busyMs'])}"


def _link(actor: Actor) -> str:
    link = actor["link"]
    return (
        f"heard at {clock(link['heardAt'])}, round trip {number(link['roundTripMs'])} ms, "
        f"{link['undecryptable']} undecryptable"
    )


def _worker(actor: Actor) -> Iterator[tuple[str, str]]:
    worker = actor["worker"]
    if worker is None:
        return
    yield "worker", f"pid {worker['pid']}: {process(worker)}"
    yield "heard of it", span(worker["heardMs"])
    yield "journal", f"{number(worker['journalBacklog'])} events not yet stored"
