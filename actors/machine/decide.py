"""The table of rules. Pure: `decide` maps what is, and what happened, to what is then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from actors import messages as m
from actors.machine import reports, wishes
from actors.machine.model import (
    Decision,
    Opened,
    PairingOverdue,
    Process,
    ProgressOverdue,
    RetryDue,
    SendOverdue,
    Session,
    UnlinkOverdue,
)
from whatsapp import port

_WISHES: dict[type, Callable[[Session, Any, datetime], Decision]] = {
    Opened: wishes.opened,
    m.Connect: wishes.connect,
    m.Restart: wishes.restart,
    m.Disconnect: wishes.disconnect,
    m.Logout: wishes.logout,
    RetryDue: reports.retry_due,
    ProgressOverdue: reports.progress_overdue,
    SendOverdue: reports.send_overdue,
    PairingOverdue: reports.pairing_overdue,
    UnlinkOverdue: reports.unlink_overdue,
    port.ClientEnded: reports.client_ended,
}

#: Reports that count only while the client runs: what one that is ending still says is history.
_REPORTS: dict[type, Callable[[Session, Any, datetime], Decision]] = {
    port.ClientStarted: reports.client_started,
    port.QrShown: reports.qr_shown,
    port.PairingCodeShown: reports.code_shown,
    port.PairingFailed: reports.pairing_failed,
    port.Paired: reports.paired,
    port.LinkUp: reports.link_up,
    port.LinkDown: reports.link_down,
    port.LinkChecked: reports.link_checked,
    port.Alive: reports.alive,
    port.Undecryptable: reports.undecryptable,
    port.LoggedOut: reports.logged_out,
    port.Banned: reports.banned,
    port.Replaced: reports.replaced,
    port.ClientOutdated: reports.outdated,
    port.LogoutDone: reports.logout_done,
}


def decide(session: Session, event: Any, now: datetime) -> Decision:
    """What follows from `event`. Raises TypeError for one that no session knows."""
    kind = type(event)
    if kind in _WISHES:
        return _WISHES[kind](session, event, now)
    if kind not in _REPORTS:
        raise TypeError(f"a session does not know {kind.__name__}")
    if session.process is not Process.RUNNING:
        return session, ()
    return _REPORTS[kind](session, event, now)
