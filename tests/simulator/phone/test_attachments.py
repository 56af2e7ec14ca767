import hashlib
from dataclasses import replace

import pytest

from simulator.phone.attachments import Attachment, attachment_of, decrypt
from simulator.phone.errors import MediaError
from simulator.phone.primitives import cbc_encrypt, hkdf, hmac_sha256
from simulator.phone.protobufs import Message

DATA = b"%PDF-1.7 a proposta"
KEY = bytes(range(32))


def sealed(name: str, data: bytes) -> bytes:
    keys = hkdf(b"", KEY, f"WhatsApp {name} Keys".encode(), 112)
    text = cbc_encrypt(keys[16:48], keys[:16], data)
    return text + hmac_sha256(keys[48:80], keys[:16] + text)[:10]


BOX = sealed("Document", DATA)
ATTACHMENT = Attachment(
    name="Document",
    direct_path="/v/document/t?ccb=11-4",
    key=KEY,
    box_sha256=hashlib.sha256(BOX).digest(),
    sha256=hashlib.sha256(DATA).digest(),
    size=len(DATA),
    mime_type="application/pdf",
    file_name="proposta.pdf",
    caption="",
)


def test_a_file_is_decrypted_with_the_key_in_its_message() -> None:
    assert decrypt(ATTACHMENT, BOX) == DATA


@pytest.mark.parametrize(
    ("attachment", "box", "kind"),
    [
        (ATTACHMENT, BOX[:-1], "media-box"),
        (replace(ATTACHMENT, key=KEY[:-1]), BOX, "media-key"),
        (replace(ATTACHMENT, key=bytes(32)), BOX, "media-mac"),
        (replace(ATTACHMENT, name="Image"), BOX, "media-mac"),
        (replace(ATTACHMENT, sha256=bytes(32)), BOX, "media-file"),
        (replace(ATTACHMENT, size=1), BOX, "media-file"),
    ],
)
def test_a_file_that_is_not_what_its_message_says_is_refused(
    attachment: Attachment, box: bytes, kind: str
) -> None:
    with pytest.raises(MediaError) as error:
        decrypt(attachment, box)
    assert error.value.kind == kind


def test_what_a_message_says_of_its_file_is_found_in_its_wrappers() -> None:
    message = Message()
    document = message.deviceSentMessage.message.documentWithCaptionMessage.message.documentMessage
    document.directPath, document.mediaKey = ATTACHMENT.direct_path, KEY
    document.fileEncSHA256, document.fileSHA256 = ATTACHMENT.box_sha256, ATTACHMENT.sha256
    document.fileLength, document.mimetype = len(DATA), "application/pdf"
    document.fileName, document.caption = "proposta.pdf", "segue"
    assert attachment_of(message) == replace(ATTACHMENT, caption="segue")


def test_a_text_brings_no_file() -> None:
    assert attachment_of(Message(conversation="oi")) is None
