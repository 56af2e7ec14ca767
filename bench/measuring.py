"""Every measure there is, in the order in which they run, and the servers that are measured."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import Figure
from bench.measures.both_ways import both_ways
from bench.measures.fan_out import fan_out
from bench.measures.idle import idle
from bench.measures.lag import lag
from bench.measures.memory import memory
from bench.measures.messages import latency, throughput
from bench.measures.pairing import pairing
from bench.measures.starting import starting
from bench.measures.statuses import status
from bench.stage import MakeServer, Plan, Server
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

#: Of an idle server; other phases are parts of it.
SECONDS = 60.0


@dataclass(frozen=True)
class Measure:
    """One family of figures."""

    measure: Callable[[Plan], Coroutine[Any, Any, list[Figure]]]
    title: str
    about: str
    """How it is measured."""


MEASURES = {
    "memory": Measure(
        memory,
        "Memory of an empresa",
        "PSS of the server with all that it started, less that of the idle server, for each "
        "empresa; the simulator is no part of it.",
    ),
    "starting": Measure(
        starting,
        "Starting the server",
        "From the start of the process until `/readyz` says yes, and until every status says "
        "`connected`.",
    ),
    "pairing": Measure(
        pairing,
        "Pairing",
        "From `POST connect` to the QR on the WebSocket, and from the phone's scan to "
        "`connected` on the WebSocket; each all at once starts all in the same moment.",
    ),
    "latency": Measure(
        latency,
        "From a customer's send to the WebSocket",
        "An even 50 texts a second, to one empresa after the other.",
    ),
    "throughput": Measure(
        throughput,
        "Texts a second",
        "Customers write as fast as the simulator can send, until all is on the WebSockets.",
    ),
    "both-ways": Measure(
        both_ways,
        "Texts both ways",
        "Every empresa gets and sends: 25 texts a second each way, to one empresa after the "
        "other; then both as fast as can be. What a text costs is of its own: a journal, and "
        "the archive's transactions of 50 at a time, on SQLite.",
    ),
    "fan-out": Measure(
        fan_out,
        "Fan-out",
        "A worker without WhatsApp journals texts faster than they can go out; the server "
        "numbers and commits them and sends each to 100 listeners, which are a process of their "
        "own. Beside it, Tornado alone writes a ready-made frame to 100 connections.",
    ),
    "status": Measure(
        status,
        "Status requests",
        "`GET /api/bot/status/1` on 8 keep-alive connections with 8 requests ahead on each, from "
        "a process of its own; bare Tornado is asked in turn.",
    ),
    "idle": Measure(
        idle,
        "Idleness",
        "What the server and all workers take of the processor, connected and with open "
        "WebSockets.",
    ),
    "lag": Measure(
        lag,
        "A busy event loop",
        "200 events a second over all empresas, from workers without WhatsApp, each to 5 "
        "listeners; meanwhile every 10 ms is looked how late the event loop is, and twice a "
        "second `GET /api/admin/actors` asks for all actors.",
    ),
}
#: What the contract that another server speaks is enough for.
PEER = ("memory", "starting", "pairing", "latency", "both-ways", "status", "idle")


def our_server(*, is_merging: bool) -> MakeServer:
    """Makes the server of this folder, with room enough."""
    ksm = "auto" if is_merging else "off"

    def make(folder: Path, simulator: SimulatorProcess) -> ServerProcess:
        return ServerProcess(folder, simulator, VENDEAI_EMPRESAS="1000", VENDEAI_KSM=ksm)

    return make


def peer_server() -> MakeServer:
    """Makes the Baileys server, which needs Node."""
    # By name: it is only there where its own requirements are met.
    made: Any = importlib.import_module("bench.baileys").BaileysServer

    def make(folder: Path, simulator: SimulatorProcess) -> Server:
        server: Server = made(folder, simulator)
        return server

    return make
