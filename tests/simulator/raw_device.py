"""What a linked device knows of itself, for raw clients."""

import base64
import secrets
from dataclasses import dataclass, field

from simulator.curve import KeyPair
from simulator.nodes import Jid
from simulator.phone.phone import Phone
from simulator.phone.protobufs import (
    ADVDeviceIdentity,
    ADVSignedDeviceIdentity,
    ADVSignedDeviceIdentityHMAC,
)
from simulator.protobufs import ClientPayload
from simulator.records import SqliteRecords


def new_keys() -> Phone:
    """Return an identity with its Signal state: a phone's, though it serves a linked device."""
    records = SqliteRecords(":memory:")
    return Phone.create(records, number="0", lid="0", name="raw")


@dataclass
class RawDevice:
    """What a linked device knows of itself."""

    keys: Phone = field(default_factory=new_keys)
    noise: KeyPair = field(default_factory=KeyPair.generate)
    adv_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    number: str = ""
    id: int = 0
    lid: str = ""
    used_ref: bytes = b""
    """The ref by which it was linked."""

    @property
    def jid(self) -> Jid:
        """Its address by LID."""
        return Jid(self.lid, "lid", self.id)

    @property
    def number_jid(self) -> Jid:
        """Its address by phone number."""
        return Jid(self.number, "s.whatsapp.net", self.id)

    def registration(self) -> ClientPayload:
        """Return the payload of a device that wants to be linked."""
        payload, bundle = ClientPayload(passive=False), self.keys.bundle()
        data = payload.devicePairingData
        data.eRegid = bundle.registration_id.to_bytes(4)
        data.eKeytype = b"\x05"
        data.eIdent = bundle.identity
        data.eSkeyID = bundle.signed_prekey_id.to_bytes(3)
        data.eSkeyVal = bundle.signed_prekey
        data.eSkeySig = bundle.signature
        return payload

    def login(self) -> ClientPayload:
        """Return the payload of a device that is linked."""
        return ClientPayload(username=int(self.number), device=self.id, passive=True, pull=True)

    def qr(self, ref: bytes) -> str:
        """Return the text of the QR code with this ref."""
        keys = (self.noise.public, self.keys.identity.public, self.adv_secret)
        parts = [ref.decode(), *(base64.b64encode(key).decode() for key in keys), "1"]
        return "https://wa.me/settings/linked_devices#" + ",".join(parts)

    def consent(self, signed_identity: bytes) -> tuple[bytes, int]:
        """Return the answer to a phone's `device-identity`, and the key index that is in it."""
        container = ADVSignedDeviceIdentityHMAC.FromString(signed_identity)
        signed = ADVSignedDeviceIdentity.FromString(container.details)
        covered = b"\x06\x01" + signed.details + self.keys.identity.public
        signed.deviceSignature = self.keys.identity.sign(covered + signed.accountSignatureKey)
        signed.ClearField("accountSignatureKey")
        index = ADVDeviceIdentity.FromString(signed.details).keyIndex
        return signed.SerializeToString(), index


def spoilt(data: bytes, spoil: bool) -> bytes:
    """Return data, with its last bit turned if wished."""
    return data[:-1] + bytes([data[-1] ^ 1]) if spoil else data
