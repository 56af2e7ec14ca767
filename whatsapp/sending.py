"""Sending in the worker: one message after the other, and what became of each into the journal."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from whatsapp.jids import phone_jid
from whatsapp.linux import return_free_memory
from whatsapp.message_builder import build_message
from whatsapp.original import original_of
from whatsapp.outgoing_file import facts_of, read_file
from whatsapp.plain_message import LinkPreview
from whatsapp.port import CheckNumbers, NumbersChecked
from whatsapp.receipt_shape import ids_of, is_asking_again, receipt_kind
from whatsapp.send_errors import read_send_error
from whatsapp.sent import read_sent
from whatsapp.stored_form import stored_form
from whatsapp.unsendable import Unsendable
from whatsapp.uploads import read_upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from whatsapp.intake import Intake
    from whatsapp.neonize_client import NeonizeClient
    from whatsapp.port import ClientEvent, Send
    from whatsapp.store import OwnNumber
    from whatsapp.uploads import Upload

logger = logging.getLogger("vendeai.sending")

#: Receipts that are remembered, as one may be faster than the answer to its message.
_RECEIPTS = 256
#: Messages that the library can repeat to a device that could not read them: the last that this
#: process has sent (whatsmeow's `recentMessagesSize`).
_REPEATABLE = 256


class Outcome(NamedTuple):
    """What became of an attempt."""

    state: str
    """`server_ack`, `failed`, `queued` (it did not leave, and may be sent again), `unsettled`."""
    reason: str | None = None
    whatsapp_id: str | None = None


class NotSent(Exception):  # noqa: N818 - an outcome like others
    """It surely did not leave."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Sending:
    """Each method returns at once; the library is called on two threads of ours.

    WhatsApp's library sends one message at a time, whoever asks; questions need not wait for it.
    """

    def __init__(
        self,
        client: NeonizeClient,
        intake: Intake,
        report: Callable[[ClientEvent], None],
        up: threading.Event,
        own: Callable[[], OwnNumber | None] = lambda: None,
    ) -> None:
        self._client = client
        self._intake = intake
        self._report = report
        self._up = up
        self._own = own
        self._sends = ThreadPoolExecutor(1, "send")
        self._questions = ThreadPoolExecutor(1, "ask")
        self._in_order = threading.Lock()
        self._receipts: deque[tuple[frozenset[str], str]] = deque(maxlen=_RECEIPTS)
        self._repeatable: deque[str] = deque(maxlen=_REPEATABLE)
        self._is_calling = False

    def send(self, message: Send) -> None:
        """Send it; a journalled `sent` says what became of it."""
        self._sends.submit(self._send, message)

    def check_numbers(self, question: CheckNumbers) -> None:
        """Ask WhatsApp; `NumbersChecked` is reported."""
        self._questions.submit(self._check, question)

    def receipt(self, event: Any, own: OwnNumber | None) -> None:
        """Journal one. It stands behind the `sent` of its message, or `sent` tells of it.

        What a device cannot read the library repeats by itself, as long as it remembers it: also
        what it is just being told to send, of which nobody else knows the id.
        """
        if is_asking_again(event):
            if not self._is_calling and not set(ids_of(event)) <= set(self._repeatable):
                self._intake.asked_again(event, own)
            return
        with self._in_order:
            self._intake.receipt(event, own)
            if (kind := receipt_kind(event)) is not None:
                self._receipts.append((frozenset(event.MessageIDs), kind))

    def _send(self, message: Send) -> None:
        try:
            outcome, raw = self._attempt(message)
        except Exception:
            logger.exception("message %s met a fault of ours", message.message_id)
            outcome, raw = Outcome("unsettled", "internal_error"), b""
        with self._in_order:
            receipts = [kind for ids, kind in self._receipts if outcome.whatsapp_id in ids]
            self._intake.sent(message, *outcome, receipts, self._own(), raw)

    def _attempt(self, message: Send) -> tuple[Outcome, bytes]:
        """What became of it and, where it was sent, its bytes as they are stored."""
        try:
            built = self._built(message)
            self._refuse_if_down()
        except Unsendable as unsendable:
            return Outcome("failed", unsendable.code), b""
        except NotSent as not_sent:
            return not_sent.outcome, b""
        self._is_calling = True
        try:
            sent = read_sent(self._client.send(message.chat, built))
            self._repeatable.append(sent.message_id)
        except Exception as error:  # noqa: BLE001 - the library has a class for each call
            return _failed(message.message_id, str(error)), b""
        finally:
            self._is_calling = False
        return Outcome("server_ack", None, sent.message_id), stored_form(built)

    def _built(self, message: Send) -> Any:
        """The protobuf; its file, if it has one, is on WhatsApp's servers then."""
        upload = None if message.file is None else self._upload(message, message.file)
        content, about = _with_jids(message.content), message.about
        original = None if about is None else original_of(about, self._own())
        is_target = content.get("target") is not None
        return build_message(
            content,
            message.secret,
            _now_ms(),
            upload=upload,
            quote=None if is_target else original,
            target=original if is_target else None,
            preview=_preview(content),
        )

    def _refuse_if_down(self) -> None:
        if not self._up.is_set():
            raise NotSent(Outcome("queued", "not_connected"))

    def _upload(self, message: Send, path: str) -> Upload:
        """Leave the file there. Raises `Unsendable`, `NotSent`."""
        self._refuse_if_down()
        try:
            data = read_file(path)
        except OSError as error:
            logger.warning("the file of message %s: %s", message.message_id, error.strerror)
            raise NotSent(Outcome("queued", "media_unreadable")) from error
        facts = facts_of(message.content, data)
        try:
            answer = self._client.upload(data, message.content["type"])
        except Exception as error:
            failed = _failed(message.message_id, str(error))
            # Whatever it was: the message itself has not been touched.
            is_known = failed.state != "unsettled"
            raise NotSent(failed if is_known else Outcome("queued", "upload_failed")) from error
        finally:
            del data
            return_free_memory()
        return read_upload(answer, facts, _now_ms())

    def _check(self, question: CheckNumbers) -> None:
        found: dict[str, Any] = {}
        error: str | None = None
        try:
            if self._up.is_set():
                found = self._client.find_numbers(question.phones)
            else:
                error = "not connected"
        except Exception as failed:  # noqa: BLE001 - whatever it is, nobody knows
            error = f"{type(failed).__name__}: {failed}"
            logger.warning("WhatsApp was asked in vain about numbers: %s", error)
        self._report(NumbersChecked(question.question, found, error))


def _failed(message_id: str, text: str) -> Outcome:
    failure = read_send_error(text)
    logger.warning("message %s was not sent: %s", message_id, failure.detail)
    if failure.fate == "unknown":
        return Outcome("unsettled", failure.reason)
    return Outcome("queued" if failure.may_be_sent_again else "failed", failure.reason)


def _with_jids(content: dict[str, Any]) -> dict[str, Any]:
    """The content as it is built: people who are mentioned by their JIDs."""
    mentions = content.get("mentions")
    if not mentions:
        return content
    return {**content, "mentions": [_jid(each) for each in mentions]}


def _jid(person: dict[str, Any]) -> str:
    return person["jid"] or phone_jid(person["candidates"][0])


def _preview(content: dict[str, Any]) -> LinkPreview | None:
    given = content.get("linkPreview")
    return LinkPreview(given["url"], given["title"], given["description"]) if given else None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
