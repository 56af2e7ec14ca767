"""The session's state machine, driven in every state."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors import machine
from actors import messages as m
from actors.machine import Do, Process, Session, Wanted
from actors.machine.model import END_STATES, Afterwards
from actors.status import Link, Reason, State, Status
from whatsapp import port

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)
NUMBER = "+5521999990001"

WISHES = [m.Connect(1), m.Connect(1, NUMBER), m.Disconnect(1), m.Logout(1), m.Restart(1)]
REPORTS = [
    port.ClientStarted(7, linked=True),
    port.ClientStarted(7, linked=False),
    port.QrShown(b"png", 1, LATER),
    port.PairingCodeShown("ABCD-EFGH", NUMBER, LATER),
    port.PairingFailed("qr_expired", ""),
    port.Paired(NUMBER, "1@lid"),
    port.LinkUp(NUMBER, "1@lid"),
    port.LinkDown("whatsapp_unreachable", ""),
    port.LinkChecked(100, 1.0, 0),
    port.LinkChecked(36_000, 1.0, 0),
    port.LinkChecked(46_000, 1.0, 0),
    port.Alive(),
    port.Undecryptable("3EB0"),
    port.LoggedOut(""),
    port.Banned(101, LATER),
    port.Replaced(),
    port.ClientOutdated(),
    port.LogoutDone(unlinked=True),
    port.LogoutDone(unlinked=False),
]
ENDED = port.ClientEnded(-9, "killed")
FULL = port.ClientEnded(74, "no space", "journal_unwritable")
DUE = [
    machine.RetryDue(),
    machine.ProgressOverdue(),
    machine.SendOverdue(),
    machine.PairingOverdue(),
    machine.UnlinkOverdue(),
]


def session(state: State = State.STOPPED, **changes: Any) -> Session:
    return replace(Session(1, Status(state, since=NOW), wanted=False, is_linked=False), **changes)


def run(start: Session, *events: Any) -> tuple[Session, list[Any]]:
    effects: list[Any] = []
    for event in events:
        start, more = machine.decide(start, event, LATER)
        effects.extend(more)
    return start, effects


CONNECTED = run(session(), m.Connect(1), port.Paired(NUMBER, None), port.LinkUp(NUMBER, None))[0]
PAIRING = run(session(), m.Connect(1), port.ClientStarted(7, linked=False), REPORTS[2])[0]


def every_session() -> list[Session]:
    flags: Any = itertools.product(State, Process, Afterwards, *[(False, True)] * 4)
    return [
        session(
            state,
            process=process,
            afterwards=afterwards,
            wanted=wanted,
            is_linked=is_linked,
            is_pairing=is_pairing and not is_linked,
            is_unlinking=is_unlinking and is_linked,
        )
        for state, process, afterwards, wanted, is_linked, is_pairing, is_unlinking in flags
    ]


def test_every_event_in_every_state_leads_to_a_state_with_its_effects_in_order() -> None:
    for start in every_session():
        for event in (*WISHES, *REPORTS, ENDED, FULL, *DUE):
            after, effects = machine.decide(start, event, LATER)
            assert isinstance(after.status.state, State)
            if Do.START_CLIENT in effects:
                # One client at a time: it begins only where none is.
                assert start.process is Process.NONE or event in {ENDED, FULL}
                assert after.process is Process.RUNNING
            if after.process is Process.ENDING and start.process is Process.RUNNING:
                assert Do.END_CLIENT in effects or Do.KILL_CLIENT in effects
            assert after.status.qr is None or after.status.state is State.AWAITING_SCAN
            assert not (after.status.phone_number and not after.is_linked)


def test_no_report_or_death_ever_leads_to_a_pairing_that_nobody_wished() -> None:
    for start in every_session():
        if start.is_pairing or (start.is_unlinking and start.wanted):
            continue
        for event in (*REPORTS, ENDED, FULL, *DUE, machine.Opened()):
            after, _ = machine.decide(start, event, LATER)
            assert not after.is_pairing
            if after.status.state in {State.AWAITING_SCAN, State.AWAITING_CODE}:
                assert after.status.state is start.status.state


def test_what_an_ending_client_still_says_changes_nothing() -> None:
    for start in every_session():
        if start.process is not Process.RUNNING:
            for report in REPORTS:
                assert machine.decide(start, report, LATER) == (start, ())


def test_an_event_that_no_session_knows_is_an_error() -> None:
    with pytest.raises(TypeError, match="str"):
        machine.decide(session(), "hello", NOW)


def test_connect_begins_a_pairing_and_the_scan_connects() -> None:
    after, effects = run(session(), m.Connect(1))
    assert effects == [Wanted(wanted=True), Do.START_CLIENT, Do.AWAIT_PROGRESS]
    assert after.status.state is State.CONNECTING
    assert PAIRING.status.state is State.AWAITING_SCAN
    assert PAIRING.status.qr is not None
    assert CONNECTED.status.state is State.CONNECTED
    assert CONNECTED.status.phone_number == NUMBER
    assert CONNECTED.status.qr is None


def test_connecting_twice_is_harmless_in_every_state_on_the_way() -> None:
    for start in (PAIRING, CONNECTED, run(session(), m.Connect(1))[0]):
        assert run(start, m.Connect(1)) == (start, [])


def test_a_code_is_asked_for_while_a_qr_is_shown_by_beginning_anew() -> None:
    after, effects = run(PAIRING, m.Connect(1, NUMBER))
    assert Do.END_CLIENT in effects
    after, effects = run(after, ENDED)
    assert Do.START_CLIENT in effects
    assert after.pairing_phone == NUMBER


def test_connect_begins_anew_from_every_end_state() -> None:
    for state in END_STATES:
        after, effects = run(session(state), m.Connect(1))
        assert after.status.state is State.CONNECTING
        assert Do.START_CLIENT in effects


def test_an_expired_qr_is_stopped_and_does_not_come_again_by_itself() -> None:
    after, effects = run(PAIRING, port.PairingFailed("qr_expired", ""), ENDED)
    assert (after.status.state, after.status.reason) == (State.STOPPED, Reason.QR_EXPIRED)
    assert Do.START_CLIENT not in effects
    assert Do.FORGET in effects


def test_disconnect_keeps_the_link_and_logout_removes_it() -> None:
    after, effects = run(CONNECTED, m.Disconnect(1), ENDED)
    assert (after.status.state, after.status.reason) == (State.STOPPED, Reason.BY_REQUEST)
    assert after.is_linked
    assert Do.FORGET not in effects
    after, effects = run(CONNECTED, m.Logout(1), port.LogoutDone(unlinked=True), ENDED)
    assert (after.status.state, after.status.reason) == (State.LOGGED_OUT, Reason.BY_REQUEST)
    assert effects.index(Do.LOG_OUT) < effects.index(Do.FORGET)
    assert not after.is_linked


def test_logout_of_a_disconnected_empresa_connects_to_unlink() -> None:
    stopped = run(CONNECTED, m.Disconnect(1), ENDED)[0]
    after, effects = run(stopped, m.Logout(1), port.ClientStarted(8, linked=True))
    assert Do.START_CLIENT in effects
    after, effects = run(after, port.LinkUp(NUMBER, None))
    assert Do.LOG_OUT in effects
    assert (after.status.state, after.status.reason) == (State.CONNECTING, Reason.UNLINKING)


def test_an_unlinking_that_was_cut_off_goes_on_at_the_next_start() -> None:
    for before in ([], [m.Connect(1)]):
        cut, _ = run(CONNECTED, m.Logout(1), *before)
        stored = session(cut.status.state, wanted=cut.wanted, is_linked=True, last_number=NUMBER)
        stored = replace(stored, status=replace(stored.status, reason=cut.status.reason))
        after, effects = run(stored, machine.Opened(), port.LinkUp(NUMBER, None))
        assert effects.index(Do.START_CLIENT) < effects.index(Do.LOG_OUT)
        after, effects = run(after, port.LogoutDone(unlinked=True), ENDED)
        assert Do.FORGET in effects
        assert after.is_pairing is bool(before)


def test_an_unlinking_that_was_cut_off_once_the_credentials_were_void_is_over() -> None:
    cut = run(CONNECTED, m.Logout(1))[0]
    after, effects = run(replace(cut, is_linked=False), machine.Opened())
    assert (after.status.state, after.status.reason) == (State.LOGGED_OUT, Reason.BY_REQUEST)
    assert Do.FORGET in effects
    assert Do.START_CLIENT not in effects


def test_what_void_credentials_left_behind_is_removed_at_the_next_start() -> None:
    for state in END_STATES - {State.FAILED}:
        assert Do.FORGET in run(session(state), machine.Opened())[1]
        assert Do.FORGET not in run(session(state, is_linked=True), machine.Opened())[1]


@pytest.mark.parametrize("last_number", [None, NUMBER])
def test_a_pairing_that_could_not_reach_whatsapp_was_not_removed_by_the_phone(
    last_number: str | None,
) -> None:
    """Found after a start of the server: no credentials, and what the shop was told last."""
    offline = run(PAIRING, port.LinkDown("whatsapp_unreachable", ""))[0]
    found = session(offline.status.state, wanted=True, last_number=last_number)
    after, _ = run(found, machine.Opened())
    assert (after.status.state, after.status.reason) == (State.STOPPED, Reason.PAIRING_CANCELLED)


@pytest.mark.parametrize(
    "trouble", [port.LinkDown("whatsapp_unreachable", ""), machine.ProgressOverdue()]
)
def test_a_pairing_that_cannot_reach_whatsapp_is_connecting_and_tried_again(
    trouble: object,
) -> None:
    offline, _ = run(session(), m.Connect(1), port.ClientStarted(7, linked=False), trouble)
    assert offline.status.state is State.CONNECTING
    assert offline.status.reason is Reason.WHATSAPP_UNREACHABLE
    waits, effects = run(offline, ENDED)
    assert Do.RETRY_LATER in effects
    tries, effects = run(waits, machine.RetryDue())
    assert Do.START_CLIENT in effects
    assert tries.is_pairing
    assert tries.status == offline.status


def test_logout_that_whatsapp_does_not_answer_deletes_the_credentials_and_says_so() -> None:
    offline = run(CONNECTED, port.LinkDown("whatsapp_unreachable", ""))[0]
    after, _ = run(offline, m.Logout(1), machine.UnlinkOverdue())
    assert after.status.reason is Reason.UNLINK_UNCONFIRMED
    after, effects = run(after, ENDED)
    assert after.status.state is State.LOGGED_OUT
    assert Do.FORGET in effects


def test_connect_during_an_unlinking_pairs_anew_after_it() -> None:
    after, effects = run(
        CONNECTED, m.Logout(1), m.Connect(1), port.LogoutDone(unlinked=True), ENDED
    )
    assert effects.index(Do.FORGET) < effects.index(Do.START_CLIENT)
    assert after.is_pairing
    assert after.status.state is State.CONNECTING


def test_a_removal_by_the_phone_ends_in_logged_out_and_is_no_longer_wished() -> None:
    after, effects = run(CONNECTED, port.LoggedOut("401"), ENDED)
    assert (after.status.state, after.status.reason) == (
        State.LOGGED_OUT,
        Reason.REMOVED_BY_PHONE,
    )
    assert Wanted(wanted=False) in effects
    assert Do.FORGET in effects
    assert Do.START_CLIENT not in effects


def test_a_client_that_dies_unannounced_fails_the_session_and_shows_why() -> None:
    after, effects = run(CONNECTED, ENDED)
    assert (after.status.state, after.status.reason) == (State.RECONNECTING, Reason.WORKER_DIED)
    assert after.status.phone_number == NUMBER
    assert effects == [Do.FAIL]


def test_a_client_that_dies_while_it_is_paired_is_followed_by_one_that_is_paired() -> None:
    wish = m.Connect(1, NUMBER)
    before = run(session(), wish, port.ClientStarted(7, linked=False))[0]
    died, effects = run(before, ENDED)
    assert (died.status.state, died.status.reason) == (State.CONNECTING, Reason.WORKER_DIED)
    assert effects == [Do.FAIL]
    again, effects = run(died, machine.Opened(resume=wish))
    assert (again.status.state, again.is_pairing, again.pairing_phone) == (
        State.CONNECTING,
        True,
        NUMBER,
    )
    assert Do.START_CLIENT in effects


def test_a_client_that_dies_again_before_it_is_connected_fails_the_session_again() -> None:
    died = run(CONNECTED, ENDED)[0]
    again, effects = run(died, machine.Opened(), port.ClientStarted(9, linked=True), ENDED)
    assert again.status.reason is Reason.WORKER_DIED
    assert effects[-1] is Do.FAIL


def test_a_dial_that_fails_is_retried_for_ever_and_is_no_failure() -> None:
    start = run(session(wanted=True, is_linked=True), machine.Opened())[0]
    start = replace(start, process=Process.RUNNING, status=CONNECTED.status)
    for attempt in range(1, 30):
        start, effects = run(start, port.LinkDown("whatsapp_unreachable", ""), ENDED)
        assert start.status.state is State.RECONNECTING
        assert start.retries == attempt
        assert Do.RETRY_LATER in effects
        assert Do.FAIL not in effects
        start, effects = run(start, machine.RetryDue())
        assert Do.START_CLIENT in effects


def test_a_journal_that_cannot_be_written_is_tried_for_ever_and_is_no_failure() -> None:
    start = CONNECTED
    for attempt in range(1, 30):
        start, effects = run(start, FULL)
        assert start.status.reason is Reason.JOURNAL_UNWRITABLE
        assert start.retries == attempt
        assert Do.RETRY_LATER in effects
        assert Do.FAIL not in effects
        start, effects = run(start, machine.RetryDue())
        assert Do.START_CLIENT in effects
    back = run(start, port.LinkUp(NUMBER, None))[0]
    assert back.status.state is State.CONNECTED


def test_silence_degrades_the_link_and_longer_silence_replaces_the_client() -> None:
    degraded, _ = run(CONNECTED, port.LinkChecked(36_000, 1.0, 1))
    assert (degraded.status.state, degraded.status.reason) == (
        State.DEGRADED,
        Reason.LINK_SILENT,
    )
    assert degraded.status.connected
    assert run(degraded, port.LinkChecked(10, 1.0, 0))[0].status.state is State.CONNECTED
    dead, effects = run(degraded, port.LinkChecked(45_000, 1.0, 1))
    assert dead.status.state is State.RECONNECTING
    assert Do.KILL_CLIENT in effects
    waits, effects = run(dead, ENDED)
    assert Do.RETRY_LATER in effects
    assert Do.START_CLIENT in run(waits, machine.RetryDue())[1]


def test_what_is_known_of_the_link_is_kept_and_what_could_not_be_read_is_counted() -> None:
    reports = [port.LinkChecked(1500, 23.5, 0), *[port.Undecryptable("3EB0")] * 2]
    after, effects = run(CONNECTED, *reports)
    assert after.link == Link(LATER - timedelta(seconds=1.5), 23.5, 2)
    assert after.status == CONNECTED.status
    assert Do.KILL_CLIENT not in effects


def test_a_client_without_a_sign_of_life_degrades_the_link_and_is_then_replaced() -> None:
    _, effects = run(session(), m.Connect(1), port.LinkUp(NUMBER, None))
    assert effects[-1] is Do.AWAIT_SIGN
    for sign in (port.LinkChecked(100, 1.0, 0), port.Alive()):
        after, effects = run(CONNECTED, sign)
        assert (after.status, effects) == (CONNECTED.status, [Do.AWAIT_SIGN])
    degraded, effects = run(CONNECTED, machine.ProgressOverdue())
    assert (degraded.status.state, degraded.status.reason) == (State.DEGRADED, Reason.LINK_SILENT)
    assert effects == [Do.AWAIT_LAST_SIGN]
    for sign in (port.LinkChecked(100, 1.0, 0), port.Alive()):
        after, effects = run(degraded, sign)
        assert (after.status.state, effects) == (State.CONNECTED, [Do.AWAIT_SIGN])
    dead, effects = run(degraded, machine.ProgressOverdue())
    assert (dead.status.state, dead.status.reason) == (State.RECONNECTING, Reason.LINK_SILENT)
    assert Do.KILL_CLIENT in effects
    assert Do.RETRY_LATER in run(dead, ENDED)[1]


def test_a_client_that_neither_pairs_nor_says_that_it_will_not_is_ended() -> None:
    _, effects = run(session(), m.Connect(1), port.QrShown(b"png", 1, LATER))
    assert Do.AWAIT_SCAN in effects
    after, effects = run(PAIRING, machine.PairingOverdue())
    assert (after.status.state, after.status.reason) == (State.STOPPED, Reason.QR_EXPIRED)
    assert Do.END_CLIENT in effects
    code = port.PairingCodeShown("ABCD-EFGH", NUMBER, LATER)
    typing, effects = run(session(), m.Connect(1, NUMBER), code)
    assert Do.AWAIT_SCAN in effects
    after, _ = run(typing, machine.PairingOverdue())
    assert (after.status.state, after.status.reason) == (State.STOPPED, Reason.CODE_EXPIRED)


def test_a_client_that_shows_a_qr_or_a_code_and_gives_no_sign_of_life_is_replaced() -> None:
    code = port.PairingCodeShown("ABCD-EFGH", NUMBER, LATER)
    typing, effects = run(session(), m.Connect(1, NUMBER), code)
    for shown in (PAIRING, typing):
        assert effects[-1] is Do.AWAIT_SIGN
        silent, effects = run(shown, machine.ProgressOverdue())
        assert silent.status == replace(shown.status, reason=Reason.LINK_SILENT, since=LATER)
        assert effects == [Do.AWAIT_LAST_SIGN]
        after, effects = run(silent, port.Alive())
        assert (after.status.reason, effects) == (None, [Do.AWAIT_SIGN])
        dead, effects = run(silent, machine.ProgressOverdue())
        assert (dead.status.state, dead.status.reason) == (State.CONNECTING, Reason.LINK_SILENT)
        assert Do.KILL_CLIENT in effects
        waits, effects = run(dead, ENDED)
        assert Do.RETRY_LATER in effects
        again, effects = run(waits, machine.RetryDue())
        assert Do.START_CLIENT in effects
        assert again.pairing_phone == shown.pairing_phone
        _, effects = run(session(), m.Connect(1), port.QrShown(b"png", 1, LATER))


def test_a_client_that_makes_no_progress_is_killed_and_tried_again() -> None:
    start = run(session(), m.Connect(1))[0]
    after, effects = run(start, machine.ProgressOverdue())
    assert after.status.reason is Reason.WHATSAPP_UNREACHABLE
    assert Do.KILL_CLIENT in effects
    after, effects = run(after, ENDED)
    assert Do.RETRY_LATER in effects
    assert after.is_pairing


def test_another_number_in_the_same_empresa_is_told() -> None:
    other = "+5511888880002"
    start = run(CONNECTED, m.Logout(1), port.LogoutDone(unlinked=True), ENDED)[0]
    _, effects = run(start, m.Connect(1), port.Paired(other, None), port.LinkUp(other, None))
    assert machine.NumberChanged(NUMBER, other) in effects


@pytest.mark.parametrize(
    ("report", "state"),
    [
        (port.Banned(101, LATER), State.BANNED),
        (port.Replaced(), State.REPLACED),
        (port.ClientOutdated(), State.CLIENT_OUTDATED),
    ],
)
def test_what_whatsapp_ends_stays_ended_also_after_a_restart(report: Any, state: State) -> None:
    after, effects = run(CONNECTED, report, ENDED, machine.Opened())
    assert after.status.state is state
    assert Do.START_CLIENT not in effects
    assert after.is_linked


def test_an_outdated_client_asks_to_be_tried_again_only_while_it_is_wished_and_linked() -> None:
    outdated, effects = run(CONNECTED, port.ClientOutdated(), ENDED)
    assert effects[-1] is Do.RETRY_LATER
    assert run(outdated, machine.Opened())[1][-1] is Do.RETRY_LATER
    again, effects = run(outdated, machine.RetryDue())
    assert again.status.state is State.CONNECTING
    assert Do.START_CLIENT in effects
    assert Do.START_CLIENT not in run(outdated, m.Disconnect(1), machine.RetryDue())[1]
    pairing, effects = run(PAIRING, port.ClientOutdated(), ENDED)
    assert Do.RETRY_LATER not in effects
    assert Do.START_CLIENT not in run(pairing, machine.RetryDue())[1]


def test_a_restarted_server_goes_on_where_it_was_wished_and_linked() -> None:
    stored = replace(CONNECTED, process=Process.NONE)
    after, effects = run(stored, machine.Opened())
    assert after.status.state is State.CONNECTING
    assert Do.START_CLIENT in effects
    assert Do.START_CLIENT not in run(replace(stored, wanted=False), machine.Opened())[1]


def test_a_restarted_server_shows_no_qr_by_itself() -> None:
    after, effects = run(replace(PAIRING, process=Process.NONE), machine.Opened())
    assert (after.status.state, after.status.reason) == (
        State.STOPPED,
        Reason.PAIRING_CANCELLED,
    )
    assert Do.START_CLIENT not in effects


def test_out_of_restarts_is_failed_until_somebody_restarts() -> None:
    after, effects = run(replace(CONNECTED, process=Process.NONE), machine.Opened(True))
    assert (after.status.state, after.status.reason) == (
        State.FAILED,
        Reason.RESTARTS_EXHAUSTED,
    )
    assert Do.START_CLIENT not in effects
    assert Do.START_CLIENT in run(after, m.Restart(1))[1]
