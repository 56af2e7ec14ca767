"""What a file really is: by its first bytes, whatever it is called and whoever says what.

The signatures are a table of ours rather than libmagic's: it does not tell a voice note from other
Ogg, an animated sticker from a still one, or Word from ZIP at its first bytes, and calls an MP4
of some phones audio. It is also a parser in C, which would read what strangers send in the one
process that all empresas share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file."""

    mime_type: str
    """As WhatsApp writes it."""
    extension: str
    """With the dot; "" where no one extension fits."""
    is_animated: bool = False


JPEG = Kind("image/jpeg", ".jpg")
PNG = Kind("image/png", ".png")
GIF = Kind("image/gif", ".gif")
WEBP = Kind("image/webp", ".webp")
ANIMATED_WEBP = Kind("image/webp", ".webp", is_animated=True)
HEIC = Kind("image/heic", ".heic")
AVIF = Kind("image/avif", ".avif")
MP4 = Kind("video/mp4", ".mp4")
THREE_GP = Kind("video/3gpp", ".3gp")
QUICKTIME = Kind("video/quicktime", ".mov")
WEBM = Kind("video/webm", ".webm")
MATROSKA = Kind("video/x-matroska", ".mkv")
MP3 = Kind("audio/mpeg", ".mp3")
AAC = Kind("audio/aac", ".aac")
M4A = Kind("audio/mp4", ".m4a")
OPUS = Kind("audio/ogg; codecs=opus", ".ogg")
OGG = Kind("audio/ogg", ".ogg")
AMR = Kind("audio/amr", ".amr")
WAV = Kind("audio/wav", ".wav")
PDF = Kind("application/pdf", ".pdf")
DOCX = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx")
XLSX = Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx")
PPTX = Kind("application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx")
ODT = Kind("application/vnd.oasis.opendocument.text", ".odt")
ODS = Kind("application/vnd.oasis.opendocument.spreadsheet", ".ods")
ODP = Kind("application/vnd.oasis.opendocument.presentation", ".odp")
DOC = Kind("application/msword", ".doc")
XLS = Kind("application/vnd.ms-excel", ".xls")
PPT = Kind("application/vnd.ms-powerpoint", ".ppt")
ZIP = Kind("application/zip", ".zip")
OLE = Kind("application/x-ole-storage", "")
TEXT = Kind("text/plain", ".txt")
CSV = Kind("text/csv", ".csv")
BYTES = Kind("application/octet-stream", "")

_EXTENSIONS = {
    kind.mime_type: kind.extension for kind in [*vars().values()] if isinstance(kind, Kind)
}

#: Where the first bytes alone say it.
_BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"#!AMR\n", AMR),
    (b"#!AMR-WB\n", AMR),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"ID3", MP3),
)
#: The major brand of an ISO base media file (ISO/IEC 14496-12; registered at mp4ra.org). What is
#: none of these is a video if it says that it is any MP4.
_BRANDS: tuple[tuple[bytes, Kind], ...] = (
    (b"M4A ", M4A),
    (b"M4B ", M4A),
    (b"3gp", THREE_GP),
    (b"3g2", THREE_GP),
    (b"qt  ", QUICKTIME),
    (b"avif", AVIF),
    (b"avis", AVIF),
    (b"heic", HEIC),
    (b"heix", HEIC),
    (b"hevc", HEIC),
    (b"mif1", HEIC),
    (b"msf1", HEIC),
)
_MP4_BRANDS = re.compile(rb"isom|iso[2-9]|mp4[12]|avc1|dash|MSNV|M4V |M4VP|f4v |mmp4|XAVC")
#: Names at the beginning of a ZIP's entries; the first files are of no use for telling, as
#: [Content_Types].xml is in all.
_OFFICE: tuple[tuple[bytes, Kind], ...] = ((b"word/", DOCX), (b"xl/", XLSX), (b"ppt/", PPTX))
_OPEN_DOCUMENTS = {kind.mime_type.encode(): kind for kind in (ODT, ODS, ODP)}
#: An entry's header and the length of its name (APPNOTE.TXT 4.3.7).
_ZIP_ENTRY = re.compile(rb"PK\x03\x04.{22}(..)..", re.DOTALL)
#: Control characters that no text has; escape sequences it may have.
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_OPEN_DOCUMENT = re.compile(rb"PK\x03\x04.{26}mimetype(application/[a-z.-]+)", re.DOTALL)
#: What a container holds, where the name may say which of several kinds it is.
_NAMED: dict[Kind, tuple[Kind, ...]] = {
    ZIP: (DOCX, XLSX, PPTX, ODT, ODS, ODP),
    OLE: (DOC, XLS, PPT),
    TEXT: (CSV,),
}


