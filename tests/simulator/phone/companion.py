"""The other side of a pairing, as a linked device plays it, with every secret in the open."""

import base64
import hashlib
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from simulator import curve
from simulator.phone.primitives import hkdf, hmac_sha256
from simulator.phone.protobufs import ADVSignedDeviceIdentity, ADVSignedDeviceIdentityHMAC


class Companion:
    """A device that wants to be linked."""

    def __init__(self) -> None:
        self.noise, self.identity = curve.generate(), curve.generate()
        self.adv_secret = secrets.token_bytes(32)

    def qr_text(self, ref: str) -> str:
        keys = (self.noise.public, self.identity.public, self.adv_secret)
        parts = [ref, *(base64.b64encode(key).decode() for key in keys), "1"]
        return "https://wa.me/settings/linked_devices#" + ",".join(parts)

    def read_consent(self, signed_identity: bytes) -> ADVSignedDeviceIdentity:
        """Check the phone's consent as a device does, and return it."""
        container = ADVSignedDeviceIdentityHMAC.FromString(signed_identity)
        assert hmac_sha256(self.adv_secret, container.details) == container.HMAC
        consent = ADVSignedDeviceIdentity.FromString(container.details)
        covered = b"\x06\x00" + consent.details + self.identity.public
        assert curve.verify(consent.accountSignatureKey, covered, consent.accountSignature)
        return consent

    def answer(self, signed_identity: bytes) -> ADVSignedDeviceIdentity:
        consent = self.read_consent(signed_identity)
        account_key = consent.accountSignatureKey
        consent.ClearField("accountSignatureKey")
        covered = b"\x06\x01" + consent.details + self.identity.public + account_key
        consent.deviceSignature = self.identity.sign(covered)
        return consent


class CodeCompanion:
    """A device that shows a code; `adv_secret` is what it computed in the end."""

    def __init__(self, code: str) -> None:
        self.code, self.ephemeral, self.identity = code, curve.generate(), curve.generate()
        self.adv_secret = b""

    def hello(self) -> bytes:
        salt, iv = secrets.token_bytes(32), secrets.token_bytes(16)
        return salt + iv + self._stream(salt, iv, self.ephemeral.public)

    def finish(self, wrapped_primary_ephemeral: bytes, primary_identity: bytes) -> bytes:
        salt, iv, box = (
            wrapped_primary_ephemeral[:32],
            wrapped_primary_ephemeral[32:48],
            wrapped_primary_ephemeral[48:],
        )
        shared = self.ephemeral.dh(self._stream(salt, iv, box))
        random, new_salt, nonce = (secrets.token_bytes(count) for count in (32, 32, 12))
        key = hkdf(new_salt, shared, b"link_code_pairing_key_bundle_encryption_key", 32)
        keys = self.identity.public + primary_identity + random
        agreed = shared + self.identity.dh(primary_identity) + random
        self.adv_secret = hkdf(b"", agreed, b"adv_secret", 32)
        return new_salt + nonce + AESGCM(key).encrypt(nonce, keys, None)

    def _stream(self, salt: bytes, iv: bytes, data: bytes) -> bytes:
        key = hashlib.pbkdf2_hmac("sha256", self.code.encode(), salt, 131072, 32)
        encryptor = Cipher(AES(key), CTR(iv)).encryptor()
        return encryptor.update(data) + encryptor.finalize()
