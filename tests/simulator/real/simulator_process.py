"""The simulator as the process that it always is."""

import http.client
import json
import signal
from pathlib import Path

from tests.simulator.real.process import Event, Process

START_SECONDS = 20.0
ANSWER_SECONDS = 30.0


class RefusedError(Exception):
    """The admin API said no: its status and its sentence."""


class SimulatorProcess:
    """`python -m simulator` on free ports, which it keeps when it is started again."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._process: Process | None = None
        self.where: Event = {}
        self.start()

    def start(self) -> None:
        """Start it and wait until it listens."""
        arguments = ["-m", "simulator", "--state", str(self._state), "--with-parent"]
        for name in ("proxy", "admin"):
            if self.where:
                arguments += [f"--{name}-port", self.where[name].rpartition(":")[2]]
        log = self._state.with_suffix(".log")
        self._process = Process(arguments, log, {})
        try:
            self.where = self._process.wait_for(lambda line: "noiseRoot" in line, START_SECONDS)
        except TimeoutError:
            self.end(kill=True)
            raise

    def end(self, *, kill: bool = False) -> int:
        """End it, by SIGTERM or with -9, and return its exit status."""
        assert self._process is not None
        status = self._process.end(kill=kill)
        self._process = None
        return status

    def freeze(self) -> None:
        """Let it answer nothing, with every connection still open, until `thaw`."""
        assert self._process is not None
        self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.signal(signal.SIGCONT)

    def close(self) -> None:
        """End it if it runs."""
        if self._process is not None:
            self.end()

    def proxy_of(self, number: str) -> str:
        """Return the proxy's URL for a client that tells whose it is ("": it does not)."""
        named = f"//{number[1:]}:x@" if number else "//"
        return str(self.where["proxy"].replace("//", named))

    def get(self, path: str) -> Event:
        """Ask the admin API; its refusals are a RefusedError."""
        return self._call("GET", path, None)

    def file(self, number: str, message: str) -> bytes:
        """Return the bytes of a file that a phone got with a message, as it has decrypted them."""
        status, body = self._exchange("GET", f"/media?number={number[1:]}&id={message}", None)
        if status != http.client.OK:
            raise RefusedError(status, json.loads(body)["error"])
        return body

    def post(self, path: str, **body: object) -> Event:
        """Tell the admin API; its refusals are a RefusedError."""
        return self._call("POST", path, json.dumps(body))

    def delete(self, path: str) -> Event:
        """Tell the admin API that something shall end; its refusals are a RefusedError."""
        return self._call("DELETE", path, None)

    def _call(self, method: str, path: str, body: str | None) -> Event:
        status, text = self._exchange(method, path, body)
        answer: Event = json.loads(text)
        if status != http.client.OK:
            raise RefusedError(status, answer["error"])
        return answer

    def _exchange(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        address = self.where["admin"].removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=ANSWER_SECONDS)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
