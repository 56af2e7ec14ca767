"""Ending a command with one sentence instead of a traceback."""

from __future__ import annotations

import sys

#: Exit code of a command that could not run at all.
CANNOT_RUN = 2


class Problem(Exception):  # noqa: N818 - it is told to the operator, who can solve it
    """Why a command cannot run; its text is one sentence that says what to do."""


def report(problem: Exception) -> int:
    """Print the sentence to stderr; answers the exit code."""
    print(f"vendeai: {problem}", file=sys.stderr)
    return CANNOT_RUN
