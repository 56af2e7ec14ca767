"""Who hears of an empresa's committed events, and from which number on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from actors.dead_letters import tell
from actors.messages import EventsPublished, LedgerEvent, LedgerHead

if TYPE_CHECKING:
    from pykka import ActorRef


class Subscribers:
    """One per empresa, the newest. Each is told a head before the first event after it."""

    def __init__(self) -> None:
        self._refs: dict[int, ActorRef[Any]] = {}
        self._headless: set[int] = set()

    def put(self, empresa_id: int, ref: ActorRef[Any], head: LedgerHead | None) -> LedgerHead:
        """Let it hear from `head` on; None: there is no ledger yet, and it is told when there is.

        Answers what it was told.
        """
        self.put_headless(empresa_id, ref)
        if head is not None:
            self._headless.discard(empresa_id)
        told = head or LedgerHead(empresa_id, "", 0)
        tell(ref, told)
        return told

    def put_headless(self, empresa_id: int, ref: ActorRef[Any]) -> None:
        """As `put`, where the head cannot be known now: it is told as soon as it can."""
        self._refs[empresa_id] = ref
        self._headless.add(empresa_id)

    def remove(self, empresa_id: int, ref: ActorRef[Any]) -> None:
        """Tell it no more, if it is still the one; harmless twice."""
        if self._refs.get(empresa_id) is ref:
            del self._refs[empresa_id]
            self._headless.discard(empresa_id)

    def headless(self) -> frozenset[int]:
        """The empresas whose subscriber waits for a head."""
        return frozenset(self._headless)

    def tell_heads(self, heads: Mapping[int, LedgerHead]) -> None:
        """Tell those who wait for one of these."""
        for empresa_id in self._headless & heads.keys():
            self._headless.discard(empresa_id)
            tell(self._refs[empresa_id], heads[empresa_id])

    def publish(self, events: Iterable[tuple[LedgerEvent, ...]]) -> None:
        """Tell of each empresa's committed events; a subscriber that is gone is struck off."""
        for batch in events:
            empresa_id = batch[0].empresa_id
            ref = self._refs.get(empresa_id)
            if ref is not None and not tell(ref, EventsPublished(batch)):
                self.remove(empresa_id, ref)
