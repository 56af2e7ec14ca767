"""The process that turns stored protobufs into JSON: a list on its input, one on its output.

It is given the server's process id. SPHINX in its environment has neonize leave its Go library out.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from typing import Any

import pylibmagic  # noqa: F401 - before neonize, which needs the libmagic inside it

# isort: split
from google.protobuf.json_format import MessageToDict

from whatsapp import linux
from whatsapp.stored_form import read_stored

#: Bytes of memory that it may map, seconds of a processor, and bytes of a file that it may write:
#: what it reads was written by strangers.
_LIMITS = (
    (resource.RLIMIT_AS, 1024 * 1024 * 1024),
    (resource.RLIMIT_CPU, 10),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
)


def main() -> None:
    """Answer once, unless the server is gone."""
    linux.signal_at_parents_death(signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        return
    for what, most in _LIMITS:
        resource.setrlimit(what, (most, most))
    found = [_as_json(each) for each in json.load(sys.stdin)]
    json.dump(found, sys.stdout, separators=(",", ":"))


def _as_json(text: str | None) -> dict[str, Any] | None:
    stored = read_stored(text)
    try:
        return None if stored is None else MessageToDict(stored, preserving_proto_field_name=True)
    except Exception:  # noqa: BLE001 - strangers wrote it; the others can be read
        return None


if __name__ == "__main__":
    main()
