"""That the Baileys peer works against the simulator, and first figures of it.

    python -m bench.peers.proof [--count 3]

Pairs so many empresas by QR, one at a time, and sends a text to each; then the server is started
again, and all must be connected without a QR code, and get another text.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from bench.baileys import BaileysServer, PeerMissingError, install
from tests.simulator.real.simulator_process import SimulatorProcess

CUSTOMER = "+5511911119999"
DEADLINE = 60.0
MIB = 1024 * 1024

Frame = dict[str, Any]


def proof(server: BaileysServer, simulator: SimulatorProcess, count: int) -> Frame:
    """Pair, write, start again; answers the figures."""
    empresas = range(1, count + 1)
    server.start()
    idle = server.pss()
    with ExitStack() as held:
        pairings = [_pair(server, simulator, held, empresa_id) for empresa_id in empresas]
        texts = [
            _text(simulator, socket, i)
            for i, (socket, _, _) in zip(empresas, pairings, strict=True)
        ]
        full = server.pss()
    server.stop()
    begun = time.monotonic()
    server.start()
    ready = time.monotonic() - begun
    with ExitStack() as held:
        sockets = [_socket(server, held, empresa_id) for empresa_id in empresas]
        for socket in sockets:
            _connected(socket)
        again = time.monotonic() - begun
        texts += [_text(simulator, socket, i) for i, socket in zip(empresas, sockets, strict=True)]
    return {
        "empresas": count,
        "connect to QR, one at a time, ms": _spread([to_qr for _, to_qr, _ in pairings]),
        "scan to connected, one at a time, ms": _spread([scan for _, _, scan in pairings]),
        "customer's send to WebSocket, one at a time, ms": _spread(texts),
        "memory of the idle server, MiB PSS": round(idle / MIB, 1),
        "memory of the server, MiB PSS": round(full / MIB, 1),
        "memory per empresa, all that it adds, MiB PSS": round((full - idle) / count / MIB, 2),
        "start to ready, s": round(ready, 2),
        "start to all connected without a QR code, s": round(again, 2),
    }


def _pair(
    server: BaileysServer, simulator: SimulatorProcess, held: ExitStack, empresa_id: int
) -> tuple[ClientConnection, float, float]:
    """Return the empresa's WebSocket, and the seconds to the QR code and from it on."""
    socket = _socket(server, held, empresa_id)
    begun = time.monotonic()
    server.post(f"/api/bot/connect/{empresa_id}").raise_for_status()
    qr = _heard(socket, lambda frame: frame["type"] == "qr")["data"]
    seen = time.monotonic()
    simulator.post("/scan", number=_number(empresa_id), image=qr)
    _connected(socket)
    return socket, seen - begun, time.monotonic() - seen


def _text(simulator: SimulatorProcess, socket: ClientConnection, empresa_id: int) -> float:
    """Let a customer write, and return the seconds until the empresa's WebSocket has it."""
    begun, text = time.monotonic(), f"Olá, empresa {empresa_id}! {time.time()}"
    simulator.post("/say", **{"from": CUSTOMER}, to=_number(empresa_id), text=text)
    _heard(socket, lambda frame: frame["type"] == "message" and frame["data"]["text"] == text)
    return time.monotonic() - begun


def _connected(socket: ClientConnection) -> None:
    """Wait for it; AssertionError for a QR code."""
    frame = _heard(socket, lambda frame: frame["type"] == "qr" or frame["data"].get("connected"))
    assert frame["type"] == "status", "a QR code, though it was to be connected"


def _heard(socket: ClientConnection, wanted: Callable[[Frame], object]) -> Frame:
    while True:
        frame: Frame = json.loads(socket.recv(timeout=DEADLINE))
        if wanted(frame):
            return frame


def _socket(server: BaileysServer, held: ExitStack, empresa_id: int) -> ClientConnection:
    address = f"ws://127.0.0.1:{server.port}/ws?empresa_id={empresa_id}"
    return held.enter_context(connect(address, proxy=None, open_timeout=DEADLINE))


def _number(empresa_id: int) -> str:
    return f"+5521988{empresa_id:06}"


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * value for value in seconds)
    return {
        "n": len(ordered),
        "p50": round(statistics.median(ordered), 1),
        "max": round(ordered[-1], 1),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.peers.proof")
    parser.add_argument("--count", type=int, default=3, help="how many empresas")
    arguments = parser.parse_args()
    try:
        install()
    except PeerMissingError as error:
        parser.exit(message=f"{error}\n")
    with tempfile.TemporaryDirectory() as name, ExitStack() as held:
        folder = Path(name)
        simulator = held.enter_context(closing(SimulatorProcess(folder / "whatsapp")))
        server = held.enter_context(closing(BaileysServer(folder, simulator)))
        print(json.dumps(proof(server, simulator, arguments.count), indent=2))


if __name__ == "__main__":
    main()
