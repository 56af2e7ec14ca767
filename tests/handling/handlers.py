"""Message handlers as a plug-in would have them, good ones and others."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from handling.seam import Memory

#: As an operator names them, and one that there is not.
HANDLERS = {
    name: f"tests.handling.handlers:{name.capitalize()}"
    for name in ("echo", "picky", "wild", "nobody")
}
#: A file that no handler can write.
FORBIDDEN = "/tmp/a-handler-was-here"  # noqa: S108


class Echo:
    """Says again what was said, and how many messages there were."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._before = settings.get("before", "")

    def answer(
        self, message: Mapping[str, Any], memory: Memory, now: datetime
    ) -> tuple[list[str], Memory]:
        count = 1 + (memory or {"count": 0})["count"]
        os.write(1, b"noise on stdout\n")
        os.write(2, b"noise on stderr\n")
        return [f"{self._before}{message['text']} ({count}, {now:%H:%M})"], {"count": count}


class Picky:
    """Takes no settings."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        raise ValueError(f"not these: {settings}")


def _fail(_memory: Memory) -> Any:
    raise LookupError("on purpose")


def _spin(_memory: Memory) -> Any:
    while True:
        pass


def _write(_memory: Memory) -> Any:
    with open(FORBIDDEN, "w") as file:  # noqa: PTH123
        file.write("x")


def _write_to_all(_memory: Memory) -> Any:
    """What it may do, as it knows no better: to the socket to the server, too."""
    for descriptor in range(3, 64):
        with suppress(OSError):
            os.write(descriptor, b"[1]\n")
    return [], None


_DEEDS: dict[str, Callable[[Memory], Any]] = {
    "raise": _fail,
    "hang": lambda _: time.sleep(600),
    "spin": _spin,
    "exit": lambda _: sys.exit(3),
    "kill": lambda _: os.kill(os.getpid(), 9),
    "many": lambda memory: (["oi"] * 11, memory),
    "long": lambda memory: (["x" * 9000], memory),
    "huge": lambda memory: (["x" * 3_000_000], memory),
    "memory": lambda _: ([], {"all": "x" * 100_000}),
    "nonsense": lambda memory: ([1, 2], memory),
    "blank": lambda memory: ([" "], memory),
    "half": lambda memory: (["\ud83d"], memory),
    "nan": lambda _: ([], {"a": float("nan")}),
    "garbage": _write_to_all,
    "no json": lambda _: ([], {"when": datetime}),
    "secrets": lambda memory: ([",".join(sorted(os.environ))], memory),
    "file": _write,
}


class Wild:
    """Does what the message says."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        pass

    def answer(self, message: Mapping[str, Any], memory: Memory, _now: datetime) -> Any:
        deed = _DEEDS.get(message["text"])
        return deed(memory) if deed else ([], memory)
