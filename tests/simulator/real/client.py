"""A bare neonize client as a process of its own, for tests against the simulator.

Usage: python client.py STORE NOISE_ROOT_HEX. Commands are JSON lines on stdin, events JSON lines
on stdout; whatever the Go library prints goes to stderr. It ends when stdin is closed.
"""

import binascii
import ctypes
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pylibmagic  # noqa: F401 - brings the libmagic that neonize needs

_EVENTS = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

from google.protobuf.message import Message as Protobuf  # noqa: E402
from neonize import _binder  # noqa: E402
from neonize import events as neonize_events  # noqa: E402
from neonize.client import NewClient  # noqa: E402
from neonize.proto import Neonize_pb2  # noqa: E402
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e  # noqa: E402
from neonize.utils.enum import (  # noqa: E402
    ChatPresence,
    ChatPresenceMedia,
    MediaType,
    Presence,
    ReceiptType,
)

from tests.simulator.real import noise_root  # noqa: E402

_WRITING = threading.Lock()


def report(event: str, **values: object) -> None:
    """Print an event with its time, in seconds of the system's monotonic clock."""
    with _WRITING:
        _EVENTS.write(json.dumps({"event": event, "at": time.monotonic(), **values}) + "\n")


def jid(text: str) -> Neonize_pb2.JID:
    user, server = text.split("@")
    user, _, device = user.partition(":")
    return Neonize_pb2.JID(
        User=user, Server=server, Device=int(device or 0), RawAgent=0, Integrator=0, IsEmpty=False
    )


def text_of(address: Neonize_pb2.JID) -> str:
    device = f":{address.Device}" if address.Device else ""
    return f"{address.User}{device}@{address.Server}" if address.Server else ""


def on_message(_client: NewClient, event: Neonize_pb2.Message) -> None:
    source, message = event.Info.MessageSource, event.Message
    report(
        "message",
        id=event.Info.ID,
        chat=text_of(source.Chat),
        sender=text_of(source.Sender),
        senderAlt=text_of(source.SenderAlt),
        isGroup=source.IsGroup,
        fromMe=source.IsFromMe,
        name=event.Info.Pushname,
        category=event.Info.Category,
        text=message.conversation or message.extendedTextMessage.text,
        fields=[field.name for field, _ in message.ListFields()],
    )


def on_receipt(_client: NewClient, event: Neonize_pb2.Receipt) -> None:
    kind = neonize_events.ReceiptEv.ReceiptType.Name(event.Type)
    sender, chat = text_of(event.MessageSource.Sender), text_of(event.MessageSource.Chat)
    report("receipt", type=kind, ids=list(event.MessageIDs), sender=sender, chat=chat)


def on_typing(_client: NewClient, event: Neonize_pb2.ChatPresence) -> None:
    report("typing", sender=text_of(event.MessageSource.Sender), state=event.State)


def on_login_status(_uuid: int, text: int) -> None:
    """Report how a pairing went: neonize has no event for it, and prints the text's address."""
    report("login_status", text=ctypes.string_at(text).decode())


def reporter(name: str) -> Callable[[NewClient, Protobuf], None]:
    def on_event(_client: NewClient, event: Protobuf) -> None:
        report(name, text=str(event)[:2000])

    return on_event


HANDLERS: dict[Any, Callable[..., None]] = {
    neonize_events.MessageEv: on_message,
    neonize_events.ReceiptEv: on_receipt,
    neonize_events.ChatPresenceEv: on_typing,
    **{
        kind: reporter(name)
        for name, kind in {
            "connected": neonize_events.ConnectedEv,
            "disconnected": neonize_events.DisconnectedEv,
            "paired": neonize_events.PairStatusEv,
            "logged_out": neonize_events.LoggedOutEv,
            "replaced": neonize_events.StreamReplacedEv,
            "connect_failure": neonize_events.ConnectFailureEv,
            "stream_error": neonize_events.StreamErrorEv,
            "offline_done": neonize_events.OfflineSyncCompletedEv,
            "history": neonize_events.HistorySyncEv,
            "banned": neonize_events.TemporaryBanEv,
            "outdated": neonize_events.ClientOutdatedEv,
            "keepalive_timeout": neonize_events.KeepAliveTimeoutEv,
            "keepalive_restored": neonize_events.KeepAliveRestoredEv,
            "undecryptable": neonize_events.UndecryptableMessageEv,
            "presence": neonize_events.PresenceEv,
            "joined_group": neonize_events.JoinedGroupEv,
            "group_changed": neonize_events.GroupInfoEv,
        }.items()
    },
}


