"""What a sender asks the governor, with a clock that the test turns."""

from __future__ import annotations

import pytest

from actors import outgoing as o
from actors.errors import InvalidSettings
from actors.governor import Decision, Lane, PauseReason, Queued, State
from actors.pace import MOST_FORESEEN, NOTHING_STORED, Pace, common_settings, settings_of
from actors.waiting_queue import WaitingQueue
from tests.actors.sending_world import DAY, HOUR, NEW, NOON, OPEN, SECOND
from tests.actors.test_waiting_queue import waiting

NUMBER = "+5521999990001"
MARIA, ANA = Queued("1", "1@lid"), Queued("2", "2@lid")
ANSWER = Queued("3", "3@lid", NOON - HOUR)
MINE = o.StoredPace(o.Profile(None, None, {}), o.PaceState(NUMBER, NEW.to_json()))


def loaded(stored: o.StoredPace = MINE) -> Pace:
    pace = Pace(OPEN)
    pace.load(stored)
    return pace


def sent(pace: Pace, queued: Queued) -> bool:
    message, lane, _, _ = pace.decide((queued,), NOON)
    assert message == queued
    assert lane is not None
    return pace.sent(queued, lane, NOON)


def test_a_first_contact_is_counted_and_an_answer_is_not() -> None:
    pace = loaded()
    assert not sent(pace, ANSWER)
    assert pace.stored() == MINE.state
    assert sent(pace, MARIA)
    after = pace.stored()
    assert after is not None
    state = State.from_json(after.state)
    assert (state.opened, state.last_at) == (frozenset({"1@lid"}), NOON)


def test_what_is_stored_holds_after_a_restart_and_another_number_begins_anew() -> None:
    before = loaded()
    sent(before, MARIA)
    pace = loaded(o.StoredPace(MINE.profile, before.stored()))
    assert not pace.link(NUMBER, NOON)
    assert not pace.link(None, NOON)
    message, _, wake_at, _ = pace.decide((ANA,), NOON)
    assert message is None
    assert wake_at is not None
    assert 15 * SECOND <= wake_at - NOON <= 45 * SECOND
    assert pace.link("+5511888880002", NOON)
    assert pace.decide((ANA,), NOON).message == ANA


def test_a_number_is_stored_from_its_linking_on_and_nothing_before() -> None:
    pace = loaded(NOTHING_STORED)
    assert pace.stored() is None
    assert pace.link(NUMBER, NOON)
    after = pace.stored()
    assert after is not None
    assert State.from_json(after.state).linked_at == NOON


def test_other_settings_change_nothing_of_what_was_sent() -> None:
    pace = loaded()
    sent(pace, MARIA)
    pace.load(o.StoredPace(o.Profile(None, None, {"dailyContacts": [1]}), MINE.state))
    assert pace.decide((ANA,), NOON).wake_at == OPEN.hours.begins(OPEN.hours.day(NOON) + DAY)


@pytest.mark.parametrize("reason", list(PauseReason))
def test_a_refusal_that_is_told_twice_changes_nothing_more(reason: PauseReason) -> None:
    pace = loaded()
    pace.refused(reason, NOON)
    before = pace.stored()
    pace.refused(reason, NOON)
    assert pace.stored() == before
    view = pace.view((MARIA,), NOON)
    assert view.pause is not None
    assert view.pause[0] == reason
    assert view.next_at == view.pause[2]
    pace.resume()
    assert pace.view((MARIA,), NOON).pause is None


def test_what_whatsapp_says_before_the_stored_is_known_is_laid_over_it() -> None:
    pace = Pace(OPEN)
    pace.refused(PauseReason.NEW_CONTACTS_LIMITED, NOON)
    pace.load(MINE)
    after = pace.stored()
    assert after is not None
    assert after.number == NUMBER
    assert pace.view((), NOON).pause is not None


def test_what_whatsapp_says_before_the_number_is_known_is_about_that_number() -> None:
    pace = loaded(NOTHING_STORED)
    pace.refused(PauseReason.TEMPORARY_BAN, NOON)
    assert pace.link(NUMBER, NOON)
    assert pace.view((), NOON).pause is not None
    assert pace.link("+5511888880002", NOON)
    assert pace.view((), NOON).pause is None


def test_the_view_counts_what_was_sent_today_alone() -> None:
    pace = loaded()
    sent(pace, MARIA)
    view = pace.view((ANA, ANSWER), NOON)
    assert (view.waiting, view.next_at, view.contacts, view.most_contacts) == (2, NOON, 1, 10)
    tomorrow = pace.view((), NOON + DAY)
    assert (tomorrow.waiting, tomorrow.next_at) == (0, None)
    assert (tomorrow.contacts, tomorrow.most_contacts) == (0, 15)


def test_an_answer_is_foreseen_before_first_contacts_and_among_any_number() -> None:
    pace = loaded()
    queue = (MARIA, ANA, ANSWER)
    assert pace.estimate(queue, "3", NOON) == NOON
    first, second = pace.estimate(queue, "1", NOON), pace.estimate(queue, "2", NOON)
    assert first is not None
    assert second is not None
    assert NOON < first < second
    crowd = tuple(Queued(f"c{number}", f"c{number}@lid") for number in range(MOST_FORESEEN))
    assert pace.estimate((*crowd, ANSWER), "3", NOON) == NOON
    assert pace.estimate((*crowd, ANSWER), "c0", NOON) is None


def test_the_next_of_what_waits_is_that_of_the_whole_decision() -> None:
    pace, heard = loaded(), WaitingQueue()
    for number in range(3):
        heard.add(waiting(str(number), f"{number}@lid"))
    assert pace.decide(heard.lanes, NOON) == pace.decide(heard.queued(), NOON)
    heard.heard("1@lid", None, NOON)
    assert pace.decide(heard.lanes, NOON).message == heard.queued()[1]
    heard.heard("0@lid", None, NOON)
    assert pace.decide(heard.lanes, NOON) == pace.decide(heard.queued(), NOON)
    pace.refused(PauseReason.RATE_LIMITED, NOON)
    assert pace.decide(heard.lanes, NOON) == pace.decide(heard.queued(), NOON)
    assert pace.decide(WaitingQueue().lanes, NOON) == Decision()


def test_settings_that_cannot_be_read_any_more_are_those_of_all(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pace = loaded(o.StoredPace(o.Profile(None, "Mars/Base", {}), MINE.state))
    assert pace.decide((MARIA,), NOON) == Decision(MARIA, Lane.SLOW)
    assert "cannot be read" in caplog.text


def test_an_empresas_settings_are_laid_over_those_of_all() -> None:
    common = common_settings({"perMinute": 1}, "America/Manaus")
    own = settings_of(o.Profile(None, "America/Rio_Branco", {"jitter": 0}), common)
    assert (own.per_minute, own.jitter) == (1, 0)
    assert own.hours.timezone == "America/Rio_Branco"
    assert settings_of(o.Profile(None, None, {}), common) == common
    assert common.hours.timezone == "America/Manaus"
    with pytest.raises(InvalidSettings):
        common_settings({}, "Mars/Base")
