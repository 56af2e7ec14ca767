"""The one shape of events and statuses: ledger, REST and WebSocket alike. JSON-ready dicts."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from actors.messages import StoredStatus
from actors.sentences import sentence
from actors.status import Reason, State, Status


def iso(moment: datetime) -> str:
    """ISO 8601, UTC, milliseconds: `2026-11-24T14:16:54.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def png_data_url(png: bytes) -> str:
    """The picture as a `data:` URL."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def status_data(status: Status, age_seconds: float = 0.0, *, secrets: bool) -> dict[str, Any]:
    """A status as the CRM reads it; `secrets` False leaves QR and pairing code null."""
    qr = status.qr if secrets else None
    code = status.pairing_code if secrets else None
    return {
        "connected": status.connected,
        "qrCode": png_data_url(qr.png) if qr else None,
        "phoneNumber": status.phone_number,
        "connectionStatus": "connected" if status.connected else "disconnected",
        "state": status.state.value,
        "reason": status.reason.value if status.reason else None,
        "since": iso(status.since),
        "message": sentence(status),
        "pairingCode": code.code if code else None,
        "until": iso(status.until) if status.until else None,
        "ageMs": round(age_seconds * 1000),
    }


def passing_shape(kind: str, empresa_id: int, data: Any, **beside: object) -> dict[str, Any]:
    """An event without a number, which is never stored; `beside` stands next to `data`."""
    return {
        "type": kind,
        "empresaId": empresa_id,
        "at": iso(datetime.now(UTC)),
        "data": data,
        **beside,
    }


def gap_shape(empresa_id: int, gap: tuple[int, int]) -> dict[str, Any]:
    """Numbers that retention has removed, both ends included."""
    return passing_shape("gap", empresa_id, {"from": gap[0], "to": gap[1]})


def stored(empresa_id: int, status: Status, last_number: str | None) -> StoredStatus:
    """What of a status the database keeps."""
    return StoredStatus(
        empresa_id=empresa_id,
        state=status.state.value,
        reason=status.reason.value if status.reason else None,
        since=status.since,
        phone_number=last_number,
        until=status.until,
    )


def restored(status: StoredStatus) -> Status:
    """The status that the database kept; whether the number is still linked is not known there."""
    return Status(
        state=State(status.state),
        since=status.since,
        reason=Reason(status.reason) if status.reason else None,
        until=status.until,
    )
