"""neonize, the library that speaks to WhatsApp: nothing else here imports it.

Rules of its use, each held by a contract test (tests/whatsapp/test_neonize_contract.py): one
client per process; nothing is called before the first login event, `pair_phone` aside; and its
`stop()` never, as it can end the process. It ends with its process.
"""

from __future__ import annotations

import ctypes
import logging
import threading
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import pylibmagic  # noqa: F401 - brings libmagic, which neonize loads
from neonize import _binder, client, events, exc
from neonize.proto.Neonize_pb2 import LogEntry, ReturnFunctionWithError
from neonize.proto.waCompanionReg.WAWebProtobufsCompanionReg_pb2 import DeviceProps
from neonize.utils.enum import ClientName, ClientType, MediaType
from neonize.utils.jid import build_jid

from whatsapp.jids import bare
from whatsapp.library_log import LibraryLog
from whatsapp.neonize_signals import NeonizeSignals
from whatsapp.quiet import Quiet
from whatsapp.store import OwnNumber
from whatsapp.uploads import MEDIA_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

logger = logging.getLogger("vendeai.neonize")

#: Pragmas of the library's database come in through its name, which it puts before its own
#: `?_foreign_keys=on`. WAL with NORMAL loses nothing at a kill, and at a power loss at most the
#: last moments of the Signal state, which a peer heals by a retry; an fsync for each of the 812
#: keys of a first login costs seconds. Immediate: readers that turn writers are never refused.
_PRAGMAS = "_foreign_keys=on&_journal_mode=WAL&_synchronous=NORMAL&_txlock=immediate&_x="

#: The log level given to Go. DEBUG would print the texts of QR codes.
_LOG_LEVEL = b"INFO"


class Listener(Protocol):
    """Called in threads of the library's. Events come one at a time, and hold up the next.

    What a method raises is logged, and otherwise lost.
    """

    def qr(self, text: str) -> None:
        """A QR to show, while nothing is linked."""

    def login_status(self, status: str) -> None:
        """`success`, or how the pairing ended. After any other the library only hangs."""

    def device(self, own: OwnNumber) -> None:
        """Who we are; comes before every event."""

    def event(self, name: str, event: Any) -> None:
        """One of `EVENTS`, with the name of its protobuf message."""

    def unreadable(self, raw: bytes) -> None:
        """A message that could not be parsed."""

    def gave_up(self, error: str) -> None:
        """The library has stopped for good: its first dial failed, or an event of its own did."""


#: What is subscribed to. Anything else would cross into Python for nothing.
EVENTS = (
    events.ConnectedEv,
    events.KeepAliveTimeoutEv,
    events.KeepAliveRestoredEv,
    events.LoggedOutEv,
    events.StreamReplacedEv,
    events.TemporaryBanEv,
    events.ConnectFailureEv,
    events.ClientOutdatedEv,
    events.StreamErrorEv,
    events.DisconnectedEv,
    events.MessageEv,
    events.ReceiptEv,
    events.ChatPresenceEv,
    events.PresenceEv,
    events.UndecryptableMessageEv,
    events.HistorySyncEv,
)
#: What neonize makes of an answer in which nobody is.
_NOBODY = "Function returned nothing."
_DEVICE_CODE = events.EVENT_TO_INT[events.Device]
_MESSAGE_CODE = events.EVENT_TO_INT[events.MessageEv]


