from __future__ import annotations

import io

import pytest
from PIL import Image

from whatsapp.picture_facts import PictureFacts, picture_facts


def picture(
    kind: str, size: tuple[int, int] = (640, 480), mode: str = "RGB", **more: object
) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, "red").save(file, kind, **more)
    return file.getvalue()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return picture("JPEG", exif=exif.tobytes())


def opened(thumbnail: bytes | None) -> Image.Image:
    assert thumbnail is not None
    assert len(thumbnail) < 10_000
    return Image.open(io.BytesIO(thumbnail))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_has_a_size_and_a_small_picture(kind: str) -> None:
    facts = picture_facts(picture(kind), with_thumbnail=True)
    assert (facts.width, facts.height) == (640, 480)
    small = opened(facts.thumbnail)
    assert (small.format, small.size) == ("JPEG", (100, 75))


def test_one_that_is_turned_is_known_as_it_is_shown() -> None:
    facts = picture_facts(turned(6), with_thumbnail=True)
    assert (facts.width, facts.height) == (480, 640)
    assert opened(facts.thumbnail).size == (75, 100)
    assert picture_facts(turned(3), with_thumbnail=True).width == 640


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1"])
def test_what_has_other_colours_or_none_has_a_small_picture(mode: str) -> None:
    assert opened(picture_facts(picture("PNG", mode=mode), with_thumbnail=True).thumbnail)


def test_what_is_transparent_is_on_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (200, 200), (0, 0, 0, 0)).save(file, "PNG")
    small = opened(picture_facts(file.getvalue(), with_thumbnail=True).thumbnail)
    assert small.getpixel((50, 50)) == (255, 255, 255)


def test_one_that_would_be_large_in_memory_is_not_decoded() -> None:
    data = picture("PNG", (3000, 3000), "1")
    assert picture_facts(data, with_thumbnail=True) == PictureFacts(3000, 3000, None)
    data = picture("JPEG", (3000, 3000), "L")
    assert picture_facts(data, with_thumbnail=True).thumbnail is not None


def test_a_sticker_has_a_size_alone() -> None:
    assert picture_facts(picture("WEBP"), with_thumbnail=False) == PictureFacts(640, 480, None)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", picture("PNG")[:60], picture("GIF")])
def test_of_what_is_no_whole_picture_nothing_is_known(data: bytes) -> None:
    assert picture_facts(data, with_thumbnail=True) == PictureFacts()
