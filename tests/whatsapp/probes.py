"""What a test runs in place of a worker: in a process that was forked as workers are.

Imported there, so that nothing of the tests' own is imported here.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import socket
    from multiprocessing.connection import Connection

    from whatsapp.worker_entry import WorkerSpec


def send_garbage(_spec: WorkerSpec, channel: socket.socket, _output: Connection) -> NoReturn:
    """Send what is no frame, then hang."""
    channel.sendall(b"\x00\x00\x00\x02{}")
    while True:
        signal.pause()


def send_a_command(_spec: WorkerSpec, channel: socket.socket, _output: Connection) -> NoReturn:
    """Send what only the server may say, then hang."""
    from whatsapp.frames import Confirm, encode_frame  # noqa: PLC0415 - the worker's code

    channel.sendall(encode_frame(Confirm(1)))
    while True:
        signal.pause()


def tell_of_itself(spec: WorkerSpec, channel: socket.socket, output: Connection) -> NoReturn:
    """Load what a worker loads, and print on the output what the process is like then."""
    from whatsapp import go_runtime, preload, worker  # noqa: F401, PLC0415 - as above

    tasks = Path("/proc/self/task")
    before = len(list(tasks.iterdir()))
    go_runtime.load_go_runtime(spec.noise_root)
    mask = os.umask(0)
    told = {
        "modules": sorted(sys.modules),
        "threads": (before, len(list(tasks.iterdir()))),
        "version": sys.modules["neonize.client"].gocode.GetVersion().decode(),
        "umask": mask,
        "ignored": [
            name
            for name in ("SIGINT", "SIGTERM", "SIGABRT", "SIGHUP")
            if signal.getsignal(signal.Signals[name]) is signal.SIG_IGN
        ],
        "is_child_of_forkserver": os.getppid() == preload.FORKSERVER_PID,
    }
    os.write(output.fileno(), b"\n" + json.dumps(told).encode() + b"\n")
    channel.close()
    os._exit(0)
