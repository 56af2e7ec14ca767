"""What Prometheus reads of each empresa at a scrape: its state, its link, its worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from actors.looks import ActorInfo
from actors.processes import ProcessInfo
from actors.status import Link, Status


@dataclass(frozen=True, slots=True)
class Empresa:
    """One, as its broadcast, its session and the kernel know it."""

    empresa_id: int
    status: Status
    session: ActorInfo | None
    """None: it waits for its turn after a start of the server."""
    process: ProcessInfo | None

    @property
    def link(self) -> Link:
        """To WhatsApp, as its session knows it."""
        return (self.session.look.link if self.session else None) or Link()

    def silence(self) -> float | None:
        """Seconds since data came."""
        heard_at = self.link.heard_at
        return (datetime.now(UTC) - heard_at).total_seconds() if heard_at else None

    def round_trip(self) -> float | None:
        """Seconds there and back."""
        milliseconds = self.link.round_trip_ms
        return None if milliseconds is None else milliseconds / 1000


@dataclass(frozen=True, slots=True)
class _Measure:
    """One family of an empresa; None: it has no such series now."""

    name: str
    documentation: str
    of: Callable[[Empresa], float | None]

    def read(self, empresas: Iterable[Empresa]) -> Metric:
        """Of all of them."""
        is_counter = self.name.endswith("_total")
        family = (CounterMetricFamily if is_counter else GaugeMetricFamily)(
            self.name, self.documentation, labels=["empresa"]
        )
        for each in empresas:
            value = self.of(each)
            if value is not None:
                family.add_metric([str(each.empresa_id)], value)
        return family


_MEASURES = (
    _Measure(
        "vendeai_empresa_connected",
        "1 while messages come in, else 0.",
        lambda empresa: float(empresa.status.connected),
    ),
    _Measure(
        "vendeai_empresa_restarts_total",
        "Times that its session was started again.",
        lambda empresa: empresa.session.restarts if empresa.session else 0,
    ),
    _Measure(
        "vendeai_empresa_failures_total",
        "Times that its session died, as with its worker.",
        lambda empresa: empresa.session.failures if empresa.session else 0,
    ),
    _Measure(
        "vendeai_empresa_journal_backlog_events",
        "Journalled events, handed over and not committed yet; beyond 256 they wait on disk.",
        lambda empresa: (empresa.session.look.backlog or 0) if empresa.session else 0,
    ),
    _Measure(
        "vendeai_empresa_undecryptable_messages_total",
        "Times that a message could not be read at first.",
        lambda empresa: empresa.link.undecryptable,
    ),
    _Measure(
        "vendeai_empresa_silence_seconds",
        "Since data came last from WhatsApp, as the kernel knows it.",
        Empresa.silence,
    ),
    _Measure(
        "vendeai_empresa_round_trip_seconds",
        "Of a packet to WhatsApp and back, as the kernel knows it.",
        Empresa.round_trip,
    ),
    _Measure(
        "vendeai_worker_cpu_seconds_total",
        "Processor time of its worker, since that began.",
        lambda empresa: empresa.process.cpu_seconds if empresa.process else None,
    ),
    _Measure(
        "vendeai_worker_pss_bytes",
        "Memory of its worker, and its share of what workers have in common.",
        lambda empresa: empresa.process.pss if empresa.process else None,
    ),
    _Measure(
        "vendeai_worker_threads",
        "Threads of its worker.",
        lambda empresa: empresa.process.threads if empresa.process else None,
    ),
    _Measure(
        "vendeai_worker_descriptors",
        "Open files of its worker.",
        lambda empresa: empresa.process.descriptors if empresa.process else None,
    ),
)


def known_empresas(
    actors: Iterable[ActorInfo], processes: Mapping[int, ProcessInfo]
) -> list[Empresa]:
    """Those that were ever connected: to an id that is only listened to belongs no series."""
    of_class: dict[str, list[ActorInfo]] = {"SessionActor": [], "BroadcastActor": []}
    for actor in actors:
        of_class.get(actor.class_name, []).append(actor)
    sessions = {session.empresa_id: session for session in of_class["SessionActor"]}
    empresas = []
    for broadcast in of_class["BroadcastActor"]:
        status, empresa_id = broadcast.look.snapshot, broadcast.empresa_id
        if status is not None and empresa_id is not None:
            session = sessions.get(empresa_id)
            process = processes.get(session.look.pid or 0) if session else None
            empresas.append(Empresa(empresa_id, status, session, process))
    return empresas


def empresa_families(empresas: Iterable[Empresa]) -> Iterator[Metric]:
    """Every family of them."""
    state = GaugeMetricFamily(
        "vendeai_empresa_state",
        "1, with the present state as its label.",
        labels=["empresa", "state"],
    )
    for each in empresas:
        state.add_metric([str(each.empresa_id), each.status.state.value], 1)
    yield state
    for measure in _MEASURES:
        yield measure.read(empresas)
