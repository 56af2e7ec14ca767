from __future__ import annotations

from typing import Any

import pytest

from tests.whatsapp.protobufs import UploadResponse, e2e
from tests.whatsapp.uploading import WHERE, upload
from whatsapp.uploads import MEDIA_TYPES, FileFacts, media_message, read_upload

OGG = "audio/ogg; codecs=opus"


def test_an_uploads_answer_is_read_with_the_files_facts_and_the_time() -> None:
    answer = UploadResponse(
        url=WHERE["URL"],
        DirectPath=WHERE["directPath"],
        Handle="h",
        MediaKey=WHERE["mediaKey"],
        FileEncSHA256=WHERE["fileEncSHA256"],
        FileSHA256=WHERE["fileSHA256"],
        FileLength=WHERE["fileLength"],
    )
    facts = FileFacts("image/png", width=10, height=20)
    assert read_upload(answer, facts, 1_700_000_000_999) == upload("image/png", width=10, height=20)


@pytest.mark.parametrize(
    ("content", "mime_type", "facts", "sent"),
    [
        (
            {"type": "image", "text": "olha"},
            "image/jpeg",
            {"width": 640, "height": 480, "thumbnail": b"jpeg"},
            {"imageMessage": {"width": 640, "height": 480, "JPEGThumbnail": b"jpeg"}},
        ),
        (
            {"type": "video", "text": "olha"},
            "video/mp4",
            {"width": 640, "height": 480, "seconds": 12, "thumbnail": b"jpeg"},
            {
                "videoMessage": {
                    "width": 640,
                    "height": 480,
                    "seconds": 12,
                    "JPEGThumbnail": b"jpeg",
                }
            },
        ),
        (
            {"type": "audio", "voice": True},
            OGG,
            {"seconds": 7, "waveform": b"w" * 64},
            {"audioMessage": {"seconds": 7, "PTT": True, "waveform": b"w" * 64}},
        ),
        (
            {"type": "audio", "voice": False},
            "audio/mpeg",
            {"seconds": 7},
            {"audioMessage": {"seconds": 7, "PTT": False}},
        ),
        (
            {"type": "document", "text": None},
            "application/pdf",
            {"file_name": "proposta.pdf", "page_count": 3},
            {
                "documentMessage": {
                    "fileName": "proposta.pdf",
                    "title": "proposta.pdf",
                    "pageCount": 3,
                }
            },
        ),
        (
            {"type": "sticker"},
            "image/webp",
            {"width": 512, "height": 512, "is_animated": True},
            {"stickerMessage": {"width": 512, "height": 512, "isAnimated": True}},
        ),
    ],
)
def test_a_message_says_where_its_file_is_and_what_it_is(
    content: dict[str, Any], mime_type: str, facts: dict[str, Any], sent: dict[str, Any]
) -> None:
    message = media_message(content, upload(mime_type, **facts), None)
    ((name, fields),) = sent.items()
    caption = {"caption": content["text"]} if content.get("text") else {}
    assert message == e2e.Message(**{name: WHERE | {"mimetype": mime_type} | fields | caption})


@pytest.mark.parametrize("kind", MEDIA_TYPES)
def test_what_is_not_known_of_a_file_is_not_said(kind: str) -> None:
    message = media_message({"type": kind}, upload("x/y"), None)
    ((_, content),) = message.ListFields()
    said = {field.name for field, _ in content.ListFields()}
    assert said - WHERE.keys() <= {"mimetype", "PTT", "isAnimated"}


def test_a_document_with_a_caption_is_in_the_wrapper_in_which_phones_show_it() -> None:
    content = {"type": "document", "text": "a proposta"}
    message = media_message(content, upload("application/pdf", file_name="a.pdf"), None)
    assert [field.name for field, _ in message.ListFields()] == ["documentWithCaptionMessage"]
    document = message.documentWithCaptionMessage.message.documentMessage
    assert (document.caption, document.fileName) == ("a proposta", "a.pdf")


@pytest.mark.parametrize("kind", MEDIA_TYPES)
def test_any_of_them_can_be_an_answer(kind: str) -> None:
    context = e2e.ContextInfo(stanzaID="3EB0A")
    message = media_message({"type": kind}, upload("x/y"), context)
    ((_, content),) = message.ListFields()
    assert content.contextInfo == context
