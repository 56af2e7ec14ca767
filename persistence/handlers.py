"""Each empresa's message handler: which it is, how far it has come, and what it remembers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, tuple_, update

from persistence.accepting import accept
from persistence.addresses import phone_in
from persistence.filed import plain
from persistence.handler_values import ChosenHandler, HandlerStep, Remembered, StoredHandler
from persistence.json_text import json_text
from persistence.models import Chat, Handler, HandlerMemory
from persistence.upsert import upsert
from persistence.values import LedgerHead, NewEvent


def choose(
    connection: Connection,
    chosen: Mapping[int, ChosenHandler | None],
    heads: Mapping[int, LedgerHead],
) -> None:
    """Replace the handlers of these empresas, all of them known; None: it has none any more.

    Another one begins at the end of the ledger, and remembers nothing; the same one with other
    settings goes on.
    """
    for empresa_id, handler in chosen.items():
        mine = Handler.empresa_id == empresa_id
        name = connection.scalar(select(Handler.name).where(mine))
        if handler is not None and handler.name == name:
            settings = json_text(handler.settings)
            connection.execute(
                update(Handler).where(mine).values(settings=settings, failures=0, last_failure=None)
            )
            continue
        connection.execute(delete(HandlerMemory).where(HandlerMemory.empresa_id == empresa_id))
        connection.execute(delete(Handler).where(mine))
        if handler is not None:
            connection.execute(
                insert(Handler).values(
                    empresa_id=empresa_id,
                    name=handler.name,
                    settings=json_text(handler.settings),
                    position=heads[empresa_id].last_seq,
                    failures=0,
                    last_failure=None,
                )
            )


def find(connection: Connection, empresa_id: int) -> StoredHandler | None:
    """The empresa's; None: it has none."""
    row = connection.execute(select(Handler).where(Handler.empresa_id == empresa_id)).one_or_none()
    if row is None:
        return None
    failure = None if row.last_failure is None else json.loads(row.last_failure)
    chosen = ChosenHandler(row.name, json.loads(row.settings))
    return StoredHandler(chosen, row.position, row.failures, failure)


def remembered(connection: Connection, empresa_id: int, chat: str, phone: str | None) -> Remembered:
    """What is kept of the conversation in a chat; `phone`: of who is in it, where that is known.

    Somebody's phone number and LID are one conversation. What was kept before the number was
    known, under the LID, is found as well.
    """
    known = select(Chat.phone).where(Chat.empresa_id == empresa_id, Chat.id == chat)
    number = plain(phone) or connection.scalar(known) or phone_in(chat)
    names = [each for each in (number, chat) if each is not None]
    found = select(HandlerMemory).where(
        HandlerMemory.empresa_id == empresa_id, HandlerMemory.conversation.in_(names)
    )
    rows = {row.conversation: row for row in connection.execute(found)}
    row = next((rows[name] for name in names if name in rows), None)
    if row is None:
        return Remembered(names[0], None)
    memory = None if row.memory is None else json.loads(row.memory)
    return Remembered(names[0], memory, tuple(json.loads(row.said)))


def take(
    connection: Connection, steps: Mapping[int, HandlerStep], heads: Mapping[int, LedgerHead]
) -> dict[int, list[NewEvent]]:
    """Carry out these steps, in order; answers the events of each that counted.

    Those of unknown empresas, and those that were taken before, or whose handler is another by
    now, do not.
    """
    return {
        place: _events(connection, step)
        for place, step in steps.items()
        if step.empresa_id in heads and _lead_on(connection, step)
    }


def forget(connection: Connection, now: datetime, days: int, most: int) -> int:
    """Drop what was remembered last so many days ago, at most so many conversations; how many."""
    key = tuple_(HandlerMemory.empresa_id, HandlerMemory.conversation)
    old = (
        select(HandlerMemory.empresa_id, HandlerMemory.conversation)
        .where(HandlerMemory.at < now - timedelta(days=days))
        .limit(most)
    )
    return connection.execute(delete(HandlerMemory).where(key.in_(old))).rowcount


def _lead_on(connection: Connection, step: HandlerStep) -> bool:
    values: dict[str, object] = {"position": step.position, "failures": step.failures}
    if step.last_failure is not None:
        values["last_failure"] = json_text(step.last_failure)
    mine = (Handler.empresa_id == step.empresa_id, Handler.position == step.before)
    return connection.execute(update(Handler).where(*mine).values(values)).rowcount == 1


def _events(connection: Connection, step: HandlerStep) -> list[NewEvent]:
    if step.remembered is not None:
        _remember(connection, step, step.remembered)
    accepted = (accept(connection, new)[1] for new in step.texts)
    return [*(event for event in accepted if event is not None), *step.events]


def _remember(connection: Connection, step: HandlerStep, kept: Remembered) -> None:
    row = {
        "memory": None if kept.memory is None else json_text(kept.memory),
        "said": json_text(kept.said),
        "at": step.at,
    }
    statement = upsert(connection.dialect.name, HandlerMemory).values(
        empresa_id=step.empresa_id, conversation=kept.conversation, **row
    )
    key = ["empresa_id", "conversation"]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=row))
