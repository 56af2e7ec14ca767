"""A worker: the process of one empresa, from its start to its end.

Its main thread takes the server's commands and looks at the link; the library calls in on
threads of its own; the outbox writes on another.
"""

from __future__ import annotations

import logging
import os
import select
import sqlite3
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from whatsapp import exit_codes
from whatsapp.deadline import succeeds_within
from whatsapp.disk_room import DiskRoom
from whatsapp.folder import EmpresaFolder, FolderInUseError
from whatsapp.frames import Confirm, End, FrameReader, LogOut
from whatsapp.go_runtime import load_go_runtime
from whatsapp.history import History
from whatsapp.intake import Intake
from whatsapp.journal import Journal
from whatsapp.library_events import final, interruption
from whatsapp.link_check import CHECK_SECONDS, Link, check_link, find_link
from whatsapp.linux import discard_output, return_free_memory
from whatsapp.neonize_client import NeonizeClient
from whatsapp.outbox import Outbox
from whatsapp.page_merging import offer_new_pages
from whatsapp.pairing import Pairing
from whatsapp.port import (
    LOGOUT_SECONDS,
    Alive,
    CheckNumbers,
    ClientStarted,
    LinkDown,
    LinkUp,
    LoggedOut,
    LogoutDone,
    Paired,
    Send,
    Signal,
    Undecryptable,
)
from whatsapp.sending import Sending
from whatsapp.signals import Signals

if TYPE_CHECKING:
    import socket

    from whatsapp.port import ClientEvent
    from whatsapp.store import OwnNumber
    from whatsapp.worker_entry import WorkerSpec

logger = logging.getLogger("vendeai.worker")

_READ_BYTES = 65536
#: Seconds for the worker of a server that was killed to let go of the folder.
_FOLDER_SECONDS = 3.0
#: Seconds that the last reports may take to be written.
_FLUSH_SECONDS = 2.0
#: Of the logout's time, what is kept back for its answer.
_ANSWER_SECONDS = 1.0
#: Seconds that a hang-up may take, and for how long no event must have come after it: what
#: WhatsApp has been told we have must still reach the journal.
_DISCONNECT_SECONDS = 1.0
_QUIET_SECONDS = 0.15


def run(spec: WorkerSpec, channel: socket.socket) -> NoReturn:
    """Serve the empresa; ends the process itself."""
    folder = EmpresaFolder(spec.auth_dir, spec.empresa_id)
    try:
        with folder.locked(_FOLDER_SECONDS):
            code = _open(spec, channel, folder).serve()
    except FolderInUseError as error:
        logger.critical("%s", error)
        os._exit(exit_codes.FOLDER_IN_USE)
    except sqlite3.Error:
        logger.exception("its journal cannot be written")
        os._exit(exit_codes.JOURNAL_UNWRITABLE)
    os._exit(code)


def _open(spec: WorkerSpec, channel: socket.socket, folder: EmpresaFolder) -> Worker:
    try:
        return Worker(spec, channel, folder)
    except OSError:
        logger.exception("its folder cannot be written")
        os._exit(exit_codes.JOURNAL_UNWRITABLE)


