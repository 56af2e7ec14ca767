"""The text of what a broadcast sends to its listeners."""

from __future__ import annotations

import json
from typing import Any

from actors.messages import LedgerEvent
from actors.shape import iso, passing_shape, png_data_url, status_data
from actors.status import Status

#: Made once: `json.dumps` would make one for each frame.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def frame(shape: dict[str, Any]) -> str:
    """One frame: compact JSON."""
    return _encode(shape)


def event_frame(event: LedgerEvent) -> str:
    """Of a numbered event, around its data as it is stored."""
    beside = frame({"type": event.type, "empresaId": event.empresa_id, "seq": event.seq})
    return f'{beside[:-1]},"at":"{iso(event.at)}","data":{event.json}}}'


def passing_frame(empresa_id: int, kind: str, data: object, **beside: object) -> str:
    """Of what is never stored."""
    return frame(passing_shape(kind, empresa_id, data, **beside))


def secret_frames(empresa_id: int, status: Status, before: Status | None) -> list[str]:
    """The current QR or pairing code, where it is another than before."""
    frames = []
    qr, code = status.qr, status.pairing_code
    if qr and (before is None or before.qr != qr):
        beside: dict[str, Any] = {"attempt": qr.attempt, "expiresAt": iso(qr.expires_at)}
        frames.append(passing_frame(empresa_id, "qr", png_data_url(qr.png), **beside))
    if code and (before is None or before.pairing_code != code):
        beside = {"phoneNumber": code.phone_number, "expiresAt": iso(code.expires_at)}
        frames.append(passing_frame(empresa_id, "pairing_code", code.code, **beside))
    return frames


class StatusText:
    """What the status question is answered with: all but the age is made once for all askers."""

    __slots__ = ("_said_at", "_status", "_text")

    def __init__(self, status: Status, said_at: float) -> None:
        self._status = status
        self._said_at = said_at
        self._text = ""

    def at(self, now: float) -> str:
        """JSON, of this moment on the monotonic clock."""
        if not self._text:
            data = status_data(self._status, secrets=True)
            del data["ageMs"]
            self._text = frame(data)[:-1]
        return f'{self._text},"ageMs":{round((now - self._said_at) * 1000)}}}'


def status_mark(status: Status) -> tuple[str, str]:
    """What a numbered `status` event has in common with the snapshot of its moment."""
    return status.state.value, iso(status.since)
