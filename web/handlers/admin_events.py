"""`GET /api/admin/events`: the events of all empresas, in the order of their storing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from actors.errors import LedgerReset
from actors.framing import event_frame, frame
from web import schemas
from web.long_poll import LongPollHandler

if TYPE_CHECKING:
    from actors.messages import OrderPage
    from web.schemas import AllEventsQuery

#: Of a position that a restored backup has made void.
_RESET = (
    "Esta posição é de antes da restauração de um backup e não vale mais. "
    "Recomece com o next desta resposta, ou com after=latest."
)


class AllEventsHandler(LongPollHandler):
    """One page; with `wait`, as soon as there is something on it."""

    async def get(self) -> None:
        """Answer with the events, and the `after` to go on with."""
        query = schemas.all_events_query(self.given("after", "limit", "wait"))
        page = await self._page(query)
        if not self.is_abandoned:
            events = ",".join(event_frame(event) for event in page.events)
            next_cursor = frame({"next": schemas.cursor(page.head.order_id, page.next)})
            self.reply_text(f'{{"events":[{events}],{next_cursor[1:]}')

    async def _page(self, query: AllEventsQuery) -> OrderPage:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + query.wait
        after = query.position
        while True:
            page = await self.system.all_events(after, query.limit)
            _check_order(page, query)
            left = deadline - loop.time()
            if page.events or left <= 0 or self.is_abandoned:
                return page
            after = page.next
            if not await self.heard(self.system.wait_for_any_event(after, left)):
                return page


def _check_order(page: OrderPage, query: AllEventsQuery) -> None:
    """Refuse a position that is not of this order, with what to begin anew from."""
    head = page.head
    if query.order_id is None:
        return
    if query.order_id != head.order_id or (query.position or 0) > head.last_position:
        raise LedgerReset(_RESET, next=schemas.cursor(head.order_id, 0))


ROUTES = [(r"/api/admin/events", AllEventsHandler)]
