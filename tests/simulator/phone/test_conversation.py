"""Two phones that write to one another, as the network may treat their messages."""

import pytest

from simulator import curve
from simulator.nodes import Jid
from simulator.phone.bundle import Bundle
from simulator.phone.contents import read, text_message
from simulator.phone.errors import (
    BadBundleError,
    BadIdentityError,
    BadMacError,
    BadPaddingError,
    DecryptError,
    MalformedMessageError,
    NoSessionError,
    ReusedCounterError,
)
from simulator.phone.phone import Phone
from simulator.phone.signal_messages import with_type
from simulator.records import SqliteRecords

ANA, BIA = Jid("2924", "lid"), Jid("2185", "lid")

Sealed = tuple[str, bytes]


@pytest.fixture
def records() -> SqliteRecords:
    return SqliteRecords(":memory:")


@pytest.fixture
def ana(records: SqliteRecords) -> Phone:
    return Phone.create(records, "5511911111111", ANA.user, "Ana")


@pytest.fixture
def bia(records: SqliteRecords) -> Phone:
    return Phone.create(records, "5511922222222", BIA.user, "Bia")


def say(sender: Phone, receiver: Phone, text: str) -> Sealed:
    device = Jid(receiver.lid, "lid")
    bundle = None if sender.has_session(device) else receiver.bundle()
    return sender.encrypt(device, text_message(text), bundle)


def hear(receiver: Phone, sender: Phone, sealed: Sealed) -> str:
    return read(receiver.decrypt(Jid(sender.lid, "lid"), *sealed)).text


def again(records: SqliteRecords, phone: Phone) -> Phone:
    loaded = Phone.load(records, phone.number)
    assert loaded is not None
    return loaded


def acquaint(ana: Phone, bia: Phone) -> None:
    assert hear(bia, ana, say(ana, bia, "oi")) == "oi"
    assert hear(ana, bia, say(bia, ana, "olá")) == "olá"


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


def test_a_message_without_a_session_asks_for_one(ana: Phone, bia: Phone) -> None:
    with pytest.raises(NoSessionError):
        ana.encrypt(BIA, text_message("oi"))
    acquaint(ana, bia)
    bia.forget_device(ANA)
    assert not bia.has_session(ANA)
    with pytest.raises(NoSessionError):
        hear(bia, ana, say(ana, bia, "ainda aí?"))
    assert not bia.has_session(ANA)


def test_a_first_message_for_prekeys_of_somebody_else_is_refused(ana: Phone, bia: Phone) -> None:
    bundle = bia.bundle()
    other = curve.generate()
    for known in (
        Bundle(1, bundle.identity, 77, bundle.signed_prekey, bundle.signature),
        Bundle(1, bundle.identity, 1, bundle.signed_prekey, bundle.signature, 5, other.public),
    ):
        with pytest.raises(NoSessionError, match="never had"):
            hear(bia, ana, ana.encrypt(BIA, text_message("oi"), known))


def test_a_changed_byte_anywhere_is_refused_and_harms_nothing(ana: Phone, bia: Phone) -> None:
    first = say(ana, bia, "primeira")
    _refuses_with_any_byte_changed(bia, first)
    assert hear(bia, ana, first) == "primeira"
    hear(ana, bia, say(bia, ana, "resposta"))
    later = say(ana, bia, "depois")
    assert later[0] == "msg"
    _refuses_with_any_byte_changed(bia, later)
    assert hear(bia, ana, later) == "depois"


def _refuses_with_any_byte_changed(bia: Phone, sealed: Sealed) -> None:
    kind, data = sealed
    for index in range(len(data)):
        changed = bytearray(data)
        changed[index] ^= 0x10
        if _only_the_registration_id_differs(kind, data, index):
            continue
        with pytest.raises(DecryptError):
            bia.decrypt(ANA, kind, bytes(changed))


def _only_the_registration_id_differs(kind: str, data: bytes, index: int) -> bool:
    """It is the one thing in a pkmsg that nothing authenticates; it comes first."""
    return kind == "pkmsg" and 2 <= index <= 3 and data[1] == 5 << 3


def test_a_message_between_others_has_a_wrong_authentication_code(
    records: SqliteRecords, ana: Phone, bia: Phone
) -> None:
    carla = Phone.create(records, "5511933333333", "3333", "Carla")
    acquaint(ana, bia)
    acquaint(carla, bia)
    with pytest.raises(BadMacError):
        hear(bia, carla, say(ana, bia, "de Ana"))


