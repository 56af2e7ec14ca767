"""The sender keys of one phone: its own in each group, and those that it was told.

They are kept in the records, by group and by the author's device (by LID).
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from simulator.curve import KeyPair
from simulator.nodes import Jid
from simulator.phone import contents
from simulator.phone.errors import MalformedMessageError
from simulator.phone.padding import pad, unpad
from simulator.phone.protobufs import Message
from simulator.phone.ratchet import Chain
from simulator.phone.sender_keys import Distribution, OwnKey, TheirKey, TheirKeys
from simulator.records import Records

_OWN, _THEIRS, _TOLD = "phone-own-sender-key", "phone-sender-key", "phone-sender-key-told"


class GroupKeys:
    """What a phone encrypts and decrypts with in groups. Errors are those of a phone."""

    def __init__(self, records: Records, lid: str) -> None:
        self._records = records
        self._lid = lid

    def encrypt(self, group: Jid, message: Message) -> bytes:
        """Encrypt for all who know this phone's key for the group; return a `skmsg`."""
        own = self._own(group)
        sealed = own.seal(pad(message.SerializeToString()))
        self._keep_own(group, own)
        return sealed

    def with_key(self, group: Jid, message: Message | None = None) -> Message:
        """Return a message (or none besides) with this phone's key, for one device."""
        told = Message()
        if message is not None:
            told.CopyFrom(message)
        own = self._own(group)
        self._keep_own(group, own)
        told.senderKeyDistributionMessage.groupID = str(group)
        key = own.distribution().encode()
        told.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage = key
        return told

    def untold(self, group: Jid, devices: Iterable[Jid]) -> list[Jid]:
        """Return those devices that were not told this phone's key."""
        kind = f"{_TOLD}/{self._name(group)}"
        return [device for device in devices if self._records.get(kind, str(device)) is None]

    def mark_told(self, group: Jid, device: Jid) -> None:
        """Take note that a device was told this phone's key."""
        self._records.put(f"{_TOLD}/{self._name(group)}", str(device), b"")

    def renew(self, group: Jid) -> None:
        """Forget this phone's key for a group, so that nobody who knows it reads what follows."""
        self._records.delete(_OWN, self._name(group))
        kind = f"{_TOLD}/{self._name(group)}"
        for device, _ in self._records.items(kind):
            self._records.delete(kind, device)

    def learn(self, group: Jid, author: Jid, message: Message) -> None:
        """Take the key of an author in that a message of the author's may hold.

        Raise MalformedMessageError if it is another group's, or none.
        """
        if not message.HasField("senderKeyDistributionMessage"):
            return
        told = message.senderKeyDistributionMessage
        if told.groupID != str(group):
            raise MalformedMessageError(f"a key for {told.groupID} in {group}")
        theirs = self._theirs(group, author)
        theirs.learn(Distribution.parse(told.axolotlSenderKeyDistributionMessage))
        self._keep_theirs(group, author, theirs)

    def decrypt(self, group: Jid, author: Jid, data: bytes) -> Message:
        """Decrypt a `skmsg`; raise a DecryptError if that can't be done."""
        theirs = self._theirs(group, author)
        text = theirs.open(data)
        self._keep_theirs(group, author, theirs)
        return contents.parse(unpad(text))

    def _name(self, group: Jid) -> str:
        return f"{self._lid} {group}"

    def _own(self, group: Jid) -> OwnKey:
        stored = self._records.get(_OWN, self._name(group))
        if stored is None:
            return OwnKey.generate()
        read: dict[str, Any] = json.loads(stored)
        signing = {name: bytes.fromhex(key) for name, key in read["signing"].items()}
        chain = bytes.fromhex(read["chain"])
        return OwnKey(read["id"], read["iteration"], chain, KeyPair(**signing))

    def _keep_own(self, group: Jid, own: OwnKey) -> None:
        self._records.put(_OWN, self._name(group), _dumped(asdict(own)))

    def _theirs(self, group: Jid, author: Jid) -> TheirKeys:
        stored = self._records.get(_THEIRS, f"{self._name(group)} {author}")
        return TheirKeys([_their_key(each) for each in json.loads(stored or b"[]")])

    def _keep_theirs(self, group: Jid, author: Jid, theirs: TheirKeys) -> None:
        value = _dumped([asdict(key) for key in theirs.keys])
        self._records.put(_THEIRS, f"{self._name(group)} {author}", value)


def _dumped(value: object) -> bytes:
    return json.dumps(value, default=bytes.hex).encode()


def _their_key(read: dict[str, Any]) -> TheirKey:
    signing, chain = bytes.fromhex(read["signing"]), read["chain"]
    skipped = {int(counter): bytes.fromhex(seed) for counter, seed in chain["skipped"].items()}
    return TheirKey(
        read["id"],
        signing,
        Chain(signing, bytes.fromhex(chain["key"]), chain["index"], skipped),
    )
