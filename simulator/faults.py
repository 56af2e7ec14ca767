"""What goes wrong on purpose: the faults in force, and whose turn it is to be struck.

A fault does nothing itself. Where something can go wrong the server asks `strike` whether it
shall; what there is to ask for, and with which options, stands in `fault_kinds`.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from simulator.line import Line

Options = dict[str, object]


@dataclass(eq=False)
class Fault:
    """One fault."""

    kind: str
    number: str | None = None
    """Whom it strikes, digits only; None: everybody."""
    times: int | None = None
    """How often it strikes; None: until it is cleared."""
    options: Options = field(default_factory=dict)
    id: int = 0
    struck: int = 0
    victims: set[str] = field(default_factory=set)
    """The ids of the messages that it has struck."""
    lines: "WeakSet[Line]" = field(default_factory=WeakSet)
    """The lines that it keeps from working as they should, until it is cleared."""

    def strikes(self, number: str | None, given: Options) -> bool:
        """Tell whether it strikes this number in these circumstances; if so it has."""
        if self.times is not None and self.struck >= self.times:
            return False
        if self.number not in (None, number):
            return False
        if any(self.options.get(name) != value for name, value in given.items()):
            return False
        self.struck += 1
        return True

    def told(self) -> Options:
        """Return what the admin API says of it."""
        number = f"+{self.number}" if self.number else None
        head: Options = {"id": self.id, "kind": self.kind, "number": number}
        return {**head, "times": self.times, "struck": self.struck, **self.options}


class Faults:
    """The faults in force, the oldest first. Used on the event loop only."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = count(1)

    def set(self, fault: Fault) -> None:
        """Put a fault in force, and give it its id."""
        fault.id = next(self._ids)
        self._faults.append(fault)

    def clear(self, *, number: str | None = None, **wanted: object) -> list[Fault]:
        """Take away the faults of a number, an id, a kind, or all; return them.

        Whoever clears them also lifts them off their lines: `stages.clear`. One that has struck
        as often as it should is there until then, as what it has struck stays struck.
        """
        cleared = [
            fault
            for fault in self._faults
            if number in (None, fault.number)
            and all(getattr(fault, name) == value for name, value in wanted.items())
        ]
        self._faults = [fault for fault in self._faults if fault not in cleared]
        return cleared

    def all(self) -> list[Fault]:
        """Return the faults that have not been cleared."""
        return list(self._faults)

    def strike(self, kind: str, number: str | None, **given: object) -> Fault | None:
        """Return the first fault that strikes now, which counts; None: all goes well."""
        ours = (fault for fault in self._faults if fault.kind == kind)
        return next((fault for fault in ours if fault.strikes(number, given)), None)

    def victor(self, message: str) -> Fault | None:
        """Return the fault in force that has struck a message, by the message's id."""
        return next((fault for fault in self._faults if message in fault.victims), None)
