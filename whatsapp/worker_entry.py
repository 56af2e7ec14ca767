"""The first steps of a worker. The server imports this, so it imports nothing of the worker's."""

from __future__ import annotations

import logging
import os
import resource
import signal
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any, NoReturn

from whatsapp import exit_codes, linux

if TYPE_CHECKING:
    import socket
    from multiprocessing.connection import Connection
    from pathlib import Path


#: Open files that a worker may have; it has some 25, and the server's limit may be a million.
WORKER_FILES = 1024
#: By which a worker is nearer to the kernel's hand than the server when memory runs out.
OOM_POINTS = 300


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What a worker is told at its start."""

    empresa_id: int
    auth_dir: Path
    device_name: str
    """What the phone shows in its list of linked devices."""
    noise_root: bytes | None
    """Trust this Noise root (32 bytes) instead of WhatsApp's own."""
    pairing_phone: str | None


def enter_worker(spec: WorkerSpec, channel: socket.socket, output: Connection) -> NoReturn:
    """Run the worker of an empresa in this freshly forked process, to its end."""
    try:
        _redirect_output(output)
        _bind_to_forkserver()
        _separate(spec.empresa_id)
        _give_way()
        _configure_logging()
        from whatsapp import worker  # noqa: PLC0415 - the server must not import the library

        worker.run(spec, channel)
    except BaseException:  # noqa: BLE001 - the log is the only place left to say it
        with suppress(OSError):
            traceback.print_exc()
    finally:
        # No exit handler of Python, multiprocessing or Go may run here.
        os._exit(exit_codes.CRASHED)


def _redirect_output(output: Connection) -> None:
    """Have whatever is printed, by Go as well, read by the server, with the empresa's id."""
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()


def _configure_logging() -> None:
    """To stderr, one line a record, its level first, as `worker_log` reads it."""
    logging.basicConfig(
        level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", force=True
    )


def _bind_to_forkserver() -> None:
    """Never outlive the forkserver, nor keep it alive."""
    stdlib: Any = forkserver._forkserver  # noqa: SLF001 - held by a contract test
    if stdlib._forkserver_alive_fd is not None:  # noqa: SLF001 - as above
        os.close(stdlib._forkserver_alive_fd)  # noqa: SLF001 - as above
        stdlib._forkserver_alive_fd = None  # noqa: SLF001 - as above
    signal.signal(signal.SIGCONT, signal.SIG_DFL)
    linux.signal_at_parents_death(signal.SIGKILL)
    # Loaded already, in the forkserver. If not: it comes to life here, with the wrong id.
    from whatsapp import preload  # noqa: PLC0415

    if os.getppid() != preload.FORKSERVER_PID:
        os._exit(exit_codes.NOT_FORKED_IN_ORDER)


def _separate(empresa_id: int) -> None:
    """Be out of reach of the terminal's signals, and be found in a list of processes."""
    os.setsid()
    with suppress(OSError):
        linux.name_process(f"empresa_{empresa_id}")


def _give_way() -> None:
    """Where the machine runs short, this empresa suffers before the server, and all others, do."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard > WORKER_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (WORKER_FILES, WORKER_FILES))
    with suppress(OSError):
        linux.offer_to_oom_killer(OOM_POINTS)
