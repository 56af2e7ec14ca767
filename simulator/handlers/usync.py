"""`usync`: who has WhatsApp, under which LID, with which devices."""

import time
from typing import TYPE_CHECKING

from simulator.handlers.senders import device_of
from simulator.nodes import LID_SERVER, PHONE_NUMBER_SERVER, Jid, MalformedError, Node, node
from simulator.phone.phone import Phone
from simulator.router import Router

if TYPE_CHECKING:
    from simulator.connection import Connection

USYNC_ATTRS = ("sid", "index", "last", "mode", "context")


def register(router: Router) -> None:
    """Plug in."""
    router.on_iq("usync", "usync", handler=_usync)


def _usync(connection: "Connection", iq: Node) -> list[Node]:
    asked = iq.child("usync")
    wanted = asked.child("query").children
    users = [_user(connection, user, wanted) for user in asked.child("list").children]
    result = node("result", content=[Node(part.tag) for part in wanted])
    attrs = {name: asked.attrs.get(name) for name in USYNC_ATTRS}
    return [node("usync", attrs, [result, node("list", content=users)])]


def _user(connection: "Connection", user: Node, wanted: list[Node]) -> Node:
    asked = _asked_for(user)
    phone = connection.server.accounts.of(asked)
    answers = [_answer(connection, part.tag, user, phone) for part in wanted]
    content = [answer for answer in answers if answer]
    if "jid" in user.attrs or phone is None:
        return node("user", {"jid": user.attrs.get("jid", asked)}, content)
    by_number = Jid(phone.number, PHONE_NUMBER_SERVER)
    return node("user", {"jid": Jid(phone.lid, LID_SERVER), "pn_jid": by_number}, content)


def _asked_for(user: Node) -> Jid:
    if "jid" in user.attrs:
        return user.jid("jid").account
    try:
        text = user.child("contact").data.decode()
    except UnicodeDecodeError as error:
        raise MalformedError("a contact that is no text") from error
    number, _, server = text.removeprefix("+").partition("@")
    return Jid(number, server or PHONE_NUMBER_SERVER)


def _answer(connection: "Connection", tag: str, user: Node, phone: Phone | None) -> Node | None:
    if tag == "contact":
        asked = user.find("contact")
        echo = asked.content if asked else None
        return node("contact", {"type": "in" if phone else "out"}, echo)
    if phone is None:
        return None
    if tag == "devices":
        return _devices(connection, phone)
    if tag == "lid":
        return node("lid", {"val": Jid(phone.lid, LID_SERVER)})
    return None


def _devices(connection: "Connection", phone: Phone) -> Node:
    server = connection.server
    server.announcements.watch(device_of(connection), phone.number)
    linked = server.devices.linked(phone.number)
    listed = [node("device", {"id": 0})]
    listed += [node("device", {"id": d.id, "key-index": d.key_index}) for d in linked]
    keys = node("key-index-list", {"ts": int(time.time())})
    return node("devices", content=[node("device-list", content=listed), keys])
