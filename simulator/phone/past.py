"""What a phone said and heard before a companion was linked: it hands that over with the link."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from simulator.nodes import LID_SERVER, PHONE_NUMBER_SERVER
from simulator.phone.protobufs import HistorySync
from simulator.records import Records


@dataclass(frozen=True)
class Said:
    """A text of a conversation."""

    id: str
    number: str
    """Of the other side; digits."""
    lid: str
    name: str
    text: str
    from_me: bool
    at: int
    """Unix seconds."""


class Past:
    """Of one phone, kept in the records, in the order in which it was told."""

    def __init__(self, records: Records, number: str) -> None:
        self._records = records
        self._kind = f"past/{number}"

    def add(self, number: str, lid: str, name: str, text: str, at: int, *, from_me: bool) -> str:
        """Keep one text of a conversation with somebody; return its id."""
        said = Said(_new_id(), number, lid, name, text, from_me, at)
        count = len(list(self._records.items(self._kind)))
        self._records.put(self._kind, f"{count:012}", json.dumps(asdict(said)).encode())
        return said.id

    def sync(self) -> HistorySync:
        """Return what tells a new device all of it: each conversation with its newest text first.

        Conversations go by LID, with the number beside it, as those of accounts that have moved.
        """
        sync = HistorySync(syncType=HistorySync.INITIAL_BOOTSTRAP, chunkOrder=1, progress=100)
        conversations: dict[str, list[Said]] = {}
        for _, value in self._records.items(self._kind):
            said = Said(**json.loads(value))
            conversations.setdefault(said.lid, []).append(said)
        for lid, all_said in conversations.items():
            _add(sync, f"{lid}@{LID_SERVER}", all_said)
        return sync


def _add(sync: HistorySync, jid: str, all_said: Sequence[Said]) -> None:
    last = all_said[-1]
    conversation = sync.conversations.add(ID=jid, conversationTimestamp=last.at)
    conversation.pnJID = f"{last.number}@{PHONE_NUMBER_SERVER}"
    for place, said in reversed(list(enumerate(all_said, 1))):
        item = conversation.messages.add(msgOrderID=place)
        info = item.message
        info.key.remoteJID, info.key.fromMe, info.key.ID = jid, said.from_me, said.id
        info.messageTimestamp = said.at
        info.message.conversation = said.text
        if not said.from_me:
            info.pushName = said.name


def _new_id() -> str:
    return "3A" + secrets.token_hex(9).upper()
