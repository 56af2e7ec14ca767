"""The keys that devices leave with the server so that others can write to them."""

import json
from dataclasses import dataclass

from simulator.curve import KEY_LENGTH
from simulator.devices import Device
from simulator.phone.bundle import Bundle
from simulator.records import Records

#: With fewer one-time keys than this the device is asked for more.
LOW = 5
ID_LENGTH = 3
ENTRY = ID_LENGTH + KEY_LENGTH


@dataclass(frozen=True)
class SignedPrekey:
    """A device's signed prekey; the signature was checked when it came."""

    id: int
    public: bytes
    signature: bytes


class Prekeys:
    """The one-time keys, each handed out once, and the signed prekeys, kept in the records."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def count(self, device: Device) -> int:
        """Return how many one-time keys are left."""
        return len(self._one_time(device)) // ENTRY

    def add(self, device: Device, keys: list[tuple[int, bytes]]) -> None:
        """Keep one-time keys as (id, public key)."""
        packed = b"".join(number.to_bytes(ID_LENGTH) + key for number, key in keys)
        self._records.put("prekeys", device.key, self._one_time(device) + packed)

    def sign(self, device: Device, key: SignedPrekey) -> None:
        """Keep the device's signed prekey in place of the last one."""
        value = {"id": key.id, "public": key.public.hex(), "signature": key.signature.hex()}
        self._records.put("signed-prekey", device.key, json.dumps(value).encode())

    def signed(self, device: Device) -> SignedPrekey | None:
        """Return the device's signed prekey; None before the first upload."""
        stored = self._records.get("signed-prekey", device.key)
        if stored is None:
            return None
        signed = json.loads(stored)
        public, signature = bytes.fromhex(signed["public"]), bytes.fromhex(signed["signature"])
        return SignedPrekey(signed["id"], public, signature)

    def left(self, device: Device) -> list[tuple[int, bytes]]:
        """Return the one-time keys that are left, as (id, public key)."""
        packed = self._one_time(device)
        entries = [packed[place : place + ENTRY] for place in range(0, len(packed), ENTRY)]
        return [(int.from_bytes(entry[:ID_LENGTH]), entry[ID_LENGTH:]) for entry in entries]

    def take(self, device: Device) -> Bundle | None:
        """Return a bundle with one one-time key, if any is left; None before the first upload."""
        signed = self.signed(device)
        if signed is None:
            return None
        one_time = self._one_time(device)
        if one_time:
            self._records.put("prekeys", device.key, one_time[ENTRY:])
        return Bundle(
            registration_id=device.registration_id,
            identity=device.identity,
            signed_prekey_id=signed.id,
            signed_prekey=signed.public,
            signature=signed.signature,
            prekey_id=int.from_bytes(one_time[:ID_LENGTH]) if one_time else None,
            prekey=one_time[ID_LENGTH:ENTRY] if one_time else None,
        )

    def forget(self, device: Device) -> None:
        """Remove all keys of a device."""
        self._records.delete("prekeys", device.key)
        self._records.delete("signed-prekey", device.key)

    def _one_time(self, device: Device) -> bytes:
        return self._records.get("prekeys", device.key) or b""
