from __future__ import annotations

import io
import wave
import zipfile
from collections.abc import Callable

import pylibmagic  # noqa: F401 - brings the libmagic that `magic` loads
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media import kinds
from media.kinds import Kind, detect, named
from media.writer import HEAD_BYTES


def picture(kind: str, frames: int = 1) -> bytes:
    images = [Image.new("RGB", (8, 8), (40 * at, 0, 0)) for at in range(frames)]
    file = io.BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save(file, kind, **more)
    return file.getvalue()


def archive(*names: str, stored: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in names:
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            opened.writestr(name, stored or name * 100, how)
    return file.getvalue()


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as opened:
        opened.setparams((1, 2, 8000, 0, "NONE", ""))
        opened.writeframes(bytes(100))
    return file.getvalue()


def mp4(major: bytes, *compatible: bytes) -> bytes:
    box = b"ftyp" + major + bytes(4) + b"".join(compatible)
    return (len(box) + 4).to_bytes(4, "big") + box + b"\0\0\0\x08free" + bytes(50)


def ogg(packet: bytes) -> bytes:
    return b"OggS\0\2" + bytes(20) + bytes([1, len(packet)]) + packet


def ebml(kind: bytes) -> bytes:
    inner = b"\x42\x86\x81\1\x42\x82" + bytes([0x80 + len(kind)]) + kind
    return b"\x1aE\xdf\xa3" + bytes([0x80 + len(inner)]) + inner + bytes(30)


OFFICE = ("[Content_Types].xml", "_rels/.rels", "docProps/app.xml")
ODF = b"application/vnd.oasis.opendocument.spreadsheet"

FILES: dict[str, tuple[bytes, Kind]] = {
    "JPEG": (picture("JPEG"), kinds.JPEG),
    "JPEG of a camera": (b"\xff\xd8\xff\xe1\0\x10Exif\0\0MM", kinds.JPEG),
    "PNG": (picture("PNG"), kinds.PNG),
    "GIF": (picture("GIF"), kinds.GIF),
    "animated GIF": (picture("GIF", 3), kinds.GIF),
    "WebP": (picture("WEBP"), kinds.WEBP),
    "animated WebP": (picture("WEBP", 3), kinds.ANIMATED_WEBP),
    "WebP with flags, still": (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10" + bytes(20), kinds.WEBP),
    "HEIC": (mp4(b"heic", b"mif1"), kinds.HEIC),
    "AVIF": (mp4(b"avif", b"mif1"), kinds.AVIF),
    "MP4": (mp4(b"isom", b"isom", b"avc1"), kinds.MP4),
    "MP4 of a phone": (mp4(b"MSNV", b"MSNV"), kinds.MP4),
    "MP4 of an unknown brand": (mp4(b"XYZ ", b"iso6"), kinds.MP4),
    "3GP": (mp4(b"3gp4", b"isom"), kinds.THREE_GP),
    "QuickTime": (mp4(b"qt  "), kinds.QUICKTIME),
    "M4A": (mp4(b"M4A ", b"isom"), kinds.M4A),
    "WebM": (ebml(b"webm"), kinds.WEBM),
    "Matroska": (ebml(b"matroska"), kinds.MATROSKA),
    "MP3 with tags": (b"ID3\3\0\0\0\0\0\x0a" + bytes(10) + b"\xff\xfb\x90\x64", kinds.MP3),
    "MP3": (b"\xff\xfb\x90\x64" + bytes(40), kinds.MP3),
    "MP3 of MPEG 2": (b"\xff\xf3\x84\xc4" + bytes(40), kinds.MP3),
    "AAC": (b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(40), kinds.AAC),
    "Opus": (ogg(b"OpusHead\1\1"), kinds.OPUS),
    "Vorbis": (ogg(b"\1vorbis" + bytes(20)), kinds.OGG),
    "AMR": (b"#!AMR\n\x3c", kinds.AMR),
    "AMR, wide": (b"#!AMR-WB\n\x3c", kinds.AMR),
    "WAV": (sound(), kinds.WAV),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3", kinds.PDF),
    "Word": (archive(*OFFICE, "word/document.xml"), kinds.DOCX),
    "Excel": (archive(*OFFICE, "xl/workbook.xml"), kinds.XLSX),
    "PowerPoint": (archive(*OFFICE, "ppt/presentation.xml"), kinds.PPTX),
    "OpenDocument": (archive("mimetype", stored=ODF), kinds.ODS),
    "ZIP": (archive("a.txt", "password/x"), kinds.ZIP),
    "empty ZIP": (archive(), kinds.ZIP),
    "old Office": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(30), kinds.OLE),
    "text": ("Preço à vista:\r\n\tR$ 10".encode(), kinds.TEXT),
    "text of old Windows": ("Preço à vista".encode("latin-1"), kinds.TEXT),
    "HTML": (b"<!DOCTYPE html><script>alert(1)</script>", kinds.TEXT),
    "SVG": (b"<?xml version='1.0'?><svg onload='x'/>", kinds.TEXT),
    "program": (b"MZ\x90\0\3" + bytes(60), kinds.BYTES),
    "zeros": (bytes(100), kinds.BYTES),
    "sync without a frame": (b"\xff\xff\xff\xff" + bytes(40), kinds.BYTES),
    "nothing": (b"", kinds.BYTES),
}
#: What libmagic calls otherwise, and why it does not decide here.
OTHERWISE = {
    "MP4 of a phone": "audio/mp4",
    "MP4 of an unknown brand": "application/octet-stream",
    "AAC": "audio/x-hx-aac-adts",
    "M4A": "audio/x-m4a",
    "WAV": "audio/x-wav",
    "Opus": "audio/ogg",
    "old Office": "application/octet-stream",
    "sync without a frame": "application/x-dosdriver",
    "HTML": "text/html",
    "SVG": "image/svg+xml",
    "program": "application/x-dosexec",
    "nothing": "application/x-empty",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_known_by_its_first_bytes(name: str) -> None:
    body, kind = FILES[name]
    assert detect(body[:HEAD_BYTES]) == kind


@pytest.fixture(scope="module")
def libmagic() -> Callable[[bytes], str]:
    import magic  # noqa: PLC0415 - loads libmagic, for this test alone

    look: Callable[[bytes], str] = magic.Magic(mime=True).from_buffer
    return look


@pytest.mark.parametrize("name", FILES)
def test_libmagic_says_the_same_where_it_looks_as_closely(
    name: str, libmagic: Callable[[bytes], str]
) -> None:
    body, kind = FILES[name]
    assert libmagic(body) == OTHERWISE.get(name, kind.mime_type)


@given(st.binary(max_size=200), st.sampled_from([body for body, _ in FILES.values()]))
def test_any_bytes_are_some_kind_and_a_beginning_decides(tail: bytes, body: bytes) -> None:
    assert isinstance(detect(tail), Kind)
    assert isinstance(detect(body[: len(tail)]), Kind)


@given(st.binary(min_size=1, max_size=50))
def test_what_is_no_text_is_never_called_text(body: bytes) -> None:
    assert detect(body + b"\0") != kinds.TEXT


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (kinds.ZIP, "Tabela.XLSX", kinds.XLSX),
        (kinds.OLE, "contrato.doc", kinds.DOC),
        (kinds.TEXT, "leads.csv", kinds.CSV),
        (kinds.TEXT, "page.html", kinds.TEXT),
        (kinds.BYTES, "foto.jpg", kinds.BYTES),
        (kinds.ZIP, "foto.jpg", kinds.ZIP),
        (kinds.JPEG, "tabela.xlsx", kinds.JPEG),
        (kinds.ZIP, "", kinds.ZIP),
        (kinds.OLE, "semponto", kinds.OLE),
    ],
)
def test_a_name_decides_only_between_kinds_that_the_bytes_allow(
    kind: Kind, name: str, expected: Kind
) -> None:
    assert named(kind, name) == expected
