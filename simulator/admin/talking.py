"""`/accounts`, and what they say, read and get: `/say`, `/send`, `/vote`, `/received`."""

import asyncio
from collections.abc import Callable

from simulator.admin.base import AdminHandler, ComplaintError
from simulator.nodes import GROUP_SERVER
from simulator.phone import contents
from simulator.phone.errors import MalformedMessageError
from simulator.phone.phone import Phone

MAX_TEXTS = 10_000


class Account(AdminHandler):
    """A number gets WhatsApp, or another name."""

    def post(self) -> None:
        """Make the account if nobody has the number yet, and name it."""
        body = self.body()
        phone, name = self.phone(body, "number"), body.get("name")
        if name is not None:
            phone = self.server.accounts.ensure(phone.number, self.text(body, "name"))
        self.answer(number=f"+{phone.number}", lid=phone.lid, name=phone.name)


class Say(AdminHandler):
    """Somebody writes from a phone."""

    async def post(self) -> None:
        """Send a text, or `count` texts with " 1", " 2"… appended."""
        body = self.body()
        write = self._writer(body)
        text, count = self.text(body, "text"), body.get("count")
        if count is not None and (type(count) is not int or not 0 < count <= MAX_TEXTS):
            raise ComplaintError(400, f'"count" is a number from 1 to {MAX_TEXTS}.')
        texts = [text] if count is None else [f"{text} {i}" for i in range(1, count + 1)]
        ids = []
        for line in texts:
            with self.server.records.transaction():
                ids.append(write(line))
            await asyncio.sleep(0)  # others have their turn between two texts
        self.answer(ids=ids)

    def _writer(self, body: dict[str, object]) -> Callable[[str], str]:
        """Return what sends a text to whom it is for, a number or a group."""
        if names_group(body.get("to")):
            phone, group = self.phone(body, "from"), self.group(body, "to")
            return lambda text: self.server.group_chat.say(phone, group, text)
        phone, to = two(self, body, "from", "to")
        return lambda text: self.server.handset.say(phone, to, text)


class Send(AdminHandler):
    """Somebody sends a message of any kind from a phone."""

    def post(self) -> None:
        """Send what is given as protobuf's JSON, to a number or a group."""
        body = self.body()
        phone, written = self.phone(body, "from"), body.get("message")
        if not isinstance(written, dict):
            raise ComplaintError(400, '"message" is a WAWebProtobufsE2E.Message as JSON.')
        try:
            message = contents.from_json(written)
        except MalformedMessageError as error:
            raise ComplaintError(400, str(error)) from error
        with self.server.records.transaction():
            if names_group(body.get("to")):
                number = self.server.group_chat.send(phone, self.group(body, "to"), message)
            else:
                number = self.server.handset.send(*two(self, body, "from", "to"), message)
        self.answer(id=number)


class Past(AdminHandler):
    """What was said before a companion was linked."""

    def post(self) -> None:
        """Let a phone have had a conversation, of which it tells whoever is linked from now on."""
        body = self.body()
        phone, other = two(self, body, "number", "with")
        texts = body.get("texts")
        if not isinstance(texts, list) or not all(map(_is_past, texts)):
            raise ComplaintError(400, '"texts" are {"text", "at"}, and "fromMe" where that is so.')
        who = (other.number, other.lid, other.name)
        with self.server.records.transaction():
            ids = [
                phone.past.add(*who, each["text"], each["at"], from_me=bool(each.get("fromMe")))
                for each in texts
            ]
        self.answer(ids=ids)


class Vote(AdminHandler):
    """Somebody votes on a poll that they were sent."""

    def post(self) -> None:
        """Send the vote to who asked."""
        body = self.body()
        voter, of = two(self, body, "by", "of")
        options = body.get("options")
        if not isinstance(options, list) or not all(isinstance(each, str) for each in options):
            raise ComplaintError(400, '"options" is a list of their names.')
        group = self.group(body, "group") if "group" in body else None
        vote = self.server.handset.vote(voter, of, self.text(body, "poll"), options, group)
        if vote is None:
            raise ComplaintError(404, "This phone has no such message.")
        with self.server.records.transaction():
            if group:
                number = self.server.group_chat.send(voter, group, vote)
            else:
                number = self.server.handset.send(voter, of, vote)
        self.answer(id=number)


class MarkRead(AdminHandler):
    """Somebody reads messages."""

    def post(self) -> None:
        """Tell it to the sender's devices."""
        body = self.body()
        reader, of = two(self, body, "by", "of")
        ids = body.get("ids")
        if not isinstance(ids, list) or not ids or not all(isinstance(i, str) for i in ids):
            raise ComplaintError(400, '"ids" is a list of message ids.')
        group = self.group(body, "group") if "group" in body else None
        with self.server.records.transaction():
            if group:
                self.server.group_chat.mark_read(reader, group, of, ids)
            else:
                self.server.handset.mark_read(reader, of, ids)
        self.answer()


class AskAgain(AdminHandler):
    """A phone asks for a message again, as one that it cannot read."""

    def post(self) -> None:
        """Tell it to the device that sent it."""
        body = self.body()
        with self.server.records.transaction():
            asked = self.server.handset.ask_again(self.phone(body, "by"), self.text(body, "id"))
        if not asked:
            raise ComplaintError(404, "This phone has no such message.")
        self.answer()


class Received(AdminHandler):
    """What a phone has received."""

    def get(self) -> None:
        """List the messages, oldest first; without the first so many."""
        after = self.get_query_argument("after", "0")
        if not (after.isascii() and after.isdigit()):
            raise ComplaintError(400, '"after" is no number.')
        messages = self.server.inbox.messages(self.asked_number(), int(after))
        self.answer(messages=messages)


class Receipts(AdminHandler):
    """What became of what a phone has sent."""

    def get(self) -> None:
        """List the receipts that reached the phone, oldest first."""
        self.answer(receipts=self.server.inbox.receipts(self.asked_number()))


def _is_past(text: object) -> bool:
    return (
        isinstance(text, dict)
        and isinstance(text.get("text"), str)
        and type(text.get("at")) is int
        and text["at"] > 0
    )


def names_group(value: object) -> bool:
    """Tell whether a field names a group and no number."""
    return isinstance(value, str) and value.endswith(f"@{GROUP_SERVER}")


def two(
    handler: AdminHandler, body: dict[str, object], one: str, other: str
) -> tuple[Phone, Phone]:
    """Return the phones of two numbers that have to do with one another."""
    phone, to = handler.phone(body, one), handler.phone(body, other)
    if phone.number == to.number:
        raise ComplaintError(422, "Um número não conversa consigo mesmo.")
    return phone, to
