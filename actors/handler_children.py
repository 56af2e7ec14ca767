"""The handler actors, as the registry supervises them: of each empresa that has chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors import messages as m
from actors.actor import Place
from actors.answering import HandlerChanged, HandlerDue
from actors.dead_letters import tell
from actors.handler import HandlerActor

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.children import RegistryParts

#: Seconds before one is started in place of one that died: where it stands is in the database.
RESTART_SECONDS = 1.0


class HandlerChildren:
    """Owned by the registry actor; not for any other thread."""

    def __init__(self, parts: RegistryParts, registry: ActorRef[Any]) -> None:
        self._parts = parts
        self._registry = registry
        self._refs: dict[int, ActorRef[Any]] = {}

    def receive(self, message: HandlerChanged | HandlerDue) -> None:
        """Begin anew with what is stored; one that finds nothing there ends in order."""
        if isinstance(message, HandlerChanged):
            self.stop(message.empresa_id)
        if message.empresa_id not in self._refs:
            self.start(message.empresa_id)

    def start(self, empresa_id: int) -> None:
        """One, where there is none."""
        parts = self._parts
        place = Place(f"handler of empresa {empresa_id}", self._registry, empresa_id)
        ref = HandlerActor.start(place, parts.loop, parts.directory, parts.hosting, parts.pace)
        self._refs[empresa_id] = ref
        parts.directory.put_handler(empresa_id, ref)

    def stop(self, empresa_id: int) -> None:
        """Nothing more is answered. Harmless where there is none."""
        ref = self._refs.pop(empresa_id, None)
        if ref is not None:
            self._parts.directory.remove_handler(empresa_id, ref)
            tell(ref, m.Stop())

    def stop_all(self) -> None:
        """All of them."""
        for empresa_id in list(self._refs):
            self.stop(empresa_id)

    def ended(self, death: m.ActorEnded) -> bool:
        """Whether the dead was one of them; another follows where it died of an error."""
        empresa_id = death.empresa_id
        ref = None if empresa_id is None else self._refs.get(empresa_id)
        if ref is None or empresa_id is None or ref.actor_urn != death.urn:
            return False
        del self._refs[empresa_id]
        self._parts.directory.remove_handler(empresa_id, ref)
        if death.error is not None:
            self._parts.timers.after(RESTART_SECONDS, self._registry, HandlerDue(empresa_id))
        return True
