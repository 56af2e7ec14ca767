"""Logging: text for people or JSON lines for machines, with no secret in either."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
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
        if record.exc_info:
            lines.append(self.formatException(record.exc_info))
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
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return scrub(json.dumps(entry, ensure_ascii=False, default=str))


def configure(log_format: str, level: str, stream: TextIO | None = None) -> None:
    """Send every record to one stream (stderr unless given); replaces what was configured."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    # Pykka's DEBUG prints whole messages, and with them QRs and texts; deaths are logged by ours.
    logging.getLogger("pykka").setLevel(logging.CRITICAL)
    # They report their routine.
    for chatty in ("alembic", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
