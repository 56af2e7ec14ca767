"""Leads the messages that the API accepted through their states."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, select, update

from persistence import job_rows
from persistence.chunks import chunks
from persistence.conversations import number_of
from persistence.json_text import json_text
from persistence.life_events import RECEIPT, change_event, receipts_of, state_event
from persistence.message_life import LEFT, OPEN, MessageState, may_follow, step_row
from persistence.models import Outgoing
from persistence.outgoing_values import Change
from persistence.values import NewEvent

#: What a client journals of a send.
SENT = "sent"
ASKED_AGAIN = "message_asked_again"
"""The type of an event that says that a phone cannot read what was sent, and never will."""
#: Why a message has failed then.
_NOT_DECRYPTED = "not_decrypted"
#: The lane of what does something to another message, and of nothing else that the API accepts.
_CHANGES = "fast"
#: The state of an attempt of which the client does not know whether it left.
UNSETTLED = "unsettled"

# Made once: to make a statement takes longer than to carry it out.
_MINE = Outgoing.empresa_id == bindparam("empresa")
_NAMES: Any = bindparam("names", expanding=True)
_ROWS = select(
    Outgoing.id,
    Outgoing.state,
    Outgoing.reason,
    Outgoing.is_open,
    Outgoing.states,
    Outgoing.chat,
    Outgoing.store,
    Outgoing.client,
    Outgoing.secret,
    Outgoing.whatsapp_id,
    Outgoing.job,
    case((Outgoing.lane == _CHANGES, Outgoing.content)).label("content"),
)
_BY_ID = _ROWS.where(_MINE, Outgoing.id.in_(_NAMES))
_BY_THEIRS = _ROWS.where(_MINE, Outgoing.whatsapp_id.in_(_NAMES))
_UPDATE = update(Outgoing).where(_MINE, Outgoing.id == bindparam("message"))

_RECEIVED = {
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "played": MessageState.PLAYED,
}


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of some events and changes."""

    events: list[NewEvent]
    """To be numbered: those given, and the states to which they and the changes lead. What a
    client journalled of a send is a change, and no event."""
    taken: list[bool]
    """Of each of the items, whether it is an event or led to a state: one that the state before
    does not allow leads to none."""


def follow(connection: Connection, empresa_id: int, items: Sequence[NewEvent | Change]) -> Followed:
    """Lead on the messages of which these items speak, in their order."""
    lives = _Lives(connection, empresa_id, items)
    events: list[NewEvent] = []
    taken: list[bool] = []
    for item in items:
        came = lives.lead(item)
        taken.append(bool(came))
        if isinstance(item, NewEvent):
            came = [replace(each, own=item.own, raw=item.raw) for each in came]
        events += came
    lives.write()
    events += lives.progress()
    return Followed(events, taken)