def detect(head: bytes) -> Kind:
    """What a file is that begins with these bytes (`writer.HEAD_BYTES` are enough)."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    looks = (_riff, _iso_media, _ogg, _ebml, _zip, _mpeg, _text)
    return next((found for look in looks if (found := look(head))), BYTES)


def extension_of(mime_type: str) -> str:
    """With the dot; "" where there is none, or the type is none of ours."""
    return _EXTENSIONS.get(mime_type, "")


def named(kind: Kind, file_name: str) -> Kind:
    """Which kind of document it is, where the bytes leave it open and the name agrees with them."""
    suffix = "." + file_name.rpartition(".")[2].lower()
    return next((each for each in _NAMED.get(kind, ()) if each.extension == suffix), kind)


def _riff(head: bytes) -> Kind | None:
    """WebP (its animation is a flag, see Google's WebP Container Specification) and WAV."""
    if head[:4] != b"RIFF":
        return None
    if head[8:12] == b"WEBP":
        is_animated = head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & 0x02)  # noqa: PLR2004 - its flags' place
        return ANIMATED_WEBP if is_animated else WEBP
    return WAV if head[8:12] == b"WAVE" else None


def _iso_media(head: bytes) -> Kind | None:
    if head[4:8] != b"ftyp":
        return None
    major = head[8:12]
    for brand, kind in _BRANDS:
        if major.startswith(brand):
            return kind
    compatible = head[16 : int.from_bytes(head[:4], "big")]
    brands = [major, *(compatible[at : at + 4] for at in range(0, len(compatible), 4))]
    return MP4 if any(_MP4_BRANDS.fullmatch(brand) for brand in brands) else None


def _ogg(head: bytes) -> Kind | None:
    """Ogg; Opus in it names itself first (RFC 7845)."""
    if head[:4] != b"OggS" or len(head) <= 26:  # noqa: PLR2004 - the number of segments' place
        return None
    return OPUS if head[27 + head[26] :].startswith(b"OpusHead") else OGG


def _ebml(head: bytes) -> Kind | None:
    """Matroska names its document type within the first element (RFC 8794)."""
    if head[:4] != b"\x1aE\xdf\xa3":
        return None
    found = re.search(rb"\x42\x82.(webm|matroska)", head[:64], re.DOTALL)
    return {b"webm": WEBM, b"matroska": MATROSKA}[found[1]] if found else None


def _zip(head: bytes) -> Kind | None:
    if head[:4] not in (b"PK\x03\x04", b"PK\x05\x06"):
        return None
    if found := _OPEN_DOCUMENT.match(head):
        return _OPEN_DOCUMENTS.get(found[1], ZIP)
    for entry in _ZIP_ENTRY.finditer(head):
        name = head[entry.end() :][: int.from_bytes(entry[1], "little")]
        for beginning, kind in _OFFICE:
            if name.startswith(beginning):
                return kind
    return ZIP


def _mpeg(head: bytes) -> Kind | None:
    """Frames of MP3 and AAC have no name, only a header that few other bytes look like."""
    if len(head) < 4 or head[0] != 0xFF:  # noqa: PLR2004 - a header's length, and its sync
        return None
    if head[1] & 0xF6 == 0xF0:  # noqa: PLR2004 - ADTS: twelve bits of sync, layer 0
        return AAC if head[2] >> 2 & 0x0F <= 12 else None  # noqa: PLR2004 - the sampling rates
    is_layer_3 = head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08  # noqa: PLR2004 - sync, layer
    return MP3 if is_layer_3 and head[2] >> 4 != 0x0F and head[2] & 0x0C != 0x0C else None  # noqa: PLR2004 - rates


def _text(head: bytes) -> Kind | None:
    """Also HTML and SVG, which nobody is ever to be served as such."""
    return TEXT if head and not _NO_TEXT.search(head) else None
