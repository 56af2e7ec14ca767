from __future__ import annotations

import threading

import pytest

from actors import archive as archive_module
from actors import group_writer
from actors import messages as m
from actors.backlog import Backlog
from actors.errors import Unavailable
from actors.reply import ask_blocking
from persistence import empresas
from tests.actors.archiving import AT, Archiving, new
from tests.actors.ear import Heard


def published(archiving: Archiving) -> list[tuple[int, int]]:
    """Empresa and number of the next batch that the broadcast hears of."""
    batch = archiving.broadcast.next(m.EventsPublished).events
    return [(event.empresa_id, event.seq) for event in batch]


def all_empresas(archiving: Archiving) -> tuple[m.StoredEmpresa, ...]:
    reader = archiving.database.reader()
    with reader.transaction() as connection:
        found = empresas.every(connection)
    reader.close()
    return found


class Gate:
    """Holds the archive's thread between two messages, so that others pile up in its inbox."""

    def __init__(self, archiving: Archiving) -> None:
        self._go = threading.Event()
        reached = threading.Event()
        ask = archiving.archive.actor_class._find_trouble

        def wait(actor: archive_module.ArchiveActor) -> str | None:
            reached.set()
            assert self._go.wait(10)
            return ask(actor)

        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(archive_module.ArchiveActor, "_find_trouble", wait)
        archiving.archive.tell(m.DatabaseTrouble())
        assert reached.wait(10)

    def open(self) -> None:
        self._patch.undo()
        self._go.set()


# --- numbering and telling -------------------------------------------------------------------


def test_events_are_numbered_committed_and_then_told(archiving: Archiving) -> None:
    archiving.subscribe(5)
    archiving.record(5, new("a", 7, text="oi"), new("b", 8))
    head = archiving.broadcast.next(m.LedgerHead)
    assert (head.empresa_id, head.last_seq) == (5, 0)
    events = archiving.broadcast.next(m.EventsPublished).events
    assert events[0] == m.LedgerEvent(5, 1, "message", AT, '{"text":"oi"}')
    assert events[1].seq == 2
    assert archiving.session.next(m.EventsRecorded) == m.EventsRecorded(5, 8)
    assert archiving.stored(5) == [(1, "a"), (2, "b")]


def test_a_subscriber_hears_of_its_own_empresa_alone(archiving: Archiving) -> None:
    archiving.subscribe(5)
    other = Heard()
    ask_blocking(archiving.archive, m.Subscribe(6, other.ref))
    other.next(m.LedgerHead)
    archiving.record(6, new("a", 1))
    assert other.next(m.LedgerHead).empresa_id == 6
    assert other.next(m.EventsPublished).events[0].empresa_id == 6
    archiving.session.next(m.EventsRecorded)
    assert archiving.broadcast.nothing()
    other.ref.tell(m.Stop())


def test_an_event_that_is_there_is_confirmed_and_not_told_again(archiving: Archiving) -> None:
    archiving.subscribe(5)
    for _ in range(2):
        archiving.record(5, new("a", 1))
        archiving.session.next(m.EventsRecorded)
    archiving.record(5, new("b", 2))
    archiving.session.next(m.EventsRecorded)
    archiving.broadcast.next(m.LedgerHead)
    assert published(archiving) == [(5, 1)]
    assert published(archiving) == [(5, 2)]


def test_what_waits_is_committed_together_and_told_once_per_empresa(archiving: Archiving) -> None:
    archiving.subscribe(5)
    archiving.subscribe(6)
    gate = Gate(archiving)
    for number in range(3):
        archiving.record(5, new(f"a{number}", number), new("same", 100 + number))
        archiving.record(6, new(f"b{number}", number))
    gate.open()
    heads = {archiving.broadcast.next(m.LedgerHead).empresa_id for _ in range(2)}
    assert heads == {5, 6}
    assert published(archiving) == [(5, 1), (5, 2), (5, 3), (5, 4)]
    assert published(archiving) == [(6, 1), (6, 2), (6, 3)]
    confirmed = [archiving.session.next(m.EventsRecorded) for _ in range(6)]
    assert [each.entry_id for each in confirmed] == [100, 0, 101, 1, 102, 2]


