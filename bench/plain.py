"""Tornado with nothing around it, for comparison: the same bytes over HTTP and to WebSockets.

    python -m bench.plain BODY_IN_BASE64

Prints its URL. `GET /status` answers the body, `GET /send?frames=N` writes it N times, as a text
frame, to every connection of `/ws`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

#: Frames to each in one turn of the loop, as in the broadcast.
_CHUNK = 32


class Status(tornado.web.RequestHandler):
    """The body, as JSON."""

    def get(self) -> None:
        """Answer it."""
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(self.application.settings["body"])


class Socket(tornado.websocket.WebSocketHandler):
    """A connection that is written to."""

    async def open(self, *_args: str, **_kwargs: str) -> None:
        """Be written to from now on."""
        self.set_nodelay(True)
        self.application.settings["sockets"].append(self)

    def on_message(self, _message: str | bytes) -> None:
        """Ignore it."""

    def on_close(self) -> None:
        """Be written to no more."""
        self.application.settings["sockets"].remove(self)


class Send(tornado.web.RequestHandler):
    """The loop that a broadcast cannot be faster than."""

    async def get(self) -> None:
        """Write ready-made frames to all, and let the loop have its turn between."""
        text = self.application.settings["body"].decode()
        sockets = self.application.settings["sockets"]
        left = int(self.get_query_argument("frames"))
        while left:
            for _ in range(chunk := min(left, _CHUNK)):
                for socket in sockets:
                    socket.write_message(text)
            left -= chunk
            await asyncio.sleep(0)


async def main() -> None:
    """Serve until it is ended."""
    state: dict[str, Any] = {"body": base64.b64decode(sys.argv[1]), "sockets": []}
    application = tornado.web.Application(
        [("/status", Status), ("/ws", Socket), ("/send", Send)], websocket_ping_interval=25, **state
    )
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1", backlog=1024)
    tornado.httpserver.HTTPServer(application).add_sockets(sockets)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    print(json.dumps({"url": url, "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
