"""What the library's error texts mean: whether a message left, and whether to try again.

neonize raises one class per call, with nothing in it but the text of Go. The texts are whatsmeow's
(`SendMessage`, `Upload`) in the order in which it does things, and those that WhatsApp's server
puts into the acknowledgement of what it refuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Fate: TypeAlias = Literal["not_sent", "refused", "unknown"]
"""`not_sent`: nothing was given to the network; `refused`: WhatsApp said no, and delivers it to
nobody; `unknown`: it may have left, and only a receipt or its acknowledgement can tell."""

#: Characters that are read, and that are kept.
_LONGEST_TEXT = 2000
_LONGEST_DETAIL = 200
#: An address with its token, whose number it is, and keys.
_PRIVATE = re.compile(r"\w+://\S+|\d{6,}|[\w+/=-]{32,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\xa0\u2028\u2029]+")


class Row(NamedTuple):
    """What a text means that begins like this."""

    pattern: re.Pattern[str]
    reason: str
    fate: Fate
    is_transient: bool
    pauses_slow_lane: bool


@dataclass(frozen=True, slots=True)
class SendFailure:
    """Why a message was not sent, or was not acknowledged."""

    reason: str
    """Stable, as in `failed(reason)`."""
    fate: Fate
    is_transient: bool
    """Whether the cause passes by itself."""
    pauses_slow_lane: bool
    """Whether first contacts would make it worse."""
    detail: str
    """The library's text, without numbers and keys, at most 200 characters."""

    @property
    def may_be_sent_again(self) -> bool:
        """Whether a second attempt can neither be a second message nor be in vain."""
        return self.is_transient and self.fate != "unknown"


def read_send_error(text: str) -> SendFailure:
    """Of the text of a `SendMessageError` or an `UploadError`; of others it is `unknown`."""
    # Go's protobuf puts a space that does not break into its texts, now and then.
    text = _CONTROL.sub(" ", text[:_LONGEST_TEXT]).strip()
    detail = _PRIVATE.sub("…", text)[:_LONGEST_DETAIL]
    row = next((row for row in ROWS if row.pattern.match(text)), UNKNOWN)
    return SendFailure(row.reason, row.fate, row.is_transient, row.pauses_slow_lane, detail)


def _row(pattern: str, reason: str, fate: Fate, *, passes: bool = False, slow: bool = False) -> Row:
    return Row(re.compile(pattern), reason, fate, passes, slow)


#: What whatsmeow asks before it sends: who the devices of a chat are, and their addresses.
_LOOK_UP = r"failed to get (device list|group members|user info for .* to fill LID cache): "
_OFFLINE = r".*websocket (not c|disc)onnected"
_TOO_OFTEN = r".*status 429\b"
_WRITE = r"failed to send message node: "
_REFUSED = r"server returned error "
_NO_DEVICE = r"the store doesn't contain a device JID|not logged in"
_MEDIA_HOSTS = r"failed to refresh media connections: "
_UPLOAD = r"upload failed with status code "
_UPLOAD_STEPS = r"failed to (prepare request|execute request|parse upload response|encrypt file): "

UNKNOWN = _row("", "unknown", "unknown")

