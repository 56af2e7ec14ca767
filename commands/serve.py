"""`serve`: settings, then the parts, then the actors and the routes, until a signal."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable

import logs
from actors.bootstrap import start_system, stop_system
from actors.errors import Refusal
from commands import limits
from commands.address import local_url
from commands.parts import Parts, open_parts
from commands.problem import CANNOT_RUN, Problem, report
from commands.service_manager import ServiceManager
from media.policy import Policy
from settings import Settings, SettingsError, is_loopback, read_settings
from web.application import make_application
from web.server import ANSWER_SECONDS, Server
from whatsapp.linux import share_heaps

logger = logging.getLogger("vendeai.serve")

#: Seconds from the first SIGTERM, SIGINT or SIGHUP to the end. The second ends at once.
STOP_SECONDS = 12.0
#: Seconds for what is logged last to be written.
LOG_SECONDS = 1.0
#: Exit code (EX_TEMPFAIL) of a server that its service manager is to start again.
WORN_OUT = 75

Announce = Callable[[str], None]


def run(announce: Announce | None = None) -> int:
    """Serve until a signal; answers the exit code. `announce` gets the URL once it listens."""
    os.umask(0o077)
    manager = ServiceManager.of(os.environ)
    limits.raise_open_files()
    share_heaps()
    try:
        settings = read_settings(os.environ)
        logs.configure(settings.log_format, settings.log_level)
        parts = open_parts(settings)
        limits.warn(settings)
    except (SettingsError, Problem) as problem:
        return report(problem)
    return _run(settings, parts, manager, announce)


def _run(
    settings: Settings, parts: Parts, manager: ServiceManager, announce: Announce | None
) -> int:
    log, problem, is_worn_out = logs.Behind(), None, False
    try:
        is_worn_out = asyncio.run(_serve(settings, parts, manager, announce))
    except Problem as found:
        problem = found
    except BaseException:
        log.finish(LOG_SECONDS)
        raise
    if is_worn_out:
        logger.error(
            "too many threads hang for good, or an operator wishes it: the server begins anew"
        )
    if not log.finish(LOG_SECONDS):
        # Whatever wrote to stderr now, Python's own end included, would wait for ever.
        os._exit(CANNOT_RUN if problem else WORN_OUT if is_worn_out else 0)
    if problem is not None:
        return report(problem)
    return _begin_anew(manager, announce) if is_worn_out else 0


async def _serve(
    settings: Settings, parts: Parts, manager: ServiceManager, announce: Announce | None
) -> bool:
    """Serve to the end; whether a fresh process should go on."""
    stopping = asyncio.Event()
    _await_signals(stopping)
    try:
        system = await start_system(
            database=parts.database,
            clients=parts.clients,
            store=parts.store,
            pace=parts.pace,
            handlers=settings.handlers,
            policy=Policy(settings.media_networks, settings.media_ports),
        )
    except Refusal as refusal:
        raise Problem("The actors did not start; the log above says why.") from refusal
    application = make_application(
        system, api_token=settings.api_token, origins=settings.cors_origins
    )
    server = Server(application, parts.sockets)
    settle_memory()
    url = local_url(settings.host, server.port)
    _say_where(settings, url)
    if announce is not None:
        announce(url)
    async with manager.informed(system):
        await _first(stopping, system.has_ended, system.worn_out)
    is_worn_out = system.worn_out.is_set() and not stopping.is_set()
    logger.info("stopping")
    server.stop_accepting()
    await stop_system(system, STOP_SECONDS - ANSWER_SECONDS - LOG_SECONDS - 1)
    await server.close()
    logger.info("stopped")
    if system.has_ended.is_set() and not (stopping.is_set() or is_worn_out):
        raise Problem("The root of the actors died; the log above says why. Start again.")
    return is_worn_out


def _begin_anew(manager: ServiceManager, announce: Announce | None) -> int:
    """Only a fresh process has none of the threads that hang."""
    if not manager.is_there and announce is None:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
    return WORN_OUT


def settle_memory() -> None:
    """Take what is alive now for what stays: a full collection of garbage skips it.

    It would take some 30 ms of every thread's time, in the middle of a page of events.
    """
    gc.collect()
    gc.freeze()


async def _first(*events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for waiter in waiting:
        waiter.cancel()


def _await_signals(stopping: asyncio.Event) -> None:
    def stop(number: signal.Signals) -> None:
        if stopping.is_set():
            # Workers end with their parent, by the kernel's doing.
            os._exit(128 + number)
        stopping.set()

    hangup = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)  # nohup
    for number in (signal.SIGTERM, signal.SIGINT, *hangup):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)


def _say_where(settings: Settings, url: str) -> None:
    logger.info("listening on %s", url)
    if not is_loopback(settings.host):
        logger.warning("other machines can reach this server: give the token to nobody else")
    if settings.noise_root is not None:
        logger.warning(
            "VENDEAI_NOISE_ROOT is set: this server talks to a WhatsApp simulator, "
            "never to WhatsApp itself"
        )
