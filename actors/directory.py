"""Who is where, so that one actor finds another without asking a third."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors.errors import Unavailable

if TYPE_CHECKING:
    from pykka import ActorRef

    Ref = ActorRef[Any]


class Directory:
    """Written by the supervisors alone (root: services, registry: broadcasts), read anywhere.

    As Pykka's own registry of actors, but by what they are for.
    """

    def __init__(self) -> None:
        self._broadcasts: dict[int, Ref] = {}
        self._sessions: dict[int, Ref] = {}
        self._senders: dict[int, Ref] = {}
        self._handlers: dict[int, Ref] = {}
        self._services: tuple[Ref, Ref, Ref] | None = None
        self.receiver: Ref | None = None
        """Of received files; it may be dead."""

    def broadcast(self, empresa_id: int) -> Ref | None:
        """The empresa's broadcast, if it has one now."""
        return self._broadcasts.get(empresa_id)

    def put_broadcast(self, empresa_id: int, ref: Ref) -> None:
        """Enter it."""
        self._broadcasts[empresa_id] = ref

    def remove_broadcast(self, empresa_id: int, ref: Ref) -> None:
        """Strike it off, if it is still the one: a registry that ends late has a successor."""
        if self._broadcasts.get(empresa_id) is ref:
            del self._broadcasts[empresa_id]

    def session(self, empresa_id: int) -> Ref | None:
        """The empresa's session, if it has one now; it may be dead."""
        return self._sessions.get(empresa_id)

    def sender(self, empresa_id: int) -> Ref | None:
        """The empresa's sender, if it has one now; it may be dead."""
        return self._senders.get(empresa_id)

    def put_session(self, empresa_id: int, ref: Ref) -> None:
        """Enter it, in place of the one before."""
        self._sessions[empresa_id] = ref

    def put_sender(self, empresa_id: int, ref: Ref) -> None:
        """Enter it, in place of the one before."""
        self._senders[empresa_id] = ref

    def remove_sending(self, empresa_id: int, session: Ref | None, sender: Ref | None) -> None:
        """Strike both off, where they are still the ones."""
        for refs, ref in ((self._sessions, session), (self._senders, sender)):
            if ref is not None and refs.get(empresa_id) is ref:
                del refs[empresa_id]

    def handler(self, empresa_id: int) -> Ref | None:
        """The empresa's handler actor, if it has one now; it may be dead."""
        return self._handlers.get(empresa_id)

    def put_handler(self, empresa_id: int, ref: Ref) -> None:
        """Enter it, in place of the one before."""
        self._handlers[empresa_id] = ref

    def remove_handler(self, empresa_id: int, ref: Ref) -> None:
        """Strike it off, if it is still the one."""
        if self._handlers.get(empresa_id) is ref:
            del self._handlers[empresa_id]

    def services(self) -> tuple[Ref, ...]:
        """Registry, archive and reader, or nothing while they are being restarted."""
        return self._services or ()

    @property
    def registry(self) -> Ref:
        """Refused while it is being restarted: `Unavailable`."""
        return self._service(0)

    @property
    def archive(self) -> Ref:
        """Refused while it is being restarted: `Unavailable`."""
        return self._service(1)

    @property
    def reader(self) -> Ref:
        """Refused while it is being restarted: `Unavailable`."""
        return self._service(2)

    def put_services(self, registry: Ref, archive: Ref, reader: Ref) -> None:
        """Enter them."""
        self._services = (registry, archive, reader)

    def remove_services(self) -> None:
        """Strike them off."""
        self._services = None

    def _service(self, place: int) -> Ref:
        if self._services is None:
            raise Unavailable
        return self._services[place]
