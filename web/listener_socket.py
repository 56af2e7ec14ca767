"""What all WebSockets have in common: who may open one, how it is refused, how frames go out."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from tornado.httputil import HTTPHeaders
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError
from tornado.websocket import WebSocketHandler

from actors.errors import Refusal
from actors.shape import iso
from web.access import SUBPROTOCOL
from web.base import BaseHandler, error_body
from web.ready_frame import ready_frame
from web.refusals import ForeignOrigin, InvalidRequest, Unauthorized, WebSocketExpected

#: RFC 6455, 7.4.1: a refused request; and IANA's registry: try again later.
CLOSE_REFUSED = 1008
CLOSE_TRY_AGAIN = 1013


class ListenerSocket(BaseHandler, WebSocketHandler):
    """Opens and refuses; what clients send is ignored. A subclass joins, and leaves `on_close`."""

    _unauthorized: Unauthorized | None = None

    def prepare(self) -> None:
        """Let the handshake pass without the token: only so can a page be told what is wrong."""
        try:
            super().prepare()
        except Unauthorized as refusal:
            self._unauthorized = refusal

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Check the handshake as Tornado would, whose refusals are plain text; then hand on."""
        if not _is_handshake(self.request.headers):
            raise WebSocketExpected
        if self._check_cross_origin(self.check_origin) is not None:
            raise ForeignOrigin
        await super().get(*args, **kwargs)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Select ours where it is offered; Tornado fails over one that was not."""
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    async def open(self, *_args: str, **_kwargs: str) -> None:
        """Join, or say why not and close."""
        self.set_nodelay(True)
        try:
            if self._unauthorized is not None:
                raise self._unauthorized
            await self.join()
        except (Unauthorized, InvalidRequest) as refusal:
            self._turn_away(refusal, CLOSE_REFUSED)
        except HTTPError:
            # A query that is no UTF-8; Tornado would hang up without a word.
            self._turn_away(InvalidRequest(), CLOSE_REFUSED)
        except Refusal as refusal:
            self._turn_away(refusal, CLOSE_TRY_AGAIN)

    async def join(self) -> None:
        """Become a listener. Raises the `Refusal`."""
        raise NotImplementedError

    def on_message(self, _message: str | bytes) -> None:
        """Ignore it."""

    def send(self, frame: str) -> asyncio.Future[None]:
        """Hand a frame over; done once it is written, or the connection gone.

        Not by `write_message`: that makes the frame anew, and a task, for every listener.
        """
        connection = self.ws_connection
        stream = connection.stream if connection and not connection.is_closing() else None
        try:
            if stream is not None:
                return stream.write(ready_frame(frame))
        except StreamClosedError:
            pass
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        gone.set_result(None)
        return gone

    def _turn_away(self, refusal: Refusal, code: int) -> None:
        frame = {
            "type": "error",
            "empresaId": self.empresa_id,
            "at": iso(datetime.now(UTC)),
            "data": error_body(refusal),
        }
        self.send(json.dumps(frame, ensure_ascii=False))
        self.close(code, refusal.code)


def _is_handshake(headers: HTTPHeaders) -> bool:
    connection = [part.strip() for part in headers.get("Connection", "").lower().split(",")]
    return (
        headers.get("Upgrade", "").lower() == "websocket"
        and "upgrade" in connection
        and headers.get("Sec-WebSocket-Version") == "13"
        and bool(headers.get("Sec-WebSocket-Key"))
    )
