"""Key agreement and signatures against published vectors, `cryptography` and themselves."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from simulator import curve

SCALARS = st.binary(min_size=32, max_size=32)


def test_a_key_agreement_gives_the_secret_printed_in_rfc_7748() -> None:
    alice = curve.KeyPair.from_private(
        bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    )
    bob = curve.KeyPair.from_private(
        bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    )
    secret = bytes.fromhex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
    assert alice.dh(bob.public) == bob.dh(alice.public) == secret


def test_a_signature_from_libsignals_own_tests_is_accepted_and_a_changed_one_is_not() -> None:
    identity = "ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64"
    message = "05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a"
    signature = bytearray.fromhex(
        "5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfb"
        "ede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88"
    )
    public, text = bytes.fromhex(identity), bytes.fromhex(message)
    assert curve.verify(public, text, bytes(signature))
    for index in range(len(signature)):
        changed = bytearray(signature)
        changed[index] ^= 1
        assert not curve.verify(public, text, bytes(changed))


@given(private=SCALARS, other=SCALARS)
def test_keys_and_secrets_are_those_of_another_implementation(private: bytes, other: bytes) -> None:
    pair, peer = curve.KeyPair.from_private(private), curve.KeyPair.from_private(other).public
    reference = X25519PrivateKey.from_private_bytes(private)
    assert pair.public == reference.public_key().public_bytes_raw()
    assert pair.dh(peer) == reference.exchange(X25519PublicKey.from_public_bytes(peer))


@given(private=SCALARS, message=st.binary(max_size=200))
def test_whoever_signs_is_recognised_for_this_message_only(private: bytes, message: bytes) -> None:
    pair = curve.KeyPair.from_private(private)
    signature = pair.sign(message)
    assert curve.verify(pair.public, message, signature)
    assert not curve.verify(pair.public, message + b"!", signature)
    assert not curve.verify(curve.generate().public, message, signature)


def test_a_public_key_of_small_order_is_refused() -> None:
    with pytest.raises(ValueError, match="no shared secret"):
        curve.generate().dh(bytes(32))


@pytest.mark.parametrize(("key", "signature"), [(31, 64), (33, 64), (32, 63), (32, 65), (32, 0)])
def test_a_key_or_signature_of_another_length_is_no_signature(key: int, signature: int) -> None:
    assert not curve.verify(bytes(key), b"text", bytes(signature))


def test_a_pair_does_not_print_its_private_key() -> None:
    pair = curve.generate()
    assert pair.private.hex() not in repr(pair)
