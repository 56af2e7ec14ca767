"""Files that messages bring, from their event to the store, with the fake port on a database."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors import receiver
from actors.incoming import MediaState
from actors.system import System
from media.errors import MediaNotFound
from media.whatsapp_site import WhatsappSite
from tests.actors.running_system import A, B, Ear, connected, listening, play
from tests.fake_clients import FakeClients, brought
from tests.media.sealed import Sealed, seal
from tests.simulator.real.waiting import wait_until
from tests.web.files_site import FilesSite, files_site

PDF = b"%PDF-1.7 a proposta"
ID = "0123456789abcdef" * 2


@pytest.fixture(name="site")
def _site() -> Iterator[FilesSite]:
    with files_site({}) as site:
        yield site


def whatsapp(site: FilesSite) -> WhatsappSite:
    return WhatsappSite(site.url(""))


def offered(site: FilesSite, data: bytes = PDF, path: str = "/v/a?x=1") -> Sealed:
    """A file that the site gives."""
    sealed = seal(data, path=path)
    site.files[sealed.file.target] = sealed.box
    return sealed


async def hears(ear: Ear, media_id: str = ID) -> dict[str, Any]:
    def fits(frame: dict[str, Any]) -> bool:
        is_end: bool = frame["type"] == "media_state"
        return is_end and media_id in str(frame["data"])

    await ear.until(lambda ear: any(map(fits, ear.frames)))
    (frame,) = filter(fits, ear.frames)
    data: dict[str, Any] = frame["data"]
    return data


async def read(system: System, digest: str, empresa_id: int = 5) -> bytes:
    with await system.files.open(empresa_id, digest) as file:
        return await system.files.read(file, 10**6)


async def state(system: System, media_id: str = ID) -> MediaState:
    return (await system.files.received(5, media_id)).state


def test_a_file_is_fetched_and_told_with_all_that_is_known_of_it(
    tmp_path: Path, site: FilesSite
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        clients.running[5].report(brought(1, offered(site).source, ID, "../a b.pdf"))
        message = await ear.hears("message")
        assert "source" not in str(message["data"])
        data = await hears(ear)
        digest = hashlib.sha256(PDF).hexdigest()
        assert (data["messageId"], data["chat"]["id"]) == ("ID1", "999@lid")
        told = {name: data["media"][name] for name in ("state", "mimeType", "size", "fileName")}
        assert told == {
            "state": "ready",
            "mimeType": "application/pdf",
            "size": len(PDF),
            "fileName": "a b.pdf",
        }
        assert data["media"]["sha256"] == digest
        assert (await system.files.received(5, ID)).media == data["media"]
        assert await read(system, digest) == PDF

    play(tmp_path, story, site=whatsapp(site))


def test_another_empresa_has_neither_the_id_nor_the_file(tmp_path: Path, site: FilesSite) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await connected(system, clients, 6, B)
        ear = await listening(system, 5)
        clients.running[5].report(brought(1, offered(site).source, ID))
        digest = (await hears(ear))["media"]["sha256"]
        with pytest.raises(MediaNotFound):
            await system.files.received(6, ID)
        with pytest.raises(MediaNotFound):
            await system.files.open(6, digest)

    play(tmp_path, story, site=whatsapp(site))


def test_what_whatsapp_does_not_hold_any_more_is_expired(tmp_path: Path, site: FilesSite) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        clients.running[5].report(brought(1, seal(PDF).source, ID))
        assert (await hears(ear))["media"]["state"] == "expired"
        assert await state(system) is MediaState.EXPIRED

    play(tmp_path, story, site=whatsapp(site))


def test_what_fails_of_something_that_passes_is_tried_again(
    tmp_path: Path, site: FilesSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "FIRST_RETRY", 0.01)
    sealed = offered(site)
    site.statuses[sealed.file.target] = 503

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        clients.running[5].report(brought(1, sealed.source, ID))
        await asyncio.to_thread(wait_until, lambda: len(site.asked) > 2)
        assert await state(system) is MediaState.PENDING
        site.statuses.clear()
        assert (await hears(ear))["media"]["state"] == "ready"

    play(tmp_path, story, site=whatsapp(site))


def test_what_a_stranger_made_up_fails_and_leads_nowhere(tmp_path: Path, site: FilesSite) -> None:
    source = offered(site).source | {"path": f"@127.0.0.1:{site.port}/v/a?x=1"}

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        clients.running[5].report(brought(1, source, ID))
        assert (await hears(ear))["media"]["state"] == "failed"
        clients.running[5].report(brought(2, None, ID[::-1]))
        await ear.until(lambda ear: ear.frames[-1]["type"] == "message")
        assert await state(system, ID[::-1]) is MediaState.FAILED
        assert site.asked == []

    play(tmp_path, story, site=whatsapp(site))


def test_the_next_server_fetches_what_this_one_has_not(tmp_path: Path, site: FilesSite) -> None:
    sealed = offered(site)
    site.gate.clear()

    async def first(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        clients.running[5].report(brought(1, sealed.source, ID))
        await asyncio.to_thread(wait_until, lambda: site.asked)

    async def second(system: System, _clients: FakeClients) -> None:
        site.gate.set()
        ear = await listening(system, 5, since=0)
        assert (await hears(ear))["media"]["state"] == "ready"
        assert await read(system, sealed.source["sha256"]) == PDF

    clients = play(tmp_path, first, site=whatsapp(site))
    assert list((tmp_path / "media" / "tmp").iterdir()) == []
    play(tmp_path, second, clients, site=whatsapp(site))


def test_a_receiver_that_dies_has_a_successor_that_goes_on(tmp_path: Path, site: FilesSite) -> None:
    sealed = offered(site)
    site.gate.clear()

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        clients.running[5].report(brought(1, sealed.source, ID))
        await asyncio.to_thread(wait_until, lambda: site.asked)
        (actor,) = (each for each in system.tree.look() if each.class_name == "ReceiverActor")
        await system.tree.restart(actor.urn)
        site.gate.set()
        assert (await hears(ear))["media"]["state"] == "ready"

    play(tmp_path, story, site=whatsapp(site))


def test_one_empresa_with_many_files_does_not_hold_up_another(
    tmp_path: Path, site: FilesSite
) -> None:
    many = [seal(PDF, path=f"/slow/{number}") for number in range(6)]
    site.gate.clear()

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await connected(system, clients, 6, B)
        for number, sealed in enumerate(many, 1):
            clients.running[5].report(brought(number, sealed.source, f"{number:032}"))
        await asyncio.to_thread(wait_until, lambda: len(site.asked) == receiver.EACH_AT_ONCE)
        clients.running[6].report(brought(1, offered(site).source, ID))
        await asyncio.to_thread(wait_until, lambda: "/v/a" in site.asked[-1])
        assert len(site.asked) == receiver.EACH_AT_ONCE + 1
        site.gate.set()
        ear = await listening(system, 6, since=0)
        assert (await hears(ear))["media"]["state"] == "ready"
        ear = await listening(system, 5, since=0)
        await ear.until(lambda ear: _ends(ear) == len(many))

    play(tmp_path, story, site=whatsapp(site))


def _ends(ear: Ear) -> int:
    return sum(frame["type"] == "media_state" for frame in ear.frames)


def test_an_erased_empresa_leaves_neither_file_nor_what_was_under_way(
    tmp_path: Path, site: FilesSite
) -> None:
    sealed = offered(site)
    site.gate.clear()

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        clients.running[5].report(brought(1, sealed.source, ID))
        await asyncio.to_thread(wait_until, lambda: site.asked)
        await system.erase(5)
        await ear.until(lambda ear: ear.closed is not None)
        site.gate.set()
        temporary = tmp_path / "media" / "tmp"
        await asyncio.to_thread(wait_until, lambda: list(temporary.iterdir()) == [])
        assert list((tmp_path / "media" / "store").iterdir()) == []

    play(tmp_path, story, site=whatsapp(site))
