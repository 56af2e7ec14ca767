"""A start of its own: `python -m tests.persistence.migrating_process URL REVISIONS`.

Says `ready`, waits for a line, migrates, says `done`.
"""

import sys
from pathlib import Path

from persistence.database import Database
from persistence.migration import migrate


def main() -> None:
    engine, revisions = Database(sys.argv[1])._engine, Path(sys.argv[2])
    say("ready")
    sys.stdin.readline()
    migrate(engine, revisions)
    say("done")


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
