"""The steps that several rules share."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from actors.machine.model import Afterwards, Decision, Do, Effect, Process, Session
from actors.status import Reason, State, Status


def to(s: Session, state: State, reason: Reason | None, now: datetime) -> Session:
    """In `state` from now on; what belonged to the state before (a QR, a ban's end) is gone."""
    same = s.status.state is state and s.status.reason is reason
    status = Status(
        state=state,
        reason=reason,
        since=s.status.since if same else now,
        phone_number=s.status.phone_number if s.is_linked else None,
    )
    return replace(s, status=status)


def trying(s: Session, reason: Reason, now: datetime) -> Session:
    """Without a link, and after one again: what was never linked has nothing to reconnect."""
    return to(s, State.CONNECTING if s.is_pairing else State.RECONNECTING, reason, now)


def begin(
    s: Session,
    now: datetime,
    first: tuple[Effect, ...] = (),
    *,
    reason: Reason | None = None,
    phone: str | None = None,
) -> Decision:
    """A fresh client, once the present one is gone: to log in, or to be paired."""
    s = to(s, State.CONNECTING, reason, now)
    phone = None if s.is_linked else phone
    s = replace(s, is_pairing=not s.is_linked, pairing_phone=phone, is_unlinking=False, retries=0)
    if s.process is Process.NONE:
        return start(s, first)
    return end(s, Afterwards.START, first)


def start(s: Session, first: tuple[Effect, ...] = ()) -> Decision:
    """A client, where there is none."""
    s = replace(s, process=Process.RUNNING, afterwards=Afterwards.STAY)
    return s, (*first, Do.START_CLIENT, Do.AWAIT_PROGRESS)


def end(
    s: Session, afterwards: Afterwards, first: tuple[Effect, ...] = (), how: Do = Do.END_CLIENT
) -> Decision:
    """The client, where there is one, is ended; what follows comes with its end."""
    is_running = s.process is Process.RUNNING
    s = replace(s, process=Process.ENDING, afterwards=afterwards)
    return s, (*first, Do.PROGRESSED, *((how,) if is_running else ()))


def stop(
    s: Session, state: State, reason: Reason | None, now: datetime, first: tuple[Effect, ...] = ()
) -> Decision:
    """Into an end state; credentials that are void go once no client uses them."""
    s = to(s, state, reason, now)
    s = replace(s, is_pairing=False, pairing_phone=None, is_unlinking=False, retries=0)
    if s.process is not Process.NONE:
        return end(s, Afterwards.STAY, first)
    return s, (*first, Do.PROGRESSED, *forgetting(s))


def unlinked(s: Session, now: datetime, *, confirmed: bool) -> Decision:
    """The credentials are void by request; who wished to connect meanwhile is paired anew."""
    s = replace(s, is_linked=False)
    if s.wanted:
        return begin(s, now)
    reason = Reason.BY_REQUEST if confirmed else Reason.UNLINK_UNCONFIRMED
    return stop(s, State.LOGGED_OUT, reason, now)


def forgetting(s: Session) -> tuple[Effect, ...]:
    """Remove credentials that are void."""
    return () if s.is_linked else (Do.FORGET,)


def waiting(s: Session) -> tuple[Effect, ...]:
    """An outdated client that is wished would be tried again, if it were for everybody."""
    is_outdated = s.status.state is State.CLIENT_OUTDATED
    return (Do.RETRY_LATER,) if is_outdated and s.wanted and s.is_linked else ()
