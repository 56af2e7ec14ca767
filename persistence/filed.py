"""What one event tells of conversations, as rows: arithmetic alone, and never an exception.

What stands in an event came from strangers, through an empresa's own client: whatever is not as
it should be is left out, since an event must not be refused for it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from persistence.conversation_values import Spot
from persistence.json_text import json_text
from persistence.keys import stored_key
from persistence.message_life import MessageState, may_follow
from persistence.sent_shape import sent_shape
from persistence.values import LedgerEvent, NewEvent

UNDECRYPTABLE = "undecryptable"
"""The state of a message that cannot be read so far."""
#: Characters of a name that a list shows.
_LONGEST_NAME = 256


@dataclass(slots=True)
class Filed:
    """A message of a conversation, as far as what comes later changes it."""

    seq: int
    number: str
    chat: str
    id: str
    from_me: bool
    sender_phone: str | None
    sender_lid: str | None
    state: str | None
    changes: dict[str, Any] = field(default_factory=dict)
    is_changed: bool = False
    new: dict[str, Any] | None = None
    """What else there is to store; None: it is stored already."""
    read: dict[str, Any] | None = None
    """What is known now of one that could not be read."""

    def is_target(self, number: str, chat: str | None, target: dict[str, Any]) -> bool:
        """Whether a change in this chat is about it: ids are chosen by those who write."""
        if (self.number, self.chat) != (number, chat):
            return False
        is_ours = target.get("fromMe")
        if is_ours is not None and is_ours != self.from_me:
            return False
        author = _part(target, "sender")
        named = {"phone": self.sender_phone, "lid": self.sender_lid}
        return is_ours is True or not _are_two(author, named)

    def apply(self, kind: str, data: dict[str, Any]) -> None:
        """What somebody did to it."""
        timestamp = data.get("timestamp")
        match kind:
            case "message_edited":
                mentions = data.get("mentions") or []
                edited = {"text": data.get("text"), "mentions": mentions, "timestamp": timestamp}
                self.changes["edited"] = edited
            case "message_deleted":
                self.changes["deleted"] = {"by": data.get("by"), "timestamp": timestamp}
            case "message_reaction":
                self._replace("reactions", data, "emoji", is_kept=bool(data.get("emoji")))
            case "poll_vote":
                self._replace("votes", data, "options", is_kept=data.get("chosen") != [])
        self.is_changed = True

    def lead(self, state: str) -> None:
        """One that we sent has come to a state, if that may follow."""
        if not self.from_me or self.state == UNDECRYPTABLE:
            return
        if self.state is not None and not _may_follow(self.state, state):
            return
        self.state, self.is_changed = state, True

    def is_unread_form_of(self, other: Filed) -> bool:
        """Whether it stands for another that can be read."""
        mine, theirs = (self.number, self.chat, self.id), (other.number, other.chat, other.id)
        return self.state == UNDECRYPTABLE and mine == theirs

    def become(self, other: Filed) -> None:
        """It can be read now: it stays where it is, and is what it was meant to be."""
        assert other.new is not None  # noqa: S101 - it has just come
        known = {name: other.new[name] for name in ("data", "raw")}
        if self.new is None:
            self.read = known
        else:
            self.new |= known
        self.state, self.is_changed = None, True

    def _replace(self, name: str, data: dict[str, Any], what: str, *, is_kept: bool) -> None:
        """There is one at a time for each person; one that is not kept was taken back."""
        sender, is_ours = _part(data, "sender"), bool(data.get("fromMe"))
        others = [
            each
            for each in self.changes.get(name, [])
            if each["fromMe"] != is_ours or not (is_ours or _is_one(each["sender"], sender))
        ]
        if is_kept:
            mine = {what: data.get(what), "timestamp": data.get("timestamp")}
            others.append({"sender": sender, "fromMe": is_ours, **mine})
        self.changes[name] = others


@dataclass(slots=True)
class Told:
    """What some messages tell of their conversation; the latest name counts."""

    is_group: bool
    last: Spot
    phone: str | None = None
    lid: str | None = None
    name: str | None = None
    unread: int = 0
    is_read: bool = False
    """Whether the shop wrote there on its phone: what came before has been seen."""
    is_history: bool = True

    def add(self, spot: Spot, data: dict[str, Any], *, is_through_us: bool) -> None:
        """One more message."""
        chat, is_history = _part(data, "chat"), bool(data.get("history"))
        self.last = max(self.last, spot)
        self.phone = self.phone or plain(chat.get("phone"))
        self.lid = self.lid or plain(chat.get("lid"))
        self.name = plain(chat.get("name")) or self.name
        self.is_history = self.is_history and is_history
        if data.get("fromMe") and not is_through_us:
            self.unread, self.is_read = 0, True
        elif not data.get("fromMe") and not is_history:
            self.unread += 1


def received(new: NewEvent, event: LedgerEvent, number: str) -> Filed | None:
    """A `message`, or one that cannot be read so far; None: nobody knows of which conversation."""
    data = new.data
    chat = chat_of(data)
    if chat is None:
        return None
    sender = _part(data, "sender")
    row = {
        "timestamp": moment(data.get("timestamp"), new.at),
        "data": event.json,
        "outgoing_id": None,
        "raw": new.raw,
    }
    return Filed(
        event.seq,
        number,
        chat,
        key_of(data.get("id")),
        bool(data.get("fromMe")),
        plain(sender.get("phone")),
        plain(sender.get("lid")),
        UNDECRYPTABLE if data.get("type") == UNDECRYPTABLE else None,
        new=row,
    )


def sent(event: NewEvent, seq: int, number: str, content: dict[str, Any]) -> Filed | None:
    """What the API sent, of a `message_state` by which it has left; None: it is no message."""
    told, at = event.data, event.at.replace(microsecond=0)
    data = sent_shape(told["whatsappId"], number, told["chat"], at, content)
    if data is None:
        return None
    row = {
        "timestamp": at,
        "data": json_text(data),
        "outgoing_id": told["id"],
        "raw": event.raw,
    }
    key = key_of(told["whatsappId"])
    return Filed(seq, number, told["chat"], key, True, number, None, told["state"], new=row)


def key_of(whatsapp_id: object) -> str:
    """WhatsApp's id as it is stored."""
    return stored_key(whatsapp_id if isinstance(whatsapp_id, str) else "") or ""


