"""Conversations and messages, as the numbered events tell of them; on each engine."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from persistence import accepting, conversations, originals, retention
from persistence.conversation_values import MessagePage, Spot
from persistence.conversations import MOST_RAW
from persistence.message_life import MessageState
from persistence.models import Message
from persistence.outgoing_values import Change, NewOutgoing
from persistence.values import NewEvent
from tests.persistence.telling import (
    AT,
    CHAT,
    GROUP,
    LATER,
    OTHER_OWN,
    OWN,
    PHONE,
    change,
    changes,
    event,
    ids,
    link,
    message,
    ours,
    said,
    shown,
    tell,
)

SECRET = bytes(range(32))


@pytest.fixture(autouse=True)
def _known(connection: Connection) -> None:
    link(connection)


def test_a_message_makes_a_conversation_that_says_who_and_what_and_how_many(
    connection: Connection,
) -> None:
    tell(connection, message("a"), message("b", 1))
    (found,) = shown(connection)
    assert (found.number, found.chat, found.phone, found.name) == (OWN, CHAT, PHONE, "Maria")
    assert (found.unread, found.is_group, found.is_history) == (2, False, False)
    assert found.message is not None
    assert json.loads(found.message.json) == message("b", 1).data
    assert ids(said(connection)) == ["b", "a"]


def test_conversations_are_listed_by_their_last_messages_and_paged_by_them(
    connection: Connection,
) -> None:
    for number in range(7):
        chat = {"id": f"{number}@lid", "phone": None, "lid": None, "isGroup": False, "name": None}
        tell(connection, message(f"m{number}", number % 3, chat=chat))
    pages, before = [], None
    while True:
        page = conversations.page(connection, 5, None, before, 3)
        pages.append([each.chat for each in page.conversations])
        before = page.next
        if before is None:
            break
    assert pages == [["5@lid", "2@lid", "4@lid"], ["1@lid", "6@lid", "3@lid"], ["0@lid"]]


def test_messages_are_paged_both_ways_and_none_is_missing_or_comes_twice(
    connection: Connection,
) -> None:
    names = [f"m{number:02}" for number in range(10)]
    # Three of them within one second each, as those of a burst.
    tell(connection, *(message(name, place // 3) for place, name in enumerate(names)))
    (found,) = shown(connection)

    def page(before: Spot | None = None, after: Spot | None = None) -> MessagePage:
        return conversations.messages(connection, 5, found, before, after, 4)

    first = page()
    second = page(before=first.next)
    third = page(before=second.next)
    backwards = [*ids(first.messages), *ids(second.messages), *ids(third.messages)]
    assert backwards == names[::-1]
    assert third.next is None
    assert ids(page(after=third.previous).messages) == ids(second.messages)
    newest = page(after=second.previous)
    assert ids(newest.messages) == ids(first.messages)
    nothing = page(after=newest.previous)
    assert (nothing.messages, nothing.previous) == ((), newest.previous)
    tell(connection, message("new", 9))
    assert ids(page(after=nothing.previous).messages) == ["new"]


def test_what_was_written_earlier_and_comes_later_stands_where_it_was_written(
    connection: Connection,
) -> None:
    tell(connection, message("b", 5), message("c", 6))
    tell(connection, message("a", 1, history=True))
    assert ids(said(connection)) == ["c", "b", "a"]
    (found,) = shown(connection)
    assert (found.last.at, found.unread) == (AT + 6 * LATER, 2)


def test_what_is_delivered_again_changes_nothing(connection: Connection) -> None:
    told = [message("a"), change("message_reaction", "a", emoji="👍")]
    tell(connection, *told)
    before = shown(connection)
    tell(connection, *told)
    assert shown(connection) == before
    assert before[0].unread == 1


def test_each_own_number_has_its_conversations_and_the_old_ones_stay(
    connection: Connection,
) -> None:
    tell(connection, message("a", own=OWN))
    link(connection, OTHER_OWN)
    assert shown(connection) == []
    tell(connection, message("b"))
    # What a journal kept of before the other number was linked.
    tell(connection, message("c", 1, own=OWN))
    assert ids(said(connection)) == ["b"]
    assert ids(said(connection, number=OWN)) == ["c", "a"]
    assert [each.number for each in shown(connection)] == [OTHER_OWN]


def test_history_is_no_news_until_something_is_said(connection: Connection) -> None:
    tell(connection, message("a", history=True))
    assert [(each.is_history, each.unread) for each in shown(connection)] == [(True, 0)]
    tell(connection, message("b", 1))
    assert [(each.is_history, each.unread) for each in shown(connection)] == [(False, 1)]


def test_what_the_shop_reads_or_answers_on_its_phone_is_not_unread(connection: Connection) -> None:
    tell(connection, message("a"), message("b", 1))
    conversations.mark_read(connection, [(5, OWN, CHAT)])
    assert shown(connection)[0].unread == 0
    tell(connection, message("c", 2), ours("d", 3), message("e", 4))
    assert shown(connection)[0].unread == 1
    tell(connection, ours("f", 5))
    (found,) = shown(connection)
    assert (found.unread, found.name) == (0, "Maria")


def test_a_conversation_goes_by_its_jid_and_by_the_phone_number(connection: Connection) -> None:
    tell(connection, message("a"))
    for name in (CHAT, PHONE):
        found = conversations.find(connection, 5, None, ["+1", name])
        assert found is not None
        assert found.chat == CHAT
    assert conversations.find(connection, 5, None, ["nobody@lid"]) is None
    assert conversations.find(connection, 5, OTHER_OWN, [CHAT]) is None
    assert conversations.find(connection, 6, OWN, [CHAT]) is None


def test_edits_deletions_and_reactions_stand_at_their_message(connection: Connection) -> None:
    tell(connection, message("a"), message("b"))
    tell(
        connection,
        change("message_edited", "a", 1, text="novo", mentions=[]),
        change("message_edited", "a", 2, text="mais novo", mentions=[]),
        change("message_reaction", "a", 3, emoji="👍"),
        change("message_reaction", "a", 4, emoji="❤️"),
        change("message_deleted", "b", 5, by="sender"),
    )
    deleted, edited = said(connection)
    assert changes(edited)["edited"]["text"] == "mais novo"
    assert [each["emoji"] for each in changes(edited)["reactions"]] == ["❤️"]
    assert changes(deleted)["deleted"]["by"] == "sender"
    tell(connection, change("message_reaction", "a", 6, emoji=None))
    assert changes(said(connection)[1])["reactions"] == []
    assert json.loads(edited.json)["text"] == "texto a"


def test_each_person_has_one_reaction_and_the_shop_too(connection: Connection) -> None:
    tell(connection, message("a"))
    other = {"phone": "+5521988880009", "lid": None, "name": "João"}
    tell(
        connection,
        change("message_reaction", "a", 1, emoji="👍"),
        change("message_reaction", "a", 2, emoji="😂", sender=other),
        change("message_reaction", "a", 3, emoji="🚗", fromMe=True),
        change("message_reaction", "a", 4, emoji="🏁", fromMe=True),
    )
    (found,) = said(connection)
    assert [each["emoji"] for each in changes(found)["reactions"]] == ["👍", "😂", "🏁"]


def test_a_change_in_the_same_breath_as_its_message_is_seen(connection: Connection) -> None:
    tell(connection, change("message_edited", "a", text="novo"), message("a"), message("elsewhere"))
    assert changes(said(connection)[1])["edited"]["text"] == "novo"


def test_a_change_of_the_same_id_that_is_about_another_message_changes_nothing(
    connection: Connection,
) -> None:
    group = {"id": GROUP, "phone": None, "lid": None, "isGroup": True, "name": None}
    tell(connection, message("a"), message("g", chat=group), ours("o"))
    stranger = {"sender": {"phone": "+1", "lid": "9@lid"}, "fromMe": False}
    tell(
        connection,
        change("message_deleted", "a", by="admin", chat=group),
        change("message_deleted", "g", by="sender", chat=group, target={"id": "g", **stranger}),
        change("message_deleted", "o", by="sender"),
        change("message_deleted", "a", own=OTHER_OWN, by="sender"),
        change("message_deleted", "unknown", by="sender"),
    )
    found = [*said(connection), *said(connection, GROUP)]
    assert [changes(each) for each in found] == [{}] * 3


def receipt(kind: str, *whatsapp_ids: str) -> NewEvent:
    return NewEvent("receipt", AT, {"messageIds": list(whatsapp_ids), "kind": kind})


def test_receipts_tell_how_far_a_message_of_the_phones_has_come(connection: Connection) -> None:
    tell(connection, ours("a"), message("b"), receipt("read", "a", "b"))
    tell(connection, receipt("delivered", "a"))
    theirs, mine = said(connection)
    assert (mine.state, theirs.state) == ("read", None)


def accept(connection: Connection, message_id: str, **content: object) -> None:
    body = {"type": "text", "text": "olá", "mentions": [], "quote": None, **content}
    until = AT + timedelta(days=1)
    accepting.accept(connection, NewOutgoing(5, message_id, AT, until, {}, CHAT, "fast", body))
    tell(connection, Change(message_id, MessageState.SENDING, AT, secret=SECRET))


def left(message_id: str, state: str = "server_ack", own: str | None = None) -> NewEvent:
    whatsapp_id = f"W{message_id}" if state == "server_ack" else None
    data = {"id": message_id, "secret": SECRET.hex(), "whatsappId": whatsapp_id, "state": state}
    return NewEvent("sent", AT + LATER, data | {"reason": None, "receipts": []}, own=own)


def test_what_the_api_sent_is_there_once_whatsapp_has_it_and_its_states_follow(
    connection: Connection,
) -> None:
    accept(connection, "m")
    assert shown(connection) == []
    tell(connection, message("a"), left("m"))
    sent, _ = said(connection)
    data = json.loads(sent.json)
    assert (sent.state, sent.outgoing_id) == ("server_ack", "m")
    assert (data["id"], data["fromMe"], data["text"]) == ("Wm", True, "olá")
    assert data.keys() - {"kind"} >= {"v", "chat", "sender", "timestamp", "type", "history"}
    (found,) = shown(connection)
    assert (found.name, found.unread) == ("Maria", 1), "an answer through us reads nothing"
    tell(connection, receipt("delivered", "Wm"), receipt("read", "Wm"))
    assert said(connection)[0].state == "read"


def send_about(
    connection: Connection, message_id: str, name: str, **content: object
) -> dict[str, object]:
    """One about the message of that id, up to the client; what is stored of that one."""
    (original,) = originals.find(connection, 5, name)
    accept(connection, message_id, **content, about=original.shape())
    return original.shape()


def test_what_the_api_does_to_a_message_stands_at_it_once_it_is_sent(
    connection: Connection,
) -> None:
    accept(connection, "m", text="errado")
    tell(connection, message("a"), left("m"))
    send_about(connection, "c0", "m", type="edit", target="m", text="certo", mentions=[])
    send_about(connection, "c1", "a", type="reaction", target="a", emoji="👍")
    send_about(connection, "c2", "Wm", type="delete", target="Wm")
    assert [changes(each) for each in said(connection)] == [{}, {}]
    tell(connection, left("c0"), left("c1"), left("c2"))
    ours_, theirs = said(connection)
    assert changes(ours_)["edited"]["text"] == "certo"
    assert changes(ours_)["deleted"]["by"] == "sender"
    assert changes(theirs).keys() == {"reactions"}
    (reaction,) = changes(theirs)["reactions"]
    assert (reaction["emoji"], reaction["fromMe"]) == ("👍", True)
    # An older edit of which a receipt comes late is not the last one.
    send_about(connection, "c9", "Wm", type="edit", target="Wm", text="mais certo", mentions=[])
    tell(connection, left("c9"), receipt("read", "Wc0"))
    assert changes(said(connection)[0])["edited"]["text"] == "mais certo"
    send_about(connection, "c10", "a", type="reaction", target="a", emoji="")
    tell(connection, left("c10"))
    assert changes(said(connection)[1])["reactions"] == []


def test_a_change_that_may_have_left_is_done_when_a_receipt_proves_it(
    connection: Connection,
) -> None:
    tell(connection, message("a"))
    send_about(connection, "c", "a", type="reaction", target="a", emoji="👍")
    tell(connection, Change("c", MessageState.UNCONFIRMED, AT, whatsapp_id="Wc"))
    assert changes(said(connection)[0]) == {}
    tell(connection, receipt("delivered", "Wc"))
    (reaction,) = changes(said(connection)[0])["reactions"]
    assert reaction["sender"]["phone"] == OWN


def test_a_change_that_was_refused_changes_nothing(connection: Connection) -> None:
    tell(connection, message("a"))
    send_about(connection, "c", "a", type="reaction", target="a", emoji="👍")
    tell(connection, left("c", "failed"))
    assert changes(said(connection)[0]) == {}


def test_a_change_stands_at_the_message_that_was_meant_and_at_no_other_of_its_id(
    connection: Connection,
) -> None:
    accept(connection, "m", text="nosso")
    tell(connection, left("m"), message("Wm"))
    send_about(connection, "c", "m", type="edit", target="m", text="certo", mentions=[])
    tell(connection, left("c"))
    found = {json.loads(each.json)["text"]: changes(each) for each in said(connection)}
    assert found["nosso"]["edited"]["text"] == "certo"
    assert found["texto Wm"] == {}


def test_what_the_api_answers_shows_what_was_answered(connection: Connection) -> None:
    tell(connection, message("a"))
    send_about(connection, "m", "a", text="tem", quote="a")
    tell(connection, left("m"))
    quoted = json.loads(said(connection)[0].json)["quoted"]
    sender = {"phone": PHONE, "lid": CHAT}
    assert quoted == {"id": "a", "sender": sender, "type": "text", "text": "texto a"}


def test_what_the_api_forwards_is_there_as_what_it_was(connection: Connection) -> None:
    place = {"latitude": 1.5, "longitude": 2.5, "name": "Auto Rio"}
    tell(connection, message("a", type="location", text=None, location=place, referral={"x": 1}))
    send_about(connection, "m", "a", type="forward", target="a")
    tell(connection, left("m"))
    data = json.loads(said(connection)[0].json)
    assert (data["id"], data["type"], data["location"]) == ("Wm", "location", place)
    assert (data["fromMe"], data["quoted"], data["referral"]) == (True, None, None)


def test_what_was_sent_is_kept_as_it_was_built(connection: Connection) -> None:
    accept(connection, "m")
    tell(connection, replace(left("m"), raw=b"\x00proto\xff"))
    found = connection.execute(select(Message.raw)).scalars().all()
    assert found == [b"\x00proto\xff"]


def test_what_did_not_leave_is_in_no_conversation(connection: Connection) -> None:
    accept(connection, "m")
    tell(connection, left("m", "failed"))
    assert shown(connection) == []


def test_one_that_may_have_left_is_there_as_unconfirmed_until_a_receipt_proves_it(
    connection: Connection,
) -> None:
    accept(connection, "m")
    tell(connection, Change("m", MessageState.UNCONFIRMED, AT, whatsapp_id="Wm"))
    assert [each.state for each in said(connection)] == ["unconfirmed"]
    tell(connection, receipt("delivered", "Wm"))
    assert [each.state for each in said(connection)] == ["delivered"]


def test_what_was_sent_from_the_number_before_stands_there(connection: Connection) -> None:
    accept(connection, "m")
    link(connection, OTHER_OWN)
    tell(connection, left("m", own=OWN))
    assert ids(said(connection, number=OWN)) == ["Wm"]
    assert shown(connection) == []


def test_the_librarys_own_bytes_are_kept(connection: Connection) -> None:
    tell(connection, message("a", raw=b"\x00proto\xff"), message("b"))
    found = connection.execute(select(Message.raw).order_by(Message.seq)).scalars().all()
    assert found == [b"\x00proto\xff", None]


def test_nothing_that_a_stranger_writes_keeps_an_event_from_being_stored(
    connection: Connection,
) -> None:
    strange: list[NewEvent] = [
        message("\0" + "x" * 4000, sender={"phone": 5, "lid": "\ud800"}, timestamp="ontem"),
        message("b", timestamp="2026-11-24T14:00:00"),
        message("c", chat={"id": CHAT, "name": "Ma\0ria \ud800" + "x" * 9000}, fromMe=None),
        message("d", chat={"id": None}),
        message("e", chat={"id": "no address"}, sender=None),
        message("f", chat=None),
        event("message_edited", "g", target=None, key="g"),
        event("message_edited", "h", target={"id": None}, key="h"),
        event("message_reaction", "i", target={"id": "c", "sender": 5}, sender=[], emoji="👍"),
    ]
    tell(connection, *strange)
    assert len(said(connection)) == 3
    (found,) = shown(connection)
    assert (found.name or "").startswith("Maria ")


def test_an_empresa_of_which_no_number_is_known_has_no_conversations(
    connection: Connection,
) -> None:
    tell(connection, message("a"), empresa_id=6)
    page = conversations.page(connection, 6, None, None, 10)
    assert (page.number, page.conversations) == (None, ())


def test_messages_go_with_the_events_with_which_they_came_and_empty_conversations_too(
    connection: Connection,
) -> None:
    group = {"id": GROUP, "phone": None, "lid": None, "isGroup": True, "name": None}
    tell(connection, message("a"), message("g", chat=group), message("b", 1))
    retention.remove(connection, 5, 2, AT)
    assert [each.chat for each in shown(connection)] == [CHAT]
    assert ids(said(connection)) == ["b"]
    retention.remove(connection, 5, 3, AT)
    assert shown(connection) == []


def test_a_conversation_whose_last_message_alone_was_removed_is_still_listed(
    connection: Connection,
) -> None:
    tell(connection, message("b", 5), message("a", 1))
    retention.remove(connection, 5, 1, AT)
    (found,) = shown(connection)
    assert found.message is None
    assert ids(said(connection)) == ["a"]


def test_messages_that_the_api_sent_are_dropped_once_they_are_old_and_at_their_end(
    connection: Connection,
) -> None:
    for name in ("done", "waiting", "unsettled"):
        accept(connection, name)
    tell(connection, left("done"))
    tell(connection, Change("unsettled", MessageState.UNCONFIRMED, AT))
    soon, late = AT + timedelta(days=7), AT + timedelta(days=9)
    assert accepting.forget_messages(connection, soon, 7, 10) == 0
    assert accepting.forget_messages(connection, late, 7, 10) == 1
    assert accepting.forget_messages(connection, late, 7, 10) == 0


def unread(whatsapp_id: str, minute: int = 0) -> NewEvent:
    return event("message_undecryptable", whatsapp_id, minute, type="undecryptable", text=None)


@pytest.mark.parametrize("is_in_one_breath", [True, False])
def test_what_cannot_be_read_has_its_place_until_it_can(
    connection: Connection, *, is_in_one_breath: bool
) -> None:
    again = message("a", retried=True, raw=b"raw")
    if is_in_one_breath:
        tell(connection, unread("a"), message("b", 1), again)
    else:
        tell(connection, unread("a"), message("b", 1))
        (_, waits) = said(connection)
        assert (json.loads(waits.json)["type"], waits.state) == ("undecryptable", "undecryptable")
        tell(connection, again)
    (_, found) = said(connection)
    assert (json.loads(found.json)["text"], found.state) == ("texto a", None)
    assert connection.scalar(select(Message.raw).where(Message.id == "a")) == b"raw"
    assert shown(connection)[0].unread == 2


def test_what_can_be_read_is_not_hidden_by_word_that_it_could_not(connection: Connection) -> None:
    tell(connection, message("a", retried=True))
    tell(connection, unread("a"))
    (found,) = said(connection)
    assert found.state is None


def test_a_message_of_the_same_id_elsewhere_stays_what_it_is(connection: Connection) -> None:
    chat = {"id": GROUP, "isGroup": True, "phone": None, "lid": None, "name": None}
    tell(connection, unread("a"))
    tell(connection, message("a", retried=True, chat=chat))
    assert [each.state for each in said(connection)] == ["undecryptable"]
    assert ids(said(connection, GROUP)) == ["a"]


def test_a_receipt_says_nothing_of_what_cannot_be_read(connection: Connection) -> None:
    tell(connection, replace(unread("a"), data={**unread("a").data, "fromMe": True}))
    receipt = {"messageIds": ["a"], "chat": unread("a").data["chat"], "kind": "delivered"}
    tell(connection, NewEvent("receipt", AT, receipt))
    assert [each.state for each in said(connection)] == ["undecryptable"]


def test_a_page_with_protobufs_ends_before_it_is_too_large(connection: Connection) -> None:
    large = bytes(MOST_RAW // 2)
    tell(connection, *(message(each, raw=large) for each in "abcde"))
    (found,) = shown(connection)

    def page(before: Spot | None = None, after: Spot | None = None) -> MessagePage:
        return conversations.messages(connection, 5, found, before, after, 10, with_raw=True)

    first = page()
    assert [each.raw for each in first.messages] == [large, large]
    second = page(before=first.next)
    third = page(before=second.next)
    pages = [ids(each.messages) for each in (first, second, third)]
    assert pages == [["e", "d"], ["c", "b"], ["a"]]
    assert third.next is None
    assert ids(page(after=third.previous).messages) == ["c", "b"]
    without = conversations.messages(connection, 5, found, None, None, 10)
    assert {each.raw for each in without.messages} == {None}
