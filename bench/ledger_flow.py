"""Texts through journal, pipe and ledger, and how long it takes: what `bench.durability` prints."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil

from actors.bootstrap import start_system, stop_system
from actors.recorder import Recorder
from actors.system import System
from bench.flood import flood
from media.retention import Limits
from media.store import MediaStore
from persistence.database import Database
from tests.postgresql_server import PostgresServer
from whatsapp import worker_process
from whatsapp.clients import WorkerClients

DEADLINE = 300.0
#: Seconds until the workers begin, all at once, once all are connected.
LEAD = 1.0
_RECORD = Recorder.record


async def measure(folder: Path, url: str, empresas: int, texts: int) -> dict[str, Any]:
    """One run: so many texts, spread over so many empresas."""
    each = texts // empresas
    database = Database(url)
    database.migrate()
    auth_dir = folder / "auth_info"
    clients = WorkerClients(auth_dir, "VendeAI", None, "off")
    sizes, seconds = _watch_commits()
    store = MediaStore(folder / "media", Limits(budget=0, days=0))
    system = await start_system(database=database, clients=clients, store=store)
    try:
        for empresa_id in range(1, empresas + 1):
            await system.connect(empresa_id)
        await _until_connected(system, empresas)
        begin = time.monotonic() + LEAD
        _plan(auth_dir / "flood", {"at": begin, "texts": each})
        await asyncio.sleep(max(0.0, begin - time.monotonic()))
        sizes.clear()
        seconds.clear()
        before = _processor()
        await _until_recorded(system, empresas, each)
        took = time.monotonic() - begin
        used = {name: value - before[name] for name, value in _processor().items()}
    finally:
        await stop_system(system, 10.0)
    return {
        "database": url.partition(":")[0],
        "empresas": empresas,
        "texts": each * empresas,
        "events a second": round(each * empresas / took),
        "commits": len(sizes),
        "messages in a commit, median and most": [statistics.median(sizes), max(sizes)],
        "ms in a commit, median and most": [
            round(1000 * statistics.median(seconds), 1),
            round(1000 * max(seconds), 1),
        ],
        "share of the time spent in commits": round(sum(seconds) / took, 2),
        "cores used by the server, by the workers": [
            round(used["server"] / took, 2),
            round(used["workers"] / took, 2),
        ],
    }


def _watch_commits() -> tuple[list[int], list[float]]:
    """The size of each group that is committed from now on, and the seconds that it took."""
    sizes: list[int] = []
    seconds: list[float] = []
    inner = _RECORD

    def record(recorder: Recorder, messages: Any) -> Any:
        begun = time.monotonic()
        recorded = inner(recorder, messages)
        sizes.append(len(messages))
        seconds.append(time.monotonic() - begun)
        return recorded

    setattr(Recorder, "record", record)  # noqa: B010 - from outside, for figures
    return sizes, seconds


def _plan(path: Path, plan: dict[str, float]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(plan))
    partial.replace(path)


async def _until_connected(system: System, empresas: int) -> None:
    async with asyncio.timeout(DEADLINE):
        while True:
            statuses = await system.statuses()
            if sum(status.connected for status, _ in statuses.values()) == empresas:
                return
            await asyncio.sleep(0.05)


async def _until_recorded(system: System, empresas: int, each: int) -> None:
    async with asyncio.timeout(DEADLINE):
        for empresa_id in range(1, empresas + 1):
            after, found = 0, 0
            while found < each:
                page = await system.events(empresa_id, after=after, limit=1000)
                found += sum(event.type == "message" for event in page.events)
                after = page.next
                if not page.events:
                    await system.wait_for_events(empresa_id, after, 5.0)


def _processor() -> dict[str, float]:
    server = time.process_time()
    workers = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "forkserver" in " ".join(process.cmdline()):
                times = process.cpu_times()
                workers += times.user + times.system
    return {"server": server, "workers": workers}


def run(empresas: list[int], texts: int) -> None:
    """Print the report as JSON, and each run when it is done on stderr."""
    setattr(worker_process, "enter_worker", flood)  # noqa: B010 - what a worker runs
    report = []
    with ExitStack() as held:
        postgresql = PostgresServer(is_durable=True)
        held.callback(postgresql.close)
        postgresql.start()
        for count in empresas:
            for engine in ("sqlite", "postgresql"):
                folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
                sqlite = f"sqlite:///{folder / 'bench.db'}"
                url = sqlite if engine == "sqlite" else postgresql.new_database()
                report.append(asyncio.run(measure(folder, url, count, texts)))
                print(json.dumps(report[-1]), file=sys.stderr, flush=True)
    print(json.dumps({"cores": os.cpu_count(), "runs": report}, indent=2))
