"""Who must hear that an account's list of devices has changed."""

from typing import TYPE_CHECKING

from simulator.devices import Device
from simulator.nodes import Jid, Node, node
from simulator.stanzas import notification, participant_hash

if TYPE_CHECKING:
    from simulator.server import Server


class Announcements:
    """The devices that know an account's list, kept in the records, and what they are told."""

    def __init__(self, server: "Server") -> None:
        self._server = server

    def watch(self, watcher: Device, number: str) -> None:
        """Take note that a device has asked for the list of a number's devices."""
        self._server.records.put(f"watchers/{number}", watcher.key, b"")

    def added(self, device: Device) -> None:
        """Tell that a device was linked."""
        self._announce("add", device)

    def removed(self, device: Device) -> None:
        """Tell that a device was removed."""
        self._announce("remove", device)

    def _announce(self, change: str, device: Device) -> None:
        records, delivery = self._server.records, self._server.delivery
        account = Jid(device.lid, device.jid.server)
        devices = [account, *(linked.jid for linked in self._server.devices.linked(device.number))]
        changed = node("device", {"jid": device.jid, "key-index": device.key_index})
        told = node(change, {"device_hash": participant_hash(devices)}, [changed])
        for key, _ in records.items(f"watchers/{device.number}"):
            number, _, device_id = key.partition(":")
            watcher = self._server.devices.get(number, int(device_id))
            if watcher and number != device.number:
                delivery.deliver(watcher, notification(account, "devices", [told]))
        for own in self._server.devices.linked(device.number):
            if own != device:
                delivery.deliver(own, self._own_list(device))

    def _own_list(self, device: Device) -> Node:
        account = device.number_jid.account
        linked = self._server.devices.linked(device.number)
        jids = [account, *(other.number_jid for other in linked)]
        listed = [node("device", {"jid": jid}) for jid in jids]
        devices = node("devices", {"dhash": participant_hash(jids)}, listed)
        return notification(account, "account_sync", [devices])
