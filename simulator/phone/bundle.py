"""A prekey bundle: what one needs to open a session with a device that may be offline."""

from dataclasses import dataclass

from simulator import curve
from simulator.phone.errors import BadBundleError
from simulator.phone.signal_messages import with_type


@dataclass(frozen=True)
class Bundle:
    """The public keys (32 bytes each, without type) of one device."""

    registration_id: int
    identity: bytes
    signed_prekey_id: int
    signed_prekey: bytes
    signature: bytes
    """The identity's, over the signed prekey with its type."""
    prekey_id: int | None = None
    prekey: bytes | None = None
    """A one-time key; a phone has none, and a device may have run out of them."""

    def check(self) -> None:
        """Raise BadBundleError unless the keys have their lengths and the signature is right."""
        keys = (self.identity, self.signed_prekey, self.prekey)
        if any(key is not None and len(key) != curve.KEY_LENGTH for key in keys):
            raise BadBundleError("a key of the bundle has a wrong length")
        if (self.prekey is None) != (self.prekey_id is None):
            raise BadBundleError("a one-time key and its id come together")
        if not curve.verify(self.identity, with_type(self.signed_prekey), self.signature):
            raise BadBundleError("the signed prekey is not signed by the bundle's identity")
