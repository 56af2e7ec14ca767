"""What a phone shows of a picture before it has it: its size, and a small picture of it."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass

from PIL import Image, ImageOps

# Loaded here, and so in the forkserver: Pillow would load them in each worker.
from PIL import JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401  # isort: skip

logger = logging.getLogger("vendeai.sending")

_FORMATS = ("JPEG", "PNG", "WEBP")
#: Pixels of the longer side; WhatsApp's own clients send about as many.
_THUMBNAIL = 100
_QUALITY = 50
#: Pixels of a picture that is decoded: 16 MiB in memory. A JPEG is decoded at an eighth of its
#: size, and so may have 64 times as many.
_MOST_PIXELS = 4 * 1024 * 1024
_JPEG_SCALE = 64
#: Where EXIF says how a picture is turned, and from which value on its sides change places.
_ORIENTATION, _FIRST_TURNED = 0x0112, 5


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """None where it is not known."""

    width: int | None = None
    height: int | None = None
    """Pixels, as it is shown."""
    thumbnail: bytes | None = None
    """A small JPEG."""


def picture_facts(data: bytes, *, with_thumbnail: bool) -> PictureFacts:
    """Of a picture's bytes; nothing where they are none that Pillow reads. Never raises."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            width, height = picture.size
            if picture.getexif().get(_ORIENTATION, 1) >= _FIRST_TURNED:
                width, height = height, width
            thumbnail = _thumbnail(picture) if with_thumbnail else None
    except Exception as error:  # noqa: BLE001 - a broken picture is sent as it is, like any other
        logger.info("nothing is known of a picture: %s", type(error).__name__)
        return PictureFacts()
    return PictureFacts(width, height, thumbnail)


def _thumbnail(picture: Image.Image) -> bytes | None:
    width, height = picture.size
    most = _MOST_PIXELS * (_JPEG_SCALE if picture.format == "JPEG" else 1)
    if width * height > most:
        return None
    picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
    file = io.BytesIO()
    shown = ImageOps.exif_transpose(picture)
    _on_white(shown).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG has not."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")
