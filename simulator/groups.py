"""The groups: who is in them, and how they are described to clients."""

import json
import secrets
import time
from dataclasses import asdict, dataclass

from simulator.accounts import Accounts
from simulator.nodes import GROUP_SERVER, LID_SERVER, PHONE_NUMBER_SERVER, Jid, Node, node
from simulator.phone.phone import Phone
from simulator.records import Records

#: How WhatsApp's groups number their members' addresses.
ADDRESSING = "lid"
_ID_PREFIX, _ID_DIGITS = "120363", 12
_ALL_MAY_ADD = b"all_member_add"


@dataclass(frozen=True)
class Group:
    """One group."""

    id: str
    subject: str
    members: tuple[str, ...]
    """Their numbers, digits only; the first has made the group."""
    created: int
    """Unix time in seconds."""

    @property
    def jid(self) -> Jid:
        """Its address."""
        return Jid(self.id, GROUP_SERVER)


class Groups:
    """All groups, kept in the records."""

    def __init__(self, records: Records, accounts: Accounts) -> None:
        self._records = records
        self._accounts = accounts

    def create(self, subject: str, members: list[Phone]) -> Group:
        """Make a group; the first member owns it."""
        number = _ID_PREFIX + str(secrets.randbelow(10**_ID_DIGITS)).zfill(_ID_DIGITS)
        numbers = tuple(phone.number for phone in members)
        return self.put(Group(number, subject, numbers, int(time.time())))

    def put(self, group: Group) -> Group:
        """Store a group, new or changed; return it."""
        self._records.put("group", group.id, json.dumps(asdict(group)).encode())
        return group

    def get(self, jid: Jid) -> Group | None:
        """Return the group with this address, or None."""
        stored = self._records.get("group", jid.user) if jid.server == GROUP_SERVER else None
        return _group(stored) if stored else None

    def all(self) -> list[Group]:
        """Return every group, by its id."""
        return [_group(value) for _, value in self._records.items("group")]

    def members(self, group: Group) -> list[Phone]:
        """Return the phones of a group's members."""
        return [self._accounts.ensure(number) for number in group.members]

    def described(self, group: Group) -> Node:
        """Return `<group>`, as clients are told of it."""
        owner = self._accounts.ensure(group.members[0])
        lid, number = Jid(owner.lid, LID_SERVER), Jid(owner.number, PHONE_NUMBER_SERVER)
        attrs: dict[str, str | int | Jid | None] = {
            "id": group.id,
            "subject": group.subject,
            "creator": lid,
            "creator_pn": number,
            "creation": group.created,
            "s_o": lid,
            "s_o_pn": number,
            "s_t": group.created,
            "addressing_mode": ADDRESSING,
            "size": len(group.members),
            "p_v_id": group.created,
            "a_v_id": group.created,
        }
        members = [participant(phone, owner) for phone in self.members(group)]
        return node("group", attrs, [*members, node("member_add_mode", content=_ALL_MAY_ADD)])


def participant(phone: Phone, owner: Phone) -> Node:
    """Return `<participant>`, as a member is described to clients."""
    return node(
        "participant",
        {
            "jid": Jid(phone.lid, LID_SERVER),
            "phone_number": Jid(phone.number, PHONE_NUMBER_SERVER),
            "type": "superadmin" if phone.number == owner.number else None,
        },
    )


def _group(value: bytes) -> Group:
    read = json.loads(value)
    return Group(read["id"], read["subject"], tuple(read["members"]), read["created"])
