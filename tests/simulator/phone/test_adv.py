import base64
from collections.abc import Callable

import pytest

from simulator import curve
from simulator.phone.adv import parse_qr
from simulator.phone.errors import PairingError
from simulator.phone.phone import Phone
from simulator.phone.protobufs import ADVDeviceIdentity, ADVSignedDeviceIdentity
from simulator.records import SqliteRecords
from tests.simulator.phone.companion import Companion


@pytest.fixture
def phone() -> Phone:
    return Phone.create(SqliteRecords(":memory:"), "5511987654321", "29241234567", "Ana")


def test_a_qr_code_gives_back_what_the_companion_put_into_it() -> None:
    companion = Companion()
    qr = parse_qr(companion.qr_text("2@ref"))
    assert (qr.ref, qr.client_type) == ("2@ref", "1")
    assert qr.noise_public == companion.noise.public
    assert qr.identity_public == companion.identity.public
    assert qr.adv_secret == companion.adv_secret


KEY = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.com",
        f"2@ref,{KEY},{KEY},{KEY}",
        f"2@ref,{KEY},{KEY},***,1",
        f"2@ref,{KEY},{KEY},{KEY[:-4]},1",
    ],
)
def test_another_text_is_no_qr_code_of_whatsapp(text: str) -> None:
    with pytest.raises(PairingError, match="QR code"):
        parse_qr(text)


def test_what_both_signed_is_kept_with_the_accounts_key_put_back(phone: Phone) -> None:
    companion = Companion()
    grant = phone.authorise(companion.identity.public, companion.adv_secret)
    answer = companion.answer(grant.signed_identity)
    kept = ADVSignedDeviceIdentity.FromString(grant.complete(answer.SerializeToString()))
    assert kept.accountSignatureKey == phone.identity.public
    assert kept.deviceSignature == answer.deviceSignature
    companion.read_consent(grant.signed_identity)


def test_every_companion_gets_a_key_index_of_its_own_also_after_a_restart() -> None:
    records = SqliteRecords(":memory:")
    phone: Phone | None = Phone.create(records, "5511987654321", "29241234567", "Ana")
    indexes = []
    for _ in range(3):
        assert phone is not None
        companion = Companion()
        grant = phone.authorise(companion.identity.public, companion.adv_secret)
        details = ADVDeviceIdentity.FromString(companion.answer(grant.signed_identity).details)
        assert details.keyIndex == grant.key_index
        indexes.append(grant.key_index)
        phone = Phone.load(records, "5511987654321")
    assert indexes == [1, 2, 3]


def _other_signer(answer: ADVSignedDeviceIdentity) -> None:
    answer.deviceSignature = curve.generate().sign(answer.details)


def _no_signature(answer: ADVSignedDeviceIdentity) -> None:
    answer.ClearField("deviceSignature")


def _other_details(answer: ADVSignedDeviceIdentity) -> None:
    answer.details += b"\x08\x01"


def _other_consent(answer: ADVSignedDeviceIdentity) -> None:
    answer.accountSignature = bytes(64)


@pytest.mark.parametrize("spoil", [_other_signer, _no_signature, _other_details, _other_consent])
def test_an_answer_that_is_not_genuine_is_refused(
    phone: Phone, spoil: Callable[[ADVSignedDeviceIdentity], None]
) -> None:
    companion = Companion()
    grant = phone.authorise(companion.identity.public, companion.adv_secret)
    answer = companion.answer(grant.signed_identity)
    spoil(answer)
    with pytest.raises(PairingError):
        grant.complete(answer.SerializeToString())


def test_an_answer_of_another_companion_is_refused(phone: Phone) -> None:
    first, second = Companion(), Companion()
    grant = phone.authorise(first.identity.public, first.adv_secret)
    other = phone.authorise(second.identity.public, second.adv_secret)
    with pytest.raises(PairingError, match="another consent"):
        grant.complete(second.answer(other.signed_identity).SerializeToString())


def test_bytes_that_are_no_answer_are_refused(phone: Phone) -> None:
    companion = Companion()
    grant = phone.authorise(companion.identity.public, companion.adv_secret)
    with pytest.raises(PairingError, match="no device identity"):
        grant.complete(b"\xff\xff")