#: The first that matches holds.
ROWS: tuple[Row, ...] = (
    # Before anything else.
    _row(r"client is nil$", "client_not_ready", "not_sent", passes=True),
    _row(_NO_DEVICE, "not_logged_in", "not_sent", passes=True),
    _row(r"message recipient must be a user JID", "invalid_recipient", "not_sent"),
    _row(r"proto: |(" + _WRITE + ")?failed to marshal ", "invalid_message", "not_sent"),
    # Who is to get it.
    _row(_LOOK_UP + r"that group does not exist$", "group_not_found", "not_sent"),
    _row(_LOOK_UP + r"you're not participating in that group$", "not_in_group", "not_sent"),
    _row(_LOOK_UP + r".*unknown user server", "invalid_recipient", "not_sent"),
    _row(_LOOK_UP + _TOO_OFTEN, "rate_limited", "not_sent", passes=True, slow=True),
    _row(_LOOK_UP + _OFFLINE, "not_connected", "not_sent", passes=True),
    _row(_LOOK_UP, "lookup_failed", "not_sent", passes=True),
    _row(r"no LID found for ", "not_on_whatsapp", "not_sent"),
    _row(r"failed to get broadcast list members: ", "unsupported_chat", "not_sent"),
    _row(r"can't send message to unknown server", "unsupported_chat", "not_sent"),
    # The store, and encryption with what is in it.
    _row(r"failed to get LID for PN ", "store_failed", "not_sent", passes=True),
    _row(r"failed to fetch LID mappings: ", "store_failed", "not_sent", passes=True),
    _row(r"failed to (prefetch|save cached) sessions: ", "store_failed", "not_sent", passes=True),
    _row(r"failed to .* retry store: ", "store_failed", "not_sent", passes=True),
    _row(r"failed to create sender key ", "encryption_failed", "not_sent", passes=True),
    _row(r"failed to encrypt group message ", "encryption_failed", "not_sent", passes=True),
    # The one write. The socket was gone before it; or it failed, after who knows how many bytes.
    _row(_WRITE + r"websocket not connected$", "not_connected", "not_sent", passes=True),
    _row(_WRITE + r"frame socket is closed$", "not_connected", "not_sent", passes=True),
    _row(_WRITE + r"frame too large", "message_too_large", "not_sent"),
    _row(_WRITE, "link_lost", "unknown"),
    # After it. Bare, "not connected" is what came of writing it once more.
    _row(r"timed out waiting for message send response$", "no_answer", "unknown"),
    _row(r"info query timed out$", "no_answer", "unknown"),
    _row(r"context (deadline exceeded|canceled)$", "no_answer", "unknown"),
    _row(r"websocket disconnected before message send", "link_lost", "unknown"),
    _row(r"websocket not connected$", "link_lost", "unknown"),
    _row(r"frame socket is closed$", "link_lost", "unknown"),
    _row(r"failed to write ", "link_lost", "unknown"),
    # The server's codes. 421: the group has changed its addresses. 463: no first contacts for a
    # while, and each further one prolongs it. 475: no more this month. 479: a stanza that it does
    # not take, from a session that has become stale.
    _row(_REFUSED + r"(401|403)$", "not_allowed", "refused"),
    _row(_REFUSED + r"421$", "group_changed", "refused", passes=True),
    _row(_REFUSED + r"429$", "rate_limited", "refused", passes=True, slow=True),
    _row(_REFUSED + r"463$", "new_contacts_limited", "refused", slow=True),
    _row(_REFUSED + r"475$", "new_contacts_limited", "refused", slow=True),
    _row(_REFUSED + r"479$", "stanza_refused", "refused", passes=True),
    # It failed there, and does not say how far it had come.
    _row(_REFUSED + r"(408|5\d\d)$", "whatsapp_failed", "unknown"),
    _row(_REFUSED + r"4\d\d$", "refused_by_whatsapp", "refused"),
    # An upload is no message: whatever became of it, nothing was sent.
    _row(_MEDIA_HOSTS + _TOO_OFTEN, "rate_limited", "not_sent", passes=True, slow=True),
    _row(_MEDIA_HOSTS + _OFFLINE, "not_connected", "not_sent", passes=True),
    _row(_MEDIA_HOSTS, "upload_failed", "not_sent", passes=True),
    _row(_UPLOAD + r"413$", "file_too_large", "not_sent"),
    _row(_UPLOAD + r"429$", "rate_limited", "not_sent", passes=True, slow=True),
    _row(_UPLOAD + r"(400|415)$", "file_refused", "not_sent"),
    _row(_UPLOAD, "upload_failed", "not_sent", passes=True),
    _row(_UPLOAD_STEPS, "upload_failed", "not_sent", passes=True),
)
