from __future__ import annotations

import base64
import io
import os

import zxingcpp
from PIL import Image

from whatsapp.qr_picture import render_qr


def b64(size: int) -> str:
    return base64.b64encode(os.urandom(size)).decode()


def test_a_phone_reads_the_text_from_the_picture() -> None:
    text = f"https://wa.me/settings/linked_devices#2@{b64(72)},{b64(32)},{b64(32)},{b64(32)},1"
    picture = render_qr(text)
    assert picture.startswith(b"\x89PNG")
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert found.text == text
