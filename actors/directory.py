"""Who is where: the broadcasts by empresa, so that the loop finds one without asking a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pykka import ActorRef


class Directory:
    """Written by the registry alone, read from any thread; as Pykka's own registry, by empresa."""

    def __init__(self) -> None:
        self._broadcasts: dict[int, ActorRef[Any]] = {}

    def broadcast(self, empresa_id: int) -> ActorRef[Any] | None:
        """The empresa's broadcast, if it has one now."""
        return self._broadcasts.get(empresa_id)

    def put_broadcast(self, empresa_id: int, ref: ActorRef[Any]) -> None:
        """Enter it."""
        self._broadcasts[empresa_id] = ref

    def remove_broadcast(self, empresa_id: int) -> None:
        """Strike it off; harmless twice."""
        self._broadcasts.pop(empresa_id, None)
