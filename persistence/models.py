"""The tables. Portable: nothing here belongs to one engine alone."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

#: Constraints have names, as a later migration can only change what it can name.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A point in time: goes in with any zone (never without), comes out as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse what has no zone (ValueError): it would be read back as another moment."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back the zone to engines that keep none."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Model(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment, str: Text, int: BigInteger, bytes: LargeBinary}  # noqa: RUF012 - SQLAlchemy's own form


class Empresa(Model):
    """A car dealership, from its first `connect` or event on, and where its ledger stands."""

    __tablename__ = "empresas"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str | None]
    timezone: Mapped[str | None]
    wanted: Mapped[bool]
    """Whether it wants to be connected."""
    created_at: Mapped[datetime]
    ledger_id: Mapped[str]
    """Random; a restored backup gets a new one, as its numbers go back."""
    last_seq: Mapped[int]
    """The highest number given; 0 before the first."""
    removed_seq: Mapped[int] = mapped_column(server_default="0")
    """The highest number that retention has removed, and all below it with it; 0: none."""


class SessionStatus(Model):
    """The last status of an empresa's session."""

    __tablename__ = "session_statuses"

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    state: Mapped[str]
    reason: Mapped[str | None]
    since: Mapped[datetime]
    phone_number: Mapped[str | None]
    until: Mapped[datetime | None]


class Event(Model):
    """One numbered event of an empresa's ledger; never changed once it is committed."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("empresa_id", "key"),
        Index(None, "position", unique=True),
    )

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str]
    at: Mapped[datetime]
    #: JSON and not JSONB: a customer's text may hold a NUL character, which JSONB refuses.
    #: Its text goes in and comes out as it is, see `json_text.as_text`.
    data: Mapped[str] = mapped_column(JSON)
    key: Mapped[str | None]
    """Unique within the empresa where it is not null: a second delivery finds the first."""
    position: Mapped[int] = mapped_column(server_default="0")
    """Its place among the events of all empresas, in the order of their storing; from 1."""


class EventOrder(Model):
    """A single row: where the order of all empresas' events stands."""

    __tablename__ = "event_orders"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[str]
    """Random; a restored backup gets a new one, as its positions go back."""
    last_position: Mapped[int]
    """The highest position given, even if its event is removed; 0 before the first."""


class RemovedKey(Model):
    """The key of an event that retention removed before a redelivery of it could be ruled out."""

    __tablename__ = "removed_keys"
    __table_args__ = (Index(None, "at"), {"sqlite_with_rowid": False})

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    """The event's own."""


class Outgoing(Model):
    """A message that the API accepted, from then to the end of its life."""

    __tablename__ = "outgoing"
    __table_args__ = (
        UniqueConstraint("empresa_id", "number"),
        UniqueConstraint("empresa_id", "whatsapp_id"),
        Index(None, "empresa_id", "is_open", "number"),
        Index(None, "empresa_id", "job", "number"),
        Index(None, "is_open", "at"),
    )

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    """Ours; the API's."""
    number: Mapped[int]
    """Its place in the order in which the empresa's messages were accepted."""
    at: Mapped[datetime]
    """When it was accepted."""
    expires_at: Mapped[datetime]
    """From when on it is not sent any more."""
    recipient: Mapped[str] = mapped_column(JSON)
    chat: Mapped[str | None]
    """The JID to which it goes; null until WhatsApp has told which it is."""
    lane: Mapped[str]
    """How it goes to somebody who has not written lately; an answer goes `fast` whatever it is."""
    job: Mapped[str | None]
    """The id of the job that it belongs to, if it does."""
    content: Mapped[str] = mapped_column(JSON)
    typing_ms: Mapped[int | None]
    """For how long the recipient sees somebody type before it goes; null: not at all."""
    state: Mapped[str]
    reason: Mapped[str | None]
    is_open: Mapped[bool]
    """Whether it may still be sent: what a sender reads at its start."""
    states: Mapped[str] = mapped_column(JSON)
    """`[[state, reason, moment], …]`, the oldest first."""
    secret: Mapped[bytes | None]
    """32 random bytes within it, of its last attempt: the client's store tells by them whether it
    left."""
    client: Mapped[str | None]
    """The client of that attempt: while it runs, it may still be at it."""
    store: Mapped[str | None]
    """The credentials of that attempt; those of another pairing cannot tell."""
    whatsapp_id: Mapped[str | None]


class Job(Model):
    """Many messages that were accepted as one, from then to the last of them."""

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("empresa_id", "number"), Index(None, "at"))

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    """Its place in the order in which the empresa's jobs were accepted."""
    name: Mapped[str]
    at: Mapped[datetime]
    """When it was accepted."""
    expires_at: Mapped[datetime]
    """From when on none of its messages is sent any more."""
    total: Mapped[int]
    is_paused: Mapped[bool]
    is_cancelled: Mapped[bool]
    counts: Mapped[str] = mapped_column(JSON)
    """`{state: how many of its messages}`, led on with each of them."""
    told: Mapped[int]
    """How many had left the queue as its progress was told last."""


