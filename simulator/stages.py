"""Faults of a line: what strikes a connection that has come to a stage of its life."""

from typing import TYPE_CHECKING

from simulator.faults import Fault, Faults
from simulator.nodes import node
from simulator.pipe import Lateness

if TYPE_CHECKING:
    from simulator.connection import Connection
    from simulator.line import Line

LINE_KINDS = ("blackhole", "unanswered", "drop")
LIVE = "live"


def reach(faults: Faults, line: "Line", stage: str) -> None:
    """Let the faults of this stage strike a line that has come to it."""
    if not line.is_late and (delay := faults.strike("delay", line.number)):
        _slow_down(delay, line)
    for kind in LINE_KINDS:
        if fault := faults.strike(kind, line.number, at=stage):
            _strike(fault, line)


def reach_live(faults: Faults, connection: "Connection") -> None:
    """Let the faults of the last stage strike a connection that has come to it."""
    reach(faults, connection.line, LIVE)
    if fault := faults.strike("stream-error", connection.line.number):
        _end(fault, connection)


def strike_present(fault: Fault, connections: "list[Connection]") -> None:
    """Let a new fault strike at once who is there, if it is one that can."""
    for connection in connections:
        line = connection.line
        if fault.kind == "delay":
            if not line.is_late and fault.strikes(line.number, {}):
                _slow_down(fault, line)
        elif not connection.live:
            continue
        elif fault.kind in LINE_KINDS:
            if fault.strikes(line.number, {"at": LIVE}):
                _strike(fault, line)
        elif fault.kind == "stream-error" and fault.strikes(line.number, {}):
            _end(fault, connection)


def clear(faults: Faults, *, number: str | None = None, **wanted: object) -> list[Fault]:
    """Clear faults as `Faults.clear` does, and let their lines work again; return them."""
    cleared = faults.clear(number=number, **wanted)
    for fault in cleared:
        for line in fault.lines:
            _lift(fault, line)
    return cleared


def _strike(fault: Fault, line: "Line") -> None:
    if fault.kind == "blackhole":
        line.cut()
        fault.lines.add(line)
    elif fault.kind == "unanswered":
        line.hold()
        fault.lines.add(line)
    else:
        line.abort(reset=fault.options["how"] == "rst")


def _slow_down(fault: Fault, line: "Line") -> None:
    ms, jitter = int(str(fault.options["ms"])), int(str(fault.options["jitter"]))
    line.slow_down(Lateness(ms / 1000, jitter / 1000))
    fault.lines.add(line)


def _lift(fault: Fault, line: "Line") -> None:
    if fault.kind == "blackhole":
        line.mend()
    elif fault.kind == "unanswered":
        line.release()
    else:
        line.slow_down(None)


def _end(fault: Fault, connection: "Connection") -> None:
    conflict, code = fault.options.get("conflict"), fault.options.get("code")
    parts = [node("conflict", {"type": str(conflict)})] if conflict else None
    connection.end(node("stream:error", {"code": None if code is None else str(code)}, parts))
