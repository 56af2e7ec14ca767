"""Customers who write, and a handler that answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from actors.handlers import HandlerView
from actors.system import System
from tests.actors.running_system import DEADLINE, listening
from tests.fake_clients import FakeClients, said
from whatsapp.port import Send

CHAT = "999@lid"
GROUP = {"id": "120363001122334455@g.us", "phone": None, "isGroup": True}


async def written(
    system: System, clients: FakeClients, body: str, empresa_id: int = 5, **other: Any
) -> int:
    """Somebody writes, and it is stored: its number."""
    ear = await listening(system, empresa_id)
    clients.entries += 1
    clients.running[empresa_id].report(said(clients.entries, body, **other))
    seq: int = (await ear.hears("message", text=body))["seq"]
    system.leave(empresa_id, ear.listener)
    return seq


async def chosen(
    system: System, name: str, settings: dict[str, Any] | None = None, empresa_id: int = 5
) -> None:
    document = {"handler": name, "settings": settings}
    assert await system.handlers.put(empresa_id, document) is not None


async def until(system: System, is_so: Callable[[HandlerView], bool]) -> HandlerView:
    async with asyncio.timeout(DEADLINE):
        while True:
            view = await system.handlers.get(5)
            assert view is not None
            if is_so(view):
                return view
            # It says how it fares to who asks, and to nobody else.
            await asyncio.sleep(0.01)


async def dealt_with(system: System, seq: int) -> None:
    await until(system, lambda view: view.position >= seq)


async def answered(clients: FakeClients, times: int = 1, empresa_id: int = 5) -> Send:
    """Wait for so many messages to send, and confirm the last: the next may follow."""
    send = await asyncio.to_thread(clients.sent, empresa_id, times)
    clients.running[empresa_id].answer(send)
    return send


def bodies(clients: FakeClients, empresa_id: int = 5) -> list[str]:
    return [send.content["text"].partition(" (")[0] for send in clients.sends[empresa_id]]
