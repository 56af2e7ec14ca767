"""Reads the database on a thread and a connection of its own: no reader waits for the writer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from actors.actor import Place, ThreadActor
from actors.errors import ConversationNotFound, EmpresaNotFound, MessageNotFound, Unavailable
from actors.incoming import DuePage, MediaDue, MediaOf, StoredMedia
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
    Accepted,
    FilesNeeded,
    KeyOf,
    KnownChat,
    MessageOf,
    OutgoingMessage,
    PaceOf,
    StoredPace,
    Waiting,
    WaitingMessages,
)
from actors.reading import (
    ConversationOf,
    ConversationPage,
    ConversationsOf,
    MessagePage,
    MessagesOf,
    StoredConversation,
)
from persistence import (
    accepting,
    chats,
    conversations,
    empresas,
    ledger,
    media,
    order,
    outgoing,
    paces,
)
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
    | ConversationPage
    | StoredConversation
    | MessagePage
    | Accepted
    | DuePage
    | StoredMedia
    | frozenset[str]
    | str
    | None
)


class ReaderActor(ThreadActor):
    """Answers from what is committed. Refused: `Unavailable` where the database is gone."""

    def __init__(self, place: Place, database: Database) -> None:
        super().__init__(place)
        self._access = database.reader()

    def receive(self, message: Any) -> Answer:
        """As `messages.py`, `outgoing.py` and `reading.py` say, under "to a reader"."""
        try:
            if isinstance(message, ConversationsOf | ConversationOf | MessagesOf):
                with self._access.transaction() as connection:
                    return _read_conversations(connection, message)
            if isinstance(message, MediaDue | MediaOf):
                with self._access.transaction() as connection:
                    return _of_media(connection, message)
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

    def _answer(self, message: Any) -> Answer:
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
                case PaceOf(empresa_id):
                    found = paces.find(connection, empresa_id)
                case WaitingMessages() | KnownChat() | FilesNeeded() | KeyOf():
                    return _of_sending(connection, message)
                case MessageOf(empresa_id, name):
                    found = outgoing.message(connection, empresa_id, name)
                    if found is None and ledger.head(connection, empresa_id) is not None:
                        raise MessageNotFound
                case _:
                    return super().receive(message)  # type: ignore[no-any-return]
        if found is None:
            raise EmpresaNotFound
        return found


def _read_conversations(
    connection: Any, question: ConversationsOf | ConversationOf | MessagesOf
) -> ConversationPage | StoredConversation | MessagePage:
    wanted = question.conversation if isinstance(question, MessagesOf) else question
    if ledger.head(connection, wanted.empresa_id) is None:
        raise EmpresaNotFound
    if isinstance(wanted, ConversationsOf):
        return conversations.page(
            connection, wanted.empresa_id, wanted.number, wanted.before, wanted.limit
        )
    found = conversations.find(connection, wanted.empresa_id, wanted.number, wanted.names)
    if found is None:
        raise ConversationNotFound
    if not isinstance(question, MessagesOf):
        return found
    spots = question.before, question.after
    return conversations.messages(connection, wanted.empresa_id, found, *spots, question.limit)


def _of_media(connection: Any, question: MediaDue | MediaOf) -> DuePage | StoredMedia | None:
    if isinstance(question, MediaDue):
        return media.due(connection, question.now, question.each, question.most)
    found = media.find(connection, question.empresa_id, question.media_id)
    if found is None and ledger.head(connection, question.empresa_id) is None:
        raise EmpresaNotFound
    return found


def _of_sending(
    connection: Any, question: WaitingMessages | KnownChat | FilesNeeded | KeyOf
) -> Answer:
    match question:
        case WaitingMessages(empresa_id, after, limit):
            return outgoing.waiting(connection, empresa_id, after, limit)
        case KnownChat(empresa_id, names):
            return chats.find(connection, empresa_id, names)
        case FilesNeeded(empresa_id):
            return outgoing.files(connection, empresa_id)
        case KeyOf(empresa_id, idempotency, at):
            return accepting.known(connection, empresa_id, idempotency, at)
