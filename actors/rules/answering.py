"""What the rules answer to a message. Pure: no clock, no actor, nothing is sent from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from actors.rules.conversation import Conversation
from actors.rules.menu import Place, chosen, option_at, options_at, shown
from actors.rules.settings import Rules
from actors.rules.wording import longest, plain

#: For so long after the menu was shown, a number is a choice from it.
MENU_OPEN = timedelta(hours=1)
#: What was written longer ago is not answered any more: for WhatsApp it would be no answer.
STALE = timedelta(hours=24)
_HOUR = timedelta(hours=1)
#: How the JID of a conversation with one person ends.
_PERSON = ("@s.whatsapp.net", "@lid")

Answer = tuple[tuple[str, ...], Conversation]
"""Texts to be sent in this order, and what is remembered."""


def answer(
    rules: Rules, conversation: Conversation, message: Mapping[str, Any], now: datetime
) -> Answer:
    """What is said to a `message` event's `data` (docs/api.md), in the order of its numbers.

    Groups, broadcasts and history are left alone. What the shop typed on its phone is a person's
    answer; what the rules themselves have sent must not be given.
    """
    if message["history"] or not message["chat"]["id"].endswith(_PERSON):
        return (), conversation
    at = min(now, datetime.fromisoformat(message["timestamp"]))
    if message["fromMe"]:
        return (), person_answered(rules, conversation, at)
    is_silent = conversation.silent_until is not None and now < conversation.silent_until
    if is_silent or now - at >= STALE:
        return (), conversation
    replies, after = _replies(rules, conversation, plain(message["text"] or ""), now)
    return _bounded(rules, conversation, replies, after, now)


def person_answered(rules: Rules, conversation: Conversation, at: datetime) -> Conversation:
    """A person answered, on the phone or over the API: the rules are silent for a time.

    Nor do they greet on that day: the customer is in the midst of a conversation.
    """
    until, today = at + rules.silence, rules.hours.day(at)
    return replace(
        conversation,
        silent_until=max(until, conversation.silent_until or until),
        greeted_on=max(today, conversation.greeted_on or today),
    )


def _replies(rules: Rules, conversation: Conversation, said: str, now: datetime) -> Answer:
    first, conversation = _first_of_day(rules, conversation, now)
    if longest(said, map(plain, rules.person_words)):
        person = (rules.person_text,) if rules.person_text else ()
        return (*first, *person), person_answered(rules, conversation, now)
    is_menu_open = conversation.menu_until is not None and now < conversation.menu_until
    place = chosen(rules, conversation.menu, said, is_open=is_menu_open)
    if place is None and first and rules.options:
        place = ()
    if place is None:
        return first, conversation
    text, conversation = _at_place(rules, conversation, place, now)
    return (*first, text), conversation


def _first_of_day(rules: Rules, conversation: Conversation, now: datetime) -> Answer:
    """The greeting, or that the shop is closed, where that was not said today."""
    today = rules.hours.day(now)
    if rules.closed_text and not rules.hours.is_open(now):
        if conversation.told_closed_on is None or conversation.told_closed_on < today:
            return (rules.closed_text,), replace(conversation, told_closed_on=today)
    elif rules.greeting and (conversation.greeted_on is None or conversation.greeted_on < today):
        return (rules.greeting,), replace(conversation, greeted_on=today)
    return (), conversation


def _at_place(
    rules: Rules, conversation: Conversation, place: Place, now: datetime
) -> tuple[str, Conversation]:
    """The text there. An option without options of its own leaves the menu where it was."""
    option = option_at(rules, place)
    menu = place if options_at(rules, place) else place[:-1]
    conversation = replace(conversation, menu=menu, menu_until=now + MENU_OPEN)
    if option and option.hands_over:
        conversation = person_answered(rules, conversation, now)
    return shown(rules, place), conversation


def _bounded(
    rules: Rules,
    before: Conversation,
    replies: tuple[str, ...],
    after: Conversation,
    now: datetime,
) -> Answer:
    """The same, unless it is too much: then it may be a machine that is answered."""
    if not replies:
        return (), after
    lately = tuple(each for each in before.replies if now - each < _HOUR)
    if len(lately) + len(replies) > rules.replies_per_hour:
        return (), person_answered(rules, replace(before, replies=lately), now)
    return replies, replace(after, replies=(*lately, *(now for _ in replies)))
