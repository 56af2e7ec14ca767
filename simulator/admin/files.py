"""`/send-file` and `/media`: the files that phones send and get."""

import base64
import binascii

from simulator.admin.base import AdminHandler, ComplaintError
from simulator.admin.talking import names_group
from simulator.phone.attachments import File

#: The types of messages that bring files, and what phones say of one that nobody has named.
TYPES = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "voice": "audio/ogg; codecs=opus",
    "document": "application/octet-stream",
    "sticker": "image/webp",
}


class SendFile(AdminHandler):
    """Somebody sends a file from a phone."""

    def post(self) -> None:
        """Upload it, encrypted, and send the message that brings it, to a number or a group."""
        body = self.body()
        phone, to = self.phone(body, "from"), body.get("to")
        path, url = (body.get(name) for name in ("directPath", "url"))
        with self.server.records.transaction():
            message = self.server.uploads.message(_file(self, body), path, url)
            if names_group(to):
                group = self.group(body, "to")
                number = self.server.group_chat.send(phone, group, message)
            else:
                number = self.server.handset.send(phone, self.phone(body, "to"), message)
        self.answer(id=number)


class Media(AdminHandler):
    """A file that a phone has received, or sent."""

    def get(self) -> None:
        """Give its bytes, as the phone that got it has decrypted them."""
        data = self.server.downloads.file(self.asked_number(), self.get_query_argument("id"))
        if data is None:
            raise ComplaintError(404, "This phone has no file of that message.")
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.write(data)

    def delete(self) -> None:
        """Have the media servers forget the file of a message that the phone sent."""
        phone = self.server.accounts.ensure(self.asked_number())
        if not self.server.uploads.expire(phone, self.get_query_argument("id")):
            raise ComplaintError(404, "This phone has sent no file with that message.")
        self.answer()


def _file(handler: AdminHandler, body: dict[str, object]) -> File:
    kind = handler.text(body, "type")
    if kind not in TYPES:
        raise ComplaintError(400, f'"type" is one of {", ".join(TYPES)}.')
    try:
        data = base64.b64decode(handler.text(body, "base64"), validate=True)
    except binascii.Error as error:
        raise ComplaintError(400, '"base64" is not base64.') from error
    is_voice = kind == "voice"
    return File(
        "audio" if is_voice else kind,
        data,
        str(body.get("mimeType") or TYPES[kind]),
        str(body.get("fileName") or ""),
        str(body.get("caption") or ""),
        is_voice,
    )
