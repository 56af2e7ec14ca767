"""`/type`, `/typing`, `/presence`, `/picture`: what people let others see of themselves."""

import base64
import binascii
from typing import Any

from simulator.admin.base import AdminHandler, ComplaintError
from simulator.admin.talking import names_group, two
from simulator.nodes import LID_SERVER, Jid

STATES = ("composing", "recording", "paused")


class Type(AdminHandler):
    """Somebody begins to type or to speak, or ends it."""

    def post(self) -> None:
        """Tell it to the other side's devices that are available, or to a group's."""
        body = self.body()
        media, state = body.get("media"), body.get("state")
        if media not in (None, "audio"):
            raise ComplaintError(400, '"media" is "audio" or left out.')
        state = state or ("recording" if media else "composing")
        if state not in STATES:
            raise ComplaintError(400, f'"state" is one of {", ".join(STATES)}.')
        if names_group(body.get("to")):
            phone, group = self.phone(body, "from"), self.group(body, "to")
            self.server.handset.type(phone, group, state)
        else:
            phone, to = two(self, body, "from", "to")
            self.server.handset.type(phone, to, state)
        self.answer()


class Typing(AdminHandler):
    """What a phone was shown of others typing."""

    def get(self) -> None:
        """List it, oldest first."""
        self.answer(typing=self.server.inbox.typing(self.asked_number()))


class Presence(AdminHandler):
    """Whether somebody is online."""

    def post(self) -> None:
        """Let a phone come or go; who follows it hears of it."""
        body = self.body()
        phone = self.phone(body, "number")
        online, hidden = body.get("online"), body.get("hidden", False)
        if not isinstance(online, bool) or not isinstance(hidden, bool):
            raise ComplaintError(400, '"online" is true or false, and so is "hidden".')
        self.server.presences.put(phone.number, online=online, hidden=hidden)
        self.answer()

    def get(self) -> None:
        """Tell how others see the number."""
        self.answer(online=self.server.presences.is_online(self.asked_number()))


class Picture(AdminHandler):
    """Somebody's, or a group's, picture."""

    def post(self) -> None:
        """Change it, or take it away: `null`."""
        body = self.body()
        is_group = "group" in body
        phone = None if is_group else self.phone(body, "number")
        owner = Jid(phone.lid, LID_SERVER) if phone else self.group(body, "group").jid
        site = f"http://{self.request.host}"
        self.server.pictures.put(owner, _bytes(body.get("picture")), site)
        self.answer()

    def get(self) -> None:
        """Give its bytes, as WhatsApp's servers do whoever asks."""
        data = self.server.pictures.read(self.get_query_argument("id"))
        if data is None:
            raise ComplaintError(404, "There is no such picture.")
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.write(data)


def _bytes(value: Any) -> bytes | None:
    if value is None:
        return None
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise ComplaintError(400, '"picture" is base64, or null.') from error
