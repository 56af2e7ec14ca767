"""The head of `top`: how the server itself fares, its empresas by state, and what got lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from commands.admin_client import Tree
from commands.top_columns import UNRESPONSIVE, mib, number, span


def summary(tree: Tree) -> tuple[str, str, str]:
    """Three lines: the process, the empresas, and what an operator should not find there."""
    return f"server: {process(tree['server'])}", _empresas(tree), _troubles(tree)


def process(shape: Mapping[str, Any]) -> str:
    """What the kernel says of a process."""
    return (
        f"{number(shape['cpuPercent'])} % CPU, {mib(shape['pssBytes'])} MiB, "
        f"{number(shape['threads'])} threads, {number(shape['descriptors'])} descriptors"
    )


def is_troubled(tree: Tree) -> bool:
    """Whether something hangs, now."""
    return bool(tree["abandoned"]) or not all(actor["responsive"] for actor in tree["actors"])


def _empresas(tree: Tree) -> str:
    states = Counter(actor["state"] for actor in tree["actors"] if actor["class"] == "SessionActor")
    by_state = ", ".join(f"{count} {state}" for state, count in states.most_common())
    return f"empresas: {states.total()}" + (f" ({by_state})" if by_state else "")


def _troubles(tree: Tree) -> str:
    hanging = sum(not actor["responsive"] for actor in tree["actors"])
    lost = sum(letter["count"] for letter in tree["deadLetters"])
    abandoned = f"abandoned threads: {len(tree['abandoned'])}"
    if tree["abandoned"]:
        oldest = max(tree["abandoned"], key=lambda thread: thread["ageMs"])
        abandoned += f" ({oldest['thread']} in {oldest['message']} for {span(oldest['ageMs'])})"
    return (
        f"actors: {len(tree['actors'])}, {hanging} {UNRESPONSIVE}, {lost} dead letters, {abandoned}"
    )
