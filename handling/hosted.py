"""A handler as the server asks it: its process, and the limits that keep it to itself."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from handling.seam import Answer, HandlerFailed, Memory, checked

#: Seconds that a process may take to begin, and a handler for a message.
BEGIN_SECONDS = 15.0
ANSWER_SECONDS = 5.0
#: Seconds without a message after which its process is ended: another costs 0.1 s to begin.
IDLE_SECONDS = 60.0
#: Bytes of one line of its answers.
_MOST_BYTES = 1024 * 1024
_END_SECONDS = 5.0
_ROOT = Path(__file__).parents[1]
#: What of the server's environment a handler gets: nothing that could be a secret.
_ENVIRONMENT = ("PATH", "LANG", "TZ", "PYTHONPATH", "VIRTUAL_ENV")


class HostedHandler:
    """On the event loop; one question at a time. Its process begins with the first message."""

    def __init__(
        self,
        handler: str,
        settings: Mapping[str, Any],
        *,
        seconds: float = ANSWER_SECONDS,
        idle: float = IDLE_SECONDS,
    ) -> None:
        self._handler = handler
        self._settings = settings
        self._seconds = seconds
        self._idle = idle
        self._turn = asyncio.Lock()
        self._process: _Process | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def pid(self) -> int | None:
        """Of its process; None: there is none now."""
        return self._process.pid if self._process else None

    async def answer(self, message: Mapping[str, Any], memory: Memory, now: datetime) -> Answer:
        """What it says to a message. Raises `HandlerFailed`; another process begins after that."""
        async with self._turn:
            asked = {"message": message, "memory": memory, "now": now.isoformat()}
            process = await self._begun()
            try:
                return checked(await self._ask(process, asked, self._seconds))
            finally:
                self._rest_later()

    async def begin(self) -> None:
        """Let it begin, if it has not. Raises `HandlerFailed`: `settings` or `begins_not`."""
        async with self._turn:
            await self._begun()
            self._rest_later()

    async def close(self) -> None:
        """End its process. Harmless twice."""
        self._rest()
        await asyncio.gather(*self._ending)

    async def _begun(self) -> _Process:
        if self._resting is not None:
            self._resting.cancel()
        if self._process is None:
            self._process = await _Process.started()
            first = {"handler": self._handler, "settings": self._settings}
            try:
                await self._ask(self._process, first, BEGIN_SECONDS)
            except HandlerFailed as failed:
                if failed.is_of_a_message:
                    raise HandlerFailed("begins_not", failed.detail) from failed
                raise
        return self._process

    async def _ask(
        self, process: _Process, asked: Mapping[str, Any], seconds: float
    ) -> dict[str, Any]:
        """The process's answer; a process that gave none, or a failure, is ended."""
        try:
            return await process.ask(asked, seconds)
        except BaseException:
            self._rest()
            raise

    def _rest_later(self) -> None:
        if self._process is not None:
            loop = asyncio.get_running_loop()
            self._resting = loop.call_later(self._idle, self._rest)

    def _rest(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        process, self._process = self._process, None
        if process is not None:
            task = asyncio.get_running_loop().create_task(process.end())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)


class _Process:
    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def started(cls) -> _Process:
        """Raises OSError where the machine has no room for it."""
        ours, theirs = socket.socketpair()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours, limit=_MOST_BYTES)
            command = [sys.executable, "-m", "handling.host", str(theirs.fileno())]
            # From here on nobody waits, so that a process that has begun is never forgotten.
            try:
                process = subprocess.Popen(  # noqa: ASYNC220 - it forks at once
                    [*command, str(os.getpid())],
                    cwd=_ROOT,
                    env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except BaseException:
                writer.close()
                raise
        return cls(process, reader, writer)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, asked: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(seconds):
                self._writer.write(json.dumps(asked).encode() + b"\n")
                await self._writer.drain()
                line = await self._reader.readline()
        except TimeoutError:
            raise HandlerFailed("hangs", f"no answer within {seconds:g} s") from None
        except ValueError as error:
            raise HandlerFailed("floods", "its answer is too long") from error
        except ConnectionError as error:
            raise HandlerFailed("died", str(error)) from error
        if not line.endswith(b"\n"):
            raise HandlerFailed("died", "its process ended")
        reply = _read(line)
        if "kind" in reply:
            raise HandlerFailed(str(reply["kind"]), str(reply.get("detail")))
        return reply

    async def end(self) -> None:
        """Kill and reap it. It has nothing to finish: what it knows is stored."""
        self._process.kill()
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
        await _ended(self._process)


def _read(line: bytes) -> dict[str, Any]:
    """It may write here whatever it likes."""
    try:
        reply = json.loads(line)
    except (ValueError, RecursionError):
        reply = None
    if not isinstance(reply, dict):
        raise HandlerFailed("unreadable", "its process answers no JSON object")
    return reply


async def _ended(process: subprocess.Popen[bytes]) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    descriptor = os.pidfd_open(process.pid)
    try:
        loop.add_reader(descriptor, over.set)
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_SECONDS):
                await over.wait()
        loop.remove_reader(descriptor)
    finally:
        os.close(descriptor)
    process.poll()
