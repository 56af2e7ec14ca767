from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tornado.websocket import WebSocketProtocol13, _WebSocketParams

from web.ready_frame import ready_frame


class Taken:
    """A stream that keeps what is written."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def write(self, frame: bytes) -> asyncio.Future[None]:
        self.frames.append(frame)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


async def written_by_tornado(text: str) -> bytes:
    handler: Any = type("Handler", (), {"_detach_stream": None, "request": None})()
    protocol = WebSocketProtocol13(handler, mask_outgoing=False, params=_WebSocketParams())
    taken: Any = Taken()
    protocol.stream = taken
    await protocol.write_message(text)
    return bytes(taken.frames[0])


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_ready_frame_is_what_tornado_writes(size: int) -> None:
    text = "ç" + "x" * (size - 2) if size > 2 else "x" * size
    assert len(text.encode()) == size
    assert ready_frame(text) == asyncio.run(written_by_tornado(text))
