"""`top`: a running server's tree of actors in a terminal, or with `--once` as plain text."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace

from commands.address import local_url
from commands.admin_client import AdminClient, AdminProblem, is_url
from commands.problem import Problem, report
from commands.top_summary import summary
from commands.top_table import SORTS, Filter, Order, chosen, plain
from settings import Settings, SettingsError, read_settings

#: Exit code where the server cannot be reached, or refuses.
NO_ANSWER = 1
#: Seconds; what is asked costs the server some milliseconds.
_LEAST_EVERY = 0.1


def run(given: Namespace) -> int:
    """Show it until somebody leaves, or once; answers the exit code."""
    try:
        settings = read_settings(os.environ)
        order, choice = Order(_sort(given.sort)), Filter(given.empresa, given.state.lower())
        url = _url(given.url) if given.url else _own_url(settings)
        if not given.once:
            return _watch(url, settings.api_token, _every(given.every), order, choice)
    except (SettingsError, Problem) as problem:
        return report(problem)
    try:
        print(asyncio.run(_once(url, settings.api_token, order, choice)))
    except AdminProblem as problem:
        report(problem)
        return NO_ANSWER
    return 0


async def _once(url: str, token: str | None, order: Order, choice: Filter) -> str:
    tree = await AdminClient(url, token).tree()
    table = plain(chosen(tree["actors"], order, choice))
    return "\n".join([*summary(tree), "", table])


def _watch(url: str, token: str | None, every: float, order: Order, choice: Filter) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Problem("This is no terminal: `top --once` prints the table as text.")
    # textual is for those who look alone.
    from commands.top_screen import TopApp  # noqa: PLC0415

    async def show() -> None:
        await TopApp(AdminClient(url, token), every, order, choice).run_async()

    asyncio.run(show())
    return 0


def _url(text: str) -> str:
    if not is_url(text):
        raise Problem("--url is none of a server: give one such as http://localhost:3010.")
    return text


def _own_url(settings: Settings) -> str:
    if settings.port == 0:
        raise Problem("VENDEAI_PORT is 0: say with --url where the server listens.")
    return local_url(settings.host, settings.port)


def _sort(key: str) -> str:
    if key not in SORTS:
        raise Problem(f"--sort is {key!r}: give one of {', '.join(SORTS)}.")
    return key


def _every(seconds: float) -> float:
    if not seconds >= _LEAST_EVERY:
        raise Problem(f"--every is {seconds:g}: give {_LEAST_EVERY:g} seconds or more.")
    return seconds
