"""What goes to and from the archive about messages that the API accepted."""

from __future__ import annotations

from dataclasses import dataclass

from persistence import outgoing_values as values

NewOutgoing = values.NewOutgoing
Idempotency = values.Idempotency
Accepted = values.Accepted
Change = values.Change
Waiting = values.Waiting
OutgoingMessage = values.OutgoingMessage


@dataclass(frozen=True, slots=True)
class AcceptMessage:
    """Store a message that is to be sent. Answer: `Accepted`, once it is committed.

    Refused: `EmpresaNotFound`, and `IdempotencyKeyReused` where the key stands for another body.
    """

    new: NewOutgoing

    @property
    def empresa_id(self) -> int:
        """Whose it is."""
        return self.new.empresa_id


@dataclass(frozen=True, slots=True)
class ChangeMessages:
    """Lead messages on. Answer: those of the changes that their states allowed, once committed."""

    empresa_id: int
    changes: tuple[Change, ...]


# --- to a reader -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaitingMessages:
    """Answer: `list[Waiting]`: at most `limit` that may still be sent, numbered above `after`."""

    empresa_id: int
    after: int
    limit: int


@dataclass(frozen=True, slots=True)
class MessageOf:
    """Answer: `OutgoingMessage`, by our id or WhatsApp's. Refused: `MessageNotFound`."""

    empresa_id: int
    name: str
