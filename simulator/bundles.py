"""Prekey bundles handed out for any device, phones included."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.nodes import SERVER, Jid, node
from simulator.phone.bundle import Bundle
from simulator.prekeys import LOW
from simulator.stanzas import notification

if TYPE_CHECKING:
    from simulator.devices import Device
    from simulator.server import Server


@dataclass(frozen=True)
class HandedOut:
    """A bundle and what proves that the device is its account's; None for a phone."""

    bundle: Bundle
    signed_identity: bytes | None


class Bundles:
    """What one needs to write to a device for the first time."""

    def __init__(self, server: "Server") -> None:
        self._server = server

    def take(self, jid: Jid) -> HandedOut | None:
        """Return a device's bundle, its one-time key used up; None if there is no such device.

        A linked device that runs low is asked for more keys.
        """
        phone = self._server.accounts.of(jid)
        if phone is None:
            return None
        if jid.device == 0:
            return HandedOut(phone.bundle(), None)
        device = self._server.devices.get(phone.number, jid.device)
        bundle = self._server.prekeys.take(device) if device else None
        if device is None or bundle is None:
            return None
        self._ask_for_more(device)
        return HandedOut(bundle, device.signed_identity)

    def identity(self, jid: Jid) -> bytes | None:
        """Return the identity key of a device; None if there is no such device."""
        phone = self._server.accounts.of(jid)
        if phone is None:
            return None
        if jid.device == 0:
            return phone.identity.public
        device = self._server.devices.get(phone.number, jid.device)
        return device.identity if device else None

    def _ask_for_more(self, device: "Device") -> None:
        left, delivery = self._server.prekeys.count(device), self._server.delivery
        if left >= LOW or delivery.mailbox(device).holds_notification("encrypt"):
            return
        count = node("count", {"value": left})
        delivery.deliver(device, notification(SERVER, "encrypt", [count]))