class Chat(Model):
    """A chat in which the empresa's number has been: who it is with, and when they last wrote."""

    __tablename__ = "chats"
    __table_args__ = (Index(None, "empresa_id", "phone"),)

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    """Its JID."""
    phone: Mapped[str | None]
    """E.164, where it is known."""
    heard_at: Mapped[datetime | None]
    """When somebody else last wrote in it; null: nobody did."""


class Pace(Model):
    """How an empresa sends."""

    __tablename__ = "paces"

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    settings: Mapped[str | None]
    """JSON: what it has set; null: nothing."""
    number: Mapped[str | None]
    """E.164: of which the state speaks."""
    state: Mapped[str | None]
    """JSON: what is remembered of its sending."""


class Handler(Model):
    """The message handler that an empresa has chosen, and how far it has come."""

    __tablename__ = "handlers"

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    name: Mapped[str]
    settings: Mapped[str]
    """JSON."""
    position: Mapped[int]
    """The number up to which all events are dealt with."""
    failures: Mapped[int]
    """In a row: the last messages to which it gave no answer."""
    last_failure: Mapped[str | None]
    """JSON."""


class HandlerMemory(Model):
    """What a handler remembers of one conversation."""

    __tablename__ = "handler_memories"
    __table_args__ = (Index(None, "at"),)

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    conversation: Mapped[str] = mapped_column(primary_key=True)
    """A phone number (E.164), or where none is known a JID."""
    memory: Mapped[str | None]
    """JSON, the handler's own."""
    said: Mapped[str]
    """JSON: the seconds (Unix) of its last texts there, the oldest first."""
    at: Mapped[datetime]
    """When it was led on last."""


class Conversation(Model):
    """What one of the empresa's own numbers has said with somebody, or with a group, in short."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index(None, "empresa_id", "number", "last_at", "last_seq"),
        Index(None, "empresa_id", "number", "phone"),
    )

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    number: Mapped[str] = mapped_column(primary_key=True)
    """The own one, E.164."""
    chat: Mapped[str] = mapped_column(primary_key=True)
    """Its JID."""
    phone: Mapped[str | None]
    """Of the other side, E.164, where it is known."""
    lid: Mapped[str | None]
    name: Mapped[str | None]
    is_group: Mapped[bool]
    last_at: Mapped[datetime]
    """When its last message was written; together with `last_seq` its place among them."""
    last_seq: Mapped[int]
    unread: Mapped[int]
    is_history: Mapped[bool]
    """Whether all that is known of it was written before the number was linked."""


class Message(Model):
    """A message in a conversation, with all that was done to it since."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "empresa_id", "number", "chat", "timestamp", "seq"),
        Index(None, "empresa_id", "id"),
    )

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The number of the event with which it came, or with which it was known to have left."""
    number: Mapped[str]
    chat: Mapped[str]
    id: Mapped[str]
    """WhatsApp's, in the form of `keys.stored_key`."""
    sender_phone: Mapped[str | None]
    sender_lid: Mapped[str | None]
    from_me: Mapped[bool]
    timestamp: Mapped[datetime]
    state: Mapped[str | None]
    """Of one that we sent: how far it has come."""
    data: Mapped[str] = mapped_column(JSON)
    """As the event `message` has it; what was done to it since is beside it."""
    changes: Mapped[str | None] = mapped_column(JSON(none_as_null=True))
    """`{"edited", "deleted", "reactions", "votes"}`, each where there is such a change."""
    outgoing_id: Mapped[str | None]
    """Of one that the API sent: ours."""
    raw: Mapped[bytes | None]
    """As WhatsApp's library gave it: a serialised `Message` of neonize's."""


class UntoldRead(Model):
    """A message that was marked as read here, of which WhatsApp is still to be told."""

    __tablename__ = "untold_reads"

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of the message."""


class Media(Model):
    """The file that a message brought: had, to be fetched, or not to be had."""

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("empresa_id", "id"), Index(None, "next_at"))

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The number of the event with which the message came."""
    id: Mapped[str]
    at: Mapped[datetime]
    """When it came."""
    data: Mapped[str]
    """JSON: `{"messageId", "chat", "media"}`, as the event `media_state` has them now."""
    source: Mapped[str | None]
    """JSON: where the file is to be had, and its key; null: it is not fetched any more."""
    state: Mapped[str]
    reason: Mapped[str | None]
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    """From when on it is fetched; null: not any more."""


class IdempotencyKey(Model):
    """A key under which a message was accepted, and a digest of what was asked."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "at"),)

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    message_id: Mapped[str]
    at: Mapped[datetime]


class Erasure(Model):
    """An empresa that is being erased: the last of it to go, together with the empresa itself."""

    __tablename__ = "erasures"

    empresa_id: Mapped[int] = mapped_column(
        ForeignKey(Empresa.id), primary_key=True, autoincrement=False
    )
    begun_at: Mapped[datetime]


class WriteProbe(Model):
    """A single row, rewritten to find out whether the database can be written."""

    __tablename__ = "write_probes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
