"""Reads the database on a thread and a connection of its own: no reader waits for the writer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from actors.actor import Place, ThreadActor
from actors.answering import HandlerOf, Remembered, RememberedOf, StoredHandler
from actors.bulk import (
    AcceptedJob,
    JobOf,
    JobOfKey,
    JobPage,
    JobsOf,
    MessagesOfJob,
    StoredJob,
)
from actors.errors import (
    ConversationNotFound,
    EmpresaNotFound,
    JobNotFound,
    MessageNotFound,
    Unavailable,
)
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
    OriginalsOf,
    OutgoingMessage,
    PaceOf,
    StoredOriginal,
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
    Read,
    StoredConversation,
    UntoldReads,
)
from persistence import (
    accepting,
    chats,
    conversations,
    empresas,
    handlers,
    job_rows,
    jobs,
    ledger,
    media,
    order,
    originals,
    outgoing,
    paces,
    reads,
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
    | list[StoredOriginal]
    | OutgoingMessage
    | StoredPace
    | ConversationPage
    | StoredConversation
    | MessagePage
    | list[Read]
    | Accepted
    | AcceptedJob
    | StoredJob
    | list[StoredJob]
    | JobPage
    | StoredHandler
    | Remembered
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
        """As the modules of its messages say, under "to a reader"."""
        try:
            for kinds, read in _READ:
                if isinstance(message, kinds):
                    with self._access.transaction() as connection:
                        return read(connection, message)
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
                case MessageOf(empresa_id, name):
                    found = outgoing.message(connection, empresa_id, name)
                    if found is None and ledger.head(connection, empresa_id) is not None:
                        raise MessageNotFound
                case _:
                    return super().receive(message)  # type: ignore[no-any-return]
        if found is None:
            raise EmpresaNotFound
        return found


def _of_conversations(
    connection: Any, question: ConversationsOf | ConversationOf | MessagesOf | UntoldReads
) -> ConversationPage | StoredConversation | MessagePage | list[Read]:
    if isinstance(question, UntoldReads):
        return reads.untold(connection, question.empresa_id, question.number, question.limit)
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
    return conversations.messages(
        connection,
        wanted.empresa_id,
        found,
        *spots,
        question.limit,
        with_raw=question.with_raw,
    )


def _of_jobs(
    connection: Any, question: JobsOf | JobOf | JobOfKey | MessagesOfJob
) -> AcceptedJob | StoredJob | list[StoredJob] | JobPage | None:
    if ledger.head(connection, question.empresa_id) is None:
        raise EmpresaNotFound
    found: StoredJob | JobPage | None
    match question:
        case JobsOf(empresa_id, limit):
            return job_rows.newest(connection, empresa_id, limit)
        case JobOfKey(empresa_id, idempotency, at):
            return jobs.known(connection, empresa_id, idempotency, at)
        case JobOf(empresa_id, job):
            found = job_rows.find(connection, empresa_id, job)
        case MessagesOfJob(empresa_id, job, after, limit):
            found = job_rows.page(connection, empresa_id, job, after, limit)
    if found is None:
        raise JobNotFound
    return found


def _of_media(connection: Any, question: MediaDue | MediaOf) -> DuePage | StoredMedia | None:
    if isinstance(question, MediaDue):
        return media.due(connection, question.now, question.each, question.most)
    found = media.find(connection, question.empresa_id, question.media_id)
    if found is None and ledger.head(connection, question.empresa_id) is None:
        raise EmpresaNotFound
    return found


def _of_sending(
    connection: Any, question: WaitingMessages | KnownChat | FilesNeeded | KeyOf | OriginalsOf
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
        case OriginalsOf(empresa_id, name, to):
            if ledger.head(connection, empresa_id) is None:
                raise EmpresaNotFound
            return originals.find(connection, empresa_id, name, to)


def _of_handlers(connection: Any, question: HandlerOf | RememberedOf) -> Answer:
    match question:
        case HandlerOf(empresa_id):
            return handlers.find(connection, empresa_id)
        case RememberedOf(empresa_id, chat, phone):
            return handlers.remembered(connection, empresa_id, chat, phone)


#: Families of questions, and who answers each.
_READ: tuple[tuple[Any, Callable[[Any, Any], Answer]], ...] = (
    (ConversationsOf | ConversationOf | MessagesOf | UntoldReads, _of_conversations),
    (WaitingMessages | KnownChat | FilesNeeded | KeyOf | OriginalsOf, _of_sending),
    (JobsOf | JobOf | JobOfKey | MessagesOfJob, _of_jobs),
    (HandlerOf | RememberedOf, _of_handlers),
    (MediaDue | MediaOf, _of_media),
)
