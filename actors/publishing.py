"""How a session's new status becomes known: ledger, broadcast, registry, log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from actors import messages as m
from actors.dead_letters import tell
from actors.sentences import sentence
from actors.shape import status_data, stored
from actors.status import State

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.machine import Session

logger = logging.getLogger("vendeai.session")

#: States that an operator should notice.
_TROUBLED = frozenset(
    {State.DEGRADED, State.RECONNECTING, State.BANNED, State.CLIENT_OUTDATED, State.FAILED}
)


def is_news(before: Session, after: Session) -> bool:
    """Whether a listener is to be told: a fresh QR in the same state is no status event."""
    then, now = before.status, after.status
    return (then.state, then.reason, then.phone_number, then.until) != (
        now.state,
        now.reason,
        now.phone_number,
        now.until,
    )


def publish_news(session: Session, archive: ActorRef[Any], broadcast: ActorRef[Any] | None) -> None:
    """A numbered `status` event, without secrets, and the snapshot with them."""
    status = session.status
    logger.log(
        logging.WARNING if status.state in _TROUBLED else logging.INFO,
        "state %s, reason %s: %s",
        status.state.value,
        status.reason.value if status.reason else "none",
        sentence(status),
        extra={"empresa_id": session.empresa_id},
    )
    event = m.NewEvent("status", status.since, status_data(status, secrets=False))
    kept = stored(session.empresa_id, status, session.last_number)
    tell(broadcast, m.StatusChanged(status))
    tell(archive, m.RecordEvents(session.empresa_id, (event,), kept))
