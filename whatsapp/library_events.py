"""What the library's events about the link mean in the port's terms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from whatsapp.port import Banned, ClientOutdated, LinkDown, LoggedOut, Replaced

Final: TypeAlias = LoggedOut | Replaced | Banned | ClientOutdated | LinkDown

#: neonize numbers the reasons of a ban anew; these are WhatsApp's own codes.
_BAN_CODES = {
    "SEND_TO_TOO_MANY_PEOPLE": 101,
    "BLOCKED_BY_USERS": 102,
    "CREATED_TOO_MANY_GROUPS": 103,
    "SENT_TOO_MANY_SAME_MESSAGE": 104,
    "BROADCAST_LIST": 106,
}


def interruption(name: str, event: Any, refusal: str | None) -> LinkDown | None:
    """What an event says of a link that the library tries to get back; None: nothing."""
    match name:
        case "Disconnected" if refusal:
            return LinkDown("whatsapp_unavailable", refusal)
        case "Disconnected":
            return LinkDown("whatsapp_unreachable", "the connection was closed")
        case "KeepAliveTimeout":
            return LinkDown("link_silent", f"{event.ErrorCount} pings went unanswered")
        case "StreamError":
            return LinkDown("whatsapp_unavailable", f"WhatsApp ended the stream: {event.Code}")
    return None


def final(name: str, event: Any) -> Final | None:
    """What an event says after which the library stays away; None: nothing."""
    match name:
        case "LoggedOut":
            return LoggedOut("WhatsApp refused the login" if event.OnConnect else "by the phone")
        case "StreamReplaced":
            return Replaced()
        case "TemporaryBan":
            return _ban(event)
        case "ClientOutdated":
            return ClientOutdated()
        case "ConnectFailure":
            return LinkDown("whatsapp_unavailable", _refusal(event))
    return None


def _refusal(event: Any) -> str:
    reason = event.Raw.Attrs if event.HasField("Raw") else ()
    codes = [attr.text for attr in reason if attr.name == "reason"]
    words = " ".join([*codes, event.Message]).strip()
    return f"WhatsApp refused the login: {words or 'it gave no reason'}"


def _ban(event: Any) -> Banned:
    # A code that neonize does not know leaves the field unset, and its default means another.
    name = event.TempBanReason.Name(event.Code) if event.HasField("Code") else ""
    until = datetime.now(UTC) + timedelta(seconds=event.Expire) if event.Expire else None
    return Banned(_BAN_CODES.get(name, 0), until)
