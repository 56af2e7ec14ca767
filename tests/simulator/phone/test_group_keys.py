import pytest

from simulator.nodes import Jid
from simulator.phone.contents import read, says_something, text_message
from simulator.phone.errors import (
    BadMacError,
    DecryptError,
    MalformedMessageError,
    NoSenderKeyError,
    ReusedCounterError,
)
from simulator.phone.phone import Phone
from simulator.records import SqliteRecords
from tests.simulator.phone.talk import ANA, BIA, again

GROUP, OTHER = Jid("120363000000000001", "g.us"), Jid("120363000000000002", "g.us")


def say(phone: Phone, text: str) -> bytes:
    return phone.group_keys.encrypt(GROUP, text_message(text))


def hear(phone: Phone, sealed: bytes, author: Jid = ANA) -> str:
    return read(phone.group_keys.decrypt(GROUP, author, sealed)).text


def acquaint(ana: Phone, bia: Phone) -> None:
    bia.group_keys.learn(GROUP, ANA, ana.group_keys.with_key(GROUP))


def test_who_knows_the_key_reads_what_is_said_from_then_on(ana: Phone, bia: Phone) -> None:
    before = say(ana, "antes")
    acquaint(ana, bia)
    assert [hear(bia, say(ana, text)) for text in ("um", "dois")] == ["um", "dois"]
    with pytest.raises(ReusedCounterError):
        hear(bia, before)


def test_without_the_key_nothing_is_read(ana: Phone, bia: Phone) -> None:
    with pytest.raises(NoSenderKeyError):
        hear(bia, say(ana, "oi"))
    acquaint(ana, bia)
    with pytest.raises(NoSenderKeyError):
        hear(bia, say(ana, "oi"), BIA)
    with pytest.raises(NoSenderKeyError):
        bia.group_keys.decrypt(OTHER, ANA, say(ana, "oi"))


def test_messages_are_read_once_and_in_any_order(ana: Phone, bia: Phone) -> None:
    acquaint(ana, bia)
    first, second = say(ana, "um"), say(ana, "dois")
    assert [hear(bia, second), hear(bia, first)] == ["dois", "um"]
    with pytest.raises(ReusedCounterError):
        hear(bia, first)


def test_a_key_that_is_told_again_forgets_nothing(ana: Phone, bia: Phone) -> None:
    acquaint(ana, bia)
    missing = say(ana, "um")
    hear(bia, say(ana, "dois"))
    acquaint(ana, bia)
    assert hear(bia, missing) == "um"


def test_everything_is_remembered(records: SqliteRecords, ana: Phone, bia: Phone) -> None:
    acquaint(ana, bia)
    missing, came = say(ana, "um"), say(ana, "dois")
    hear(bia, came)
    ana, bia = again(records, ana), again(records, bia)
    assert [hear(bia, say(ana, "três")), hear(bia, missing)] == ["três", "um"]


def test_a_changed_message_is_refused_and_changes_nothing(ana: Phone, bia: Phone) -> None:
    acquaint(ana, bia)
    sealed = say(ana, "oi")
    for place in (5, 20, len(sealed) - 40):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(DecryptError):
            hear(bia, changed)
    with pytest.raises(BadMacError):
        hear(bia, sealed[:-40] + bytes(40))
    with pytest.raises(MalformedMessageError):
        hear(bia, b"")
    assert hear(bia, sealed) == "oi"


def test_a_key_of_another_group_or_none_is_refused(ana: Phone, bia: Phone) -> None:
    with pytest.raises(MalformedMessageError):
        bia.group_keys.learn(GROUP, ANA, ana.group_keys.with_key(OTHER))
    told = ana.group_keys.with_key(GROUP)
    told.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage = b"?"
    with pytest.raises(MalformedMessageError):
        bia.group_keys.learn(GROUP, ANA, told)


def test_a_key_alone_says_nothing(ana: Phone) -> None:
    assert not says_something(ana.group_keys.with_key(GROUP))
    assert says_something(ana.group_keys.with_key(GROUP, text_message("oi")))


def test_a_phone_knows_whom_it_has_told_its_key(ana: Phone) -> None:
    ana.group_keys.mark_told(GROUP, BIA)
    assert ana.group_keys.untold(GROUP, [ANA, BIA]) == [ANA]
    assert ana.group_keys.untold(OTHER, [BIA]) == [BIA]
