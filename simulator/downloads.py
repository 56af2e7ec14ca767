"""Phones fetch the files that messages bring, and decrypt them."""

import hashlib
from typing import TYPE_CHECKING

from simulator.media_files import token_of
from simulator.phone.attachments import Attachment, attachment_of, decrypt
from simulator.phone.contents import parse
from simulator.phone.errors import MediaError
from simulator.phone.protobufs import Message

if TYPE_CHECKING:
    from simulator.media_files import MediaFiles
    from simulator.phone.phone import Phone
    from simulator.records import Records
    from simulator.refusals import Refusals


class Downloads:
    """What the phones have fetched. It is decrypted anew whenever somebody looks at it."""

    def __init__(self, media: "MediaFiles", records: "Records", refusals: "Refusals") -> None:
        self._media = media
        self._records = records
        self._refusals = refusals

    def fetch(self, phone: "Phone", number: str, message: Message) -> dict[str, object] | None:
        """Return what a phone finds of a message's file, None if it brings none."""
        attachment = attachment_of(message)
        if attachment is None:
            return None
        self._records.put(f"attachment/{phone.number}", number, message.SerializeToString())
        told: dict[str, object] = {
            "mimeType": attachment.mime_type,
            "fileName": attachment.file_name,
            "caption": attachment.caption,
        }
        try:
            data = self._open(attachment)
        except MediaError as error:
            self._refusals.count(error.kind)
            return {**told, "error": str(error)}
        return {**told, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def file(self, number: str, message: str) -> bytes | None:
        """Return the file that a number's phone got with a message; None: there is none."""
        stored = self._records.get(f"attachment/{number}", message)
        attachment = attachment_of(parse(stored)) if stored else None
        try:
            return self._open(attachment) if attachment else None
        except MediaError:
            return None

    def _open(self, attachment: Attachment) -> bytes:
        box = self._media.read(token_of(attachment.direct_path))
        if box is None:
            raise MediaError("media-missing", "the media servers have no such file")
        return decrypt(attachment, box)