def test_a_transaction_takes_no_more_than_a_group(
    archiving: Archiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_writer, "GROUP", 10)
    archiving.subscribe(5)
    gate = Gate(archiving)
    for number in range(25):
        archiving.record(5, new(str(number)))
    gate.open()
    archiving.broadcast.next(m.LedgerHead)
    assert [len(published(archiving)) for _ in range(3)] == [10, 10, 5]


def test_events_without_a_journal_are_told_and_not_confirmed(archiving: Archiving) -> None:
    archiving.record(5, new())
    archiving.record(5, new("a", 1))
    assert archiving.session.next(m.EventsRecorded).entry_id == 1
    assert archiving.session.nothing()


def test_a_status_is_stored_with_its_event_or_by_itself(archiving: Archiving) -> None:
    status = m.StoredStatus(5, "connected", None, AT, "+5511999999999", None)
    archiving.record(5, new(entry_id=1), status=status)
    archiving.session.next(m.EventsRecorded)
    assert all_empresas(archiving) == (m.StoredEmpresa(5, wanted=False, status=status),)
    stopped = m.StoredStatus(5, "stopped", "by_request", AT, "+5511999999999", None)
    archiving.record(5, status=stopped)
    assert archiving.end().error is None
    assert all_empresas(archiving)[0].status == stopped


def test_a_wish_makes_the_empresa_and_is_answered_once_it_is_stored(archiving: Archiving) -> None:
    assert archiving.subscribe(5) == m.LedgerHead(5, "", 0)
    assert archiving.ask(m.SetWanted(5, wanted=True)) is None
    made = archiving.broadcast.next(m.LedgerHead)
    assert (len(made.ledger_id), made.last_seq) == (32, 0)
    assert all_empresas(archiving) == (m.StoredEmpresa(5, wanted=True, status=None),)
    archiving.ask(m.SetWanted(5, wanted=False))
    assert all_empresas(archiving) == (m.StoredEmpresa(5, wanted=False, status=None),)
    archiving.record(5, new())
    assert published(archiving) == [(5, 1)]


def test_a_later_subscriber_gets_the_head_and_replaces_the_one_before(
    archiving: Archiving,
) -> None:
    archiving.subscribe(5)
    archiving.record(5, new(), new(entry_id=1))
    archiving.session.next(m.EventsRecorded)
    later = Heard()
    head = ask_blocking(archiving.archive, m.Subscribe(5, later.ref))
    assert later.next(m.LedgerHead) == head
    assert head.last_seq == 2
    archiving.record(5, new())
    assert later.next(m.EventsPublished).events[0].seq == 3
    archiving.broadcast.next(m.LedgerHead)
    assert published(archiving) == [(5, 1), (5, 2)]
    assert archiving.broadcast.nothing()
    later.ref.tell(m.Stop())


def test_a_subscription_ends_by_its_subscriber_or_with_it(archiving: Archiving) -> None:
    gone = Heard()
    archiving.subscribe(5)
    archiving.ask(m.Unsubscribe(5, archiving.broadcast.ref))
    ask_blocking(archiving.archive, m.Subscribe(6, gone.ref))
    gone.ref.tell(m.Stop())
    assert gone.ref.actor_stopped.wait(10)
    for empresa_id in (5, 6, 6):
        archiving.record(empresa_id, new(entry_id=1))
        archiving.session.next(m.EventsRecorded)
    assert archiving.broadcast.nothing()


def test_a_subscriber_that_leaves_late_does_not_silence_its_successor(
    archiving: Archiving,
) -> None:
    gone = Heard()
    ask_blocking(archiving.archive, m.Subscribe(5, gone.ref))
    archiving.subscribe(5)
    archiving.ask(m.Unsubscribe(5, gone.ref))
    archiving.record(5, new())
    archiving.broadcast.next(m.LedgerHead)
    assert published(archiving) == [(5, 1)]
    gone.ref.tell(m.Stop())
    assert gone.ref.actor_stopped.wait(10)


