"""What workers print, as records of the server's log."""

from __future__ import annotations

import logging
import re

logger = logging.getLogger("vendeai.worker")

#: Bytes after which a line without an end is cut.
_LONGEST_LINE = 8192
#: `WARNING whatsmeow.Client: text`, as the worker's own logging prints it.
_PREFIX = re.compile(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)", re.DOTALL)
#: A QR's text (with or without its address), its parts, and a pairing code: whoever reads one
#: in a log could link the empresa's WhatsApp.
_SECRETS = re.compile(
    r"https://wa\.me/settings/linked_devices\S*"
    r"|\d@[A-Za-z0-9+/=_,-]{16,}"
    r"|(?:[A-Za-z0-9+/]{43}=)(?:,[A-Za-z0-9+/]{43}=)+"
    r"|\b[1-9A-HJ-NP-TV-Z]{4}-[1-9A-HJ-NP-TV-Z]{4}\b"
)


def scrub(text: str) -> str:
    """The text without anything that could link a phone."""
    return _SECRETS.sub("[secret]", text)


class WorkerLog:
    """Turns the bytes that one worker prints into log records, line by line."""

    def __init__(self, empresa_id: int) -> None:
        self._extra = {"empresa_id": empresa_id}
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take in what was read from the worker's output."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._log(line)

    def end(self) -> None:
        """The worker has ended: log what came without a line's end."""
        self.feed(b"\n" if self._rest else b"")

    def _log(self, line: bytes) -> None:
        text = scrub(line[:_LONGEST_LINE].decode(errors="replace").rstrip())
        if not text:
            return
        match = _PREFIX.match(text)
        # What has no prefix was printed past the logging: by Go, or by a traceback.
        level, message = match.groups() if match else ("INFO", text)
        logger.log(logging.getLevelNamesMapping()[level], "%s", message, extra=self._extra)
