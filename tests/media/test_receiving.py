"""Files of messages, from WhatsApp's servers into the store; the servers are the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from media import kinds
from media.errors import MediaBudgetSpent
from media.intake import Taken
from media.policy import Patience
from media.receiving import Receiving
from media.remote_file import NotReceived, RemoteFile
from media.retention import Limits
from media.store import MediaStore
from media.whatsapp_site import WhatsappSite
from tests.media.sealed import Sealed, seal
from tests.media.shelves import files, opened, read
from tests.media.site import Page, Site, answer, redirect
from tests.media.test_kinds import FILES

PDF = b"%PDF-1.7 " + b"a proposta " * 20_000
PATIENT = Patience()
HURRIED = Patience(answer=0.3, grace=0.1)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


async def nothing_to_do(_size: int) -> None:
    """There is room."""


async def receive(
    store: MediaStore,
    file: RemoteFile,
    pages: Mapping[str, Page],
    make_room: Callable[[int], Awaitable[None]] = nothing_to_do,
    name: str = "proposta.pdf",
    patience: Patience = PATIENT,
) -> Taken:
    async with Site(pages) as site:
        whatsapp = WhatsappSite(f"http://127.0.0.1:{site.port}", patience)
        try:
            return await Receiving(store, whatsapp).receive(5, file, name, make_room)
        finally:
            whatsapp.close()


def received(
    folder: Path,
    sealed: Sealed,
    page: Page | None = None,
    name: str = "a.pdf",
    patience: Patience = PATIENT,
) -> Taken:
    file, store = sealed.file, opened(folder)
    pages = {file.target: answer(sealed.box) if page is None else page}
    try:
        taken = asyncio.run(receive(store, file, pages, name=name, patience=patience))
        assert read(store, taken.digest)
    finally:
        assert list((folder / "tmp").iterdir()) == []
        store.close()
    return taken


def missed(
    folder: Path, sealed: Sealed, page: Page, patience: Patience = PATIENT
) -> tuple[str, str]:
    with pytest.raises(NotReceived) as error:
        received(folder, sealed, page, patience=patience)
    assert files(folder) == {}
    return error.value.reason, error.value.fate


def test_a_file_is_stored_decrypted_under_its_hash_and_told_by_its_bytes(tmp_path: Path) -> None:
    sealed = seal(PDF)
    taken = received(tmp_path, sealed, name="..\\pasta/proposta.pdf")
    assert (taken.digest, taken.size) == (sealed.source["sha256"], len(PDF))
    assert (taken.kind, taken.file_name) == (kinds.PDF, "proposta.pdf")
    assert list(files(tmp_path).values()) == [PDF]


def test_an_mp4_that_came_as_a_sound_is_one(tmp_path: Path) -> None:
    body = FILES["MP4"][0] + bytes(100)
    assert received(tmp_path, seal(body, "audio")).kind == kinds.M4A
    assert received(tmp_path, seal(body, "video")).kind == kinds.MP4


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "410 Gone"])
def test_what_whatsapp_does_not_hold_any_more_has_expired(tmp_path: Path, status: str) -> None:
    assert missed(tmp_path, seal(PDF), answer(status=status)) == ("expired", "expired")


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Slow down", "401 Who", "206 Part"])
def test_any_other_answer_is_tried_again(tmp_path: Path, status: str) -> None:
    page = answer(b"x", status=status)
    assert missed(tmp_path, seal(PDF), page) == (f"status_{status[:3]}", "later")


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    assert missed(tmp_path, seal(PDF), redirect("http://127.0.0.1/")) == ("status_302", "later")


def test_what_is_larger_than_its_message_says_is_not_even_read(tmp_path: Path) -> None:
    sealed = seal(PDF)
    page = answer(b"", Content_Length=str(len(sealed.box) + 16))
    assert missed(tmp_path, sealed, page) == ("damaged", "failed")


@pytest.mark.parametrize("size", [1, len(PDF) - 1, len(PDF) + 1, 10**18])
def test_a_size_that_is_not_the_files_is_found_out(tmp_path: Path, size: int) -> None:
    sealed = seal(PDF)
    lying = Sealed(sealed.source | {"size": size}, sealed.box)
    reason, fate = missed(tmp_path, lying, answer(sealed.box))
    assert (reason, fate) in {("damaged", "failed"), ("too_large", "failed")}


def test_a_file_of_which_nobody_said_the_size_is_taken(tmp_path: Path) -> None:
    sealed = seal(PDF)
    assert received(tmp_path, Sealed(sealed.source | {"size": 0}, sealed.box)).size == len(PDF)


def test_other_bytes_than_those_of_the_message_are_none(tmp_path: Path) -> None:
    sealed = seal(PDF)
    assert missed(tmp_path, sealed, answer(sealed.box[:-1] + b"!")) == ("damaged", "failed")


def test_an_empty_file_is_none(tmp_path: Path) -> None:
    sealed = seal(b"")
    assert missed(tmp_path, sealed, answer(sealed.box)) == ("empty", "failed")


def test_an_answer_that_breaks_off_or_never_ends_is_tried_again(tmp_path: Path) -> None:
    sealed = seal(PDF)
    whole = answer(sealed.box)

    async def stops(writer: asyncio.StreamWriter) -> None:
        writer.write(whole[:-5])
        await writer.drain()
        await asyncio.sleep(3600)

    assert missed(tmp_path, sealed, whole[:-5]) == ("broken", "later")
    assert missed(tmp_path, sealed, stops, HURRIED) == ("too_slow", "later")


def test_a_server_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site({}) as site:
            port = site.port
        whatsapp, store = WhatsappSite(f"http://127.0.0.1:{port}"), opened(tmp_path)
        try:
            receiving = Receiving(store, whatsapp)
            with pytest.raises(NotReceived) as error:
                await receiving.receive(5, seal(PDF).file, "", nothing_to_do)
            assert (error.value.reason, error.value.fate) == ("unreachable", "later")
        finally:
            whatsapp.close()
            store.close()

    asyncio.run(story())


def test_room_is_made_for_what_really_comes_and_not_before_it_does(tmp_path: Path) -> None:
    sealed, asked = seal(PDF), list[int]()

    async def make_room(size: int) -> None:
        asked.append(size)

    store = opened(tmp_path)
    try:
        pages = {sealed.file.target: answer(sealed.box)}
        asyncio.run(receive(store, sealed.file, pages, make_room))
        gone = {sealed.file.target: answer(status="404 Not Found")}
        with pytest.raises(NotReceived):
            asyncio.run(receive(store, sealed.file, gone, make_room))
    finally:
        store.close()
    assert asked == [len(sealed.box)]


def test_the_budget_holds_and_a_file_beyond_all_of_it_is_not_asked_for(tmp_path: Path) -> None:
    sealed, file = seal(PDF), seal(PDF).file
    unsaid = RemoteFile.of(sealed.source | {"size": 0})
    store = opened(tmp_path, Limits(budget=len(PDF) - 1, days=0))
    try:
        with pytest.raises(NotReceived, match="too_large"):
            asyncio.run(receive(store, file, {}))
        with pytest.raises(MediaBudgetSpent):
            asyncio.run(receive(store, unsaid, {unsaid.target: answer(sealed.box)}))
        assert store.used(5) == 0
    finally:
        store.close()


def test_it_goes_by_the_proxy_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = seal(PDF)

    async def story() -> list[str]:
        # Of plain HTTP a proxy is asked for the whole address.
        pages = {f"http://mmg.whatsapp.net{sealed.file.target}": answer(sealed.box)}
        async with Site(pages) as site:
            monkeypatch.setenv("http_proxy", f"http://loja:a%20b@127.0.0.1:{site.port}")
            whatsapp, store = WhatsappSite("http://mmg.whatsapp.net"), opened(tmp_path)
            try:
                receiving = Receiving(store, whatsapp)
                await receiving.receive(5, sealed.file, "", nothing_to_do)
            finally:
                whatsapp.close()
                store.close()
            return site.requests

    (request,) = asyncio.run(story())
    assert "Proxy-Authorization: Basic bG9qYTphIGI=" in request
    assert list(files(tmp_path).values()) == [PDF]


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://127.0.0.1:70000", "http://[::1"])
def test_a_proxy_that_is_none_of_ours_is_not_gone_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    store = opened(tmp_path)
    whatsapp = WhatsappSite("http://mmg.whatsapp.net")
    try:
        receiving = Receiving(store, whatsapp)
        with pytest.raises(NotReceived, match="proxy_not_supported"):
            asyncio.run(receiving.receive(5, seal(PDF).file, "", nothing_to_do))
    finally:
        whatsapp.close()
        store.close()
