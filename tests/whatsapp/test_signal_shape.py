from __future__ import annotations

import pytest

from tests.whatsapp.protobufs import ChatPresence, MessageSource, Presence, jid, source
from whatsapp.jids import Person
from whatsapp.signal_shape import shape_presence, shape_typing
from whatsapp.store import OwnNumber

MARIA = Person("+5521988880000", "2924@lid")
WHERE = source("2924@lid", "2924@lid")
#: What Go's zero time is in seconds since 1970: what the library says where no time is known.
NO_TIME = -62_135_596_800


def typing(where: MessageSource, state: str | None, media: str | None = None) -> ChatPresence:
    return ChatPresence(
        MessageSource=where,
        State=ChatPresence.ChatPresence.Value(state) if state else None,
        Media=ChatPresence.ChatPresenceMedia.Value(media) if media else None,
    )


@pytest.mark.parametrize(
    ("state", "media", "published"),
    [
        ("COMPOSING", "TEXT", "composing"),
        ("COMPOSING", None, "composing"),
        ("COMPOSING", "AUDIO", "recording"),
        ("PAUSED", "TEXT", "paused"),
        ("PAUSED", None, "paused"),
    ],
)
def test_what_somebody_does_is_said(state: str, media: str | None, published: str) -> None:
    shaped = shape_typing(typing(WHERE, state, media), None, None)
    assert shaped is not None
    assert shaped["state"] == published


def test_the_shape_of_typing_names_the_other_side_as_far_as_it_is_known() -> None:
    event = typing(WHERE, "COMPOSING")
    chat = {"id": "2924@lid", "lid": "2924@lid", "isGroup": False, "name": None}
    for known, phone in ((None, None), (MARIA, MARIA.phone)):
        assert shape_typing(event, None, known) == {
            "v": 1,
            "chat": chat | {"phone": phone},
            "sender": {"phone": phone, "lid": "2924@lid", "name": None},
            "state": "composing",
        }


def test_in_a_group_the_one_who_types_is_named() -> None:
    where = source("1@g.us", "7@lid", sender_alt="5521988880007@s.whatsapp.net", IsGroup=True)
    shaped = shape_typing(typing(where, "COMPOSING"), None, MARIA)
    assert shaped is not None
    assert shaped["chat"]["id"] == "1@g.us"
    assert shaped["chat"]["isGroup"]
    assert shaped["sender"] == {"phone": "+5521988880007", "lid": "7@lid", "name": None}


def test_our_own_typing_and_what_is_unknown_is_not_published() -> None:
    mine = source("2924@lid", "2185@lid", IsFromMe=True)
    assert shape_typing(typing(mine, "COMPOSING"), OwnNumber("+1", None), None) is None
    unknown = typing(WHERE, None)
    assert ChatPresence.ChatPresence.Name(unknown.State) == "COMPOSING"
    assert shape_typing(unknown, None, None) is None
    assert shape_typing(typing(source("", ""), "COMPOSING"), None, None) is None


def presence(address: str, *, away: bool, last_seen: int = NO_TIME) -> Presence:
    return Presence(From=jid(address), Unavailable=away, LastSeen=last_seen)


@pytest.mark.parametrize(
    ("event", "online", "last_seen"),
    [
        (presence("2924@lid", away=False), True, None),
        (presence("2924@lid", away=False, last_seen=1_700_000_000), True, None),
        (presence("2924@lid", away=True), False, None),
        (presence("2924@lid", away=True, last_seen=0), False, None),
        (presence("2924@lid", away=True, last_seen=1_700_000_000), False, "2023-11-14T22:13:20"),
    ],
)
def test_who_is_online_and_who_was_when(
    event: Presence, online: bool, last_seen: str | None
) -> None:
    time = f"{last_seen}.000Z" if last_seen else None
    assert shape_presence(event, MARIA) == {
        "v": 1,
        "chat": "2924@lid",
        "phone": MARIA.phone,
        "lid": "2924@lid",
        "online": online,
        "lastSeen": time,
    }


def test_of_somebody_who_is_not_followed_only_the_address_is_known() -> None:
    shaped = shape_presence(presence("5521988880000@s.whatsapp.net", away=False), None)
    assert shaped is not None
    assert (shaped["phone"], shaped["lid"]) == ("+5521988880000", None)
    assert shape_presence(presence("", away=False), None) is None