class Commands:
    """What a test may ask of the client, by the name of the method."""

    def __init__(self, client: NewClient) -> None:
        self._client = client

    def pair(self, number: str) -> object:
        return self._client.PairPhone(number, show_push_notification=True)

    def send(self, to: str, text: str) -> object:
        sent = self._client.send_message(jid(to), text)
        return {"id": sent.ID, "timestamp": sent.Timestamp}

    def send_file(self, to: str, kind: str, base64: str) -> object:
        """Upload bytes and send the message that brings them; return that message, too."""
        data, fields = binascii.a2b_base64(base64), e2e.Message.DESCRIPTOR.fields_by_name
        found = self._client.upload(data, MediaType[f"Media{kind.capitalize()}"])
        message = e2e.Message()
        assert f"{kind}Message" in fields
        media = getattr(message, f"{kind}Message")
        media.URL, media.directPath, media.mediaKey = found.url, found.DirectPath, found.MediaKey
        media.fileEncSHA256, media.fileSHA256 = found.FileEncSHA256, found.FileSHA256
        media.fileLength = found.FileLength
        media.mimetype = "application/x-test"
        sent = self._client.send_message(jid(to), message)
        return {"id": sent.ID, "message": message.SerializeToString().hex()}

    def download(self, message: str) -> object:
        data = self._client.download_any(e2e.Message.FromString(bytes.fromhex(message)))
        return binascii.b2a_base64(data or b"", newline=False).decode()

    def me(self) -> object:
        device = self._client.get_me()
        return {"jid": text_of(device.JID), "lid": text_of(device.LID), "name": device.PushName}

    def rename(self, name: str) -> object:
        return self._client.set_profile_name(name)

    def available(self) -> object:
        return self._client.send_presence(Presence.AVAILABLE)

    def type(self, to: str) -> object:
        composing = ChatPresence.CHAT_PRESENCE_COMPOSING
        media = ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT
        return self._client.send_chat_presence(jid(to), composing, media)

    def read(self, chat: str, ids: list[str]) -> object:
        to = jid(chat)
        return self._client.mark_read(*ids, chat=to, sender=to, receipt=ReceiptType.READ)

    def knows(self, number: str) -> object:
        (found,) = self._client.is_on_whatsapp(number)
        return {"in": found.IsIn, "jid": text_of(found.JID)}

    def lid(self, to: str) -> object:
        return text_of(self._client.get_lid_from_pn(jid(to)))

    def logout(self) -> object:
        return self._client.logout()


def run(commands: Commands, line: str) -> None:
    """Carry out one command and report its result or its error, with the command's number."""
    command = json.loads(line)
    try:
        result = getattr(commands, command["do"])(**command.get("with", {}))
    except Exception as error:  # noqa: BLE001 - the test judges it
        report("failed", number=command["number"], error=str(error))
    else:
        report("done", number=command["number"], result=result)


def connect(client: NewClient) -> None:
    """Connect, and report the end of that, which comes at once where the first dial fails."""
    try:
        client.connect()
    except Exception as error:  # noqa: BLE001 - the test judges it
        report("connect_failed", error=str(error))
    else:
        report("connect_returned")


def main(store: str, root: str) -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    logging.getLogger("whatsmeow").setLevel(logging.INFO)
    report("trusts", places=noise_root.trust(bytes.fromhex(root)), library=str(_binder.gocode))
    client = NewClient(f"{store}?_foreign_keys=on&_journal_mode=WAL&_synchronous=NORMAL&_x=")
    client._stop_finalizer.detach()
    client._NewClient__onLoginStatus = on_login_status
    for kind, handler in HANDLERS.items():
        client.event(kind)(handler)
    client.qr(lambda _client, text: report("qr", text=bytes(text).decode()))
    threading.Thread(target=connect, args=(client,), daemon=True).start()
    commands = Commands(client)
    for line in sys.stdin:
        threading.Thread(target=run, args=(commands, line), daemon=True).start()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
