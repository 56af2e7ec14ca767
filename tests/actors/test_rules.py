"""What the rules say, in any conversation, with a clock that the test turns."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.governor.settings import SHOP_HOURS
from actors.opening_hours import always
from actors.rules import Conversation, Option, Rules, answer, person_answered

NOON = datetime(2026, 11, 26, 16, tzinfo=UTC)
"""A Thursday, in São Paulo 13:00."""
MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (60, 3600, 86400))
GREETING, CLOSED, PERSON = "Olá!", "Estamos fechados.", "Um vendedor já vem."
MENU = (
    Option(
        "Comprar",
        "Novo ou usado?",
        ("quero comprar",),
        options=(Option("Novo", "Temos o Onix."), Option("Usado", "Temos o Gol.", ("seminovo",))),
    ),
    Option("Oficina", "Ligamos para você.", hands_over=True),
)
RULES = Rules(
    hours=SHOP_HOURS,
    greeting=GREETING,
    closed_text=CLOSED,
    menu_text="Como podemos ajudar?",
    options=MENU,
    person_text=PERSON,
)
WHOLE_MENU = "Como podemos ajudar?\n\n1 - Comprar\n2 - Oficina"
BUY = "Novo ou usado?\n\n1 - Novo\n2 - Usado\n0 - Voltar"
NEW = Conversation()


def message(text: str | None, at: datetime, **more: Any) -> dict[str, Any]:
    chat = {"id": more.pop("chat", "1@lid"), "isGroup": False}
    fields = {"fromMe": False, "history": False, "text": text, "chat": chat}
    return {**fields, "timestamp": at.isoformat(timespec="milliseconds"), **more}


def talk(
    rules: Rules, *said: str | None, at: datetime = NOON, start: Conversation = NEW
) -> list[tuple[str, ...]]:
    """The answers to each, a minute apart."""
    answers, conversation = [], start
    for number, text in enumerate(said):
        now = at + number * MINUTE
        replies, conversation = answer(rules, conversation, message(text, now), now)
        answers.append(replies)
    return answers


def test_a_conversation_with_the_menu() -> None:
    assert talk(RULES, "oi", "1", "2", "0", "9", "obrigado", "menu") == [
        (GREETING, WHOLE_MENU),
        (BUY,),
        ("Temos o Gol.",),
        (WHOLE_MENU,),
        (WHOLE_MENU,),
        (),
        (WHOLE_MENU,),
    ]


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("COMPRAR", BUY),
        ("Olá, eu queria cómprar um carro", BUY),
        ("1️⃣", BUY),
        ("opção 1", BUY),
        ("tenho 1 filho", None),
        ("seminovo", None),
        ("oficina, por favor", "Ligamos para você."),
    ],
)
def test_an_option_is_chosen_by_number_or_word(said: str, answered: str | None) -> None:
    assert talk(RULES, "oi", said)[1] == ((answered,) if answered else ())


def test_options_here_go_before_those_of_the_whole_menu() -> None:
    assert talk(RULES, "oi", "1", "usado")[2] == ("Temos o Gol.",)
    assert talk(RULES, "oi", "1", "oficina")[2] == ("Ligamos para você.",)
    assert talk(RULES, "oi", "1", "voltar")[2] == (WHOLE_MENU,)


def test_who_knows_what_he_wants_is_greeted_and_answered_at_once() -> None:
    assert talk(RULES, "Quero comprar!") == [(GREETING, BUY)]


def test_a_photo_without_words_is_greeted() -> None:
    assert talk(RULES, None, None) == [(GREETING, WHOLE_MENU), ()]


def test_an_hour_after_the_menu_a_number_is_just_a_number() -> None:
    _, conversation = answer(RULES, NEW, message("oi", NOON), NOON)
    for later, replies in ((HOUR - MINUTE, (BUY,)), (HOUR, ())):
        now = NOON + later
        assert answer(RULES, conversation, message("1", now), now)[0] == replies


def test_outside_opening_hours_it_says_so_once_and_greets_when_open() -> None:
    night = datetime(2026, 11, 26, 23, tzinfo=UTC)
    assert talk(RULES, "oi", "tudo bem?", "oficina", at=night) == [
        (CLOSED, WHOLE_MENU),
        (),
        ("Ligamos para você.",),
    ]
    _, conversation = answer(RULES, NEW, message("oi", night), night)
    assert talk(RULES, "oi", at=NOON + DAY, start=conversation) == [(GREETING, WHOLE_MENU)]


def test_who_asks_for_a_person_hears_of_it_and_then_nothing_of_the_rules() -> None:
    asked = talk(RULES, "oi", "falar com um ATENDENTE", "menu", "1")
    assert asked == [(GREETING, WHOLE_MENU), (PERSON,), (), ()]
    assert talk(RULES, "oi", "2", "1", "menu")[2:] == [(), ()]


@pytest.mark.parametrize("by_phone", [True, False])
def test_a_persons_answer_silences_the_rules_for_the_time_that_was_set(by_phone: bool) -> None:
    if by_phone:
        replies, conversation = answer(RULES, NEW, message("oi", NOON, fromMe=True), NOON)
        assert replies == ()
    else:
        conversation = person_answered(RULES, NEW, NOON)
    assert talk(RULES, "menu", at=NOON + 239 * MINUTE, start=conversation) == [()]
    assert talk(RULES, "menu", at=NOON + 240 * MINUTE, start=conversation) == [(WHOLE_MENU,)]


def test_who_spoke_with_a_person_today_is_not_greeted_in_the_midst_of_it() -> None:
    conversation = person_answered(RULES, NEW, NOON)
    assert talk(RULES, "e o preço?", at=NOON + 4 * HOUR, start=conversation) == [()]
    assert talk(RULES, "bom dia", at=NOON + DAY, start=conversation) == [(GREETING, WHOLE_MENU)]


def test_what_was_written_a_day_ago_is_not_answered_any_more() -> None:
    assert answer(RULES, NEW, message("oi", NOON - DAY), NOON) == ((), NEW)
    assert answer(RULES, NEW, message("oi", NOON - DAY + MINUTE), NOON)[0]


def test_a_menu_that_was_changed_in_between_is_begun_again() -> None:
    _, conversation = answer(RULES, NEW, message("comprar", NOON), NOON)
    other = replace(RULES, options=(MENU[1],))
    assert talk(other, "7", at=NOON + MINUTE, start=conversation)[0] == (
        "Como podemos ajudar?\n\n1 - Oficina",
    )


def test_as_they_come_the_rules_say_nothing() -> None:
    assert talk(Rules(hours=always("America/Manaus")), "oi", "menu", "1") == [(), (), ()]


@pytest.mark.parametrize(
    "more",
    [
        {"chat": "12036300000000000@g.us"},
        {"chat": "status@broadcast"},
        {"chat": "123@newsletter"},
        {"history": True},
        {"history": True, "fromMe": True},
    ],
)
def test_groups_broadcasts_and_history_change_nothing(more: dict[str, Any]) -> None:
    assert answer(RULES, NEW, message("menu", NOON, **more), NOON) == ((), NEW)


SAID = st.sampled_from(
    ["oi", "menu", "1", "2", "0", "99", "comprar", "oficina", "atendente", "", None]
)
EVENTS = st.lists(
    st.tuples(SAID, st.integers(0, 700), st.sampled_from(["customer"] * 9 + ["phone", "api"])),
    max_size=60,
)


@settings(deadline=None)
@given(EVENTS, st.integers(2, 12), st.sampled_from([1.0, 60.0, 240.0]))
def test_in_any_conversation_the_rules_greet_once_a_day_and_stay_within_their_bounds(
    events: list[tuple[str | None, int, str]], per_hour: int, silence: float
) -> None:
    rules = replace(RULES, replies_per_hour=per_hour, silence_minutes=silence)
    now, conversation, silent_until = NOON, NEW, NOON
    greeted: Counter[object] = Counter()
    told: list[datetime] = []
    for said, minutes, who in events:
        now += minutes * MINUTE if minutes > 350 else minutes * timedelta(seconds=1)
        if who == "api":
            conversation = person_answered(rules, conversation, now)
        is_mine = who == "phone"
        replies, conversation = answer(rules, conversation, message(said, now, fromMe=is_mine), now)
        conversation = Conversation.from_json(json.loads(json.dumps(conversation.to_json())))
        if who != "customer":
            silent_until = now + rules.silence
        assert not (replies and (now < silent_until or is_mine))
        if PERSON in replies or "Ligamos para você." in replies:
            silent_until = now + rules.silence
        greeted.update(rules.hours.day(now) for reply in replies if reply == GREETING)
        told += [now] * len(replies)
        assert sum(now - each < HOUR for each in told) <= per_hour
    assert set(greeted.values()) <= {1}


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 600), st.integers(2, 60))
def test_two_machines_that_answer_one_another_fall_silent(seconds: int, per_hour: int) -> None:
    rules = replace(RULES, replies_per_hour=per_hour)
    ours, theirs, now = NEW, NEW, NOON
    said: tuple[str, ...] = ("oi",)
    count = 0
    for _ in range(200):
        mine: list[str] = []
        for text in said:
            replies, ours = answer(rules, ours, message(text, now), now)
            mine += replies
        count += len(mine)
        said = ()
        for text in mine:
            replies, theirs = answer(rules, theirs, message(text, now), now)
            said += replies
        now += timedelta(seconds=seconds)
        if not said:
            break
    assert not said
    assert count <= per_hour * 24


def test_a_machine_that_repeats_itself_gets_few_answers_in_a_day() -> None:
    conversation, count = NEW, 0
    for minute in range(24 * 60):
        now = NOON + minute * MINUTE
        replies, conversation = answer(RULES, conversation, message("menu", now), now)
        count += len(replies)
    assert count <= RULES.replies_per_hour * 6
