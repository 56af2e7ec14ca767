"""Any message there could be: protobufs with whatever fields a stranger likes to fill in."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from hypothesis import strategies as st

from tests.whatsapp.protobufs import Message, MessageInfo, MessageSource, e2e, jid
from whatsapp.message_kinds import KINDS

#: Stands in a text for what is no UTF-8, which Python's protobuf takes from the wire alone.
MARK = "MARK"
NO_UTF_8 = b"\xed\xa0\x80\xff"
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [MARK, f"a{MARK}b", "", "\0", "BEGIN:VCARD\nTEL;waid=5521988880001:1\nTEL:+" + MARK]
    ),
)
ADDRESSES = st.sampled_from(
    ["", "@", "1@lid", "5521988880000@s.whatsapp.net", "5521@s.whatsapp.net:3", "x", MARK]
)
_PLAIN: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.TYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED32: st.integers(0, 2**32 - 1),
    FieldDescriptor.TYPE_FLOAT: st.floats(width=32),
    FieldDescriptor.TYPE_DOUBLE: st.floats(),
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_STRING: TEXTS | ADDRESSES,
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=40),
}
ALL = list(e2e.Message.DESCRIPTOR.fields)
#: Those of which more is read than their name.
READ = [
    e2e.Message.DESCRIPTOR.fields_by_name[name]
    for name in [*KINDS, "protocolMessage", "reactionMessage", "pollUpdateMessage"]
]


@st.composite
def contents(draw: st.DrawFn) -> e2e.Message:
    """An end-to-end message, in up to three wrappers and with up to two contents."""
    content = e2e.Message()
    for field in draw(st.lists(st.sampled_from(READ) | st.sampled_from(ALL), max_size=2)):
        _set(draw, content, field, 3)
    _fill_context(draw, content)
    for name in draw(st.lists(st.sampled_from(["viewOnceMessage", "editedMessage"]), max_size=3)):
        outer = e2e.Message()
        getattr(outer, name).message.CopyFrom(content)
        content = outer
    return content


@st.composite
def changes(draw: st.DrawFn) -> e2e.Message:
    """One that edits, deletes, reacts or votes, if its key and its sender allow that."""
    name = draw(st.sampled_from(["protocolMessage", "reactionMessage", "pollUpdateMessage"]))
    content = e2e.Message()
    _set(draw, content, e2e.Message.DESCRIPTOR.fields_by_name[name], 3)
    change = getattr(content, name)
    key = change.pollCreationMessageKey if name == "pollUpdateMessage" else change.key
    key.ID = draw(TEXTS)
    key.fromMe = draw(st.booleans())
    if name == "protocolMessage":
        change.type = change.Type.Value(draw(st.sampled_from(["REVOKE", "MESSAGE_EDIT"])))
    elif name == "pollUpdateMessage":
        change.vote.SetInParent()
    return content


@st.composite
def events(draw: st.DrawFn, content: st.SearchStrategy[e2e.Message]) -> Message:
    """What the library might report of it, read from the wire as it is."""
    where = MessageSource(IsGroup=draw(st.booleans()), IsFromMe=draw(st.booleans()))
    for name in ("Chat", "Sender", "SenderAlt", "RecipientAlt"):
        getattr(where, name).CopyFrom(jid(draw(ADDRESSES)))
    info = MessageInfo(MessageSource=where, ID=draw(TEXTS), Pushname=draw(TEXTS))
    info.Timestamp = draw(_PLAIN[FieldDescriptor.TYPE_INT64])
    event = Message(Info=info, Message=draw(content))
    raw = event.SerializePartialToString().replace(MARK.encode(), NO_UTF_8)
    read = Message()
    read.MergeFromString(raw)
    return read


def _fill(draw: st.DrawFn, message: Any, depth: int) -> None:
    fields = [each for each in message.DESCRIPTOR.fields if depth > 0 or not each.message_type]
    for field in draw(st.lists(st.sampled_from(fields), max_size=4)) if fields else ():
        _set(draw, message, field, depth)


def _fill_context(draw: st.DrawFn, message: e2e.Message) -> None:
    for field, value in message.ListFields():
        if field.message_type and "contextInfo" in field.message_type.fields_by_name:
            _fill(draw, value.contextInfo, 2)


def _set(draw: st.DrawFn, message: Any, field: Any, depth: int) -> None:
    if field.message_type is not None:
        part = getattr(message, field.name)
        part = part.add() if field.is_repeated else part
        part.SetInParent()
        _fill(draw, part, depth - 1)
        return
    if field.enum_type is not None:
        value = draw(st.sampled_from([each.number for each in field.enum_type.values]))
    else:
        value = draw(_PLAIN[field.type])
    if field.is_repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)
