"""Groups that are made and changed, by their owner, and who hears of it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.group_exchange import named
from simulator.groups import Group, participant
from simulator.nodes import Jid, Node, node
from simulator.phone.phone import Phone
from simulator.refusals import UserError
from simulator.stanzas import notification

if TYPE_CHECKING:
    from simulator.server import Server


class GroupChanges:
    """What a group's owner does to it. Every linked device of its members hears of it."""

    def __init__(self, server: "Server") -> None:
        self._server = server

    def made(self, group: Group) -> None:
        """Tell of a new group."""
        described = self._server.groups.described(group)
        created = node("create", {"type": "new", "key": group.id}, [described])
        self._tell(group, created, self._server.group_exchange.devices(group))

    def rename(self, group: Group, subject: str) -> Group:
        """Give a group another subject; return it."""
        changed = self._server.groups.put(replace(group, subject=subject))
        told = self._server.groups.described(changed).attrs
        attrs = {name: told[name] for name in ("subject", "s_t", "s_o", "s_o_pn")}
        devices = self._server.group_exchange.devices(group)
        self._tell(group, node("subject", attrs), devices)
        return changed

    def add(self, group: Group, members: list[Phone]) -> Group:
        """Add those who are not in the group yet; return it."""
        new = [phone for phone in members if phone.number not in group.members]
        if not new:
            return group
        numbers = (*group.members, *(phone.number for phone in new))
        changed = self._server.groups.put(replace(group, members=numbers))
        devices = self._server.group_exchange.devices(changed)
        self._tell(group, self._listed("add", group, new), devices)
        return changed

    def remove(self, group: Group, numbers: list[str]) -> Group:
        """Remove those who are in the group, and renew the phones' keys; return the group.

        Raise UserError if its owner is among them.
        """
        if group.members[0] in numbers:
            raise UserError("O dono do grupo não sai dele.")
        gone = [phone for phone in self._server.groups.members(group) if phone.number in numbers]
        if not gone:
            return group
        devices = self._server.group_exchange.devices(group)
        stay = tuple(number for number in group.members if number not in numbers)
        changed = self._server.groups.put(replace(group, members=stay))
        for phone in self._server.groups.members(changed):
            phone.group_keys.renew(group.jid)
        self._tell(group, self._listed("remove", group, gone), devices)
        return changed

    def _listed(self, tag: str, group: Group, members: list[Phone]) -> Node:
        owner = self._server.accounts.ensure(group.members[0])
        return node(tag, content=[participant(phone, owner) for phone in members])

    def _tell(self, group: Group, change: Node, devices: list[Jid]) -> None:
        owner = self._server.accounts.ensure(group.members[0])
        attrs = node("notification", {**named(owner.lid, owner.number, 0), "notify": owner.name})
        for device in devices:
            if device.device:
                told = notification(group.jid, "w:gp2", [change])
                told.attrs |= attrs.attrs
                self._server.exchange.hand_over(device, told)
