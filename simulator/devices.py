"""The linked devices of the accounts, as the server knows them."""

import json
from dataclasses import asdict, dataclass, replace

from simulator.nodes import LID_SERVER, PHONE_NUMBER_SERVER, Jid
from simulator.records import Records

#: WhatsApp's own limit of linked devices beside the phone.
MAX_LINKED = 4


@dataclass(frozen=True)
class Device:
    """One linked device. Keys are 32 bytes."""

    number: str
    """Digits without plus, as everywhere inside the server."""
    lid: str
    id: int
    """1 and up; never given twice within an account."""
    key_index: int
    noise_key: bytes
    identity: bytes
    registration_id: int
    signed_identity: bytes
    """The content of `<device-identity>` in its bundles and messages."""
    platform: str
    paired_at: int
    """Unix time in seconds."""

    @property
    def jid(self) -> Jid:
        """Its address by LID."""
        return Jid(self.lid, LID_SERVER, self.id)

    @property
    def number_jid(self) -> Jid:
        """Its address by phone number."""
        return Jid(self.number, PHONE_NUMBER_SERVER, self.id)

    def signed(self, identity: bytes) -> "Device":
        """Return the device with the identity that its account and itself have signed."""
        return replace(self, signed_identity=identity)

    @property
    def key(self) -> str:
        """What its records are filed under."""
        return f"{self.number}:{self.id}"


class Devices:
    """All linked devices, kept in the records."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._linked: dict[str, dict[int, Device]] = {}

    def linked(self, number: str) -> list[Device]:
        """Return an account's linked devices, the phone not among them."""
        return list(self._load(number).values())

    def get(self, number: str, device: int) -> Device | None:
        """Return one linked device, or None."""
        return self._load(number).get(device)

    def next_id(self, number: str) -> int:
        """Take the account's next device id."""
        last = int(self._records.get("last-device", number) or b"0")
        self._records.put("last-device", number, str(last + 1).encode())
        return last + 1

    def put(self, device: Device) -> None:
        """Add a device, or store what has changed of it."""
        values = asdict(device)
        text = {k: v.hex() if isinstance(v, bytes) else v for k, v in values.items()}
        self._records.put(f"device/{device.number}", str(device.id), json.dumps(text).encode())
        self._load(device.number)[device.id] = device

    def mark_greeted(self, device: Device) -> None:
        """Store that the phone has sent the device the key share and the histories."""
        self._records.put("greeted", device.key, b"")

    def was_greeted(self, device: Device) -> bool:
        """Tell whether the phone has done that."""
        return self._records.get("greeted", device.key) is not None

    def remove(self, device: Device) -> None:
        """Forget a device."""
        self._records.delete("greeted", device.key)
        self._records.delete(f"device/{device.number}", str(device.id))
        self._load(device.number).pop(device.id, None)

    def _load(self, number: str) -> dict[int, Device]:
        linked = self._linked.get(number)
        if linked is None:
            stored = self._records.items(f"device/{number}")
            devices = [_device(value) for _, value in stored]
            linked = self._linked[number] = {device.id: device for device in devices}
        return linked


def _device(value: bytes) -> Device:
    values = json.loads(value)
    for name in ("noise_key", "identity", "signed_identity"):
        values[name] = bytes.fromhex(values[name])
    return Device(**values)
