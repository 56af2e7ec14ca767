"""Stored protobufs as JSON, by a process of their own: the server's knows no protobuf."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

#: Seconds; 20 messages take half a second, most of which is the process's start.
_SECONDS = 10.0
_ROOT = Path(__file__).parents[1]
#: What of the server's environment it gets: nothing that could be a secret.
_ENVIRONMENT = ("PATH", "LANG", "PYTHONPATH", "VIRTUAL_ENV")


def raw_json(stored: Sequence[bytes | None]) -> list[object]:
    """Each of these as `stored_form` has it, as JSON; None where it cannot be read.

    Blocks for at most 10 s. Raises OSError where the process does not answer.
    """
    asked = json.dumps([None if each is None else b64encode(each).decode() for each in stored])
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "whatsapp.raw_json_process", str(os.getpid())],
            cwd=_ROOT,
            # It has neonize leave its Go library out.
            env={**environment, "SPHINX": "1"},
            input=asked.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
        )
        found: list[object] = json.loads(ended.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise OSError(f"stored messages cannot be turned into JSON: {error}") from error
    return found
