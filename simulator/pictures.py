"""Profile pictures of accounts and groups, and where they are to be had."""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.nodes import Jid

if TYPE_CHECKING:
    from simulator.accounts import Accounts
    from simulator.records import Records


@dataclass(frozen=True)
class ProfilePicture:
    """Where one is."""

    id: str
    url: str


class Pictures:
    """Kept in the records."""

    def __init__(self, records: "Records", accounts: "Accounts") -> None:
        self._records = records
        self._accounts = accounts

    def put(self, owner: Jid, data: bytes | None, site: str) -> None:
        """Change the picture of an account or a group, or take it away; `site` has it."""
        key = self._key(owner)
        if data is None:
            self._records.delete("picture-of", key)
            return
        name = hashlib.sha256(data).hexdigest()[:16]
        url = f"{site}/picture?id={name}"
        with self._records.transaction():
            self._records.put("picture", name, data)
            self._records.put("picture-of", key, json.dumps({"id": name, "url": url}).encode())

    def of(self, owner: Jid) -> ProfilePicture | None:
        """Return where the picture of an account or a group is; None: it has none."""
        found = self._records.get("picture-of", self._key(owner))
        return ProfilePicture(**json.loads(found)) if found else None

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a picture, by its id."""
        return self._records.get("picture", name)

    def _key(self, owner: Jid) -> str:
        phone = self._accounts.of(owner)
        return phone.number if phone else str(owner.account)
