"""What a listener that returns has missed: read from the ledger, as fast as it takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from actors.errors import Refusal
from actors.framing import event_frame, frame
from actors.messages import EventPage, EventsAfter
from actors.reply import ask
from actors.seat import TRY_AGAIN_LATER, Seat
from actors.shape import gap_shape

if TYPE_CHECKING:
    from pykka import ActorRef

#: Events that a replay reads at once.
PAGE = 200


async def replay(
    seat: Seat, empresa_id: int, reader: ActorRef[Any], last_seq: Callable[[], int]
) -> bool:
    """Write all from the seat's number to the ledger's last, wherever that is by then.

    On the event loop. False: the listener is gone, or was sent away as the ledger cannot be read.
    """
    while seat.last_seq < last_seq():
        try:
            page: EventPage = await ask(reader, EventsAfter(empresa_id, seat.last_seq, PAGE))
        except Refusal:
            seat.close(TRY_AGAIN_LATER, "try again")
        if seat.is_closed:
            return False
        if page.gap is not None:
            await seat.write(frame(gap_shape(empresa_id, page.gap)))
        for event in page.events:
            await seat.write(event_frame(event))
            seat.last_seq = event.seq
        seat.last_seq = max(seat.last_seq, page.next)
    return True
