from __future__ import annotations

import asyncio
import io
import ipaddress
import ssl
import threading
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from media import errors, kinds
from media.fetching import Fetcher
from media.intake import Intake, Taken
from media.policy import Policy
from media.writer import HEAD_BYTES, Writer
from tests.media.shelves import assert_sound, digest_of, files, opened, read
from tests.media.site import Page, Site, answer
from tests.media.test_kinds import picture

LOOPBACK = (ipaddress.IPv4Network("127.0.0.0/8"),)
PNG = picture("PNG")


class Place:
    """A store in a folder, and what came into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = opened(path)

    def fetched(self, page: Page, message_type: str = "image") -> Taken:
        async def run() -> Taken:
            async with Site({"/carro.png": page}) as site:
                policy = Policy(LOOPBACK, frozenset({site.port}))
                url = f"http://127.0.0.1:{site.port}/carro.png"
                return await self._with(lambda intake: intake.fetch(5, message_type, url), policy)

        return asyncio.run(run())

    def taken(self, *chunks: bytes, message_type: str = "image", name: str = "a.png") -> Taken:
        return asyncio.run(
            self._with(lambda intake: intake.take(5, message_type, name, brought(*chunks)))
        )

    async def _with(
        self, use: Callable[[Intake], Awaitable[Taken]], policy: Policy | None = None
    ) -> Taken:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        fetcher = Fetcher(policy or Policy(), tls=tls)
        intake = Intake(self.store, fetcher)
        try:
            return await use(intake)
        finally:
            intake.close()
            fetcher.close()

    def assert_empty(self) -> None:
        assert_sound(self.store, self.path)
        assert files(self.path) == {}


async def brought(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "media")
    yield made
    made.store.close()


def test_what_a_url_leads_to_is_in_the_store_under_its_own_kind_and_name(place: Place) -> None:
    taken = place.fetched(answer(PNG, Content_Type="text/html"))
    assert taken == Taken(digest_of(PNG), len(PNG), kinds.PNG, "carro.png")
    assert read(place.store, taken.digest) == PNG


def test_what_somebody_brings_is_in_the_store(place: Place) -> None:
    taken = place.taken(PNG[:10], PNG[10:], name="../carro:1.png")
    assert taken == Taken(digest_of(PNG), len(PNG), kinds.PNG, "carro_1.png")
    assert read(place.store, taken.digest) == PNG


def test_a_large_document_streams_through(place: Place) -> None:
    body = b"%PDF-" + bytes(3_000_000)
    assert place.fetched(answer(body), "document").digest == digest_of(body)


def test_a_recording_is_stored_as_the_voice_note_that_it_becomes_and_as_nothing_else(
    place: Place,
) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    taken = place.taken(sound.getvalue(), message_type="voice", name="recado.wav")
    assert (taken.kind, taken.file_name) == (kinds.OPUS, "recado.wav")
    assert list(files(place.path).values()) == [read(place.store, taken.digest)]
    assert b"OpusHead" in read(place.store, taken.digest)
    assert_sound(place.store, place.path)


def test_a_recording_that_cannot_be_converted_leaves_nothing(place: Place) -> None:
    with pytest.raises(errors.MediaNotConvertible):
        place.taken(b"RIFF" + bytes(4) + b"WAVE", message_type="voice", name="a.wav")
    place.assert_empty()


def test_a_picture_that_is_none_leaves_nothing(place: Place) -> None:
    with pytest.raises(errors.MediaTypeNotSupported):
        place.fetched(answer(b"<html>login</html>"))
    with pytest.raises(errors.MediaTypeNotSupported):
        place.taken(b"%PDF-1.7")
    place.assert_empty()


def test_a_wrong_kind_is_refused_by_its_head_and_the_rest_is_not_asked_for(place: Place) -> None:
    asked: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            asked.append(1)
            yield b"%PDF-" + bytes(HEAD_BYTES)

    with pytest.raises(errors.MediaTypeNotSupported):
        asyncio.run(place._with(lambda intake: intake.take(5, "image", "a.png", endless())))
    assert len(asked) == 1
    place.assert_empty()


def test_nothing_at_all_is_refused_as_empty(place: Place) -> None:
    with pytest.raises(errors.MediaEmpty):
        place.fetched(answer(b""))
    with pytest.raises(errors.MediaEmpty):
        place.taken()
    place.assert_empty()


def test_a_fetch_that_breaks_off_leaves_nothing(place: Place) -> None:
    with pytest.raises(errors.MediaUrlBroken):
        place.fetched(answer(PNG, Content_Length=str(len(PNG) + 1)))
    place.assert_empty()


def test_too_much_leaves_nothing(place: Place) -> None:
    with pytest.raises(errors.MediaTooLarge):
        place.taken(PNG, *[bytes(2**20)] * 16)
    place.assert_empty()


def test_one_who_is_cancelled_while_it_is_synced_leaves_a_sound_store(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, let_go = threading.Event(), threading.Event()
    real = Writer.finish

    def slow(writer: Writer) -> object:
        begun.set()
        assert let_go.wait(5)
        return real(writer)

    async def use(intake: Intake) -> Taken:
        taking = asyncio.create_task(intake.take(5, "image", "a.png", brought(PNG)))
        await asyncio.to_thread(begun.wait, 5)
        taking.cancel()
        asyncio.get_running_loop().call_later(0.05, let_go.set)
        return await taking

    monkeypatch.setattr(Writer, "finish", slow)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(place._with(use))
    assert_sound(place.store, place.path)
