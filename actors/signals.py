"""What actors tell and ask one another about what is worth something only now."""

from __future__ import annotations

from dataclasses import dataclass

from whatsapp import port

TypingState = port.TypingState
ShowTyping = port.ShowTyping
FollowPresence = port.FollowPresence
FindPicture = port.FindPicture
TellRead = port.TellRead
Signal = port.Signal
SignalSeen = port.SignalSeen
"""To a broadcast as it came from the client: for those who listen now, and never stored."""


@dataclass(frozen=True, slots=True)
class SendSignal:
    """To a session. Answer: None at once, or of a question WhatsApp's answer, as the port has it.

    The number of a question is the session's to give. Refused: `EmpresaNotConnected`, and
    `Unavailable` where WhatsApp does not answer.
    """

    signal: Signal
