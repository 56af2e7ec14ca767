"""Shops with a browser each, their phones, and the customers that write to them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from websockets.asyncio.client import ClientConnection, connect

#: Seconds for anything that is waited for.
DEADLINE = 180.0
CUSTOMER = "+5511911119999"
#: Seconds between two looks.
_PAUSE = 0.005


@dataclass
class Shop:
    """One empresa's browser, and when it heard what first."""

    empresa_id: int
    server: str
    """The server's URL."""
    phones: str
    """The URL of the simulator's admin API."""
    http: httpx.AsyncClient
    qr: str | None = None
    heard: dict[str, float] = field(default_factory=dict)
    said: dict[str, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    texts: int = 0
    """That it has heard."""
    sent: dict[str, float] = field(default_factory=dict)
    """When it asked for the message of this id to be sent."""
    delivered: dict[str, float] = field(default_factory=dict)
    """When it heard that the customer's phone has it."""

    @property
    def number(self) -> str:
        """Of the phone."""
        return f"+5521988{self.empresa_id:06}"

    async def open(self) -> ClientConnection:
        """Open the browser's WebSocket."""
        address = self.server.replace("http", "ws", 1)
        # No ping of ours: with hundreds it would be work that no browser makes.
        return await connect(
            f"{address}/ws?empresa_id={self.empresa_id}",
            proxy=None,
            open_timeout=DEADLINE,
            ping_interval=None,
        )

    async def listen(self, socket: ClientConnection) -> None:
        """Note the time of each frame, until the connection ends."""
        async for text in socket:
            now, frame = time.monotonic(), json.loads(text)
            kind, data = frame["type"], frame.get("data")
            if kind == "qr" and self.qr is None:
                self.qr = data
                self.heard["qr"] = now
            elif kind == "status" and data["connected"]:
                self.heard.setdefault("connected", now)
            elif kind == "message":
                self.texts += 1
                if (said := self.said.pop(data["text"], None)) is not None:
                    self.latencies.append(now - said)
            elif kind == "message_state" and data["state"] == "delivered":
                self.delivered[data["id"]] = now

    async def connect(self) -> None:
        """Ask the server to connect it."""
        await self._post(f"{self.server}/api/bot/connect/{self.empresa_id}", None)

    async def scan(self) -> None:
        """Let the phone scan the QR that the browser shows."""
        await self._post(f"{self.phones}/scan", {"number": self.number, "image": self.qr})

    async def say(self, text: str) -> None:
        """Let the customer write, and remember when."""
        self.said[text] = time.monotonic()
        await self._post(f"{self.phones}/say", {"from": CUSTOMER, "to": self.number, "text": text})

    async def say_many(self, text: str, count: int) -> None:
        """Let the customer write so many, as fast as the phone can."""
        body = {"from": CUSTOMER, "to": self.number, "text": text, "count": count}
        await self._post(f"{self.phones}/say", body)

    async def send(self, text: str) -> None:
        """Ask the server to send to the customer, and remember when."""
        asked = time.monotonic()
        body = {"to": CUSTOMER, "type": "text", "text": text}
        path = f"/api/empresas/{self.empresa_id}/messages"
        answer = await self._post(f"{self.server}{path}", body)
        self.sent[answer.json()["id"]] = asked

    async def received(self, after: int) -> list[str]:
        """The ids of what the customer's phone has decrypted, but for the first so many."""
        url = f"{self.phones}/received?number={CUSTOMER[1:]}&after={after}"
        found = (await self.http.get(url)).raise_for_status().json()
        return [message["id"] for message in found["messages"]]

    async def is_connected(self) -> bool:
        """Whether the server says so."""
        try:
            answer = await self.http.get(f"{self.server}/api/bot/status/{self.empresa_id}")
        except httpx.TransportError:
            return False
        return answer.is_success and bool(answer.json()["connected"])

    async def _post(self, url: str, body: object) -> httpx.Response:
        return (await self.http.post(url, json=body)).raise_for_status()


async def until(met: Callable[[], bool]) -> None:
    """Wait until it is true; TimeoutError after the deadline."""
    async with asyncio.timeout(DEADLINE):
        while not met():  # noqa: ASYNC110 - one look for many sockets
            await asyncio.sleep(_PAUSE)


async def until_connected(shops: list[Shop]) -> None:
    """Wait for one after the other: few questions, and it ends when the last one is connected."""
    async with asyncio.timeout(DEADLINE):
        for shop in shops:
            while not await shop.is_connected():  # noqa: ASYNC110 - the server is asked
                await asyncio.sleep(_PAUSE)
