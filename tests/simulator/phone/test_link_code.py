import pytest

from simulator import curve
from simulator.phone import link_code
from simulator.phone.errors import PairingError, WrongCodeError
from tests.simulator.phone.companion import CodeCompanion


@pytest.mark.parametrize("typed", ["ABCD-1234", "ABCD1234", "abcd-1234 "])
def test_the_right_code_gives_both_the_same_secret(typed: str) -> None:
    phone, companion = curve.generate(), CodeCompanion("ABCD1234")
    attempt = link_code.enter(phone, typed, companion.hello())
    bundle = companion.finish(attempt.wrapped_ephemeral, phone.public)
    assert attempt.finish(bundle, companion.identity.public) == companion.adv_secret


def test_a_wrong_code_is_noticed_when_the_key_bundle_comes() -> None:
    phone, companion = curve.generate(), CodeCompanion("ABCD1234")
    attempt = link_code.enter(phone, "ABCD1235", companion.hello())
    bundle = companion.finish(attempt.wrapped_ephemeral, phone.public)
    with pytest.raises(WrongCodeError):
        attempt.finish(bundle, companion.identity.public)


@pytest.mark.parametrize("length", [0, 10, 44, 60])
def test_a_key_bundle_that_is_cut_off_is_refused(length: int) -> None:
    phone, companion = curve.generate(), CodeCompanion("ABCD1234")
    attempt = link_code.enter(phone, "ABCD1234", companion.hello())
    bundle = companion.finish(attempt.wrapped_ephemeral, phone.public)
    with pytest.raises(WrongCodeError):
        attempt.finish(bundle[:length], companion.identity.public)


def test_a_key_bundle_for_another_identity_is_refused() -> None:
    phone, companion = curve.generate(), CodeCompanion("ABCD1234")
    attempt = link_code.enter(phone, "ABCD1234", companion.hello())
    bundle = companion.finish(attempt.wrapped_ephemeral, curve.generate().public)
    with pytest.raises(PairingError, match="other identities"):
        attempt.finish(bundle, companion.identity.public)


@pytest.mark.parametrize("code", ["", "ABCD-123", "ABCD-12345", "ABCD-123O", "ABCD-1230"])
def test_what_could_be_no_code_is_refused_as_it_is_typed(code: str) -> None:
    with pytest.raises(PairingError, match="eight letters and digits"):
        link_code.enter(curve.generate(), code, bytes(80))


def test_a_wrapped_key_of_a_wrong_length_is_refused() -> None:
    with pytest.raises(PairingError, match="wrong length"):
        link_code.enter(curve.generate(), "ABCD-1234", bytes(79))
