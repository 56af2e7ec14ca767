"""What is not genuine on purpose: a consent or a message that its receiver must not believe."""

from dataclasses import replace

from simulator.phone.primitives import hmac_sha256
from simulator.phone.protobufs import ADVSignedDeviceIdentity, ADVSignedDeviceIdentityHMAC
from simulator.phone.signal_messages import PrekeyMessage


def spoilt_consent(signed_identity: bytes, adv_secret: bytes, part: str) -> bytes:
    """Return an account's consent whose "hmac" or whose "signature" is wrong."""
    container = ADVSignedDeviceIdentityHMAC.FromString(signed_identity)
    if part == "signature":
        signed = ADVSignedDeviceIdentity.FromString(container.details)
        signed.accountSignature = _spoilt(signed.accountSignature)
        container.details = signed.SerializeToString()
        container.HMAC = hmac_sha256(adv_secret, container.details)
    else:
        container.HMAC = _spoilt(container.HMAC)
    return bytes(container.SerializeToString())


def spoilt_message(kind: str, data: bytes) -> bytes:
    """Return a `msg` or a `pkmsg` whose authentication code does not fit."""
    if kind == "msg":
        return _spoilt(data)
    opening = PrekeyMessage.parse(data)
    return replace(opening, message=_spoilt(opening.message)).encode()


def _spoilt(data: bytes) -> bytes:
    middle = len(data) - 4  # inside the code, and not a bit that a signature leaves unused
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
