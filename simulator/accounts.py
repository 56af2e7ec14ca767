"""The accounts: a phone each, known by number and by LID."""

import secrets

from simulator.nodes import LID_SERVER, PHONE_NUMBER_SERVER, Jid
from simulator.phone.phone import Phone
from simulator.records import Records


class Accounts:
    """All accounts, kept in the records; a phone is loaded when it is first needed."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._phones: dict[str, Phone] = {}

    def get(self, number: str) -> Phone | None:
        """Return the phone of a number (digits without plus), or None if nobody has it."""
        phone = self._phones.get(number) or Phone.load(self._records, number)
        if phone:
            self._phones[number] = phone
        return phone

    def ensure(self, number: str, name: str | None = None) -> Phone:
        """Return the number's phone; make the account if nobody has it, else rename if asked."""
        phone = self.get(number)
        if phone is None:
            lid = str(secrets.randbelow(9 * 10**14) + 10**14)
            with self._records.transaction():
                phone = Phone.create(self._records, number=number, lid=lid, name=name or number)
                self._records.put("number-of-lid", lid, number.encode())
            self._phones[number] = phone
        elif name and name != phone.name:
            phone.rename(name)
        return phone

    def of(self, jid: Jid) -> Phone | None:
        """Return the phone of the account that a JID of either form belongs to, or None."""
        if jid.server in (PHONE_NUMBER_SERVER, "c.us"):
            return self.get(jid.user) if jid.user else None
        if jid.server != LID_SERVER:
            return None
        number = self._records.get("number-of-lid", jid.user)
        return self.get(number.decode()) if number else None
