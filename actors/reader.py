"""Reads the database on a thread and a connection of its own: no reader waits for the writer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from actors.actor import Place, ThreadActor
from actors.errors import EmpresaNotFound, MessageNotFound, Unavailable
from actors.messages import (
    EventPage,
    EventsAfter,
    EventsOfAll,
    LedgerHead,
    LedgerHeadOf,
    OrderPage,
    StoredEmpresa,
    StoredEmpresas,
)
from actors.outgoing import (
    KnownChat,
    MessageOf,
    OutgoingMessage,
    PaceOf,
    StoredPace,
    Waiting,
    WaitingMessages,
)
from persistence import chats, empresas, ledger, order, outgoing, paces
from persistence.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from persistence.database import Database


Answer: TypeAlias = (
    EventPage
    | OrderPage
    | LedgerHead
    | tuple[StoredEmpresa, ...]
    | list[Waiting]
    | OutgoingMessage
    | StoredPace
    | str
    | None
)


class ReaderActor(ThreadActor):
    """Answers from what is committed. Refused: `Unavailable` where the database is gone."""

    def __init__(self, place: Place, database: Database) -> None:
        super().__init__(place)
        self._access = database.reader()

    def receive(self, message: Any) -> Answer:
        """As `messages.py` and `outgoing.py` say, under "to a reader"."""
        try:
            return self._answer(message)
        except DatabaseUnavailable as unavailable:
            raise Unavailable from unavailable

    def ended(self, error: BaseException | None) -> None:
        """Close the connection."""
        del error
        self._access.close()

    def came_back(self) -> None:
        """Close the connection."""
        self._access.close()

    def _answer(self, message: Any) -> Answer:  # noqa: C901 - one line a kind
        found: EventPage | LedgerHead | OutgoingMessage | StoredPace | None
        with self._access.transaction() as connection:
            match message:
                case EventsAfter(empresa_id, after, limit, types):
                    found = ledger.page(connection, empresa_id, after, limit, types)
                case EventsOfAll(after_position, limit):
                    return order.page(connection, after_position, limit)
                case LedgerHeadOf(empresa_id):
                    found = ledger.head(connection, empresa_id)
                case StoredEmpresas():
                    return empresas.every(connection)
                case WaitingMessages(empresa_id, number, limit):
                    return outgoing.waiting(connection, empresa_id, number, limit)
                case KnownChat(empresa_id, names):
                    return chats.find(connection, empresa_id, names)
                case PaceOf(empresa_id):
                    found = paces.find(connection, empresa_id)
                case MessageOf(empresa_id, name):
                    found = outgoing.message(connection, empresa_id, name)
                    if found is None and ledger.head(connection, empresa_id) is not None:
                        raise MessageNotFound
                case _:
                    return super().receive(message)  # type: ignore[no-any-return]
        if found is None:
            raise EmpresaNotFound
        return found
