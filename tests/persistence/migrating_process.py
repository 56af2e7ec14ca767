"""A start of its own: `python -m tests.persistence.migrating_process DATABASE REVISIONS`.

Says `ready`, waits for a line, migrates, says `done`.
"""

import sys
from pathlib import Path

from persistence.migration import migrate
from persistence.sqlite import SqliteFile


def main() -> None:
    file, revisions = SqliteFile(Path(sys.argv[1])), Path(sys.argv[2])
    say("ready")
    sys.stdin.readline()
    migrate(file, revisions)
    say("done")


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
