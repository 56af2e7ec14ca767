"""A device that is not linked yet: the QR codes that it shows, or its pairing code."""

from __future__ import annotations

import logging
import math
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from whatsapp.port import (
    ClientOutdated,
    LinkDown,
    PairingCodeShown,
    PairingFailed,
    QrShown,
)
from whatsapp.qr_picture import render_qr

if TYPE_CHECKING:
    from collections.abc import Callable

    from whatsapp.outbox import Outbox
    from whatsapp.port import ClientEvent

logger = logging.getLogger("vendeai.pairing")

#: Seconds for which whatsmeow shows the first QR of a pairing, and each further one.
FIRST_QR_SECONDS = 60
NEXT_QR_SECONDS = 20
#: Seconds from the first QR to the end of the pairing; a pairing code lives as long.
WINDOW_SECONDS = 160
#: WhatsApp's own clock may end the pairing a little before the library's.
_CLOCK_SECONDS = 5


class Pairing:
    """`ask_code` asks the library for a pairing code, and raises what it raises."""

    def __init__(self, outbox: Outbox, phone: str | None, ask_code: Callable[[str], str]) -> None:
        self._outbox = outbox
        self._phone = phone
        self._ask_code = ask_code
        self._attempt = 0
        self._window_end = math.inf
        self._expires_at = datetime.now(UTC)

    def qr_arrived(self, text: str, failed: Callable[[], None]) -> None:
        """The library shows a QR; called in its thread. `failed`: the pairing cannot go on."""
        self._attempt += 1
        attempt, now = self._attempt, datetime.now(UTC)
        if attempt == 1:
            self._window_end = time.monotonic() + WINDOW_SECONDS
            self._expires_at = now + timedelta(seconds=WINDOW_SECONDS)
        if self._phone is None:
            seconds = FIRST_QR_SECONDS if attempt == 1 else NEXT_QR_SECONDS
            expires_at = now + timedelta(seconds=seconds)
            self._outbox.report_made(lambda: QrShown(render_qr(text), attempt, expires_at))
        elif attempt == 1:
            # It asks WhatsApp, and the library waits in this callback.
            threading.Thread(
                target=self._show_code, args=(self._phone, failed), name="pair-phone", daemon=True
            ).start()

    def failure(self, status: str) -> ClientEvent:
        """What a login status other than `success` means."""
        if status == "err-client-outdated":
            return ClientOutdated()
        if status != "timeout":
            return PairingFailed("pairing_refused", f"WhatsApp's library says: {status}")
        if time.monotonic() < self._window_end - _CLOCK_SECONDS:
            # The same word for a connection that was lost.
            return LinkDown("whatsapp_unreachable", "the connection closed before anybody scanned")
        if self._phone is None:
            return PairingFailed("qr_expired", "nobody scanned it in time")
        return PairingFailed("code_expired", "nobody typed it in time")

    def _show_code(self, phone: str, failed: Callable[[], None]) -> None:
        try:
            code = self._ask_code(phone)
        except Exception as error:
            logger.exception("WhatsApp gave no pairing code")
            self._outbox.report(PairingFailed("pairing_refused", str(error)))
            failed()
        else:
            self._outbox.report(PairingCodeShown(code, phone, self._expires_at))
