"""What a phone refuses to read or to begin, and that a refusal harms nothing."""

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
)
from simulator.phone.phone import Phone
from simulator.phone.signal_messages import with_type
from simulator.records import SqliteRecords
from tests.simulator.phone.talk import ANA, BIA, Sealed, acquaint, hear, say


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
