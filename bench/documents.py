"""Large documents, sent and received by many empresas at once, and a neighbour's texts meanwhile.

    python -m bench.documents [--empresas 20] [--mib 64] [--markdown docs/documents.md]

The real neonize against the simulator. Prints the report as JSON. Ends with 1 if a document did not
arrive byte for byte, if server and workers took more than 1 GiB above what they have idle or kept
some of it, or if a text of the neighbour's took longer than a second.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench import kernel
from bench.measuring import our_server
from bench.rendering import cell, grid
from bench.shops import CUSTOMER, Shop, until
from bench.stage import Plan, Stage, stage

#: Bytes that server and workers may take above what they have idle, and keep half a minute later.
MOST_ABOVE, MOST_KEPT = 1024 * kernel.MIB, 128 * kernel.MIB
KEPT_SECONDS = 30.0
#: Seconds that a text of the neighbour's may take, and between two of them.
MOST_SECONDS = 1.0
PAUSE = 0.5
#: Seconds for the documents of all.
PATIENCE = 900.0


@dataclass
class Part:
    """One way, sent or received: what it took, and what the neighbour noticed."""

    way: str
    documents: int
    seconds: float = 0.0
    whole: int = 0
    """Documents that arrived byte for byte."""
    idle: int = 0
    """Bytes of server and workers before."""
    above: int = 0
    """Bytes above that, the most."""
    kept: int = 0
    """Bytes above that, once it has settled."""
    texts_in: list[float] = field(default_factory=list)
    texts_out: list[float] = field(default_factory=list)
    """Seconds of each of the neighbour's, to its WebSocket and to the customer's receipt."""
    failures: list[str] = field(default_factory=list)

    def wrong(self) -> list[str]:
        """What does not hold."""
        held = {
            "documents are missing": self.whole == self.documents,
            "too much memory": self.above <= MOST_ABOVE,
            "memory is kept": self.kept <= MOST_KEPT,
            "no text came meanwhile": bool(self.texts_in and self.texts_out),
            "a text was late": max([*self.texts_in, *self.texts_out, 0]) <= MOST_SECONDS,
        }
        return [*(what for what, is_held in held.items() if not is_held), *self.failures]


@asynccontextmanager
async def watched(it: Stage, neighbour: Shop, part: Part) -> AsyncIterator[None]:
    """Within, the neighbour writes and is written to, and the memory is looked at."""
    part.idle = await size_of(it)
    tasks = [asyncio.create_task(each) for each in (talk(neighbour, part), look(it, part))]
    begun = time.monotonic()
    try:
        yield
    finally:
        part.seconds = time.monotonic() - begun
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    part.failures += [repr(each) for each in ended if isinstance(each, Exception)]
    end = time.monotonic() + KEPT_SECONDS
    part.kept = await size_of(it) - part.idle
    while part.kept > MOST_KEPT and time.monotonic() < end:
        await asyncio.sleep(1.0)
        part.kept = await size_of(it) - part.idle


async def talk(neighbour: Shop, part: Part) -> None:
    """A text in and one out, again and again."""
    for number in range(sys.maxsize):
        begun, heard = time.monotonic(), len(neighbour.latencies)
        before = set(neighbour.sent)
        await neighbour.say(f"{part.way} {number}")
        await neighbour.send(f"Resposta {number}")
        (sent,) = set(neighbour.sent) - before
        await until(there(neighbour, heard, sent))
        part.texts_in.append(neighbour.latencies[-1])
        part.texts_out.append(neighbour.delivered[sent] - neighbour.sent[sent])
        await asyncio.sleep(max(0.0, begun + PAUSE - time.monotonic()))


def there(neighbour: Shop, heard: int, sent: str) -> Callable[[], bool]:
    """Whether both texts have come."""
    return lambda: len(neighbour.latencies) > heard and sent in neighbour.delivered


async def look(it: Stage, part: Part) -> None:
    """At the memory, twice a second."""
    while True:
        part.above = max(part.above, await size_of(it) - part.idle)
        await asyncio.sleep(PAUSE)


async def size_of(it: Stage) -> int:
    """PSS of server and workers, in bytes."""
    return await asyncio.to_thread(kernel.pss, it.server.pid)


async def send_all(shops: list[Shop], file: Path, http: httpx.AsyncClient) -> int:
    """Each sends it as a form, all at once; how many customers' phones have exactly that."""

    async def send(shop: Shop) -> str:
        url = f"{shop.server}/api/empresas/{shop.empresa_id}/messages"
        with file.open("rb") as opened:
            answer = await http.post(
                url,
                data={"message": json.dumps({"to": CUSTOMER, "type": "document"})},
                files={"file": (f"{shop.empresa_id}.pdf", opened)},
            )
        message: str = answer.raise_for_status().json()["id"]
        async with asyncio.timeout(PATIENCE):
            while message not in shop.delivered:  # noqa: ASYNC110 - it is heard elsewhere
                await asyncio.sleep(0.05)
        return message

    await asyncio.gather(*map(send, shops))
    url = f"{shops[0].phones}/received?number={CUSTOMER[1:]}"
    received = (await http.get(url)).raise_for_status().json()["messages"]
    digest = digest_of(file)
    names = {each["media"]["fileName"] for each in received if is_whole(each, digest)}
    return len(names & {f"{shop.empresa_id}.pdf" for shop in shops})


