"""What Prometheus reads at a scrape: how actors and processes fare at that moment.

Beside it, what was counted as it happened (`actors/metrics.py`). No actor is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from actors.breaker import Cause
from actors.dead_letters import dead_letters
from actors.looks import ActorInfo, Look
from actors.metrics import registry
from actors.processes import ProcessInfo
from actors.watchdog import watchdog
from web.empresa_metrics import empresa_families, known_empresas

_own_process = ProcessCollector(registry=None)


class Scrape(Collector):
    """One scrape, of what was looked up for it; to be rendered on any thread."""

    def __init__(self, actors: tuple[ActorInfo, ...], processes: Mapping[int, ProcessInfo]) -> None:
        self._actors = actors
        self._processes = processes

    def collect(self) -> Iterator[Metric]:
        """Every family there is."""
        looks = [actor.look for actor in self._actors]
        yield from registry.collect()
        yield from empresa_families(known_empresas(self._actors, self._processes))
        yield from _class_families(self._actors)
        yield from _websocket_families(looks)
        yield _breaker(looks)
        yield _dead_letters()
        yield GaugeMetricFamily(
            "vendeai_abandoned_threads",
            "Threads that hang in a message, whose actor was given up.",
            len(watchdog.abandoned()),
        )
        yield from _own_process.collect()


def _class_families(actors: Iterable[ActorInfo]) -> Iterator[Metric]:
    classes: defaultdict[str, list[ActorInfo]] = defaultdict(list)
    for actor in actors:
        classes[actor.class_name].append(actor)
    families = [
        GaugeMetricFamily(name, documentation, labels=["class"])
        for name, documentation in (
            ("vendeai_actors", "Actors, with those that wait to be started again."),
            ("vendeai_actors_unresponsive", "Actors that for 2 s took up or ended no message."),
            ("vendeai_actor_inbox_messages", "Messages that wait in their inboxes."),
            ("vendeai_actor_oldest_message_seconds", "Since when the oldest of them waits."),
        )
    ]
    for name, of_class in classes.items():
        values = (
            len(of_class),
            sum(not actor.is_responsive for actor in of_class),
            sum(actor.inbox for actor in of_class),
            max(actor.oldest for actor in of_class),
        )
        for family, value in zip(families, values, strict=True):
            family.add_metric([name], value)
    yield from families


def _websocket_families(looks: list[Look]) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "vendeai_websocket_listeners",
        "Open WebSockets.",
        sum(look.listeners or 0 for look in looks),
    )
    yield GaugeMetricFamily(
        "vendeai_websocket_pending_frames",
        "Frames on their way to the WebSocket that is farthest behind; at 256 it is closed.",
        max((look.pending or 0 for look in looks), default=0),
    )


def _breaker(looks: list[Look]) -> Metric:
    family = GaugeMetricFamily(
        "vendeai_breaker_open",
        "1 while retries are held for this cause, which many empresas have in common.",
        labels=["cause"],
    )
    causes = {look.cause for look in looks}
    for cause in Cause:
        family.add_metric([cause.value], float(cause.value in causes))
    return family


def _dead_letters() -> Metric:
    family = CounterMetricFamily(
        "vendeai_dead_letters_total",
        "Messages that found nobody, by the classes of addressee and message.",
        labels=["addressee", "message"],
    )
    for kinds, count in sorted(dead_letters.counts().items()):
        family.add_metric(kinds, count)
    return family
