"""What the client's reports and the session's own deadlines mean, in each state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from actors.machine.model import (
    DEAD_MS,
    END_STATES,
    SILENT_MS,
    Afterwards,
    Decision,
    Do,
    NumberChanged,
    PairingOverdue,
    Process,
    ProgressOverdue,
    RetryDue,
    SendOverdue,
    Session,
    UnlinkOverdue,
    Wanted,
)
from actors.machine.steps import end, forgetting, start, stop, to, trying, unlinked, waiting
from actors.status import PairingCode, Qr, Reason, State
from whatsapp import port

#: Why a client may end by itself: not the client is the cause, so it is tried for ever.
_OUTER_REASONS = frozenset(
    {
        Reason.WHATSAPP_UNREACHABLE,
        Reason.WHATSAPP_UNAVAILABLE,
        Reason.LINK_SILENT,
        Reason.JOURNAL_UNWRITABLE,
    }
)

#: States of a client that is on its way, or will be as soon as it may try again.
_UNDER_WAY = (State.CONNECTING, State.RECONNECTING)

#: What a pairing is that its client neither finishes nor gives up.
_EXPIRED = {
    State.AWAITING_SCAN: Reason.QR_EXPIRED,
    State.AWAITING_CODE: Reason.CODE_EXPIRED,
}


def client_started(s: Session, event: port.ClientStarted, now: datetime) -> Decision:
    """It finds credentials or not, whatever the session believed."""
    if event.linked:
        return replace(s, is_linked=True, is_pairing=False, pairing_phone=None), ()
    s = replace(s, is_linked=False)
    if s.is_pairing:
        return s, ()
    # The credentials are gone, and nobody has asked for a QR.
    return stop(s, State.LOGGED_OUT, Reason.REMOVED_BY_PHONE, now)


def qr_shown(s: Session, event: port.QrShown, now: datetime) -> Decision:
    """A QR, if somebody wishes one."""
    if not s.is_pairing:
        return s, ()
    s = to(s, State.AWAITING_SCAN, None, now)
    qr = Qr(event.png, event.attempt, event.expires_at)
    return replace(s, status=replace(s.status, qr=qr)), (Do.AWAIT_SCAN, Do.AWAIT_SIGN)


def code_shown(s: Session, event: port.PairingCodeShown, now: datetime) -> Decision:
    """A pairing code, if somebody wishes one."""
    if not s.is_pairing:
        return s, ()
    s = to(s, State.AWAITING_CODE, None, now)
    code = PairingCode(event.code, event.phone_number, event.expires_at)
    s = replace(s, status=replace(s.status, pairing_code=code))
    return s, (Do.AWAIT_SCAN, Do.AWAIT_SIGN)


def pairing_failed(s: Session, event: port.PairingFailed, now: datetime) -> Decision:
    """Over without a link: a new QR comes only by a new wish."""
    return stop(s, State.STOPPED, Reason(event.reason), now)


def paired(s: Session, event: port.Paired, now: datetime) -> Decision:
    """The phone has accepted; the login follows."""
    s = replace(s, is_linked=True, is_pairing=False, pairing_phone=None)
    s = to(s, State.CONNECTING, None, now)
    return replace(s, status=replace(s.status, phone_number=event.phone_number)), (
        Do.AWAIT_PROGRESS,
    )


def link_up(s: Session, event: port.LinkUp, now: datetime) -> Decision:
    """Connected; or, where it connected only to be unlinked, that comes now."""
    before, after = s.last_number, event.phone_number
    s = replace(s, is_linked=True, is_pairing=False, retries=0, last_number=after)
    if not s.is_unlinking:
        s = to(s, State.CONNECTED, None, now)
    s = replace(s, status=replace(s.status, phone_number=after))
    changed = (NumberChanged(before, after),) if before and before != after else ()
    return s, (*changed, *((Do.PROGRESSED, Do.LOG_OUT) if s.is_unlinking else (Do.AWAIT_SIGN,)))


def link_down(s: Session, event: port.LinkDown, now: datetime) -> Decision:
    """Never an end: the client tries again, or ends and is started again."""
    if s.is_unlinking:
        return s, ()
    return trying(s, Reason(event.reason), now), (Do.AWAIT_PROGRESS,)


def link_checked(s: Session, event: port.LinkChecked, now: datetime) -> Decision:
    """The kernel's word on the last sign of life."""
    state, silence = s.status.state, event.silence_ms
    heard_at = now - timedelta(milliseconds=silence)
    s = replace(s, link=replace(s.link, heard_at=heard_at, round_trip_ms=event.round_trip_ms))
    if s.is_unlinking or not s.status.connected:
        return s, ()
    if silence >= DEAD_MS:
        s = to(s, State.RECONNECTING, Reason.LINK_SILENT, now)
        # Through the registry: it may be everybody's.
        return end(s, Afterwards.RETRY, how=Do.KILL_CLIENT)
    if state is State.CONNECTED and silence >= SILENT_MS:
        s = to(s, State.DEGRADED, Reason.LINK_SILENT, now)
    elif state is State.DEGRADED and silence < SILENT_MS:
        s = to(s, State.CONNECTED, None, now)
    return s, (Do.AWAIT_SIGN,)


def _still_showing(s: Session, reason: Reason | None, now: datetime) -> Session:
    """The same QR or code: a client that is silent may yet be there."""
    since = s.status.since if s.status.reason is reason else now
    return replace(s, status=replace(s.status, reason=reason, since=since))


