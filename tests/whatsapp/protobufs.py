"""neonize's protobuf classes, without its Go library."""

from __future__ import annotations

import os

os.environ.setdefault("SPHINX", "1")

from neonize.proto.Neonize_pb2 import (
    JID,
    ChatPresence,
    ConnectFailure,
    Disconnected,
    KeepAliveTimeout,
    LogEntry,
    LoggedOut,
    Message,
    MessageInfo,
    MessageSource,
    Presence,
    Receipt,
    SendResponse,
    StreamError,
    TemporaryBan,
    UndecryptableMessage,
    UploadResponse,
)
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e
from neonize.proto.waHistorySync.WAWebProtobufsHistorySync_pb2 import HistorySync

__all__ = [
    "JID",
    "ChatPresence",
    "ConnectFailure",
    "Disconnected",
    "HistorySync",
    "KeepAliveTimeout",
    "LogEntry",
    "LoggedOut",
    "Message",
    "MessageInfo",
    "MessageSource",
    "Presence",
    "Receipt",
    "SendResponse",
    "StreamError",
    "TemporaryBan",
    "UndecryptableMessage",
    "UploadResponse",
    "e2e",
    "jid",
    "source",
]


def jid(address: str, device: int = 0) -> JID:
    """The library's form of `user@server`; of an empty text its empty JID."""
    user, _, server = address.partition("@")
    return JID(
        User=user,
        Server=server,
        Device=device,
        RawAgent=0,
        Integrator=0,
        IsEmpty=not address,
    )


def source(
    chat: str, sender: str, *, sender_alt: str = "", recipient_alt: str = "", **flags: bool
) -> MessageSource:
    """Who said it where; `flags`: IsFromMe, IsGroup."""
    return MessageSource(
        Chat=jid(chat),
        Sender=jid(sender, device=1),
        SenderAlt=jid(sender_alt),
        RecipientAlt=jid(recipient_alt),
        BroadcastListOwner=jid(""),
        **({"IsFromMe": False, "IsGroup": False} | flags),
    )
