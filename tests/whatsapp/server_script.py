"""A bare server, to be killed: python server_script.py AUTH_DIR EMPRESAS.

Prints the pids of forkserver and workers as one line of JSON, then waits.
"""

from __future__ import annotations

import json
import multiprocessing.forkserver
import signal
import sys
from pathlib import Path
from queue import SimpleQueue

from whatsapp.clients import WorkerClients
from whatsapp.port import ClientEvent, ClientSpec, ClientStarted


def main() -> None:
    clients = WorkerClients(Path(sys.argv[1]), "VendeAI", None, "off")
    events: SimpleQueue[ClientEvent] = SimpleQueue()
    empresas = int(sys.argv[2])
    for empresa_id in range(1, empresas + 1):
        clients.start(ClientSpec(empresa_id), events.put)
    workers: list[int] = []
    while len(workers) < empresas:
        event = events.get(timeout=30)
        if isinstance(event, ClientStarted):
            workers.append(event.pid)
    forkserver: int = multiprocessing.forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    pids = json.dumps({"forkserver": forkserver, "workers": workers})
    print(pids, flush=True)  # noqa: T201 - what it is for
    signal.pause()


if __name__ == "__main__":
    main()