class NeonizeClient:
    """The one client of this process; the Go runtime must be loaded (`go_runtime`)."""

    def __init__(self, database: Path, device_name: str, listener: Listener) -> None:
        self._listener = listener
        self.quiet = Quiet()
        self.log = LibraryLog()
        self._client = client.NewClient(
            f"{quote(str(database))}?{_PRAGMAS}",
            props=DeviceProps(os=device_name, platformType=DeviceProps.DESKTOP),
            uuid="empresa",
        )
        self.signals = NeonizeSignals(self._client)
        # Its finalizer calls `stop()`.
        self._client._stop_finalizer.detach()  # noqa: SLF001
        for kind in EVENTS:
            self._client.event(kind)(self._handler(kind.DESCRIPTOR.name))
        self._references = self._callbacks()

    def connect(self) -> None:
        """Dial, on a thread of its own that stays in Go for the life of the process.

        Not neonize's `connect()`: that polls five times a second, and calls `stop()`.
        """
        threading.Thread(target=self._run, name="neonize", daemon=True).start()

    def pair_phone(self, phone: str) -> str:
        """Ask WhatsApp for a pairing code (`ABCD-EFGH`), after the first QR.

        The phone shows a notification that asks for it. Raises what neonize does.
        """
        return str(
            self._client.PairPhone(
                phone, True, client_name=ClientName.LINUX, client_type=ClientType.CHROME
            )
        )

    def send(self, chat: str, message: Any) -> Any:
        """Send a protobuf to a chat that is known; answers the library's `SendResponse`.

        Blocks until WhatsApp has acknowledged it, 75 s at most. Raises what neonize does.
        """
        user, _, server = chat.partition("@")
        return self._client.send_message(build_jid(user, server), message)

    def upload(self, data: bytes, kind: str) -> Any:
        """Leave a file, encrypted, on WhatsApp's servers, to be sent as this type of message.

        Bytes alone: a text the library would take for a path or a URL. Answers its
        `UploadResponse`. Blocks for as long as it takes. Raises what neonize does.
        """
        return self._client.upload(data, MediaType[MEDIA_TYPES[kind]])

    def find_numbers(self, phones: list[str]) -> dict[str, Any]:
        """Which of these phone numbers WhatsApp knows: `{"jid"}` of each, or None.

        Blocks until WhatsApp answers, 75 s at most. Raises what neonize does.
        """
        try:
            answers = self._client.is_on_whatsapp(*phones)
        except exc.IsOnWhatsAppError as error:
            if str(error) != _NOBODY:
                raise
            answers = []
        found = {f"+{each.Query.lstrip('+')}": bare(each.JID) for each in answers if each.IsIn}
        return {phone: {"jid": found[phone]} if phone in found else None for phone in phones}

    def chosen(self, vote: Any) -> list[bytes]:
        """The SHA-256 of each option that a `Message` with a vote chooses.

        From the poll's secret in the client's store. Raises what neonize does where there is none.
        """
        asked = vote.SerializeToString()
        # neonize's own method takes the pointer for the bytes, and fails at every vote.
        pointer = _binder.gocode.DecryptPollVote(self._client.uuid, asked, len(asked))
        try:
            answer = ReturnFunctionWithError.FromString(pointer.contents.get_bytes())
        finally:
            _binder.free_bytes(pointer)
        if answer.Error:
            raise exc.DecryptPollVoteError(answer.Error)
        return list(answer.PollVoteMessage.selectedOptions)

    def log_out(self) -> None:
        """Unlink. Blocks until WhatsApp answers, 75 s at most. Raises what neonize does."""
        self._client.logout()

    def disconnect(self) -> None:
        """Hang up. Only while logged in: it blocks while a dial is pending."""
        self._client.disconnect()

    def _handler(self, name: str) -> Callable[[Any, Any], None]:
        # A plain function: neonize would keep a bound method only weakly.
        return lambda _, event: self._listener.event(name, event)

    def _callbacks(self) -> tuple[Any, ...]:
        """What Go calls; referenced as long as the process lives."""
        return (
            _binder.func_string(lambda _, text: self._text(self._listener.qr, text)),
            _binder.func_string(lambda _, text: self._text(self._listener.login_status, text)),
            _binder.func_callback_bytes(self._execute),
            _binder.func_callback_bytes2(self._log_entry),
        )

    def _run(self) -> None:
        subscribed = bytes(self._client.event.list_func)
        props = self._client.device_props.SerializeToString()
        error = _binder.gocode.Neonize(
            self._client.name.encode(),
            self._client.uuid,
            *(b"", 0),  # no JID: of the one device that is stored, or a new one
            0,
            _LOG_LEVEL,
            *self._references,
            *(subscribed, len(subscribed)),
            *(props, len(props)),
            *(b"", 0),  # no pairing by code at once: it would exclude the QR channel's statuses
            None,  # no proxy but the environment's
        )
        self._listener.gave_up(error.decode(errors="replace") or "the library stopped")

    def _text(self, call: Callable[[str], None], address: int) -> None:
        try:
            call(ctypes.string_at(address).decode())
        except Exception:
            logger.exception("a callback failed")

    def _execute(self, uuid: int, address: int, size: int, code: int) -> None:
        """An event: as neonize handles it, but an exception does not vanish in Go."""
        with self.quiet.broken():
            try:
                self._client.event.execute(uuid, address, size, code)
                if code == _DEVICE_CODE:
                    self._listener.device(_own_number(self._client.me))
            except Exception:
                logger.exception("the handling of event %d failed", code)
                if code == _MESSAGE_CODE:
                    self._listener.unreadable(ctypes.string_at(address, size))

    def _log_entry(self, address: int, size: int) -> None:
        if address and size > 0:
            self.log.add(LogEntry.FromString(ctypes.string_at(address, size)))


def _own_number(device: Any) -> OwnNumber:
    lid = f"{device.LID.User}@lid" if device.LID.User else None
    return OwnNumber(phone=f"+{device.JID.User}", lid=lid)