def test_a_first_message_of_another_identity_than_the_devices_is_refused(
    ana: Phone, bia: Phone
) -> None:
    kind, data = say(ana, bia, "oi")
    with pytest.raises(BadIdentityError):
        bia.decrypt(ANA, kind, data, identity=curve.generate().public)
    assert read(bia.decrypt(ANA, kind, data, identity=ana.identity.public)).text == "oi"


def test_a_device_with_a_new_identity_starts_anew(
    records: SqliteRecords, ana: Phone, bia: Phone
) -> None:
    acquaint(ana, bia)
    old = say(ana, bia, "do telefone antigo")
    replaced = Phone.create(records, "5511944444444", ANA.user, "Ana")
    replaced.forget_device(BIA)
    hear(bia, replaced, say(replaced, bia, "telefone novo"))
    with pytest.raises(DecryptError):
        hear(bia, ana, old)


@pytest.mark.parametrize("kind", ["msg", "pkmsg"])
@pytest.mark.parametrize("data", [b"", b"\x33", b"\x33" + bytes(8), b"\x44" * 60, b"\x33" * 60])
def test_bytes_that_are_no_message_are_malformed(
    ana: Phone, bia: Phone, kind: str, data: bytes
) -> None:
    acquaint(ana, bia)
    with pytest.raises(MalformedMessageError):
        bia.decrypt(ANA, kind, data)


def test_a_kind_of_encryption_that_phones_do_not_use_among_devices_is_malformed(bia: Phone) -> None:
    with pytest.raises(MalformedMessageError, match="skmsg"):
        bia.decrypt(ANA, "skmsg", b"\x33" * 60)


@pytest.mark.parametrize("text", [b"", b"text", b"text\x02"])
def test_what_is_not_padded_is_refused_although_it_is_authentic(
    ana: Phone, bia: Phone, text: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.phone.phone.pad", lambda _: text)
    with pytest.raises(BadPaddingError):
        hear(bia, ana, say(ana, bia, "ignorado"))


@pytest.mark.parametrize("padded", [b"\x01", b"\xff\xff\x01"])
def test_what_is_no_message_is_malformed_although_it_is_authentic(
    ana: Phone, bia: Phone, padded: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.phone.phone.pad", lambda _: padded)
    with pytest.raises(MalformedMessageError):
        hear(bia, ana, say(ana, bia, "ignorado"))


def test_a_message_too_far_ahead_is_refused(ana: Phone, bia: Phone) -> None:
    acquaint(ana, bia)
    sent = [say(ana, bia, "muitas") for _ in range(2002)]
    with pytest.raises(DecryptError, match="too far ahead"):
        hear(bia, ana, sent[-1])
    assert hear(bia, ana, sent[-2]) == "muitas"
    assert hear(bia, ana, sent[-1]) == "muitas"


def test_a_bundle_that_is_not_right_is_refused(ana: Phone, bia: Phone) -> None:
    good, other = bia.bundle(), curve.generate()
    signed = bia.identity.sign(with_type(bytes(32)))
    for bad in (
        Bundle(1, other.public, 1, good.signed_prekey, good.signature),
        Bundle(1, good.identity, 1, other.public, good.signature),
        Bundle(1, good.identity, 1, good.signed_prekey, bytes(64)),
        Bundle(1, good.identity, 1, good.signed_prekey[:-1], good.signature),
        Bundle(1, good.identity, 1, good.signed_prekey, good.signature, 1, bytes(31)),
        Bundle(1, good.identity, 1, good.signed_prekey, good.signature, 1, b""),
        Bundle(1, good.identity, 1, good.signed_prekey, good.signature, 1),
        Bundle(1, good.identity, 1, good.signed_prekey, good.signature, None, other.public),
        Bundle(1, good.identity, 1, bytes(32), signed),
    ):
        with pytest.raises(BadBundleError):
            ana.encrypt(BIA, text_message("oi"), bad)
    assert not ana.has_session(BIA)


def test_sessions_are_kept_by_lid_only(ana: Phone, bia: Phone) -> None:
    with pytest.raises(ValueError, match="by LID"):
        ana.encrypt(Jid(bia.number, "s.whatsapp.net"), text_message("oi"), bia.bundle())
