"""What actors tell and ask one another about message handlers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from persistence import handler_values as values

ChosenHandler = values.ChosenHandler
StoredHandler = values.StoredHandler
Remembered = values.Remembered
HandlerStep = values.HandlerStep


# --- to the archive --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChooseHandler:
    """Give an empresa this handler, or None. Answer: None, once committed.

    Another one begins at the end of the ledger. Refused: `EmpresaNotFound`.
    """

    empresa_id: int
    chosen: ChosenHandler | None


@dataclass(frozen=True, slots=True)
class TakeHandlerStep:
    """Store what came of some events. Answer: whether it was taken, once committed.

    False: it was taken before, or the handler is another by now.
    """

    step: HandlerStep

    @property
    def empresa_id(self) -> int:
        """Whose it is."""
        return self.step.empresa_id


# --- to a reader -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HandlerOf:
    """Answer: `StoredHandler`, or None: the empresa has none, or is unknown."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class RememberedOf:
    """Answer: `Remembered`: what is kept of the conversation in a chat."""

    empresa_id: int
    chat: str
    phone: str | None
    """E.164, of who is in it, where that is known."""


# --- to the registry -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HandlerChanged:
    """The empresa's stored handler is another, or has other settings: begin anew with it.

    Answer: None, once that has begun.
    """

    empresa_id: int


@dataclass(frozen=True, slots=True)
class HandlerDue:
    """Time to start a handler actor in place of one that died."""

    empresa_id: int


# --- to a handler actor ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HandlerNow:
    """Answer: `HandlerLook`."""


@dataclass(frozen=True, slots=True)
class HandlerLook:
    """How a handler fares."""

    state: str
    """`running`; `retrying`: it failed, and is asked again; `paused`: it failed too often, or does
    not begin; `unknown_handler`: this server does not know it."""
    until: datetime | None
    """When it is asked again."""
    position: int
    """All events up to this number are dealt with."""
