"""Messages about another one, that answer it or do something to it: which, and whether they may.

Looked at when it is accepted, and once more when its turn has come: meanwhile the other one may
have left, or failed, or been deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from actors import outgoing as o
from actors.addressing import Address
from actors.errors import (
    AmbiguousMessage,
    DeleteTooLate,
    EditTooLate,
    MessageNotFound,
    NotEditable,
    NotForwardable,
    NotOwnMessage,
    OtherChat,
    Refusal,
    TargetDeleted,
    TargetNotSent,
    TextTooLong,
)
from actors.reply import ask
from persistence.message_life import OPEN, MessageState

if TYPE_CHECKING:
    from actors.directory import Directory

#: For so long WhatsApp's own clients let people edit and delete what they wrote.
EDITED_WITHIN = timedelta(minutes=15)
DELETED_WITHIN = timedelta(hours=60)
#: So much later what was accepted in time may still go: other phones take it.
GRACE = timedelta(minutes=5)
#: Characters of a text: as many as WhatsApp's own clients let people write.
MAX_TEXT = 65_536
#: Characters of a text below a picture, a video or a document, as the WhatsApp Business Platform
#: documents them.
MAX_CAPTION = 1024
#: What stands below media, or is all there is, can be edited.
_WITH_TEXT = frozenset({"text", "image", "video", "document"})
#: What can be forwarded without the library's own bytes of it, and what with them alone.
_BY_ITS_TEXT = frozenset({"text"})
_BY_ITS_BYTES = frozenset(
    {"image", "video", "audio", "voice", "document", "sticker", "location", "contact"}
)
#: In which chats messages are about others; channels and lists are none.
_SERVERS = frozenset({"s.whatsapp.net", "lid", "g.us"})
#: What may come of looking again, for good.
REFUSED = (
    AmbiguousMessage,
    DeleteTooLate,
    EditTooLate,
    MessageNotFound,
    NotEditable,
    NotForwardable,
    NotOwnMessage,
    TargetDeleted,
    TargetNotSent,
)


@dataclass(frozen=True, slots=True)
class About:
    """What a content says of another message."""

    field: str
    """`quote` or `target`."""
    kind: str
    """`quote`, or the content's type."""
    name: str
    """The other one's id, ours or WhatsApp's."""
    text: str = ""
    """Of an edit: the new one."""


def about_of(content: dict[str, Any]) -> About | None:
    """None: it is about no other message."""
    if content.get("target") is not None:
        return About("target", content["type"], content["target"], content.get("text", ""))
    if content.get("quote") is not None:
        return About("quote", "quote", content["quote"])
    return None


async def find(
    directory: Directory, empresa_id: int, about: About, to: Address | None, now: datetime
) -> o.StoredOriginal:
    """The message that a new one is about. `to`: the chat that the asker named.

    Refused: one of `REFUSED`, and `OtherChat`.
    """
    names = to.names if to is not None and about.kind != "forward" else ()
    question = o.OriginalsOf(empresa_id, about.name, names)
    found: Sequence[o.StoredOriginal] = await ask(directory.reader, question)
    try:
        original = _one(about, found)
        check(about, original, now)
    except Refusal as refusal:
        refusal.fields.setdefault("field", about.field)
        raise
    return original


async def find_again(
    directory: Directory, empresa_id: int, content: dict[str, Any], now: datetime
) -> o.StoredOriginal:
    """The same one when its turn has come. Refused: one of `REFUSED`."""
    about, known = about_of(content), content["about"]
    assert about is not None  # noqa: S101 - what has `about` is about another
    # What the client has said of those before is stored once this is answered.
    await ask(directory.archive, o.ChangeMessages(empresa_id, ()))
    question = o.OriginalsOf(empresa_id, known["outgoingId"] or known["id"])
    found: Sequence[o.StoredOriginal] = await ask(directory.reader, question)
    # One of ours that was sent once more has another number.
    same = [each for each in found if known["outgoingId"] or each.seq == known["seq"]]
    if not same:
        raise MessageNotFound
    check(about, same[0], now - GRACE)
    if same[0].whatsapp_id is None:
        raise TargetNotSent
    return same[0]


def shape(about: About, original: o.StoredOriginal) -> dict[str, Any]:
    """What is stored of it with the message that is about it."""
    said = original.said
    if about.kind == "quote":
        said = {"type": said["type"], "text": (said["text"] or "")[:MAX_TEXT] or None}
    elif about.kind != "forward":
        said = {"type": said["type"]}
    return replace(original, said=said).shape()


def check(about: About, original: o.StoredOriginal, now: datetime) -> None:
    """Whether that may be done to it. Refused: one of `REFUSED`."""
    if original.is_deleted:
        raise TargetDeleted
    if original.state in (MessageState.FAILED, MessageState.CANCELLED):
        raise TargetNotSent
    if original.seq is None and original.state not in OPEN:
        # It is of another number, or not kept any more; or nobody knows whether it left.
        raise TargetNotSent if original.whatsapp_id is None else MessageNotFound
    match about.kind:
        case "edit":
            _check_edit(about, original, now)
        case "delete":
            _check_delete(original, now)
        case "forward":
            _check_forward(original)


def _one(about: About, found: Sequence[o.StoredOriginal]) -> o.StoredOriginal:
    known = [each for each in found if _is_in_chat(each)]
    if not known:
        raise MessageNotFound
    there = [each for each in known if each.is_there]
    if not there:
        raise OtherChat
    # Who writes chooses the id: a customer may repeat one of ours.
    ours = [each for each in there if each.from_me]
    if about.kind in ("edit", "delete") and ours:
        there = ours
    if len(there) > 1:
        raise AmbiguousMessage
    return there[0]


def _is_in_chat(original: o.StoredOriginal) -> bool:
    jid = original.chat.get("id")
    return jid is None or jid.partition("@")[2] in _SERVERS


def _check_edit(about: About, original: o.StoredOriginal, now: datetime) -> None:
    if not original.from_me:
        raise NotOwnMessage
    kind = original.said["type"]
    is_kept = kind == "text" or original.raw is not None or original.seq is None
    if kind not in _WITH_TEXT or original.said["viewOnce"] or not is_kept:
        raise NotEditable
    if kind != "text" and len(about.text) > MAX_CAPTION:
        sentence = f"Uma legenda pode ter até {MAX_CAPTION} caracteres. Envie o resto à parte."
        raise TextTooLong(sentence, field="text", limit=MAX_CAPTION)
    if original.seq is not None and now > original.at + EDITED_WITHIN:
        raise EditTooLate


def _check_delete(original: o.StoredOriginal, now: datetime) -> None:
    if not original.from_me and not original.chat.get("isGroup"):
        raise NotOwnMessage
    if original.seq is not None and now > original.at + DELETED_WITHIN:
        raise DeleteTooLate


def _check_forward(original: o.StoredOriginal) -> None:
    if original.seq is None:
        raise TargetNotSent
    said = original.said
    is_short = len(said["text"] or "") <= MAX_TEXT
    is_kept = original.raw is not None or said["type"] in _BY_ITS_TEXT
    is_live = bool(said["location"] and said["location"].get("live"))
    if (
        said["type"] not in _BY_ITS_TEXT | _BY_ITS_BYTES
        or said["viewOnce"]
        or said["choice"]
        or is_live
        or not (is_kept and is_short)
    ):
        raise NotForwardable
