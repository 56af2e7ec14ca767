from __future__ import annotations

import pytest

from tests.whatsapp.protobufs import Receipt, source
from whatsapp.receipt_shape import (
    ids_of,
    is_asking_again,
    receipt_key,
    receipt_kind,
    shape_receipt,
)

WHERE = source("2924@lid", "2924@lid", sender_alt="5521988880000@s.whatsapp.net")


def receipt(kind: str | None, *ids: str, from_me: bool = False) -> Receipt:
    where = source("2924@lid", "2924@lid", IsFromMe=True) if from_me else WHERE
    value = Receipt.ReceiptType.Value(kind) if kind else None
    return Receipt(MessageSource=where, MessageIDs=ids, Timestamp=1_700_000_000, Type=value)


@pytest.mark.parametrize(
    ("kind", "published"),
    [
        ("DELIVERED", "delivered"),
        ("INACTIVE", "delivered"),
        ("READ", "read"),
        ("PLAYED", "played"),
        *[
            (kind, None)
            for kind in (
                "SENDER",
                "RETRY",
                "READ_SELF",
                "PLAYED_SELF",
                "SERVER_ERROR",
                "PEER_MSG",
                "HISTORY_SYNC",
            )
        ],
    ],
)
def test_what_a_customer_has_seen_is_published_and_nothing_else(
    kind: str, published: str | None
) -> None:
    assert receipt_kind(receipt(kind, "A")) == published


def test_a_device_that_cannot_read_what_was_sent_asks_again() -> None:
    asked = receipt("RETRY", "A", "B")
    assert is_asking_again(asked)
    assert "kind" not in shape_receipt(asked, None, None)
    assert ids_of(asked) == ["A", "B"]
    assert not is_asking_again(receipt("RETRY", "A", from_me=True))
    assert not any(map(is_asking_again, (receipt("DELIVERED", "A"), receipt(None, "A"))))


def test_a_receipt_of_our_own_device_is_not_published() -> None:
    assert receipt_kind(receipt("DELIVERED", "A", from_me=True)) is None


def test_a_receipt_of_a_type_that_the_library_does_not_know_is_not_taken_for_delivered() -> None:
    unknown = receipt(None, "A")
    assert Receipt.ReceiptType.Name(unknown.Type) == "DELIVERED"
    assert receipt_kind(unknown) is None


def test_its_shape() -> None:
    assert shape_receipt(receipt("READ", "A", "B"), "read", None) == {
        "v": 1,
        "messageIds": ["A", "B"],
        "chat": {
            "id": "2924@lid",
            "phone": "+5521988880000",
            "lid": "2924@lid",
            "isGroup": False,
            "name": None,
        },
        "sender": {"phone": "+5521988880000", "lid": "2924@lid", "name": None},
        "kind": "read",
        "timestamp": "2023-11-14T22:13:20.000Z",
    }


def test_the_key_tells_kinds_and_messages_apart() -> None:
    keys = {
        receipt_key(receipt("READ", "A"), "read"),
        receipt_key(receipt("READ", "A"), "read"),
        receipt_key(receipt("READ", "A", "B"), "read"),
        receipt_key(receipt("DELIVERED", "A"), "delivered"),
    }
    assert len(keys) == 3


def test_an_id_that_is_no_utf_8_has_a_key_and_a_shape() -> None:
    event = Receipt()
    event.MergeFromString(receipt("READ", "A?").SerializePartialToString().replace(b"?", b"\xff"))
    assert shape_receipt(event, "read", None)["messageIds"] == ["A\ufffd"]
    assert receipt_key(event, "read") != receipt_key(receipt("READ", "A"), "read")