def is_whole(message: dict[str, Any], digest: str) -> bool:
    """Whether a phone could decrypt that file."""
    return bool((message.get("media") or {}).get("sha256") == digest)


async def receive_all(
    shops: list[Shop], message: dict[str, Any], digest: str, http: httpx.AsyncClient
) -> int:
    """The customer sends the same message to each, all at once; how many serve exactly its file."""
    for shop in shops:
        body = {"from": CUSTOMER, "to": shop.number, "message": message}
        (await http.post(f"{shop.phones}/send", json=body)).raise_for_status()
    return sum(await asyncio.gather(*(is_served(shop, digest, http) for shop in shops)))


async def is_served(shop: Shop, digest: str, http: httpx.AsyncClient) -> bool:
    """Whether what it was sent is there in the end, and is that."""
    path = f"{shop.server}/api/empresas/{shop.empresa_id}/events?type=media_state&wait=30"
    async with asyncio.timeout(PATIENCE):
        while not (events := (await http.get(path)).raise_for_status().json()["events"]):
            pass
    media = events[-1]["data"]["media"]
    return bool(media["state"] == "ready" and media["sha256"] == digest)


async def send_to(neighbour: Shop, data: bytes, http: httpx.AsyncClient) -> dict[str, Any]:
    """The customer sends a file to the neighbour; the message that brings it, for others too."""
    text = base64.b64encode(data).decode()
    body = {"from": CUSTOMER, "to": neighbour.number, "type": "document", "base64": text}
    sent = (await http.post(f"{neighbour.phones}/send-file", json=body)).raise_for_status().json()
    url = f"{neighbour.phones}/received?number={neighbour.number[1:]}"
    received = (await http.get(url)).raise_for_status().json()["messages"]
    return {
        "documentMessage": next(each["content"] for each in received if each["id"] == sent["id"])
    }


def digest_of(file: Path) -> str:
    """SHA-256, in hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


async def measure(empresas: int, mib: int, folder: Path) -> list[Part]:
    """Both parts, with a server of its own."""
    file = folder / "documento.pdf"
    data = b"%PDF-1.7" + os.urandom(mib * kernel.MIB - 8)
    file.write_bytes(data)
    plan = Plan((empresas + 1,), 0.0, our_server(is_merging=False))
    async with (
        stage(plan, empresas + 1) as it,
        httpx.AsyncClient(timeout=PATIENCE, limits=httpx.Limits(max_connections=None)) as http,
    ):
        await it.pair()
        for shop in it.shops:  # who has written is answered at once
            await shop.say("oi")
        await until(lambda: all(shop.texts for shop in it.shops))
        *shops, neighbour = it.shops
        parts = [Part("sent", empresas), Part("received", empresas)]
        async with watched(it, neighbour, parts[0]):
            parts[0].whole = await send_all(shops, file, http)
        message, digest = await send_to(neighbour, data, http), digest_of(file)
        await is_served(neighbour, digest, http)
        async with watched(it, neighbour, parts[1]):
            parts[1].whole = await receive_all(shops, message, digest, http)
    return parts


def markdown(command: str, parts: list[Part], mib: int) -> str:
    """The report as a page."""
    rows = [
        {
            "documents": part.way,
            "empresas": part.documents,
            "arrived whole": part.whole,
            "all there after, s": round(part.seconds),
            "idle before, MiB": part.idle // kernel.MIB,
            "the most above idle, MiB": part.above // kernel.MIB,
            "kept, MiB": part.kept // kernel.MIB,
            "neighbour's texts": len(part.texts_in) + len(part.texts_out),
            "slowest in, ms": round(1000 * max(part.texts_in, default=0)),
            "slowest out, ms": round(1000 * max(part.texts_out, default=0)),
            "holds": "; ".join(part.wrong()) or "yes",
        }
        for part in parts
    ]
    names = list(rows[0])
    table = grid(
        [names, ["---"] * len(names), *([cell(value) for value in row.values()] for row in rows)]
    )
    return (
        f"# Large documents\n\nPrinted by `{command}` on {time.strftime('%Y-%m-%d')}, with the "
        f"real neonize against the simulator: a document of {mib} MiB to or from a customer of "
        "each empresa, all at once, while a neighbour's customer writes and is answered twice a "
        "second. Memory is that of the server with its workers (PSS); the slowest text in is from "
        "the customer's phone to the WebSocket, out from the POST to the receipt of the "
        f"customer's phone.\n\n{table}\n"
    )


def main() -> int:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--empresas", type=int, default=20)
    parser.add_argument("--mib", type=int, default=64)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        parts = asyncio.run(measure(arguments.empresas, arguments.mib, Path(name)))
    command = " ".join(["python -m bench.documents", *sys.argv[1:]])
    if arguments.markdown:
        arguments.markdown.write_text(markdown(command, parts, arguments.mib))
    print(json.dumps([{**asdict(part), "wrong": part.wrong()} for part in parts], indent=1))
    return 1 if any(part.wrong() for part in parts) else 0


if __name__ == "__main__":
    sys.exit(main())
