"""What is counted as it happens, for Prometheus: kept here, exposed by `web/metrics_collector.py`.

Counters and histograms of this process since its start. Labels are of bounded sets: classes of
ours, kinds of events, and empresas, which are forgotten as they are erased.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from actors.messages import LedgerEvent
from actors.tally import Tallies
from whatsapp.port import EventKind

#: A time of creation beside each counter would double them, and Prometheus has no use for it.
disable_created_metrics()  # type: ignore[no-untyped-call]

#: The kinds of numbered events that a worker has journalled, at the time that they carry.
_RECEIVED = frozenset(get_args(EventKind))
#: All kinds of numbered events; whatever else there may be is `other`.
EVENT_TYPES = _RECEIVED | {
    "status",
    "message_state",
    "media_state",
    "bulk_progress",
    "conversation_merged",
    "handler_failed",
    "number_changed",
}

registry = CollectorRegistry()

message_seconds = Tallies(
    "vendeai_actor_message_seconds",
    "Time that an actor takes for a message, by its class; its count is the messages handled.",
    (0.0001, 0.00025, 0.001, 0.0025, 0.01, 0.025, 0.1, 0.25, 1, 2.5, 10, 30, 60),
    registry,
    "class",
)
loop_lag = Tallies(
    "vendeai_loop_lag_seconds",
    "Time that a message waits for the event loop, in the inbox of an actor that lives on it.",
    (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry,
).of()
receive_seconds = Tallies(
    "vendeai_receive_seconds",
    "From a worker's first sight of an event of WhatsApp's to its publication, once committed.",
    (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600),
    registry,
).of()
send_seconds = Tallies(
    "vendeai_send_seconds",
    "From a message's hand-over to the client to WhatsApp's acknowledgement.",
    (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60),
    registry,
).of()
commit_seconds = Histogram(
    "vendeai_commit_seconds",
    "Time of a transaction that stores what actors handed over.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15),
    registry=registry,
)
commit_messages = Histogram(
    "vendeai_commit_messages",
    "Actors' messages in one transaction; most of them carry one event.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
    registry=registry,
)
database_failures = Counter(
    "vendeai_database_failures_total",
    "Attempts of the archive to use the database that failed: it is full, locked or gone.",
    registry=registry,
)
_events = Counter(
    "vendeai_empresa_events_total",
    "Events of an empresa that were numbered and committed, by type.",
    ["empresa", "type"],
    registry=registry,
)


def published(batches: Iterable[tuple[LedgerEvent, ...]]) -> None:
    """Count events that were just committed and told, and how long that took since they came."""
    now = datetime.now(UTC)
    counts: Count[tuple[int, str]] = Count()
    for batch in batches:
        for event in batch:
            counts[event.empresa_id, event.type] += 1
            if event.type in _RECEIVED:
                receive_seconds.observe(max(0.0, (now - event.at).total_seconds()))
    for (empresa_id, kind), count in counts.items():
        known = kind if kind in EVENT_TYPES else "other"
        _events.labels(str(empresa_id), known).inc(count)


def forget(empresa_ids: Iterable[int]) -> None:
    """Nothing is left of these."""
    for empresa_id in empresa_ids:
        _events.remove_by_labels({"empresa": str(empresa_id)})
