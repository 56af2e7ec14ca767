"""The way through the menu."""

from __future__ import annotations

from collections.abc import Iterable

from actors.rules.settings import Option, Rules
from actors.rules.wording import longest, number, plain

#: The number, and the word, of the way back.
BACK = 0
_BACK_WORDS = ("voltar",)

Place = tuple[int, ...]
"""Which option of each level, from 0; () is the whole menu."""


def options_at(rules: Rules, place: Place) -> tuple[Option, ...]:
    """The options at that place; none as well where there is no such place."""
    options = rules.options
    for index in place:
        options = options[index].options if index < len(options) else ()
    return options


def option_at(rules: Rules, place: Place) -> Option | None:
    """The option that leads there; None: the whole menu, or no such place."""
    above = options_at(rules, place[:-1]) if place else ()
    return above[place[-1]] if place and place[-1] < len(above) else None


def shown(rules: Rules, place: Place) -> str:
    """What the customer reads there: a text, the options by numbers, the way back."""
    option = option_at(rules, place)
    options = options_at(rules, place)
    lines = [f"{n} - {each.title}" for n, each in enumerate(options, 1)]
    if lines and place:
        lines.append(f"{BACK} - Voltar")
    above = option.text if option else rules.menu_text
    return "\n\n".join(part for part in (above, "\n".join(lines)) if part)


def chosen(rules: Rules, place: Place, said: str, *, is_open: bool) -> Place | None:
    """The place that `said`, which is plain, leads to; None: to none.

    `is_open`: the menu was shown lately, so that numbers and the way back count.
    """
    here = options_at(rules, place)
    if not here:
        # The menu was changed in between.
        place, here = (), rules.options
    if is_open and rules.options:
        by_number = _by_number(place, len(here), said)
        if by_number is not None:
            return by_number
        index = _by_word(here, said)
        if index is not None:
            return (*place, index)
    index = _by_word(rules.options, said)
    if index is not None:
        return (index,)
    return () if rules.options and longest(said, _spoken(rules.menu_words)) else None


def _by_number(place: Place, count: int, said: str) -> Place | None:
    """A number that there is not shows the same again."""
    if said in _BACK_WORDS:
        return place[:-1]
    wanted = number(said)
    if wanted is None:
        return None
    if wanted == BACK:
        return place[:-1]
    return (*place, wanted - 1) if wanted <= count else place


def _by_word(options: Iterable[Option], said: str) -> int | None:
    """The option of which the longest word was said; of several the first."""
    best, length = None, 0
    for index, option in enumerate(options):
        found = longest(said, option.spoken)
        if found > length:
            best, length = index, found
    return best


def _spoken(words: Iterable[str]) -> list[str]:
    return [plain(word) for word in words]
