"""Profile pictures: asked for, fetched, kept for a while."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

import pytest

from actors import pictures
from actors.errors import EmpresaNotConnected, PictureUnreachable, Refusal, Unavailable
from actors.pictures import FRESH_SECONDS, NONE_SECONDS, Picture, Pictures
from media.errors import MediaUrlTooSlow

OWN, CHAT, URL = "+5521999990001", "999@lid", "https://pps.whatsapp.net/1"
JPEG = b"\xff\xd8\xff picture"


P = ParamSpec("P")


def on_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    @functools.wraps(test)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        asyncio.run(test(*arguments, **named))

    return run


class Album:
    """Pictures with a WhatsApp and a site that do as a test tells them."""

    def __init__(self) -> None:
        self.url: str | None = URL
        self.data: bytes | Exception = JPEG
        self.refusal: Refusal | None = None
        self.asked = 0
        self.time = 0.0
        files: Any = self
        self.pictures = Pictures(self._find_url, files, lambda: self.time)

    async def get(self, chat: str = CHAT, empresa_id: int = 5) -> bytes | None:
        found = await self.pictures.get(empresa_id, OWN, chat)
        return found.data if found else None

    async def _find_url(self, empresa_id: int, chat: str) -> str | None:
        del empresa_id, chat
        self.asked += 1
        await asyncio.sleep(0)
        if self.refusal is not None:
            raise self.refusal
        return self.url

    async def fetch_bytes(self, url: str, limit: int) -> bytes:
        assert (url, limit) == (URL, 1024 * 1024)
        if isinstance(self.data, Exception):
            raise self.data
        return self.data


@on_loop
async def test_a_picture_is_asked_for_once_however_many_want_it() -> None:
    album = Album()
    assert await asyncio.gather(*(album.get() for _ in range(10))) == [JPEG] * 10
    assert await album.pictures.get(5, OWN, CHAT) == Picture(JPEG, "image/jpeg")
    assert album.asked == 1
    await album.get("1@lid")
    await album.get(empresa_id=6)
    assert album.asked == 3


@on_loop
async def test_it_is_asked_for_again_when_it_is_old() -> None:
    album = Album()
    await album.get()
    album.time += FRESH_SECONDS
    album.data = JPEG + b"new"
    assert await album.get() == JPEG + b"new"


@on_loop
async def test_that_there_is_none_is_remembered_for_a_while_too() -> None:
    album = Album()
    album.url = None
    assert [await album.get(), await album.get()] == [None, None]
    assert album.asked == 1
    album.time += NONE_SECONDS
    album.url = URL
    assert await album.get() == JPEG


@pytest.mark.parametrize("refusal", [EmpresaNotConnected(), Unavailable()])
@on_loop
async def test_an_old_one_is_better_than_none_while_nobody_can_be_asked(refusal: Refusal) -> None:
    album = Album()
    album.refusal = refusal
    with pytest.raises(type(refusal)):
        await album.get()
    album.refusal = None
    await album.get()
    album.time += FRESH_SECONDS
    album.refusal = refusal
    assert await album.get() == JPEG


@pytest.mark.parametrize("data", [MediaUrlTooSlow(), b"", b"<svg>", b"<html><script>", b"GIF88"])
@on_loop
async def test_what_is_not_handed_over_or_is_no_picture_is_refused(data: bytes | Exception) -> None:
    album = Album()
    album.data = data
    with pytest.raises(PictureUnreachable):
        await album.get()


@on_loop
async def test_of_an_erased_empresa_none_is_kept() -> None:
    album = Album()
    await album.get()
    await album.get(empresa_id=6)
    on_its_way = asyncio.create_task(album.get("1@lid"))
    await asyncio.sleep(0)
    album.pictures.forget(5)
    assert await on_its_way == JPEG
    assert [key[0] for key in album.pictures._kept] == [6]


@on_loop
async def test_what_is_kept_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "KEPT_BYTES", 5 * 2048)
    album = Album()
    for number in range(50):
        await album.get(f"{number}@lid")
    assert album.pictures._size == sum(kept.size for kept in album.pictures._kept.values())
    assert album.pictures._size <= 5 * 2048
    assert (5, OWN, "49@lid") in album.pictures._kept
