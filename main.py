"""The command line: `python main.py serve | demo | check | migrate | backup | restore | top`.

It imports nothing heavy until a command is chosen.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable


def main(arguments: list[str] | None = None) -> int:
    """Run one command; answers the exit code: 0, 1 (`check` found something), 2 (cannot run)."""
    given = _parser().parse_args(arguments)
    try:
        return _run(given)
    except KeyboardInterrupt:
        return 130


def _run(given: argparse.Namespace) -> int:
    command = given.command
    if command == "serve":
        from commands import serve

        return serve.run()
    if command == "demo":
        from commands import demo

        return demo.run()
    if command == "check":
        from commands import check

        return check.run()
    if command in ("backup", "restore"):
        from commands import backup, restore

        run = backup.run if command == "backup" else restore.run
        return run(given.folder)
    if command == "top":
        from commands import top

        return top.run(given)
    from commands import migrate

    return migrate.run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py",
        description="VendeAI Bot: one WhatsApp per empresa, hundreds in one server. "
        "Settings come from the environment (docs/operation.md).",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("serve", help="run the server")
    commands.add_parser("demo", help="run it against a simulated WhatsApp; no phone is needed")
    commands.add_parser("check", help="say what is wrong with the settings and stored data")
    commands.add_parser("migrate", help="bring the database to this version, and end")
    backup = commands.add_parser("backup", help="copy database and credentials, as they are now")
    backup.add_argument("folder", metavar="DIR", help="a new or empty folder")
    restore = commands.add_parser("restore", help="put a backup in place; overwrites nothing")
    restore.add_argument("folder", metavar="DIR", help="a backup's folder")
    top = commands.add_parser("top", help="watch the actors of a running server, and restart them")
    _add_top(top.add_argument)
    return parser


def _add_top(add: Callable[..., object]) -> None:
    # No token: `ps` would show it. It is VENDEAI_API_TOKEN.
    add("--url", metavar="URL", help="the server's address; else as VENDEAI_HOST and _PORT say")
    add("--every", type=float, default=2.0, metavar="SECONDS", help="between two looks (2)")
    add("--once", action="store_true", help="print the table as text, and end")
    add("--sort", default="attention", metavar="COLUMN", help="what comes first (attention)")
    add("--empresa", type=int, metavar="ID", help="this empresa's actors alone")
    add("--state", default="", metavar="STATE", help="those in this state alone, or unresponsive")


if __name__ == "__main__":
    sys.exit(main())
