"""What goes wrong on purpose."""

from dataclasses import dataclass


@dataclass
class Faults:
    """The faults in force."""

    refuse: bool = False
    """An outage: new connections are closed as they come."""
