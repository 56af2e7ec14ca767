"""Which event a message of the library's is: a message, a change to one, or none at all."""

from __future__ import annotations

from typing import Any

from whatsapp.change_shape import change_kind, shape_change
from whatsapp.jids import bare
from whatsapp.message_content import Content, content_of, is_silent
from whatsapp.message_shape import shape_message
from whatsapp.port import EventKind
from whatsapp.store import OwnNumber

#: What devices of one account tell one another, and phones tell their companions: no
#: conversation, whoever reads it.
_BETWEEN_DEVICES = frozenset(
    {
        "APP_STATE_SYNC_KEY_SHARE",
        "APP_STATE_SYNC_KEY_REQUEST",
        "APP_STATE_FATAL_EXCEPTION_NOTIFICATION",
        "HISTORY_SYNC_NOTIFICATION",
        "INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC",
        "PEER_DATA_OPERATION_REQUEST_MESSAGE",
        "PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE",
        "LID_MIGRATION_MAPPING_SYNC",
    }
)
_PEER_CATEGORY = "peer"
#: Where people show pictures to all their contacts for a day: said to nobody.
_STATUSES = "status@broadcast"


def shape_event(event: Any, own: OwnNumber | None) -> tuple[EventKind, dict[str, Any]] | None:
    """What is published of a `MessageEv`; None: nobody said anything.

    `own`: the empresa's number, if it is known.
    """
    content = content_of(event.Message)
    if not _is_conversation(event, content):
        return None
    change = change_kind(event, content)
    if change is not None:
        return change, shape_change(change, event, own, content)
    return "message", shape_message(event, own, content)


def is_said(info: Any) -> bool:
    """Whether a `MessageInfo` is of what is said in a conversation, by its envelope alone."""
    return info.Category != _PEER_CATEGORY and bare(info.MessageSource.Chat) != _STATUSES


def _is_conversation(event: Any, content: Content) -> bool:
    if not is_said(event.Info):
        return False
    if content.name == "protocolMessage":
        protocol = content.value
        return protocol.Type.Name(protocol.type) not in _BETWEEN_DEVICES
    return not is_silent(event.Message, content)