def alive(s: Session, _event: port.Alive, now: datetime) -> Decision:
    """The client works, and has not been told that the link is down."""
    if s.status.state in _EXPIRED:
        return _still_showing(s, None, now), (Do.AWAIT_SIGN,)
    if s.is_unlinking or not s.status.connected:
        return s, ()
    return to(s, State.CONNECTED, None, now), (Do.AWAIT_SIGN,)


def undecryptable(s: Session, _event: port.Undecryptable, _now: datetime) -> Decision:
    """Counted: the library asks its sender to repeat it by itself."""
    return replace(s, link=replace(s.link, undecryptable=s.link.undecryptable + 1)), ()


def logged_out(s: Session, _event: port.LoggedOut, now: datetime) -> Decision:
    """The credentials are void. Never by itself into a new QR."""
    if s.is_unlinking:
        return unlinked(s, now, confirmed=True)
    wish = (Wanted(wanted=False),) if s.wanted else ()
    s = replace(s, wanted=False, is_linked=False)
    return stop(s, State.LOGGED_OUT, Reason.REMOVED_BY_PHONE, now, wish)


def logout_done(s: Session, event: port.LogoutDone, now: datetime) -> Decision:
    """The answer to the unlinking, where one is still wished."""
    return unlinked(s, now, confirmed=event.unlinked) if s.is_unlinking else (s, ())


def banned(s: Session, event: port.Banned, now: datetime) -> Decision:
    """Stay away until somebody tries again."""
    s, effects = stop(s, State.BANNED, None, now)
    return replace(s, status=replace(s.status, until=event.until)), effects


def replaced(s: Session, _event: port.Replaced, now: datetime) -> Decision:
    """Stay away: two clients would take the link from one another for ever."""
    return stop(s, State.REPLACED, None, now)


def outdated(s: Session, _event: port.ClientOutdated, now: datetime) -> Decision:
    """Only an upgrade helps; the registry tries again where it is everybody's fate."""
    return stop(s, State.CLIENT_OUTDATED, None, now)


def client_ended(s: Session, event: port.ClientEnded, now: datetime) -> Decision:
    """What was to follow; where nothing was, the supervisor decides."""
    was, s = s.process, replace(s, process=Process.NONE)
    if was is Process.RUNNING and event.cause == "journal_unwritable" and not s.is_unlinking:
        s = trying(s, Reason.JOURNAL_UNWRITABLE, now)
    if was is Process.ENDING and s.afterwards is Afterwards.START:
        return start(s, forgetting(s))
    if was is Process.ENDING and s.afterwards is Afterwards.STAY:
        return s, (*forgetting(s), Do.DRAIN_JOURNAL, *waiting(s))
    if s.is_unlinking:
        s, effects = unlinked(s, now, confirmed=False)
        return s, (*effects, Do.DRAIN_JOURNAL)
    if was is Process.ENDING or s.status.reason in _OUTER_REASONS:
        s = replace(s, retries=s.retries + 1, afterwards=Afterwards.STAY)
        return s, (Do.PROGRESSED, Do.DRAIN_JOURNAL, Do.RETRY_LATER)
    return trying(s, Reason.WORKER_DIED, now), (Do.FAIL,)


def retry_due(s: Session, _event: RetryDue, now: datetime) -> Decision:
    """Try again, if it is still wished."""
    if waiting(s) and s.process is Process.NONE:
        return start(to(s, State.CONNECTING, None, now))
    if s.status.state in _UNDER_WAY and s.process is Process.NONE:
        return start(s)
    return s, ()


def progress_overdue(s: Session, _event: ProgressOverdue, now: datetime) -> Decision:
    """The client hangs: WhatsApp does not answer, or the library blocks. A fresh one tries."""
    state = s.status.state
    if s.process is not Process.RUNNING or state in END_STATES or s.is_unlinking:
        return s, ()
    if state is State.CONNECTED:
        return to(s, State.DEGRADED, Reason.LINK_SILENT, now), (Do.AWAIT_LAST_SIGN,)
    if state in _EXPIRED and s.status.reason is None:
        return _still_showing(s, Reason.LINK_SILENT, now), (Do.AWAIT_LAST_SIGN,)
    known = s.status.reason if s.status.reason in _OUTER_REASONS else None
    s = trying(s, known or Reason.WHATSAPP_UNREACHABLE, now)
    return end(s, Afterwards.RETRY, how=Do.KILL_CLIENT)


def send_overdue(s: Session, _event: SendOverdue, now: datetime) -> Decision:
    """The library waits for an answer for longer than anybody may: a fresh client finds out."""
    if s.process is not Process.RUNNING or not s.status.connected:
        return s, ()
    return end(trying(s, Reason.LINK_SILENT, now), Afterwards.RETRY, how=Do.KILL_CLIENT)


def pairing_overdue(s: Session, _event: PairingOverdue, now: datetime) -> Decision:
    """The client neither finishes the pairing nor gives it up."""
    state = s.status.state
    if s.process is Process.RUNNING and state in _EXPIRED:
        return stop(s, State.STOPPED, _EXPIRED[state], now)
    return s, ()


def unlink_overdue(s: Session, _event: UnlinkOverdue, now: datetime) -> Decision:
    """WhatsApp could not be told in time; the credentials go all the same."""
    return unlinked(s, now, confirmed=False) if s.is_unlinking else (s, ())
