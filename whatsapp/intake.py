"""The first thing that happens to an event: it is shaped and stands in the journal.

Runs in the library's callback, in tens of microseconds: whatever waits behind it has been
acknowledged to WhatsApp already and would be lost at a kill.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from whatsapp import exit_codes
from whatsapp.event_shape import iso
from whatsapp.message_event import is_said, shape_event
from whatsapp.message_shape import (
    message_key,
    shape_undecryptable,
    source_in,
    unparsed_message,
    unshaped_message,
)
from whatsapp.receipt_shape import receipt_key, receipt_kind, shape_receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from whatsapp.disk_room import DiskRoom
    from whatsapp.journal import Journal
    from whatsapp.port import JournalKind, Send
    from whatsapp.store import OwnNumber

logger = logging.getLogger("vendeai.intake")

#: Bytes of an event's JSON that leave room for the rest of its frame (`frames.MAX_FRAME_BYTES`),
#: and of its protobuf from which that is looked at: JSON takes at most some twenty for one, where
#: people are mentioned, or contacts sent, of whom nothing is said.
_MOST_BYTES = 3 * 1024 * 1024
_LARGE_BYTES = _MOST_BYTES // 32


class Intake:
    """Never raises: the library would swallow it, and the event with it."""

    def __init__(
        self,
        journal: Journal,
        room: DiskRoom,
        appended: Callable[[], None],
        chosen: Callable[[Any], list[bytes]] | None = None,
    ) -> None:
        self._journal = journal
        self._room = room
        self._appended = appended
        self._chosen = chosen
        """See `NeonizeClient.chosen`."""

    def message(self, event: Any, own: OwnNumber | None) -> None:
        """Keep a message, or what was done to one, if it is something that somebody said."""
        now, source = datetime.now(UTC), None
        raw = event.SerializePartialToString()
        try:
            shaped = shape_event(event, own)
            if shaped is None:
                return
            kind, data = shaped
            if kind == "poll_vote" and self._chosen is not None:
                self._open_vote(event, data, self._chosen)
            if len(raw) > _LARGE_BYTES:
                _check_size(data)
            if kind == "message" and data["media"] is not None:
                source = source_in(event)
        except Exception:
            logger.exception("a message could not be read; it is kept as it came")
            kind, data = "message", unshaped_message(event, iso(now))
        self._append(kind, message_key(event, kind), now, data, raw, own, source)

    def undecryptable(self, event: Any, own: OwnNumber | None) -> None:
        """Keep that somebody said what cannot be read yet, unless nobody would see it."""
        kind: JournalKind = "message_undecryptable"
        try:
            if not is_said(event.Info) or event.DecryptFailMode == event.DECRYPT_FAIL_HIDE:
                return
            data = shape_undecryptable(event, own)
        except Exception:
            logger.exception("what cannot be decrypted could not be read either")
            return
        raw = event.SerializePartialToString()
        self._append(kind, message_key(event, kind), datetime.now(UTC), data, raw, own)

    def asked_again(self, event: Any, own: OwnNumber | None) -> None:
        """Keep that a phone cannot read what was sent, and that nobody can repeat it."""
        try:
            data = shape_receipt(event, None, own)
        except Exception:
            logger.exception("a receipt could not be read")
            return
        raw = event.SerializePartialToString()
        key = receipt_key(event, "asked_again")
        self._append("message_asked_again", key, datetime.now(UTC), data, raw, own)

    def past(self, event: Any, own: OwnNumber) -> None:
        """Keep a message from before the link; what was done to such messages is left out."""
        now = datetime.now(UTC)
        try:
            shaped = shape_event(event, own)
            if shaped is None or shaped[0] != "message":
                return
            data = {**shaped[1], "history": True}
            source = None if data["media"] is None else source_in(event)
            _check_size(data)
        except Exception:
            logger.exception("a message from before the link could not be read")
            return
        raw = event.SerializePartialToString()
        self._append("message", message_key(event), now, data, raw, own, source)

    def _open_vote(
        self, event: Any, data: dict[str, Any], chosen: Callable[[Any], list[bytes]]
    ) -> None:
        """Say what was voted for; where that cannot be read it stays encrypted."""
        try:
            data["chosen"] = [each.hex() for each in chosen(event)]
        except Exception as error:  # noqa: BLE001 - whatever the library has against it
            logger.warning("vote %s cannot be read: %s", data["id"], error)
        else:
            data["encrypted"] = None

    def receipt(self, event: Any, own: OwnNumber | None) -> None:
        """Keep a receipt, if it is one that is published."""
        try:
            kind = receipt_kind(event)
            if kind is None:
                return
            data = shape_receipt(event, kind, own)
        except Exception:
            logger.exception("a receipt could not be read")
            return
        raw = event.SerializePartialToString()
        self._append("receipt", receipt_key(event, kind), datetime.now(UTC), data, raw, own)

    def sent(
        self,
        message: Send,
        state: str,
        reason: str | None,
        whatsapp_id: str | None,
        receipts: list[str],
        own: OwnNumber | None = None,
        raw: bytes = b"",
    ) -> None:
        """Keep what became of an attempt to send; `raw`: what was sent, as it is stored."""
        secret = message.secret.hex()
        data = {
            "id": message.message_id,
            "secret": secret,
            "whatsappId": whatsapp_id,
            "state": state,
            "reason": reason,
            "receipts": receipts,
        }
        self._append("sent", f"sent:{secret}", datetime.now(UTC), data, raw, own)

    def unreadable(self, raw: bytes) -> None:
        """Keep a message of which not even the parts are known."""
        digest = blake2b(raw, digest_size=16).hexdigest()
        now = datetime.now(UTC)
        self._append("message", f"unreadable:{digest}", now, unparsed_message(iso(now)), raw, None)

    def confirm(self, entry_id: int) -> None:
        """Let go of every entry up to this one; what must stay is told again, and known then."""
        try:
            self._journal.confirm(entry_id)
        except sqlite3.Error as error:
            logger.critical("the journal cannot be written: %s", error)
            self._room.release()

    def _append(
        self,
        kind: JournalKind,
        key: str,
        at: datetime,
        data: dict[str, Any],
        raw: bytes,
        own: OwnNumber | None,
        source: dict[str, Any] | None = None,
    ) -> None:
        number = own.phone if own else None
        try:
            self._journal.append(kind, key, at, data, raw, number, source)
        except sqlite3.Error as error:
            logger.critical("the journal cannot be written: %s", error)
            self._room.release()
            self._append_into_reserve(kind, key, at, data, raw, number, source)
        else:
            self._room.check()
        self._appended()

    def _append_into_reserve(self, *event: Any) -> None:
        try:
            self._journal.append(*event)
        except sqlite3.Error:
            # Take nothing more from WhatsApp, which keeps what was not acknowledged.
            os._exit(exit_codes.JOURNAL_UNWRITABLE)


def _check_size(data: dict[str, Any]) -> None:
    """Raises ValueError for what no worker could report: it would end each one, for ever."""
    size = len(json.dumps(data, ensure_ascii=False).encode())
    if size > _MOST_BYTES:
        raise ValueError(f"{size} bytes are more than is published")