class Worker:
    """The library's listener (`neonize_client.Listener`), and what carries out commands."""

    def __init__(self, spec: WorkerSpec, channel: socket.socket, folder: EmpresaFolder) -> None:
        self._channel = channel
        self._folder = folder
        self._own = folder.linked()
        self._database = folder.open_store()
        self._room = DiskRoom(folder.path)
        self._room.set_up()
        self._journal = Journal(folder.journal)
        started = ClientStarted(os.getpid(), linked=self._own is not None)
        self._outbox = Outbox(channel, self._journal, started, self._room.release)
        load_go_runtime(spec.noise_root)
        self._client = NeonizeClient(self._database, spec.device_name, self)
        self._intake = Intake(
            self._journal, self._room, self._outbox.journal_has_more, self._client.chosen
        )
        self._pairing = Pairing(self._outbox, spec.pairing_phone, self._client.pair_phone)
        self._is_paired_now = False
        self._is_logging_out = False
        self._up = threading.Event()
        self._sending = Sending(
            self._client, self._intake, self._outbox.report, self._up, lambda: self._own
        )
        self._history = History(self._database.parent, self._intake, lambda: self._own)
        self._signals = Signals(self._client.signals, self._outbox.report, self._up)
        self._link: Link | None = None
        self._is_settled = False
        self._ending = threading.Lock()

    def serve(self) -> int:
        """Connect, and do as the server says until it says to end or is gone; the exit code."""
        self._client.connect()
        reader = FrameReader()
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        poller.register(self._room.low, select.POLLIN)
        code, next_check = exit_codes.IN_ORDER, time.monotonic() + CHECK_SECONDS
        while True:
            ready = dict(poller.poll(max(0.0, next_check - time.monotonic()) * 1000))
            if self._room.low in ready:
                code = exit_codes.JOURNAL_UNWRITABLE
                break
            if ready:
                data = self._receive()
                if not data or not all(map(self._obey, reader.feed(data))):
                    break
            if time.monotonic() >= next_check:
                next_check = time.monotonic() + CHECK_SECONDS
                self._room.check()
                self._check_link()
                self._signals.check()
        self._hang_up()
        return code

    def _receive(self) -> bytes:
        with suppress(ConnectionError):
            if data := self._channel.recv(_READ_BYTES):
                return data
        discard_output()  # its reader is gone too, and Go may die of printing to nobody
        return b""

    # --- the server's commands, on the main thread -------------------------------------------

    def _obey(self, command: object) -> bool:
        """Carry out a command; False: end."""
        match command:
            case Confirm(entry_id):
                self._intake.confirm(entry_id)
                self._outbox.confirmed(entry_id)
            case Send():
                self._sending.send(command)
            case CheckNumbers():
                self._sending.check_numbers(command)
            case _ if isinstance(command, Signal):
                self._signals.signal(command)
            case LogOut():
                self._is_logging_out = True
                threading.Thread(target=self._log_out, name="log-out", daemon=True).start()
            case End():
                return False
        return True

    def _log_out(self) -> None:
        deadline = time.monotonic() + LOGOUT_SECONDS - _ANSWER_SECONDS
        # Nothing linked: no phone lists us.
        unlinked = self._own is None or (
            self._up.wait(LOGOUT_SECONDS - _ANSWER_SECONDS)
            and succeeds_within(self._client.log_out, deadline - time.monotonic())
        )
        self._finish(LogoutDone(unlinked))

    def _check_link(self) -> None:
        if self._own is None:
            self._outbox.report(Alive())
        if self._up.is_set():
            link = self._link
            self._outbox.report((check_link(link) if link else None) or Alive())
            if not self._is_settled:
                self._is_settled = True
                return_free_memory()
                offer_new_pages()

    def _hang_up(self) -> None:
        """Leave in order: whatever was acknowledged to WhatsApp reaches the journal first."""
        if self._up.is_set():
            succeeds_within(self._client.disconnect, _DISCONNECT_SECONDS)
        self._client.quiet.wait(_QUIET_SECONDS, _DISCONNECT_SECONDS)
        self._outbox.flush(_FLUSH_SECONDS)

    # --- the library, on its threads ---------------------------------------------------------

    def qr(self, text: str) -> None:
        """See `Listener`."""
        self._pairing.qr_arrived(text, self._finish)

    def login_status(self, status: str) -> None:
        """See `Listener`. Past a failure the library must not go on: it hangs, or worse."""
        if status != "success":
            self._finish(self._pairing.failure(status))
        self._is_paired_now = True
        self._folder.settle_on(self._database)

    def device(self, own: OwnNumber) -> None:
        """See `Listener`."""
        self._own = own
        if self._is_paired_now:
            self._outbox.report(Paired(own.phone, own.lid))
            self._folder.keep_only(self._database)

    def event(self, name: str, event: Any) -> None:
        """See `Listener`."""
        match name:
            case "Message":
                self._intake.message(event, self._own)
            case "Receipt":
                self._sending.receipt(event, self._own)
            case "ChatPresence":
                self._signals.typing(event, self._own)
            case "Presence":
                self._signals.presence(event)
            case "Connected" | "KeepAliveRestored":
                self._link_up()
            case "HistorySync":
                self._history.arrived(event.Data)
            case "UndecryptableMessage":
                logger.warning("message %s cannot be decrypted yet", event.Info.ID)
                self._intake.undecryptable(event, self._own)
                self._outbox.report(Undecryptable(event.Info.ID))
                self._room.check()  # it could not store the keys, perhaps
            case _:
                self._link_event(name, event)

    def unreadable(self, raw: bytes) -> None:
        """See `Listener`."""
        self._intake.unreadable(raw)

    def gave_up(self, error: str) -> None:
        """See `Listener`."""
        self._finish(LinkDown("whatsapp_unreachable", error))

    def _link_up(self) -> None:
        if self._own is not None:
            self._link = find_link()
            self._up.set()
            self._history.go_on()
            self._signals.came_up()
            self._outbox.report(LinkUp(self._own.phone, self._own.lid))

    def _link_event(self, name: str, event: Any) -> None:
        end = final(name, event)
        if isinstance(end, LoggedOut) and self._is_logging_out:
            # WhatsApp's word on our own request, faster than its answer.
            self._finish(LogoutDone(unlinked=True))
        if end is not None:
            self._finish(end)
        down = interruption(name, event, self._client.log.take_refusal())
        if down is not None:
            self._up.clear()
            self._outbox.report(down)

    def _finish(self, *last: ClientEvent) -> NoReturn:
        """Report the last and end the process, from whatever thread; the first call counts."""
        self._ending.acquire()
        for event in last:
            self._outbox.report(event)
        self._outbox.flush(_FLUSH_SECONDS)
        os._exit(exit_codes.IN_ORDER)
