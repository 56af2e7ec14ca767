"""How a client's byte stream is cut: each frame is a 3-byte length and what it announces."""

from simulator.nodes import MalformedError
from simulator.noise import PROLOGUE

#: What official clients may put before the prologue: 2 bytes, 3-byte length, routing info.
ROUTED = b"ED"
ROUTED_HEAD = 7
LENGTH_BYTES = 3
#: Far above the largest frame of an honest client, the upload of 812 prekeys (40 kB).
MAX_FRAME = 1 << 20


class FrameReader:
    """Collects what arrives and gives whole frames back, in order."""

    def __init__(self, *, prologue: bool) -> None:
        self._buffer = bytearray()
        self._awaits_prologue = prologue

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; raise MalformedError for a wrong beginning or a frame too large."""
        self._buffer += data
        frames: list[bytes] = []
        if self._awaits_prologue and not self._skip_prologue():
            return frames
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _skip_prologue(self) -> bool:
        start = 0
        if self._buffer[:1] == ROUTED[:1]:
            if len(self._buffer) < ROUTED_HEAD:
                return False
            start = ROUTED_HEAD + int.from_bytes(self._buffer[4:ROUTED_HEAD])
            if not self._buffer.startswith(ROUTED) or start > MAX_FRAME:
                raise MalformedError("routing information that is none")
        seen = bytes(self._buffer[start : start + len(PROLOGUE)])
        if not PROLOGUE.startswith(seen):
            raise MalformedError("a stream that does not begin with WhatsApp's prologue")
        if seen != PROLOGUE:
            return False
        del self._buffer[: start + len(PROLOGUE)]
        self._awaits_prologue = False
        return True

    def _next(self) -> bytes | None:
        end = LENGTH_BYTES + int.from_bytes(self._buffer[:LENGTH_BYTES])
        if end > MAX_FRAME:
            raise MalformedError("a frame that is too large")
        if len(self._buffer) < max(end, LENGTH_BYTES):
            return None
        frame = bytes(self._buffer[LENGTH_BYTES:end])
        del self._buffer[:end]
        return frame


def framed(payload: bytes) -> bytes:
    """Return the payload as one frame."""
    return len(payload).to_bytes(LENGTH_BYTES) + payload
