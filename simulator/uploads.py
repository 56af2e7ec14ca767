"""Phones bring files to the media servers, and tell others where they are."""

from typing import TYPE_CHECKING

from simulator.media_files import direct_path, token_of
from simulator.media_site import HOST
from simulator.phone.attachments import File, attachment_of, file_message, seal
from simulator.phone.protobufs import Message

if TYPE_CHECKING:
    from simulator.media_files import MediaFiles
    from simulator.phone.phone import Phone
    from simulator.sent import Sent

_KINDS = {"sticker": "image"}


class Uploads:
    """What the phones have uploaded."""

    def __init__(self, media: "MediaFiles", sent: "Sent") -> None:
        self._media = media
        self._sent = sent

    def message(self, file: File, path: str | None = None, url: str | None = None) -> Message:
        """Upload a file; return the message that brings it.

        `path`, `url`: what a sender that is no phone says of where it is.
        """
        sealed = seal(file)
        kind = _KINDS.get(file.type, file.type)
        found = direct_path(kind, self._media.put(sealed.box))
        return file_message(file, sealed, url or f"https://{HOST}{found}", path or found)

    def expire(self, phone: "Phone", number: str) -> bool:
        """Have the servers forget the file of a message that a phone sent; False: it has none."""
        sent = self._sent.get(phone, number)
        attachment = attachment_of(sent.message) if sent else None
        if attachment is not None:
            self._media.discard(token_of(attachment.direct_path))
        return attachment is not None
