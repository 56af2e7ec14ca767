"""What the shop and the operator wish, in each state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from actors import messages as m
from actors.machine.model import (
    END_STATES,
    Afterwards,
    Decision,
    Do,
    Effect,
    Opened,
    Process,
    Session,
    Wanted,
)
from actors.machine.steps import begin, forgetting, start, stop, to, waiting
from actors.status import Reason, State

#: States of a session that had a link; found without credentials, the link is gone.
_LINKED_STATES = frozenset({State.CONNECTED, State.DEGRADED, State.RECONNECTING})


def opened(s: Session, event: Opened, now: datetime) -> Decision:
    """Go on from what is stored: by itself only with credentials, never into a new QR."""
    s = replace(s, process=Process.NONE, afterwards=Afterwards.STAY, is_pairing=False)
    s = replace(s, is_unlinking=s.is_linked and s.status.reason is Reason.UNLINKING)
    state = s.status.state
    if s.is_unlinking:
        # Whatever cut it off: somebody wished the credentials gone.
        return start(s, (Do.AWAIT_UNLINK,))
    if event.is_exhausted:
        return to(s, State.FAILED, Reason.RESTARTS_EXHAUSTED, now), (Do.DRAIN_JOURNAL,)
    if state in END_STATES - {State.FAILED}:
        return s, (*forgetting(s), Do.DRAIN_JOURNAL, *waiting(s))
    if not s.is_linked:
        return _opened_unlinked(s, event, now)
    if not s.wanted:
        return to(s, State.STOPPED, Reason.BY_REQUEST, now), (Do.DRAIN_JOURNAL,)
    if state is not State.RECONNECTING:
        s = to(s, State.CONNECTING, None, now)
    return start(s)


def _opened_unlinked(s: Session, event: Opened, now: datetime) -> Decision:
    if event.resume is not None:
        return begin(s, now, phone=event.resume.pairing_phone)
    s, effects = stop(s, *_without_a_link(s), now)
    return s, (*effects, Do.DRAIN_JOURNAL)


def _without_a_link(s: Session) -> tuple[State, Reason]:
    """What a session is whose credentials are gone, by what it was when it was cut off."""
    if s.status.reason is Reason.UNLINKING:
        return State.LOGGED_OUT, Reason.BY_REQUEST
    if s.status.state in _LINKED_STATES:
        return State.LOGGED_OUT, Reason.REMOVED_BY_PHONE
    return State.STOPPED, Reason.PAIRING_CANCELLED


def connect(s: Session, event: m.Connect, now: datetime) -> Decision:
    """Begin anew from every end state; elsewhere it is on its way already."""
    s, wish = _wanting(s, wanted=True)
    if s.is_unlinking:
        return s, wish
    if s.status.state in END_STATES:
        return begin(s, now, wish, phone=event.pairing_phone)
    if s.is_pairing and event.pairing_phone not in (None, s.pairing_phone):
        return begin(s, now, wish, phone=event.pairing_phone)
    return s, wish


def restart(s: Session, _event: m.Restart, now: datetime) -> Decision:
    """A fresh client from whatever state."""
    s, wish = _wanting(s, wanted=True)
    if s.is_unlinking:
        return s, wish
    return begin(s, now, wish, reason=Reason.BY_REQUEST, phone=s.pairing_phone)


def disconnect(s: Session, _event: m.Disconnect, now: datetime) -> Decision:
    """End the client, keep the link."""
    s, wish = _wanting(s, wanted=False)
    if s.is_unlinking or s.status.state in END_STATES - {State.FAILED}:
        return s, wish
    reason = Reason.PAIRING_CANCELLED if s.is_pairing else Reason.BY_REQUEST
    return stop(s, State.STOPPED, reason, now, wish)


def logout(s: Session, _event: m.Logout, now: datetime) -> Decision:
    """Unlink through the client, which is started for it where there is none."""
    s, wish = _wanting(s, wanted=False)
    if s.is_unlinking:
        return s, wish
    if not s.is_linked:
        return stop(s, State.LOGGED_OUT, Reason.BY_REQUEST, now, wish)
    is_up = s.status.connected and s.process is Process.RUNNING
    s = to(replace(s, is_unlinking=True, retries=0), State.CONNECTING, Reason.UNLINKING, now)
    wish = (*wish, Do.AWAIT_UNLINK)
    if is_up:
        return s, (*wish, Do.LOG_OUT)
    if s.process is Process.NONE:
        return start(s, wish)
    if s.process is Process.ENDING:
        s = replace(s, afterwards=Afterwards.START)
    return s, wish


def _wanting(s: Session, *, wanted: bool) -> tuple[Session, tuple[Effect, ...]]:
    effects = () if s.wanted is wanted else (Wanted(wanted),)
    return replace(s, wanted=wanted), effects
