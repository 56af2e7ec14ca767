"""Votes: the options' names, where the poll is known; on each engine."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Connection

from persistence import empresas, filing, ledger
from persistence.values import NewEvent
from persistence.votes import name_votes
from tests.persistence.telling import change, changes, link, message, said, tell

OPTIONS = ["Prata", "Preto ⚫", "Azul"]
POLL = {"question": "Qual cor?", "options": OPTIONS, "choices": 2}


@pytest.fixture(autouse=True)
def _known(connection: Connection) -> None:
    link(connection)


def hashes(*options: str) -> list[str]:
    return [sha256(each.encode()).hexdigest() for each in options]


def vote(target: str, chosen: list[str] | None, minute: int = 1) -> NewEvent:
    return change("poll_vote", target, minute, options=None, chosen=chosen)


def named(connection: Connection, *events: NewEvent) -> list[Any]:
    """What votes among these events say, as they are recorded."""
    heads = empresas.ensure(connection, [5])
    some = name_votes(connection, {5: events})
    filing.file_events(connection, ledger.number(connection, heads, some))
    return [each.data["options"] for each in some[5] if each.type == "poll_vote"]


def test_a_vote_on_a_poll_that_is_stored_has_the_names_in_the_polls_order(
    connection: Connection,
) -> None:
    tell(connection, message("poll", type="poll", poll=POLL))
    assert named(connection, vote("poll", hashes("Azul", "Preto ⚫"))) == [["Preto ⚫", "Azul"]]
    (found,) = said(connection)
    assert [each["options"] for each in changes(found)["votes"]] == [["Preto ⚫", "Azul"]]


def test_a_poll_that_comes_together_with_its_votes_is_known(connection: Connection) -> None:
    poll = message("poll", type="poll", poll=POLL)
    assert named(connection, poll, vote("poll", hashes("Prata"))) == [["Prata"]]


def test_the_last_vote_of_a_person_counts_and_an_empty_one_takes_it_back(
    connection: Connection,
) -> None:
    tell(connection, message("poll", type="poll", poll=POLL))
    named(connection, vote("poll", hashes("Prata")), vote("poll", hashes("Azul"), 2))
    assert [each["options"] for each in changes(said(connection)[0])["votes"]] == [["Azul"]]
    assert named(connection, vote("poll", [], 3)) == [[]]
    assert changes(said(connection)[0])["votes"] == []


def test_what_is_not_known_stays_without_names(connection: Connection) -> None:
    tell(connection, message("poll", type="poll", poll=POLL), message("text"))
    unknown = [vote("other", hashes("Prata")), vote("poll", None), vote("text", hashes("Prata"))]
    assert named(connection, *unknown) == [None, None, None]


def test_a_message_whose_poll_is_none_harms_nobody(connection: Connection) -> None:
    tell(connection, message("a", poll="x"), message("b", poll={"options": "x"}))
    assert named(connection, vote("a", hashes("x")), vote("b", hashes("x"))) == [None, None]
