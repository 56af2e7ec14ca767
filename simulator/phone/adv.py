"""How a phone vouches for a companion device that scanned it, and checks the companion's answer.

The account's identity signs the companion's, which proves by its own signature that it agrees;
whoever sees the result (in bundles and beside messages) knows that the device is the account's.
"""

import base64
import binascii
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from simulator import curve
from simulator.curve import KEY_LENGTH, KeyPair
from simulator.phone.errors import PairingError
from simulator.phone.primitives import hmac_sha256
from simulator.phone.protobufs import (
    ADVDeviceIdentity,
    ADVSignedDeviceIdentity,
    ADVSignedDeviceIdentityHMAC,
)

_ACCOUNT_SIGNS = b"\x06\x00"
_DEVICE_SIGNS = b"\x06\x01"
_QR_PREFIX = "https://wa.me/settings/linked_devices#"
_QR_PARTS = 5


@dataclass(frozen=True)
class QrCode:
    """What a companion shows to be scanned."""

    ref: str
    noise_public: bytes
    identity_public: bytes
    adv_secret: bytes
    client_type: str


def parse_qr(text: str) -> QrCode:
    """Read a QR code's text; raise PairingError if it is not one of WhatsApp's."""
    parts = text.removeprefix(_QR_PREFIX).split(",")
    if len(parts) != _QR_PARTS:
        raise PairingError("this QR code is not one of WhatsApp's")
    try:
        noise, identity, secret = (base64.b64decode(part, validate=True) for part in parts[1:4])
    except (binascii.Error, ValueError) as error:
        raise PairingError("this QR code's keys are not base64") from error
    if any(len(key) != KEY_LENGTH for key in (noise, identity, secret)):
        raise PairingError("a key of this QR code has a wrong length")
    return QrCode(parts[0], noise, identity, secret, parts[4])


@dataclass(frozen=True)
class Account:
    """What all devices of an account have in common: its identity and a number of its own."""

    identity: KeyPair
    raw_id: int


@dataclass(frozen=True)
class Grant:
    """An account's consent that a companion becomes its device, until the companion answers."""

    companion_identity: bytes
    key_index: int
    details: bytes
    account_key: bytes
    account_signature: bytes
    signed_identity: bytes
    """What goes into `pair-success`: the consent, authenticated by the companion's secret."""

    def complete(self, answer: bytes) -> bytes:
        """Return the identity that both signed, ready for bundles and messages.

        The answer is the companion's ADVSignedDeviceIdentity; PairingError if it is not genuine.
        """
        signed = ADVSignedDeviceIdentity()
        try:
            signed.ParseFromString(answer)
        except DecodeError as error:
            raise PairingError("the companion's answer is no device identity") from error
        if (signed.details, signed.accountSignature) != (self.details, self.account_signature):
            raise PairingError("the companion answers to another consent")
        covered = _DEVICE_SIGNS + self.details + self.companion_identity + self.account_key
        if not curve.verify(self.companion_identity, covered, signed.deviceSignature):
            raise PairingError("the companion's signature is wrong")
        signed.accountSignatureKey = self.account_key
        return bytes(signed.SerializeToString())


def grant(
    account: Account, companion_identity: bytes, adv_secret: bytes, key_index: int, timestamp: int
) -> Grant:
    """Consent to a companion (its identity and its secret, 32 bytes each) at a Unix time."""
    details = ADVDeviceIdentity(
        rawID=account.raw_id, timestamp=timestamp, keyIndex=key_index
    ).SerializeToString()
    signature = account.identity.sign(_ACCOUNT_SIGNS + details + companion_identity)
    signed = ADVSignedDeviceIdentity(
        details=details, accountSignatureKey=account.identity.public, accountSignature=signature
    ).SerializeToString()
    container = ADVSignedDeviceIdentityHMAC(details=signed, HMAC=hmac_sha256(adv_secret, signed))
    return Grant(
        companion_identity,
        key_index,
        details,
        account.identity.public,
        signature,
        container.SerializeToString(),
    )
