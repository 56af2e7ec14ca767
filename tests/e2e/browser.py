"""A browser of the CRM, as far as the server sees one: a WebSocket that hears an empresa."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e.server_process import DEADLINE, Frame, ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

CRM = Origin("http://localhost:5173")


class Browser:
    """One WebSocket of one empresa, read on a thread; it keeps all that it hears."""

    def __init__(self, server: ServerProcess, empresa_id: int, query: str = "") -> None:
        address = f"ws://127.0.0.1:{server.port}/ws?empresa_id={empresa_id}{query}"
        self.empresa_id = empresa_id
        self.frames: list[Frame] = []
        self.times: list[float] = []
        """When each frame came, on the monotonic clock."""
        self._changed = threading.Condition()
        self._held = ExitStack()
        self._socket = self._held.enter_context(
            # A browser pings nobody, and stays though its server is frozen for a minute.
            connect(address, open_timeout=DEADLINE, origin=CRM, proxy=None, ping_interval=None)
        )
        self._is_over = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def close(self) -> None:
        self._held.close()
        self._reader.join(DEADLINE)

    def waits(
        self,
        fits: Callable[[Frame], bool],
        what: str = "",
        seconds: float = DEADLINE,
        after: int = 0,
    ) -> Frame:
        """The first frame that fits, heard already (`after` so many) or still to come."""

        def found() -> Frame | None:
            return next((frame for frame in self.frames[after:] if fits(frame)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() or self._is_over, seconds)
            frame = found()
        assert frame is not None, f"{what} not heard by empresa {self.empresa_id}: {self.brief()}"
        return frame

    def hears(self, kind: str, **data: object) -> Frame:
        """The first frame of that type whose data has these values; a status is a numbered one."""

        def fits(frame: Frame) -> bool:
            if frame["type"] != kind or (kind == "status" and "seq" not in frame):
                return False
            return all(frame["data"].get(name) == value for name, value in data.items())

        return self.waits(fits, f"{kind} {data}")

    def texts(self) -> list[str]:
        return [frame["data"]["text"] for frame in self.frames if frame["type"] == "message"]

    def states(self) -> list[str]:
        return [f["data"]["state"] for f in self.frames if f["type"] == "status" and "seq" in f]

    def numbers(self) -> list[int]:
        return [frame["seq"] for frame in self.frames if "seq" in frame]

    def brief(self) -> list[str]:
        return [str(frame)[:160] for frame in self.frames[-8:]]

    def _read(self) -> None:
        try:
            for text in self._socket:
                with self._changed:
                    self.times.append(time.monotonic())
                    self.frames.append(json.loads(text))
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


@contextmanager
def linked_server(
    folder: Path, simulator: SimulatorProcess, number: str, **environment: str
) -> Iterator[ServerProcess]:
    """A server for the tests of a module, whose empresa 5 is linked, and stays so."""
    server = ServerProcess(folder, simulator, None, **environment)
    server.start()
    with closing(server):
        with closing(Browser(server, 5)) as browser:
            link(server, simulator, browser, number)
        yield server
        simulator.post("/remove", number=number)


def link(server: ServerProcess, simulator: SimulatorProcess, browser: Browser, number: str) -> None:
    """A shop's way: ask for the QR, see it, scan it with the phone of that number."""
    empresa_id = browser.empresa_id
    answer = server.post(f"/api/bot/connect/{empresa_id}")
    assert answer.json() == {"success": True, "message": "Conectando..."}
    picture = browser.waits(lambda frame: frame["type"] == "qr", "a QR")["data"]
    simulator.post("/scan", number=number, image=picture)
    browser.hears("status", state="connected", phoneNumber=number)
