"""A test's server on a thread of its own: real actors, database and sockets, fake clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket as sockets
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from actors.bootstrap import start_system, stop_system
from actors.system import System
from media.policy import Policy
from media.retention import Limits
from media.store import MediaStore
from media.whatsapp_site import WhatsappSite
from persistence import retention
from persistence.database import Database
from tests.databases import sqlite_database
from tests.fake_clients import FakeClients
from tests.handling.handlers import HANDLERS
from tests.no_tls import NO_TLS
from tests.unhurried import PACE
from web.application import make_application
from web.server import Server, bind

DEADLINE = 10.0
CRM = "http://localhost:5173"
TOKEN = "a-token-of-the-tests-0123456789"  # noqa: S105 - the tests' own


class Served:
    """Started by `serving`; every method blocks at most `DEADLINE` seconds."""

    clients: FakeClients
    system: System
    port: int
    loop: asyncio.AbstractEventLoop

    def __init__(
        self,
        folder: Path,
        token: str | None,
        database: Database | None,
        media_bytes: int,
        media_ports: frozenset[int],
        whatsapp: str | None,
    ) -> None:
        self.clients = FakeClients()
        self.media = folder / "media"
        self._media_bytes = media_bytes
        self._media_ports = media_ports
        self._whatsapp = whatsapp
        self.token = token
        self._database = database or sqlite_database(folder / "test.db")
        self._is_up = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="served")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()
        assert self._is_up.wait(DEADLINE), "the server did not start"
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive(), "the server did not stop"

    def http(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=DEADLINE, verify=NO_TLS)

    def get(self, path: str, **headers: str) -> httpx.Response:
        with self.http(**headers) as client:
            return client.get(path)

    def post(self, path: str, **headers: str) -> httpx.Response:
        with self.http(**headers) as client:
            return client.post(path)

    def put(self, path: str, body: object) -> httpx.Response:
        with self.http() as client:
            return client.put(path, json=body)

    def delete(self, path: str) -> httpx.Response:
        with self.http() as client:
            return client.delete(path)

    def listen(self, query: str, path: str = "/ws", **options: Any) -> ClientConnection:
        address = f"ws://127.0.0.1:{self.port}{path}?{query}"
        connection: ClientConnection = connect(
            address, open_timeout=DEADLINE, proxy=None, **options
        )
        return connection

    def connected(self, empresa_id: int, number: str = "+5521999999999") -> None:
        """Connect, scan, and wait until the status says so, and is stored."""
        assert self.post(f"/api/bot/connect/{empresa_id}").status_code == 200
        self.clients.started(empresa_id).show_qr()
        self.clients.started(empresa_id).pair(number)
        self.until_stored(empresa_id, lambda status: status["phoneNumber"] == number)

    def until_status(
        self, empresa_id: int, is_it: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """Follow the WebSocket until a snapshot or a status fits."""
        with self.listen(f"empresa_id={empresa_id}") as socket:
            return until(socket, lambda e: e["type"] == "status" and is_it(e["data"]))["data"]  # type: ignore[no-any-return]

    def until_stored(self, empresa_id: int, is_it: Callable[[dict[str, Any]], bool]) -> None:
        """Follow the ledger until a connected status fits: what is read of the database has it."""
        path, after = f"/api/empresas/{empresa_id}/events?type=status&wait=5", 0
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            page = self.get(f"{path}&after={after}").json()
            stored = [event["data"] for event in page["events"]]
            if any(data["connected"] and is_it(data) for data in stored):
                return
            after = page["next"]
        raise TimeoutError("no such status was stored")

    def on_loop(self, question: Callable[[], Any]) -> Any:
        """Run on the server's loop and answer."""

        async def run() -> Any:
            return question()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(DEADLINE)

    def remove_events(self, empresa_id: int, up_to: int) -> None:
        """As retention does, at once."""
        writer = self._database.writer()
        with writer.transaction() as connection:
            retention.remove(connection, empresa_id, up_to, datetime.now(UTC))
        writer.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread
            self._failure = error
        finally:
            self._is_up.set()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._database.migrate()
        self.system = await start_system(
            database=self._database,
            clients=self.clients,
            store=MediaStore(self.media, Limits(self._media_bytes, days=0), kept_free=0),
            pace=PACE,
            handlers=HANDLERS,
            policy=Policy((ip_network("127.0.0.0/8"),), self._media_ports),
            site=WhatsappSite(self._whatsapp) if self._whatsapp else None,
        )
        self.application = make_application(self.system, api_token=self.token, origins=(CRM,))
        server = Server(self.application, bind("127.0.0.1", 0))
        self.port = server.port
        self._is_up.set()
        await self._stopping.wait()
        server.stop_accepting()
        await stop_system(self.system, DEADLINE)
        await server.close()


@contextlib.contextmanager
def serving(
    folder: Path,
    token: str | None = None,
    database: Database | None = None,
    media_bytes: int = 0,
    media_ports: frozenset[int] = frozenset(),
    whatsapp: str | None = None,
) -> Iterator[Served]:
    """`media_bytes`: each empresa's budget; `media_ports`: of this machine, to fetch files from.

    `whatsapp`: the address of what stands in for WhatsApp's media servers.
    """
    served = Served(folder, token, database, media_bytes, media_ports, whatsapp)
    served.start()
    try:
        yield served
    finally:
        served.stop()


@contextlib.contextmanager
def raw_request(
    served: Served, start_line: str, headers: str = "", receive_buffer: int = 65536
) -> Iterator[sockets.socket]:
    """A connection whose bytes the test reads itself, with one request sent."""
    with sockets.socket() as raw:
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, receive_buffer)
        raw.settimeout(DEADLINE)
        raw.connect(("127.0.0.1", served.port))
        raw.sendall(f"{start_line}\r\nHost: localhost\r\n{headers}\r\n".encode())
        yield raw


def until(
    socket: ClientConnection, is_it: Callable[[dict[str, Any]], bool], seconds: float = DEADLINE
) -> dict[str, Any]:
    """The first frame that fits, within the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(max(0.0, deadline - time.monotonic())))
        if is_it(frame):
            return frame


def of_type(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame["type"] == kind


def closing_code(connection: ClientConnection) -> tuple[int, list[dict[str, Any]]]:
    """What came before the close, and its code."""
    frames = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            frames.append(json.loads(connection.recv(DEADLINE)))
    assert connection.close_code is not None
    return connection.close_code, frames
