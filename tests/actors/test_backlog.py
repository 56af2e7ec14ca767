from __future__ import annotations

from collections.abc import Iterator

import pytest

from actors import messages as m
from actors.backlog import Backlog
from tests.actors.archiving import AT, new
from tests.actors.ear import Heard


@pytest.fixture
def session() -> Iterator[Heard]:
    heard = Heard()
    yield heard
    heard.ref.tell(m.Stop())
    assert heard.ref.actor_stopped.wait(10)


def journalled(session: Heard, empresa_id: int, *entry_ids: int) -> m.RecordEvents:
    events = tuple(new(str(each), each) for each in entry_ids)
    return m.RecordEvents(empresa_id, events, reply_to=session.ref)


def kept(backlog: Backlog) -> list[tuple[int, int | None]]:
    return [
        (entry.message.empresa_id, event.entry_id)
        for entry in backlog.first(len(backlog))
        if isinstance(entry.message, m.RecordEvents)
        for event in entry.message.events
    ]


def test_journalled_events_beyond_the_bound_are_let_go_of_and_asked_for_once(
    session: Heard,
) -> None:
    backlog = Backlog(most_kept=2)
    for entry_id in (1, 2, 3, 4):
        backlog.add(journalled(session, 5, entry_id))
    assert kept(backlog) == [(5, 1), (5, 2)]
    backlog.remove(2)
    assert backlog.take_missed() == [(session.ref, m.EventsMissed(5, 3))]
    assert backlog.take_missed() == []


def test_after_a_gap_nothing_later_is_taken_until_the_gap_comes_again(session: Heard) -> None:
    backlog = Backlog(most_kept=1)
    backlog.add(journalled(session, 5, 1))
    backlog.add(journalled(session, 5, 2))
    backlog.remove(1)
    backlog.add(journalled(session, 5, 3))
    assert kept(backlog) == []
    backlog.add(journalled(session, 6, 9))
    assert kept(backlog) == [(6, 9)]
    backlog.remove(1)
    backlog.add(journalled(session, 5, 2))
    backlog.remove(1)
    backlog.add(journalled(session, 5, 3))
    assert kept(backlog) == [(5, 3)]


def test_a_gap_that_comes_again_while_there_is_no_room_is_asked_for_again(session: Heard) -> None:
    backlog = Backlog(most_kept=1)
    backlog.add(journalled(session, 6, 1))
    backlog.add(journalled(session, 5, 2))
    backlog.take_missed()
    backlog.add(journalled(session, 5, 1, 2))
    backlog.remove(1)
    assert backlog.take_missed() == [(session.ref, m.EventsMissed(5, 1))]


def test_a_gap_that_has_come_again_is_not_asked_for(session: Heard) -> None:
    backlog = Backlog(most_kept=1)
    backlog.add(journalled(session, 6, 1))
    backlog.add(journalled(session, 5, 2))
    backlog.remove(1)
    backlog.add(journalled(session, 5, 2))
    assert backlog.take_missed() == []


def test_events_without_a_journal_have_twice_the_room_and_are_then_lost_loudly(
    session: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    backlog = Backlog(most_kept=1)
    for _ in range(4):
        backlog.add(m.RecordEvents(5, (new(),), reply_to=session.ref))
    assert kept(backlog) == [(5, None), (5, None)]
    assert caplog.text.count("are lost from here on") == 1
    assert backlog.take_missed() == []
    assert "2 messages without a journal were lost" in caplog.text


def test_a_message_is_split_into_its_events_and_its_status(session: Heard) -> None:
    status = m.StoredStatus(5, "connected", None, AT, None, None)
    backlog = Backlog()
    backlog.add(m.RecordEvents(5, (new("a"), new("b")), status, session.ref))
    wish = backlog.add_wish(m.SetWanted(5, wanted=True))
    backlog.add(journalled(session, 5, 9))
    assert backlog.split(2) == 4
    messages = [entry.message for entry in backlog.first(9)]
    assert messages[:3] == [
        m.RecordEvents(5, (new("a"),), None, session.ref),
        m.RecordEvents(5, (new("b"),), None, session.ref),
        m.RecordEvents(5, (), status, session.ref),
    ]
    assert messages[3:] == [m.SetWanted(5, wanted=True), journalled(session, 5, 9)]
    assert backlog.take_wishes() == [wish]
    assert len(backlog) == 4
