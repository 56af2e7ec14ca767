"""What a shop may set of its rules, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.errors import InvalidSettings
from actors.opening_hours import always
from actors.rules import Conversation, Option, Rules

BASE = Rules(hours=always("America/Manaus"))
TEXTS = st.text("abcç ?\n", min_size=1, max_size=20).map(lambda text: f"x{text}x")
WORDS = st.lists(TEXTS, max_size=3).map(tuple)


def options(depth: int) -> st.SearchStrategy[tuple[Option, ...]]:
    below = options(depth - 1) if depth else st.just(())
    each = st.builds(Option, TEXTS, TEXTS, WORDS, st.booleans(), below)
    return st.lists(each, max_size=2).map(tuple)


RULES = st.builds(
    Rules,
    hours=st.just(always("America/Manaus")),
    greeting=TEXTS,
    closed_text=st.none() | TEXTS,
    menu_text=st.none() | TEXTS,
    options=options(2),
    menu_words=WORDS,
    person_words=WORDS,
    person_text=st.none() | TEXTS,
    silence_minutes=st.floats(1, 10_080),
    replies_per_hour=st.integers(2, 60),
)


@settings(deadline=None, max_examples=30)
@given(RULES)
def test_what_is_written_is_read_again(rules: Rules) -> None:
    document = json.loads(json.dumps(rules.to_json()))
    assert Rules.read(document, Rules(hours=always("America/Manaus"), greeting="Oi")) == rules


@settings(deadline=None, max_examples=30)
@given(RULES)
def test_what_is_left_out_stays(rules: Rules) -> None:
    assert Rules.read({}, rules) == rules


def nested(levels: int) -> dict[str, object]:
    inner = [nested(levels - 1)] if levels else []
    return {"title": "a", "text": "b", "options": inner}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"greeting": 1}, "greeting"),
        ({"greeting": "x" * 4001}, "greeting"),
        ({"greeting": "a\ud800"}, "greeting"),
        ({"options": [{"text": "b"}]}, "options[1].title"),
        ({"options": [{"title": "a"}]}, "options[1].text"),
        ({"options": [{"title": "a", "text": " "}]}, "options[1].text"),
        ({"options": [{"title": "a", "text": "b", "handOver": 1}]}, "options[1].handOver"),
        ({"options": [{"title": "a", "text": "b", "words": ["!"]}]}, "options[1].words"),
        ({"options": [{"title": "a", "text": "b", "words": ["2"]}]}, "options[1].words"),
        ({"options": [{"title": "a", "text": "b", "reply": "c"}]}, "options[1].reply"),
        ({"options": [nested(0)] * 21}, "options"),
        ({"options": [nested(5)]}, ".".join(["options[1]"] * 5 + ["options"])),
        ({"options": ["a"]}, "options[1]"),
        ({"menuWords": "menu"}, "menuWords"),
        ({"silenceMinutes": 0}, "silenceMinutes"),
        ({"repliesPerHour": 1.5}, "repliesPerHour"),
        ({"closedDates": ["hoje"]}, "closedDates"),
        ({"timezone": "America/Manaus"}, "timezone"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(document: object, field: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        Rules.read(document, BASE)
    assert refusal.value.fields == {"field": field}
    assert refusal.value.sentence.startswith(f"{field} ")


def test_five_levels_are_none_too_many() -> None:
    assert Rules.read({"options": [nested(4)]}, BASE).options[0].options


def test_a_new_conversation_is_json_too() -> None:
    new = Conversation()
    assert Conversation.from_json(json.loads(json.dumps(new.to_json()))) == new
