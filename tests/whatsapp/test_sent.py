from __future__ import annotations

from tests.whatsapp.protobufs import SendResponse, e2e
from whatsapp.sent import Sent, read_sent

#: Go's zero time, which the library sends where the server said none.
NO_TIME = -62_135_596_800


def test_what_was_taken_has_an_id_and_whatsapps_time() -> None:
    answer = SendResponse(ID="3EB0A", Timestamp=1_700_000_000, Message=e2e.Message())
    assert read_sent(answer) == Sent("3EB0A", "2023-11-14T22:13:20.000Z")


def test_a_time_that_was_not_said_is_none() -> None:
    assert read_sent(SendResponse(ID="3EB0A", Timestamp=NO_TIME)).at is None
