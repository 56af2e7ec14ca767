"""What a shop lets the rules say, and to what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from actors.fields import Fields, refuse
from actors.hours_reading import hours_json, read_hours
from actors.opening_hours import OpeningHours
from actors.rules.wording import plain

LONGEST_TEXT = 4000
LONGEST_TITLE = 100
LONGEST_WORD = 60
MOST_WORDS = 20
MOST_OPTIONS = 20
DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of the menu."""

    title: str
    """As the menu shows it; its words choose it too."""
    text: str
    """What is answered; above the options, where there are any."""
    words: tuple[str, ...] = ()
    hands_over: bool = False
    """After this answer a person goes on: the rules are silent."""
    options: tuple[Option, ...] = ()

    @property
    def spoken(self) -> tuple[str, ...]:
        """What chooses it, as `plain` writes it."""
        return tuple(filter(None, map(plain, (self.title, *self.words))))

    def to_json(self) -> dict[str, object]:
        """What `Rules.read` reads."""
        return {
            "title": self.title,
            "text": self.text,
            "words": list(self.words),
            "handOver": self.hands_over,
            "options": [option.to_json() for option in self.options],
        }


@dataclass(frozen=True, slots=True)
class Rules:
    """Each field's meaning and its default; as it comes, nothing is ever said."""

    hours: OpeningHours
    greeting: str | None = None
    """The first answer of a day in a conversation, while the shop is open."""
    closed_text: str | None = None
    """The same while it is closed."""
    menu_text: str | None = None
    """Above the options of the menu."""
    options: tuple[Option, ...] = ()
    menu_words: tuple[str, ...] = ("menu",)
    """Show the menu."""
    person_words: tuple[str, ...] = ("atendente",)
    """Ask for a person: the rules are silent from then on."""
    person_text: str | None = None
    """What is answered to them."""
    silence_minutes: float = 240.0
    """How long the rules are silent after a person has answered, or was asked for."""
    replies_per_hour: int = 10
    """In one conversation; beyond them the rules are silent, as after a person."""

    @property
    def silence(self) -> timedelta:
        """`silence_minutes` as a length of time."""
        return timedelta(minutes=self.silence_minutes)

    @classmethod
    def read(cls, document: object, base: Self) -> Self:
        """The rules that a JSON object makes of `base`: what it leaves out stays as there.

        Refused: `InvalidSettings`. The time zone stays that of `base`.
        """
        fields = Fields(document)
        rules = replace(
            base,
            hours=read_hours(fields, base.hours),
            greeting=fields.text("greeting", base.greeting, LONGEST_TEXT),
            closed_text=fields.text("closedText", base.closed_text, LONGEST_TEXT),
            menu_text=fields.text("menuText", base.menu_text, LONGEST_TEXT),
            options=_options(fields, base.options),
            menu_words=_words(fields, "menuWords", base.menu_words),
            person_words=_words(fields, "personWords", base.person_words),
            person_text=fields.text("personText", base.person_text, LONGEST_TEXT),
            silence_minutes=fields.number("silenceMinutes", base.silence_minutes, 1, 7 * 24 * 60),
            replies_per_hour=fields.integer("repliesPerHour", base.replies_per_hour, 2, 60),
        )
        fields.end()
        return rules

    def to_json(self) -> dict[str, object]:
        """What `read` reads; an empty text is none."""
        return {
            "greeting": self.greeting or "",
            "closedText": self.closed_text or "",
            "menuText": self.menu_text or "",
            "options": [option.to_json() for option in self.options],
            "menuWords": list(self.menu_words),
            "personWords": list(self.person_words),
            "personText": self.person_text or "",
            "silenceMinutes": self.silence_minutes,
            "repliesPerHour": self.replies_per_hour,
            **hours_json(self.hours),
        }


def _options(fields: Fields, default: tuple[Option, ...], depth: int = 1) -> tuple[Option, ...]:
    given = fields.items("options", MOST_OPTIONS)
    if given is None:
        return default
    path = fields.path("options")
    if given and depth > DEEPEST:
        refuse(path, f"vai fundo demais: o menu tem até {DEEPEST} níveis.")
    return tuple(_option(Fields(each, f"{path}[{n}]"), depth) for n, each in enumerate(given, 1))


def _option(fields: Fields, depth: int) -> Option:
    option = Option(
        title=_required(fields, "title", LONGEST_TITLE),
        text=_required(fields, "text", LONGEST_TEXT),
        words=_words(fields, "words", ()),
        hands_over=fields.flag("handOver", default=False),
        options=_options(fields, (), depth + 1),
    )
    fields.end()
    return option


def _required(fields: Fields, name: str, longest: int) -> str:
    text = fields.text(name, None, longest)
    if text is None:
        refuse(fields.path(name), "está faltando.")
    return text


def _words(fields: Fields, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    given = fields.items(name, MOST_WORDS)
    return default if given is None else tuple(_word(each, fields.path(name)) for each in given)


def _word(value: object, field: str) -> str:
    """Numbers alone are none: they choose by the order of the menu."""
    if (
        not isinstance(value, str)
        or len(value) > LONGEST_WORD
        or not any(map(str.isalpha, plain(value)))
    ):
        refuse(field, f"deve ter palavras com letras, de até {LONGEST_WORD} caracteres cada.")
    return value
