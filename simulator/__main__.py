"""Command line: `python -m simulator --state DIR [--proxy-port N] [--admin-port N]`."""

import argparse
import asyncio
import ctypes
import fcntl
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from simulator.admin.application import application
from simulator.gate import BACKLOG, Gate
from simulator.server import Server
from simulator.server_keys import tls_context

LOOPBACK = "127.0.0.1"
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Run the simulator until SIGTERM or SIGINT; say on stdout where it listens."""
    arguments = _arguments()
    if arguments.with_parent:
        _end_with_parent()
    logging.basicConfig(level=arguments.log_level, format="%(asctime)s %(name)s %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        folder = Path(arguments.state).absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder):
            asyncio.run(_serve(arguments, folder))
    except OSError as error:
        sys.exit(f"The simulator can't run: {error}")


async def _serve(arguments: argparse.Namespace, folder: Path) -> None:
    server = Server(folder)
    gate = Gate(server, tls_context(folder))
    proxies = bind_sockets(arguments.proxy_port, LOOPBACK, backlog=BACKLOG)
    admins = bind_sockets(arguments.admin_port, LOOPBACK)
    gate.add_sockets(proxies)
    admin = HTTPServer(application(server))
    admin.add_sockets(admins)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    listening = {
        "proxy": f"http://{LOOPBACK}:{proxies[0].getsockname()[1]}",
        "admin": f"http://{LOOPBACK}:{admins[0].getsockname()[1]}",
        "ca": str(folder / "ca.pem"),
        "noiseRoot": server.noise.root.public.hex(),
    }
    print(json.dumps(listening), flush=True)
    await ended.wait()
    gate.stop()
    admin.stop()
    server.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description="A WhatsApp server on loopback")
    parser.add_argument("--state", required=True, help="folder for keys and all that is remembered")
    parser.add_argument("--proxy-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--admin-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--with-parent", action="store_true", help="end when the parent dies")
    parser.add_argument("--log-level", default="WARNING", choices=["DEBUG", "INFO", "WARNING"])
    return parser.parse_args()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep a second simulator from the folder; OSError if there is one already."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(f"another one uses {folder}") from error
        yield


def _end_with_parent() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent or parent == 1:
        sys.exit("the parent is gone")


if __name__ == "__main__":
    main()
