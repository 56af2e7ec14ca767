"""The process of one handler. It is asked by lines of JSON, and answers each by one.

    python -m handling.host DESCRIPTOR PARENT

The first line names the class (`package.module:Class`) and its settings, every other one a message.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import socket
import sys
import traceback
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handling.seam import MOST_MEMORY
from whatsapp import linux

if TYPE_CHECKING:
    from handling.seam import MessageHandler

#: Bytes of memory that it may map, files that it may open, and bytes of one that it may write.
_LIMITS = (
    (resource.RLIMIT_AS, 1024 * 1024 * 1024),
    (resource.RLIMIT_NOFILE, 64),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
)
#: Thousandths of the machine's memory: the kernel takes it before the server, and any client.
_OOM_POINTS = 500


class _NotTakenError(Exception):
    """Its settings, by its constructor."""


def main() -> None:
    """Answer until nobody asks any more, or the server is gone."""
    descriptor, parent = map(int, sys.argv[1:])
    linux.signal_at_parents_death(signal.SIGKILL)
    if os.getppid() != parent:
        return
    _shut_in()
    with socket.socket(fileno=descriptor) as channel, channel.makefile("rwb") as lines:
        handler: MessageHandler | None = None
        for line in lines:
            asked, reply = json.loads(line), "{}"
            try:
                if handler is None:
                    handler = _made(asked)
                else:
                    reply = _answer(handler, asked)
            except Exception as error:  # noqa: BLE001 - it is somebody else's code
                reply = _raised(error, is_begun=handler is not None)
            lines.write(reply.encode() + b"\n")
            lines.flush()


def _shut_in() -> None:
    linux.discard_output()
    for number in linux.ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    for what, most in _LIMITS:
        resource.setrlimit(what, (most, most))
    linux.offer_to_oom_killer(_OOM_POINTS)


def _made(asked: dict[str, Any]) -> MessageHandler:
    module, _, name = asked["handler"].partition(":")
    made = getattr(importlib.import_module(module), name)
    try:
        handler: MessageHandler = made(asked["settings"])
    except ValueError as error:
        raise _NotTakenError(str(error)) from error
    return handler


def _answer(handler: MessageHandler, asked: dict[str, Any]) -> str:
    now = datetime.fromisoformat(asked["now"])
    texts, memory = handler.answer(asked["message"], asked["memory"], now)
    if len(json.dumps(memory)) > MOST_MEMORY:
        return _failure("floods", "it remembers too much of a conversation")
    return json.dumps({"texts": list(texts), "memory": memory})


def _raised(error: Exception, *, is_begun: bool) -> str:
    if isinstance(error, _NotTakenError):
        return _failure("settings", str(error))
    trace = "".join(traceback.format_exception(error, limit=-5))
    return _failure("raises" if is_begun else "begins_not", trace)


def _failure(kind: str, detail: str) -> str:
    return json.dumps({"kind": kind, "detail": detail})


if __name__ == "__main__":
    main()
