"""A file that WhatsApp's servers hold for a message, and the messages that bring it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e

#: The name, in neonize's `MediaType`, under which a file is encrypted for a type of message. To be
#: given to `upload` always: it would go by the file's content, and whoever receives a video as a
#: document could not decrypt it.
MEDIA_TYPES = {
    "image": "MediaImage",
    "video": "MediaVideo",
    "audio": "MediaAudio",
    "document": "MediaDocument",
    "sticker": "MediaImage",
}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was found out about a file; None where it is not known or does not apply."""

    mime_type: str
    """Of a voice note: `audio/ogg; codecs=opus`."""
    file_name: str | None = None
    title: str | None = None
    thumbnail: bytes | None = None
    """A small JPEG."""
    width: int | None = None
    height: int | None = None
    """Pixels."""
    seconds: int | None = None
    waveform: bytes | None = None
    """Of a voice note: 64 bytes, each a loudness from 0 to 100."""
    page_count: int | None = None
    is_animated: bool = False
    """Of a sticker."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What the library answered to an upload, and the file's facts."""

    url: str
    direct_path: str
    media_key: bytes
    file_enc_sha256: bytes
    file_sha256: bytes
    file_length: int
    """Bytes."""
    media_key_timestamp: int
    """Seconds since 1970."""
    file: FileFacts


def read_upload(response: Any, file: FileFacts, now_ms: int) -> Upload:
    """Of the library's `UploadResponse`."""
    return Upload(
        url=response.url,
        direct_path=response.DirectPath,
        media_key=response.MediaKey,
        file_enc_sha256=response.FileEncSHA256,
        file_sha256=response.FileSHA256,
        file_length=response.FileLength,
        media_key_timestamp=now_ms // 1000,
        file=file,
    )


def media_message(content: dict[str, Any], upload: Upload, context: Any | None) -> Any:
    """The `Message` of a content whose `type` is in `MEDIA_TYPES`; `context`: a `ContextInfo`.

    Unlike the library's helpers it names no thumbnail on WhatsApp's servers: they give the file
    itself for one, which no client can decrypt as such.
    """
    return _BUILDERS[content["type"]](content, upload, context)


def _image(content: dict[str, Any], upload: Upload, context: Any | None) -> Any:
    image = e2e.ImageMessage(
        **_where(upload),
        **_size(upload),
        caption=content.get("text"),
        JPEGThumbnail=upload.file.thumbnail,
        contextInfo=context,
    )
    return e2e.Message(imageMessage=image)


def _video(content: dict[str, Any], upload: Upload, context: Any | None) -> Any:
    video = e2e.VideoMessage(
        **_where(upload),
        **_size(upload),
        seconds=upload.file.seconds,
        caption=content.get("text"),
        JPEGThumbnail=upload.file.thumbnail,
        contextInfo=context,
    )
    return e2e.Message(videoMessage=video)


def _audio(content: dict[str, Any], upload: Upload, context: Any | None) -> Any:
    audio = e2e.AudioMessage(
        **_where(upload),
        seconds=upload.file.seconds,
        PTT=content.get("voice", False),
        waveform=upload.file.waveform,
        contextInfo=context,
    )
    return e2e.Message(audioMessage=audio)


def _document(content: dict[str, Any], upload: Upload, context: Any | None) -> Any:
    document = e2e.DocumentMessage(
        **_where(upload),
        fileName=upload.file.file_name,
        title=upload.file.title or upload.file.file_name,
        pageCount=upload.file.page_count,
        JPEGThumbnail=upload.file.thumbnail,
        caption=content.get("text"),
        contextInfo=context,
    )
    return document_message(document)


def document_message(document: Any) -> Any:
    """One with a caption goes in a wrapper: phones show the caption of no other."""
    message = e2e.Message(documentMessage=document)
    if not document.caption:
        return message
    return e2e.Message(documentWithCaptionMessage=e2e.FutureProofMessage(message=message))


def _sticker(_content: dict[str, Any], upload: Upload, context: Any | None) -> Any:
    sticker = e2e.StickerMessage(
        **_where(upload),
        **_size(upload),
        isAnimated=upload.file.is_animated,
        contextInfo=context,
    )
    return e2e.Message(stickerMessage=sticker)


def _where(upload: Upload) -> dict[str, Any]:
    return {
        "URL": upload.url,
        "directPath": upload.direct_path,
        "mediaKey": upload.media_key,
        "mediaKeyTimestamp": upload.media_key_timestamp,
        "fileEncSHA256": upload.file_enc_sha256,
        "fileSHA256": upload.file_sha256,
        "fileLength": upload.file_length,
        "mimetype": upload.file.mime_type,
    }


def _size(upload: Upload) -> dict[str, Any]:
    return {"width": upload.file.width, "height": upload.file.height}


_BUILDERS: dict[str, Callable[[dict[str, Any], Upload, Any | None], Any]] = {
    "image": _image,
    "video": _video,
    "audio": _audio,
    "document": _document,
    "sticker": _sticker,
}
