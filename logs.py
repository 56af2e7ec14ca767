"""Logging: text for people or JSON lines for machines, with no secret in either."""

from __future__ import annotations

import json
import logging
import queue
import re
import sys
import threading
import time
from contextlib import suppress
from logging.handlers import QueueHandler
from typing import TextIO

#: What a record may carry by `extra=`; each is a field of its own in JSON.
FIELDS = (
    "empresa_id",
    "request_id",
    "caller",
    "remote_ip",
    "method",
    "path",
    "status",
    "duration_ms",
)

#: Records that may wait for whoever reads the log; what comes beyond is dropped, and counted.
QUEUED_RECORDS = 10_000

#: Seconds for which records gather before they are written together, and how many at once at most.
#: Woken for each of them, the thread that writes would take the interpreter from the event loop
#: at every request.
GATHER_SECONDS = 0.02
WRITTEN_RECORDS = 500

#: The last net: code must not log these, and where it does, they still don't reach a file.
_SECRETS = re.compile(
    r"""
      2@[A-Za-z0-9+/=,@_-]{16,}                      # the text of a QR
    | data:[a-z]+/[a-z+.-]+;base64,[A-Za-z0-9+/=]+   # its picture
    | (?P<scheme>(?i:bearer)[ .])[A-Za-z0-9._~+/=-]+ # a token, in a header or a subprotocol
    # a pairing code, in whatsmeow's alphabet; a UUID has such pairs within, between dashes
    | (?<![\w-])[1-9A-HJ-NP-TV-Z]{4}-[1-9A-HJ-NP-TV-Z]{4}(?![\w-])
    """,
    re.VERBOSE,
)
HIDDEN = "[hidden]"


def scrub(text: str) -> str:
    """The text with every QR, data URL, bearer token and pairing code hidden."""
    return _SECRETS.sub(lambda found: (found["scheme"] or "") + HIDDEN, text)


def _traceback(record: logging.LogRecord) -> str | None:
    if record.exc_info:
        return logging.Formatter().formatException(record.exc_info)
    return record.exc_text


class TextFormatter(logging.Formatter):
    """`2026-11-24T14:16:54.123Z INFO vendeai.web [empresa 5]: sentence`, tracebacks below."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        """One record; only a traceback has further lines."""
        empresa_id = getattr(record, "empresa_id", None)
        place = "" if empresa_id is None else f" [empresa {empresa_id}]"
        lines = [
            f"{self.formatTime(record)} {record.levelname} {record.name}{place}: "
            + record.getMessage().replace("\n", "\\n")
        ]
        if (traceback := _traceback(record)) is not None:
            lines.append(traceback)
        return scrub("\n".join(lines))


class JsonFormatter(TextFormatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        entry: dict[str, object] = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in FIELDS:
            value = getattr(record, name, None)
            if value is not None:
                entry[name] = value
        if (traceback := _traceback(record)) is not None:
            entry["traceback"] = traceback
        return scrub(json.dumps(entry, ensure_ascii=False, default=str))


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes lines to a stream."""

    def write(self, records: list[logging.LogRecord]) -> None:
        """One or more of them, at once. Never raises."""
        self.acquire()
        try:
            self.stream.write("".join(self.format(each) + self.terminator for each in records))
            self.flush()
        except Exception:  # noqa: BLE001 - as the library's own handlers do
            self.handleError(records[-1])
        finally:
            self.release()


def configure(log_format: str, level: str, stream: TextIO | None = None) -> None:
    """Send every record to one stream (stderr unless given); replaces what was configured."""
    handler = LineHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    # Pykka's DEBUG prints whole messages, and with them QRs and texts; deaths are logged by ours.
    logging.getLogger("pykka").setLevel(logging.CRITICAL)
    # What no line of ours shows need not be found out for each record (the library's own page on
    # its optimization names these).
    logging._srcfile = None  # noqa: SLF001
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # They report their routine; httpcore also headers, and with them the addresses of redirects.
    for chatty in ("alembic", "asyncio", "httpcore"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


class Behind(QueueHandler):
    """Writes on a thread of its own: who logs never waits for whoever reads the log.

    Between `configure` and `finish` of one server.
    """

    def __init__(self) -> None:
        self._records: queue.Queue[logging.LogRecord | None] = queue.Queue(QUEUED_RECORDS)
        super().__init__(self._records)
        self._dropped = 0
        root = logging.getLogger()
        (writer,) = root.handlers
        if not isinstance(writer, LineHandler):
            raise TypeError("configure comes first")
        self._writer, root.handlers = writer, [self]
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """As it is now, whatever becomes of its arguments, and what its traceback keeps alive.

        Not a copy, as in the library: no other handler has it.
        """
        try:
            record.msg = record.getMessage()
        except Exception as error:  # noqa: BLE001 - the library would print, and that may wait
            record.msg = f"{record.msg!r} does not fit its arguments: {error!r}"
        record.exc_text = _traceback(record)
        record.args = record.exc_info = None
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Hand over, or drop. Called under the handler's lock."""
        try:
            self._own_up()
            self._records.put_nowait(record)
        except queue.Full:
            self._dropped += 1

    def finish(self, seconds: float) -> bool:
        """Write what waits. False: its reader stands still, and so would whoever logs after it."""
        deadline = time.monotonic() + seconds
        try:
            self._own_up(seconds)
            self._records.put(None, timeout=seconds)
        except queue.Full:
            return False
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            return False
        logging.getLogger().handlers = [self._writer]
        return True

    def _own_up(self, seconds: float = 0.0) -> None:
        """Say what was dropped. Raises `queue.Full`."""
        if self._dropped:
            text = f"{self._dropped} records were dropped: nobody reads the log fast enough"
            record = logging.LogRecord("vendeai.log", logging.WARNING, "", 0, text, None, None)
            self._records.put(record, seconds > 0, seconds)
            self._dropped = 0

    def _write(self) -> None:
        is_over = False
        while not is_over:
            waiting = [self._records.get()]
            if self._records.qsize() < WRITTEN_RECORDS:
                time.sleep(GATHER_SECONDS)
            with suppress(queue.Empty):
                while len(waiting) < WRITTEN_RECORDS and waiting[-1] is not None:
                    waiting.append(self._records.get_nowait())
            is_over = waiting[-1] is None
            if records := [record for record in waiting if record is not None]:
                self._writer.write(records)