class _Lives:
    """The rows that some items speak of, read at once and written at once."""

    def __init__(
        self, connection: Connection, empresa_id: int, items: Iterable[NewEvent | Change]
    ) -> None:
        self._connection = connection
        self._empresa_id = empresa_id
        self._rows: dict[str, dict[str, Any]] = {}
        self._contents: dict[str, dict[str, Any]] = {}
        """Of those alone that do something to another message, and those that are new."""
        self._by_whatsapp_id: dict[str, str] = {}
        self._jobs: dict[str, str] = {}
        """Those that belong to a job, by message."""
        self._steps: list[tuple[str, MessageState, MessageState]] = []
        """Of messages of jobs: the job, the state before, the state after."""
        self._at: datetime | None = None
        self._touched: set[str] = set()
        self._renewed: set[str] = set()
        ids, theirs = _names(items)
        self._read(_BY_ID, ids)
        self._read(_BY_THEIRS, theirs)

    def lead(self, item: NewEvent | Change) -> list[NewEvent]:
        """The events that come of it."""
        if isinstance(item, Change):
            return [*self._step(item, None), *self._received_before(item)]
        if item.type == SENT:
            return self._sent(item)
        if item.type == ASKED_AGAIN:
            return [item, *self._asked_again(item)]
        return [item, *(self._received(item) if item.type == RECEIPT else ())]

    def _sent(self, event: NewEvent) -> list[NewEvent]:
        """What came of an attempt, and of the receipts that were faster; of the last one alone."""
        data = event.data
        row = self._rows.get(data["id"])
        if data["state"] == UNSETTLED:
            return []
        if row is None or row["secret"] is None or row["secret"].hex() != data["secret"]:
            return []
        states = [(data["state"], data["reason"]), *((each, None) for each in data["receipts"])]
        whatsapp_id = data["whatsappId"]
        changes = [
            Change(data["id"], MessageState(state), event.at, reason, whatsapp_id=whatsapp_id)
            for state, reason in states
        ]
        return [each for change in changes for each in self._step(change, event.own)]

    def _step(self, change: Change, own: str | None) -> list[NewEvent]:
        """`own`: the empresa's number, where it is known."""
        row = self._rows.get(change.id)
        if row is None or not may_follow(MessageState(row["state"]), change.state):
            return []
        has_left = change.state in LEFT and row["state"] not in LEFT
        if (job := self._jobs.get(change.id)) is not None:
            self._steps.append((job, MessageState(row["state"]), change.state))
            self._at = change.at
        row["state"], row["reason"] = change.state, change.reason
        row["is_open"] = change.state in OPEN
        row["states"].append(step_row(change.state, change.reason, change.at))
        for name in ("chat", "store", "client", "secret", "whatsapp_id"):
            if (given := getattr(change, name)) is not None:
                row[name] = given
        if row["whatsapp_id"] is not None:
            self._by_whatsapp_id[row["whatsapp_id"]] = change.id
        if change.content is not None:
            self._contents[change.id] = change.content
            self._renewed.add(change.id)
        self._touched.add(change.id)
        told = [state_event(change.id, row, change.at)]
        return [*told, *self._done(change, row, own)] if has_left else told

    def _done(self, change: Change, row: dict[str, Any], own: str | None) -> list[NewEvent]:
        """What one that has left does to another message, if it is such a one."""
        content = self._contents.get(change.id)
        if content is None or row["whatsapp_id"] is None:
            return []
        number = own or number_of(self._connection, self._empresa_id)
        done = change_event(change.id, row["whatsapp_id"], number, change.at, content)
        return [] if done is None else [done]

    def _received_before(self, change: Change) -> list[NewEvent]:
        """Of one that left and whose id is known only now: receipts that are in the ledger."""
        if change.whatsapp_id is None or change.state is not MessageState.UNCONFIRMED:
            return []
        found = receipts_of(self._connection, self._empresa_id, change.whatsapp_id)
        steps = [Change(change.id, _RECEIVED[kind], change.at) for kind in found]
        return [event for step in steps for event in self._step(step, None)]

    def _received(self, receipt: NewEvent) -> list[NewEvent]:
        return self._lead_all(receipt, _RECEIVED[receipt.data["kind"]])

    def _asked_again(self, event: NewEvent) -> list[NewEvent]:
        """In a group the others may well have it."""
        if event.data["chat"]["isGroup"]:
            return []
        return self._lead_all(event, MessageState.FAILED, _NOT_DECRYPTED)

    def _lead_all(
        self, event: NewEvent, state: MessageState, reason: str | None = None
    ) -> list[NewEvent]:
        """Of the messages that an event names by WhatsApp's ids, ours."""
        ours = (self._by_whatsapp_id.get(each) for each in event.data["messageIds"])
        changes = [Change(each, state, event.at, reason) for each in ours if each is not None]
        return [each for change in changes for each in self._step(change, event.own)]

    def write(self) -> None:
        """Store what has changed."""
        if not self._touched:
            return
        self._connection.execute(
            _UPDATE,
            [
                {
                    "empresa": self._empresa_id,
                    "message": each,
                    **self._rows[each],
                    "states": json_text(self._rows[each]["states"]),
                }
                for each in sorted(self._touched)
            ],
        )
        renewed = [
            {
                "empresa": self._empresa_id,
                "message": each,
                "content": json_text(self._contents[each]),
            }
            for each in sorted(self._renewed)
        ]
        if renewed:
            self._connection.execute(_UPDATE, renewed)

    def progress(self) -> list[NewEvent]:
        """What is to be told of jobs; what has changed is stored."""
        if self._at is None:
            return []
        return job_rows.lead(self._connection, self._empresa_id, self._steps, self._at)

    def _read(self, statement: Any, values: Iterable[str]) -> None:
        for some in chunks(sorted(values)):
            named = {"empresa": self._empresa_id, "names": some}
            for row in self._connection.execute(statement, named).mappings():
                self._add(dict(row))

    def _add(self, row: dict[str, Any]) -> None:
        message_id, content, job = row.pop("id"), row.pop("content"), row.pop("job")
        if job is not None:
            self._jobs[message_id] = job
        if message_id not in self._rows:
            self._rows[message_id] = {**row, "states": json.loads(row["states"])}
            if content is not None:
                self._contents[message_id] = json.loads(content)
        if row["whatsapp_id"] is not None:
            self._by_whatsapp_id[row["whatsapp_id"]] = message_id


def _names(items: Iterable[NewEvent | Change]) -> tuple[set[str], set[str]]:
    """Our ids and WhatsApp's, of the messages of which items speak."""
    ours: set[str] = set()
    theirs: set[str] = set()
    for item in items:
        if isinstance(item, Change):
            ours.add(item.id)
        elif item.type == SENT:
            ours.add(item.data["id"])
        elif item.type in (RECEIPT, ASKED_AGAIN):
            theirs.update(item.data["messageIds"])
    return ours, theirs
