"""Kernel same-page merging: most of what stands in a worker stands in every other, too.

The kernel's ksmd takes it back, if an operator has switched it on and the process offers it.
"""

from __future__ import annotations

from pathlib import Path

from whatsapp.linux import merge_equal_pages

_KSM_RUN = Path("/sys/kernel/mm/ksm/run")

_is_wanted = False


def merging_obstacle() -> str | None:
    """Why equal pages of the workers will not be merged here; None if they will be."""
    try:
        running = _KSM_RUN.read_text().strip() == "1"
    except OSError:
        return "this kernel has no same-page merging"
    if not running:
        return f"ksmd is off: an operator can switch it on with `echo 1 > {_KSM_RUN}`"
    return None


def want_merging() -> None:
    """Offer this process's pages, and those of all that it forks. In the forkserver."""
    global _is_wanted  # noqa: PLW0603 - a fork inherits it, as it does the offer
    _is_wanted = True
    merge_equal_pages()


def offer_new_pages() -> None:
    """Offer what a worker has taken since it was forked, where that is wanted."""
    if _is_wanted:
        merge_equal_pages()