def chat_of(data: dict[str, Any]) -> str | None:
    """The JID of the chat; None where there is none that can be stored."""
    found = _part(data, "chat").get("id")
    is_one = isinstance(found, str) and "@" in found and stored_key(found) == found
    return found if is_one else None


def told_of(data: dict[str, Any], spot: Spot) -> Told:
    """Of a conversation, before any message was added."""
    return Told(bool(_part(data, "chat").get("isGroup")), spot)


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def plain(text: object) -> str | None:
    """A text that every engine stores."""
    if not isinstance(text, str):
        return None
    kept = text[:_LONGEST_NAME].replace("\0", "").encode(errors="replace").decode()
    return kept or None


def moment(text: object, otherwise: datetime) -> datetime:
    """In whole milliseconds, as cursors have it."""
    found = otherwise
    with suppress(ValueError):
        found = datetime.fromisoformat(text) if isinstance(text, str) else otherwise
    found = found if found.tzinfo is not None else otherwise
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def _may_follow(before: str, after: str) -> bool:
    return may_follow(MessageState(before), MessageState(after))


def _is_one(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether an address is known of both, and the same."""
    return any(one.get(each) and one.get(each) == other.get(each) for each in ("phone", "lid"))


def _are_two(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether an address is known of both, and none is the same."""
    is_known = any(one.get(each) and other.get(each) for each in ("phone", "lid"))
    return is_known and not _is_one(one, other)
