"""`GET /api/empresas/:id/events`: the ledger by pages, with a long poll."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from actors.errors import LedgerReset
from actors.framing import event_frame, frame
from actors.shape import gap_shape
from web import schemas
from web.long_poll import LongPollHandler

if TYPE_CHECKING:
    from actors.messages import EventPage
    from web.schemas import EventsQuery


class EventsHandler(LongPollHandler):
    """One page; with `wait`, as soon as there is something on it."""

    async def get(self, text: str) -> None:
        """Answer with the events, the `after` to go on with, and where the ledger stands.

        What retention has removed is named before the first of them.
        """
        self.empresa_id = schemas.empresa_id(text)
        query = schemas.events_query(self.given("after", "limit", "type", "wait", "ledger"))
        page = await self._page(self.empresa_id, query)
        if self.is_abandoned:
            return
        self.reply_text(_body(self.empresa_id, page))

    async def _page(self, empresa_id: int, query: EventsQuery) -> EventPage:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + query.wait
        after = query.after
        while True:
            page = await self.system.events(empresa_id, after, query.limit, query.types)
            _check_ledger(page, query)
            left = deadline - loop.time()
            if page.events or page.gap is not None or left <= 0 or self.is_abandoned:
                return page
            after = max(after, page.next)
            # A full look at the page is behind us: what is beyond `after` is new, unless the
            # page was cut at events of other types.
            if after >= page.head.last_seq:
                waiting = self.system.wait_for_events(empresa_id, after, left)
                if not await self.heard(waiting):
                    return page


def _body(empresa_id: int, page: EventPage) -> str:
    head = page.head
    ends = frame({"next": page.next, "lastSeq": head.last_seq, "ledgerId": head.ledger_id})
    gap = [frame(gap_shape(empresa_id, page.gap))] if page.gap is not None else []
    events = ",".join([*gap, *(event_frame(event) for event in page.events)])
    return f'{{"events":[{events}],{ends[1:]}'


def _check_ledger(page: EventPage, query: EventsQuery) -> None:
    """Refuse numbers that are not of this ledger, with what to begin anew from."""
    head = page.head
    is_foreign = query.ledger_id is not None and query.ledger_id != head.ledger_id
    if is_foreign or query.after > head.last_seq:
        raise LedgerReset(ledgerId=head.ledger_id, lastSeq=head.last_seq)


ROUTES = [(r"/api/empresas/([^/]+)/events", EventsHandler)]
