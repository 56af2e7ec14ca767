"""Signals in the worker: what is worth something only now, said and heard."""

from __future__ import annotations

import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from whatsapp.availability import Availability
from whatsapp.flood import Allowance
from whatsapp.jids import Person, bare
from whatsapp.port import (
    FindPicture,
    FollowPresence,
    ShowTyping,
    Signal,
    SignalAnswered,
    SignalSeen,
    TellRead,
)
from whatsapp.signal_shape import shape_presence, shape_typing

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from whatsapp.neonize_signals import NeonizeSignals
    from whatsapp.port import ClientEvent
    from whatsapp.store import OwnNumber

logger = logging.getLogger("vendeai.signals")

#: Seconds after which nobody has a use for typing any more, or for an answer.
_TYPING_SECONDS = 3.0
_ANSWER_SECONDS = 10.0
#: Seconds for which the shop is online after it typed: WhatsApp shows typing for about so long.
_ONLINE_SECONDS = 30.0
#: What passes, a burst and then a second: of each chat's typing or presence, and of all.
_PASSES = (10, 1.0, 40, 20.0)
#: WhatsApp's own ids are letters and digits. None may have a space: the library joins them.
_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_JID = re.compile(r"[0-9]{1,24}(?:-[0-9]{1,20})?@(?:s\.whatsapp\.net|lid|g\.us)")


class Signals:
    """Each method returns at once and never raises; the library is called on threads of ours.

    One for what goes out without an answer, and one for questions, which WhatsApp may leave
    unanswered for 75 s: neither waits for the other, and no message for either.
    """

    def __init__(
        self,
        library: NeonizeSignals,
        report: Callable[[ClientEvent], None],
        up: threading.Event,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library = library
        self._report = report
        self._up = up
        self._now = now
        self._availability = Availability(library, now)
        self._said, self._seen = Allowance(*_PASSES, now), Allowance(*_PASSES, now)
        self._sayings = ThreadPoolExecutor(1, "signal")
        self._questions = ThreadPoolExecutor(1, "look")

    def signal(self, signal: Signal) -> None:
        """Do as the server says; see the port."""
        asked_at = self._now()
        match signal:
            case ShowTyping() | FollowPresence():
                if self._said.lets_pass(signal.chat):
                    self._sayings.submit(self._say, signal, asked_at)
            case TellRead() | FindPicture():
                self._questions.submit(self._ask, signal, asked_at)

    def typing(self, event: Any, own: OwnNumber | None) -> None:
        """Somebody types, in a thread of the library's."""
        known = self._availability.whose(bare(event.MessageSource.Chat))
        self._show("typing", shape_typing(event, own, known))

    def presence(self, event: Any) -> None:
        """Somebody is online, or is not any more, in a thread of the library's."""
        known = self._availability.whose(bare(event.From))
        self._show("presence", shape_presence(event, known))

    def came_up(self) -> None:
        """The connection to WhatsApp is new."""
        if self._availability.is_used:  # else no worker needs the thread
            self._sayings.submit(self._attempt, self._availability.came_up)

    def check(self) -> None:
        """Called every few seconds: what is over ends."""
        if self._up.is_set() and self._availability.is_over:
            self._sayings.submit(self._attempt, self._availability.rest)

    def _show(self, kind: Any, data: dict[str, Any] | None) -> None:
        if data is not None:
            chat = data["chat"]
            key = f"{kind} {chat['id'] if isinstance(chat, dict) else chat}"
            if self._seen.lets_pass(key):
                self._report(SignalSeen(kind, data))

    def _say(self, signal: ShowTyping | FollowPresence, asked_at: float) -> None:
        if not self._up.is_set() or not _JID.fullmatch(signal.chat):
            return
        if isinstance(signal, FollowPresence):
            who = Person(signal.phone, signal.lid)
            self._attempt(self._availability.follow, signal.chat, who, signal.seconds)
        elif self._now() - asked_at <= _TYPING_SECONDS:
            self._attempt(self._show_typing, signal)

    def _show_typing(self, signal: ShowTyping) -> None:
        self._availability.be_online(_ONLINE_SECONDS)
        self._library.show_typing(signal.chat, signal.state)

    def _attempt(self, call: Callable[..., None], *arguments: Any) -> None:
        try:
            call(*arguments)
        except Exception as error:  # noqa: BLE001 - the library has a class for each call
            logger.warning("a signal to WhatsApp was in vain: %s: %s", type(error).__name__, error)

    def _ask(self, signal: TellRead | FindPicture, asked_at: float) -> None:
        found: dict[str, Any] = {}
        error: str | None = None
        try:
            if not self._up.is_set():
                error = "not connected"
            elif self._now() - asked_at > _ANSWER_SECONDS:
                error = "its turn came too late"
            elif _JID.fullmatch(signal.chat):
                found = self._asked(signal)
        except Exception as failed:  # noqa: BLE001 - as above
            error = f"{type(failed).__name__}: {failed}"
            logger.warning("WhatsApp was asked in vain: %s", error)
        self._report(SignalAnswered(signal.question, found, error))

    def _asked(self, signal: TellRead | FindPicture) -> dict[str, Any]:
        if isinstance(signal, FindPicture):
            return {"url": self._library.picture_url(signal.chat)}
        ids = [each for each in signal.ids if _ID.fullmatch(each)]
        if ids and _JID.fullmatch(signal.sender):
            self._library.tell_read(signal.chat, signal.sender, ids)
        return {}
