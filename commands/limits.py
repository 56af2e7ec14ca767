"""What a number of empresas takes of the machine's limits, and which of them are too low for it.

The limits are those of the process that asks: at its start the server's own, in `check` those of
whoever runs it.
"""

from __future__ import annotations

import logging
import os
import resource
from collections.abc import Iterator
from pathlib import Path

from settings import Settings
from whatsapp.folder import empresa_folders

logger = logging.getLogger("vendeai.serve")

#: Open files of the server, measured: 22 when idle; for each empresa five of its worker, and one
#: of each WebSocket that listens, for which two are reckoned, and one to spare.
FILES_PER_EMPRESA = 8
FILES_BESIDE = 200
#: Processes and threads, measured on two processors: ten of a worker, to which Go may add when
#: it is busy, and one of its session in the server; beside them some 20 of the server itself.
TASKS_PER_EMPRESA = 14
TASKS_BESIDE = 100

CONTROL_GROUPS = Path("/sys/fs/cgroup")
MACHINE = Path("/proc/sys/kernel")


def raise_open_files() -> None:
    """Take as many open files as the hard limit allows: the usual soft one is 1024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def warn(settings: Settings) -> None:
    """Say in the log what is too low for the empresas of this server."""
    for sentence in shortages(expected(settings)):
        logger.warning("%s", sentence)


def expected(settings: Settings) -> int:
    """For how many empresas there must be room: as many as are set, or more if there are more."""
    return max(settings.empresas, sum(1 for _ in empresa_folders(settings.auth_dir)))


def shortages(empresas: int) -> list[str]:
    """A sentence for each limit that is too low for so many, with how to raise it."""
    return [*_of_files(empresas), *_of_tasks(empresas)]


def _of_files(empresas: int) -> Iterator[str]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = FILES_BESIDE + FILES_PER_EMPRESA * empresas
    if hard != resource.RLIM_INFINITY and hard < need:
        most = max(0, (hard - FILES_BESIDE) // FILES_PER_EMPRESA)
        yield (
            f"The hard limit of open files is {hard}, enough for about {most} empresas, and "
            f"{empresas} need {need}: set LimitNOFILE={need} in the systemd unit, or "
            f"`ulimit -Hn {need}` in the shell that starts the server."
        )


def _of_tasks(empresas: int) -> Iterator[str]:
    need = TASKS_BESIDE + TASKS_PER_EMPRESA * empresas
    for name, most, remedy in _task_limits():
        if most < need:
            fit = max(0, (most - TASKS_BESIDE) // TASKS_PER_EMPRESA)
            yield (
                f"{name} is {most}, enough for about {fit} empresas, and {empresas} need {need} "
                f"processes and threads: {remedy.format(need)}."
            )


def _task_limits() -> Iterator[tuple[str, int, str]]:
    """The name of each limit that there is, its value, and how to raise it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    # The kernel does not hold root to it.
    if hard != resource.RLIM_INFINITY and os.geteuid() != 0:
        remedy = "set LimitNPROC={0} in the systemd unit, or `ulimit -Hu {0}` in the shell"
        yield "This user's limit of processes (`ulimit -Hu`)", hard, remedy
    group = control_group_limit(_text(Path("/proc/self/cgroup")), CONTROL_GROUPS)
    if group is not None:
        remedy = "set TasksMax={} in the systemd unit, or the container's limit of processes"
        yield "The control group's limit of processes (pids.max)", group, remedy
    for name in ("threads-max", "pid_max"):
        most = _number(MACHINE / name)
        if most is not None:
            yield f"The machine's kernel.{name}", most, f"`sysctl kernel.{name}={{}}`"


def control_group_limit(groups: str, root: Path) -> int | None:
    """The lowest `pids.max` of the groups that a process is in, and of theirs; None: no limit.

    `groups` is the text of its /proc/PID/cgroup, `root` where control groups are mounted.
    """
    found = [_number(group / "pids.max") for group in _groups(groups, root)]
    return min((most for most in found if most is not None), default=None)


def _groups(groups: str, root: Path) -> Iterator[Path]:
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "pids" not in controllers.split(","):
            continue
        mount = root / "pids" if controllers else root
        group = mount / path.lstrip("/")
        yield from (each for each in (group, *group.parents) if each.is_relative_to(mount))


def _number(file: Path) -> int | None:
    """None too for a group's "max", and for the 0 that a root group may show."""
    text = _text(file).strip()
    return int(text) or None if text.isdigit() else None


def _text(file: Path) -> str:
    """Nothing where it is not there, or hidden from a service."""
    try:
        return file.read_text()
    except OSError:
        return ""
