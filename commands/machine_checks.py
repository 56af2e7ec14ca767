"""What `check` finds out about the machine: libraries, descriptors, page merging."""

from __future__ import annotations

import resource

from commands.finding import Finding
from commands.libraries import LibraryProbe
from whatsapp.page_merging import merging_obstacle

#: What a worker costs the server: its pipes and its socket.
DESCRIPTORS_PER_EMPRESA = 5
#: Of the server itself, its listeners and its database.
DESCRIPTORS_BESIDE = 200
#: A limit under which hundreds of empresas do not fit.
DESCRIPTORS_WANTED = 4096


def everything() -> list[Finding]:
    """All of it."""
    return [*libraries(), *descriptors(), *page_merging()]


def libraries() -> list[Finding]:
    """Whether a worker could load what it needs."""
    with LibraryProbe() as probe:
        trouble = probe.trouble()
    return [Finding.wrong(trouble)] if trouble else []


def descriptors() -> list[Finding]:
    """Whether the hard limit, to which the server raises its own, is enough for hundreds."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= DESCRIPTORS_WANTED:
        return []
    empresas = max(0, (hard - DESCRIPTORS_BESIDE) // DESCRIPTORS_PER_EMPRESA)
    return [
        Finding.wrong(
            f"The limit of open files is {hard}, enough for about {empresas} empresas: raise it "
            f"with `ulimit -Hn {DESCRIPTORS_WANTED}`, or LimitNOFILE= in a systemd unit."
        )
    ]


def page_merging() -> list[Finding]:
    """Whether equal pages of the workers will be merged, and how to have that."""
    obstacle = merging_obstacle()
    if obstacle is None:
        return [Finding.note("Equal pages of the workers are merged (KSM).")]
    return [
        Finding.note(
            f"Equal pages of the workers are not merged, which would halve their memory: "
            f"{obstacle}."
            " The commands: `echo 1000 | sudo tee /sys/kernel/mm/ksm/pages_to_scan`,"
            " `echo 1 | sudo tee /sys/kernel/mm/ksm/run`; and start the server with"
            " CAP_SYS_RESOURCE (docs/operation.md)."
        )
    ]
