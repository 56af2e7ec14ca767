"""What `check` finds out about the machine: libraries, limits, page merging."""

from __future__ import annotations

from commands import limits
from commands.finding import Finding
from commands.libraries import LibraryProbe
from whatsapp.page_merging import merging_obstacle


def everything(empresas: int) -> list[Finding]:
    """All of it, for so many empresas."""
    too_low = [Finding.wrong(sentence) for sentence in limits.shortages(empresas)]
    return [*libraries(), *too_low, *page_merging()]


def libraries() -> list[Finding]:
    """Whether a worker could load what it needs."""
    with LibraryProbe() as probe:
        trouble = probe.trouble()
    return [Finding.wrong(trouble)] if trouble else []


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
            " `echo 1 | sudo tee /sys/kernel/mm/ksm/run`, before"
            " the server is started (docs/operation.md)."
        )
    ]
