"""The table of `top`: which actors are shown and in which order, and the whole as plain text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commands.admin_client import Actor
from commands.top_columns import BUSY_PERCENT, BY_KEY, COLUMNS, Column, cpu, is_failing, state

#: The default order: what an operator must see first.
ATTENTION = "attention"
SORTS = (ATTENTION, *BY_KEY)
#: Messages in an inbox that are no chance.
_MANY = 10


@dataclass(frozen=True, slots=True)
class Order:
    """By one column, or by what needs attention."""

    key: str = ATTENTION
    is_turned: bool = False
    """From the other end."""

    def moved(self, steps: int) -> Order:
        """By another column, so many to the right; beyond the last comes the default."""
        return Order(SORTS[(SORTS.index(self.key) + steps) % len(SORTS)])

    def turned(self) -> Order:
        """From the other end."""
        return Order(self.key, not self.is_turned)

    def sorted(self, actors: Iterable[Actor]) -> list[Actor]:
        """Equal ones stay in the order that they come in; what has no value comes last."""
        if self.key == ATTENTION:
            return sorted(actors, key=_attention, reverse=self.is_turned)
        column = BY_KEY[self.key]
        given = list(actors)
        known = [actor for actor in given if column.value(actor) is not None]
        unknown = [actor for actor in given if column.value(actor) is None]
        is_falling = column.from_least == self.is_turned
        return sorted(known, key=column.value, reverse=is_falling) + unknown


@dataclass(frozen=True, slots=True)
class Filter:
    """Which actors are shown: of an empresa, in a state, both or all."""

    empresa_id: int | None = None
    state: str = ""
    """As shown, or as the actor itself says; its beginning is enough."""

    @classmethod
    def typed(cls, text: str) -> Filter:
        """`5`, `connected`, `5 conn`: a number is an empresa, another word a state."""
        empresa_id, word = None, ""
        for each in text.lower().split():
            if each.isdecimal():
                empresa_id = int(each)
            else:
                word = each
        return cls(empresa_id, word)

    def __str__(self) -> str:
        words = ("" if self.empresa_id is None else str(self.empresa_id), self.state)
        return " ".join(word for word in words if word)

    def lets_pass(self, actor: Actor) -> bool:
        """Whether it is shown."""
        return self.empresa_id in (None, actor["empresaId"]) and (
            state(actor).startswith(self.state) or actor["state"].startswith(self.state)
        )


def chosen(actors: Iterable[Actor], order: Order, choice: Filter) -> list[Actor]:
    """What is shown, in its order."""
    return order.sorted(actor for actor in actors if choice.lets_pass(actor))


def aligned(column: Column, text: str) -> str:
    """In its column's width; what is longer is never cut: it would be another number."""
    return text.ljust(column.width) if column.is_text else text.rjust(column.width)


def plain(actors: Iterable[Actor]) -> str:
    """As text: a line of titles, and a line an actor whose words are the columns."""
    lines = [" ".join(aligned(column, column.title) for column in COLUMNS)]
    lines += [
        " ".join(aligned(column, column.text(actor)) for column in COLUMNS) for actor in actors
    ]
    return "\n".join(line.rstrip() for line in lines)


def _attention(actor: Actor) -> tuple[bool, bool, int, int, int, str]:
    """Unresponsive, then failing, then by CPU and inbox. In steps, or rows would dance."""
    eats = int(cpu(actor) // BUSY_PERCENT)
    waiting = actor["inbox"] if actor["inbox"] >= _MANY else 0
    name = actor["class"]
    return (
        actor["responsive"],
        not is_failing(actor),
        -eats,
        -waiting,
        actor["empresaId"] or 0,
        name,
    )