# --- what cannot be stored -------------------------------------------------------------------


@pytest.mark.parametrize(
    "poison",
    [
        new("poison", 2, value=float("nan")),
        new("poison", 2, value={1}),
        m.NewEvent("message", AT.replace(tzinfo=None), {}, "poison", 2),
    ],
    ids=["NaN", "a set", "no time zone"],
)
def test_an_event_that_cannot_be_stored_takes_no_other_with_it(
    archiving: Archiving, poison: m.NewEvent, caplog: pytest.LogCaptureFixture
) -> None:
    archiving.subscribe(5)
    gate = Gate(archiving)
    archiving.record(5, new("a", 1))
    archiving.record(5, poison)
    status = m.StoredStatus(6, "connected", None, AT, None, None)
    archiving.record(6, new("b", 2), poison, new("c", 3), status=status)
    archiving.record(5, new("d", 4))
    gate.open()
    confirmed = [archiving.session.next(m.EventsRecorded) for _ in range(4)]
    assert [each.entry_id for each in confirmed] == [1, 2, 3, 4]
    assert archiving.stored(5) == [(1, "a"), (2, "d")]
    assert archiving.stored(6) == [(1, "b"), (2, "c")]
    assert archiving.end().error is None
    assert [each.status for each in all_empresas(archiving)] == [None, status]
    assert caplog.text.count("cannot be stored and is left out") == 2


def test_a_wish_that_cannot_be_stored_is_refused(archiving: Archiving) -> None:
    with pytest.raises(Unavailable):
        archiving.ask(m.SetWanted(2**70, wanted=True))
    archiving.ask(m.SetWanted(5, wanted=True))
    assert [each.empresa_id for each in all_empresas(archiving)] == [5]


# --- a database that cannot be written -------------------------------------------------------


def test_while_the_database_is_locked_nothing_is_told_and_all_is_caught_up(
    archiving: Archiving,
) -> None:
    archiving.record(5, new("before"))
    assert archiving.ask(m.DatabaseTrouble()) is None
    with archiving.site.locked():
        archiving.record(5, new("a", 1))
        assert "bloqueado" in archiving.ask(m.DatabaseTrouble())
        # Who comes now still learns where the ledger stands.
        assert archiving.subscribe(5).last_seq == 1
        archiving.record(5, new("b", 2))
        archiving.record(6, new("c", 1))
        assert "bloqueado" in archiving.ask(m.DatabaseTrouble())
        assert archiving.broadcast.nothing()
        assert archiving.session.nothing()
    assert published(archiving) == [(5, 2), (5, 3)]
    confirmed = [archiving.session.next(m.EventsRecorded) for _ in range(3)]
    assert [(each.empresa_id, each.entry_id) for each in confirmed] == [(5, 1), (5, 2), (6, 1)]
    assert archiving.ask(m.DatabaseTrouble()) is None


def test_a_wish_is_stored_where_the_lock_is_short(archiving: Archiving) -> None:
    answers: list[object] = []
    with archiving.site.locked():
        asker = threading.Thread(
            target=lambda: answers.append(archiving.ask(m.SetWanted(5, wanted=True)))
        )
        asker.start()
        assert "bloqueado" in archiving.ask(m.DatabaseTrouble())
    asker.join(10)
    assert answers == [None]
    assert all_empresas(archiving)[0].wanted


def test_a_wish_is_refused_where_the_lock_lasts_and_is_not_granted_later(
    archiving: Archiving,
) -> None:
    with archiving.site.locked():
        with pytest.raises(Unavailable):
            archiving.ask(m.SetWanted(5, wanted=True))
        with pytest.raises(Unavailable):
            archiving.ask(m.SetWanted(6, wanted=True))
        archiving.record(7, new("a", 1))
    archiving.session.next(m.EventsRecorded)
    assert [each.empresa_id for each in all_empresas(archiving)] == [7]


