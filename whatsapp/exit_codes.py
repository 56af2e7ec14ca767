"""With what a worker ends, and what that says."""

from __future__ import annotations

import signal

IN_ORDER = 0
#: An exception of ours; its traceback stands in the log.
CRASHED = 1
#: As sysexits.h has them: software, I/O error, temporary failure.
NOT_FORKED_IN_ORDER = 70
JOURNAL_UNWRITABLE = 74
FOLDER_IN_USE = 75

_SENTENCES = {
    IN_ORDER: "ended in order",
    CRASHED: "ended by an error, see the log",
    NOT_FORKED_IN_ORDER: "its forkserver was gone or had not loaded what it must",
    JOURNAL_UNWRITABLE: "its journal cannot be written: is the disk full?",
    FOLDER_IN_USE: "another process uses the empresa's folder",
}


def describe_exit(code: int) -> str:
    """What an exit code says, in a few words."""
    if code < 0:
        try:
            return f"killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"
    return _SENTENCES.get(code, f"ended with exit code {code}")
