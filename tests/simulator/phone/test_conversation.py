"""Two phones that write to one another, as the network may treat their messages."""

import pytest

from simulator.phone.contents import text_message
from simulator.phone.errors import ReusedCounterError
from simulator.phone.phone import Phone
from simulator.records import SqliteRecords
from tests.simulator.phone.talk import BIA, acquaint, again, hear, say


def test_a_phone_that_was_never_created_is_not_found(records: SqliteRecords) -> None:
    assert Phone.load(records, "5511900000000") is None


def test_first_messages_open_the_session_until_the_other_side_has_answered(
    ana: Phone, bia: Phone
) -> None:
    sent = [say(ana, bia, text) for text in ("um", "dois")]
    assert [kind for kind, _ in sent] == ["pkmsg", "pkmsg"]
    assert [hear(bia, ana, sealed) for sealed in sent] == ["um", "dois"]
    answer = say(bia, ana, "três")
    assert answer[0] == "msg"
    assert hear(ana, bia, answer) == "três"
    assert say(ana, bia, "quatro")[0] == "msg"


def test_first_messages_that_cross_are_both_read_and_so_is_what_follows(
    ana: Phone, bia: Phone
) -> None:
    from_ana, from_bia = say(ana, bia, "oi, Bia"), say(bia, ana, "oi, Ana")
    assert hear(bia, ana, from_ana) == "oi, Bia"
    assert hear(ana, bia, from_bia) == "oi, Ana"
    for text in ("um", "dois", "três"):
        from_ana, from_bia = say(ana, bia, text), say(bia, ana, text)
        assert hear(ana, bia, from_bia) == hear(bia, ana, from_ana) == text


def test_lost_messages_are_passed_over_and_may_still_come_later(ana: Phone, bia: Phone) -> None:
    sent = [say(ana, bia, str(number)) for number in range(5)]
    assert [hear(bia, ana, sent[index]) for index in (4, 0, 2)] == ["4", "0", "2"]
    acquaint(bia, ana)
    assert [hear(bia, ana, sent[index]) for index in (3, 1)] == ["3", "1"]


def test_a_message_of_an_earlier_chain_may_come_late(ana: Phone, bia: Phone) -> None:
    acquaint(ana, bia)
    late = say(ana, bia, "atrasada")
    for _ in range(3):
        acquaint(ana, bia)
    assert hear(bia, ana, late) == "atrasada"


@pytest.mark.parametrize("answered", [False, True])
def test_a_message_that_comes_twice_is_a_reused_counter_the_second_time(
    ana: Phone, bia: Phone, *, answered: bool
) -> None:
    if answered:
        acquaint(ana, bia)
    sealed = say(ana, bia, "uma vez")
    hear(bia, ana, sealed)
    with pytest.raises(ReusedCounterError):
        hear(bia, ana, sealed)
    assert hear(bia, ana, say(ana, bia, "outra")) == "outra"


def test_phones_made_again_from_their_records_go_on(
    records: SqliteRecords, ana: Phone, bia: Phone
) -> None:
    early = say(ana, bia, "cedo")
    for text in ("um", "dois", "três"):
        sealed = say(ana, bia, text)
        ana, bia = again(records, ana), again(records, bia)
        assert hear(bia, ana, sealed) == text
        sealed = say(bia, ana, text)
        ana, bia = again(records, ana), again(records, bia)
        assert hear(ana, bia, sealed) == text
    assert hear(again(records, bia), ana, early) == "cedo"


def test_a_new_session_replaces_the_old_one_which_can_still_be_read(ana: Phone, bia: Phone) -> None:
    acquaint(ana, bia)
    old = say(bia, ana, "sessão antiga")
    renewed = ana.encrypt(BIA, text_message("sessão nova"), bia.bundle())
    assert renewed[0] == "pkmsg"
    assert hear(bia, ana, renewed) == "sessão nova"
    assert hear(ana, bia, old) == "sessão antiga"
    acquaint(ana, bia)
