"""A scrape as a test reads it, parsed by the library's own parser."""

from __future__ import annotations

from typing import Protocol

import httpx
from prometheus_client.parser import text_string_to_metric_families


class Server(Protocol):
    """Served by a thread of the test, or a process of its own."""

    def get(self, path: str, **headers: str) -> httpx.Response: ...


class Scraped:
    """What a server exposes at this moment."""

    def __init__(self, server: Server, **headers: str) -> None:
        answer = server.get("/metrics", **headers)
        assert answer.status_code == 200, answer.text
        self.families = list(text_string_to_metric_families(answer.text))
        self.samples = [sample for family in self.families for sample in family.samples]

    def value(self, name: str, **labels: str) -> float | None:
        """Of the one series with exactly these labels."""
        found = self.series(name).get(frozenset(labels.items()))
        return None if found is None else float(found)

    def series(self, name: str, **labels: str) -> dict[frozenset[tuple[str, str]], float]:
        """Every series of that name which has these labels, by all its labels."""
        return {
            frozenset(sample.labels.items()): sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        }