def test_a_full_disk_stops_nothing_but_the_telling(archiving: Archiving) -> None:
    with archiving.site.full():
        archiving.restart()
        archiving.subscribe(5)
        for number in range(30):
            archiving.record(5, new(str(number), number, text="x" * 3000))
        assert "cheio" in archiving.ask(m.DatabaseTrouble())
    confirmed = [archiving.session.next(m.EventsRecorded).entry_id for _ in range(30)]
    assert confirmed == list(range(30))
    assert archiving.stored(5) == [(number + 1, str(number)) for number in range(30)]


def test_a_database_that_is_gone_is_caught_up_with_when_it_is_back(archiving: Archiving) -> None:
    archiving.record(5, new("a", 1))
    archiving.session.next(m.EventsRecorded)
    with archiving.site.gone():
        archiving.record(5, new("b", 2))
        assert "continua tentando" in archiving.ask(m.DatabaseTrouble())
        with pytest.raises(Unavailable):
            archiving.ask(m.Subscribe(5, archiving.broadcast.ref))
        assert archiving.broadcast.nothing()
    archiving.session.next(m.EventsRecorded)
    # The subscriber that could not be answered is told as soon as it can be.
    assert archiving.broadcast.next(m.LedgerHead).last_seq == 1
    assert published(archiving) == [(5, 2)]


def test_a_subscriber_of_a_silent_empresa_is_told_its_head_after_the_trouble(
    archiving: Archiving,
) -> None:
    archiving.record(5, new("a", 1))
    archiving.session.next(m.EventsRecorded)
    with archiving.site.gone(), pytest.raises(Unavailable):
        archiving.ask(m.Subscribe(5, archiving.broadcast.ref))
    assert archiving.broadcast.next(m.LedgerHead).last_seq == 1


def test_what_it_let_go_of_is_asked_for_again_and_comes_in_order(
    archiving: Archiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "Backlog", lambda: Backlog(most_kept=2))
    archiving.restart()
    with archiving.site.locked():
        for entry_id in range(4):
            archiving.record(5, new(str(entry_id), entry_id))
        assert "bloqueado" in archiving.ask(m.DatabaseTrouble())
    confirmed = [archiving.session.next(m.EventsRecorded).entry_id for _ in range(2)]
    assert confirmed == [0, 1]
    assert archiving.session.next(m.EventsMissed) == m.EventsMissed(5, 2)
    archiving.record(5, new("4", 4))
    for entry_id in range(2, 5):
        archiving.record(5, new(str(entry_id), entry_id))
        assert archiving.session.next(m.EventsRecorded).entry_id == entry_id
    assert [key for _, key in archiving.stored(5)] == ["0", "1", "2", "3", "4"]


# --- its end ---------------------------------------------------------------------------------


def test_on_stop_it_writes_what_it_has_received(archiving: Archiving) -> None:
    archiving.subscribe(5)
    gate = Gate(archiving)
    for number in range(10):
        archiving.record(5, new(str(number), number))
    archiving.archive.tell(m.Stop())
    gate.open()
    assert archiving.monitor.next(m.ActorEnded).error is None
    assert len(archiving.stored(5)) == 10
    archiving.broadcast.next(m.LedgerHead)
    assert len(published(archiving)) == 10


def test_on_stop_while_it_cannot_write_it_says_so_and_refuses_who_waits(
    archiving: Archiving, caplog: pytest.LogCaptureFixture
) -> None:
    with archiving.site.locked():
        archiving.record(5, new("a", 1))
        assert "bloqueado" in archiving.ask(m.DatabaseTrouble())
        waiting = archiving.archive.ask(m.SetWanted(5, wanted=True), block=False).get(timeout=10)
        assert archiving.end().error is None
        assert type(waiting.get(timeout=10)).__name__ == "Refused"
    assert "ends with 2 messages unwritten" in caplog.text
    assert archiving.stored(5) == []
