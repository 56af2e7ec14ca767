"""PromQL as far as alerts and dashboard speak it: whether it is well-formed, and of what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<duration>\$__[a-z_]+|(?:[0-9]+(?:ms|[smhdwy]))+)
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)
    | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    | (?P<sign>[=!]~|[=!<>]=|[-+*/%^<>=(){}\[\],:])
    )""",
    re.VERBOSE,
)
AGGREGATIONS = frozenset(
    {"avg", "bottomk", "count", "group", "max", "min", "quantile", "sum", "topk"}
)
#: Those that are known here, and how many arguments each has.
FUNCTIONS = {
    "absent": 1,
    "changes": 1,
    "clamp_min": 2,
    "delta": 1,
    "deriv": 1,
    "histogram_quantile": 2,
    "increase": 1,
    "label_values": 2,  # Grafana's own, of a variable's query
    "max_over_time": 1,
    "min_over_time": 1,
    "rate": 1,
    "time": 0,
    "vector": 1,
}
#: Functions that read a range, as all that look at a while do.
_OF_RANGES = frozenset(
    {"changes", "delta", "deriv", "increase", "max_over_time", "min_over_time", "rate"}
)
_OPERATORS = frozenset({"+", "-", "*", "/", "%", "^", "==", "!=", "<", ">", "<=", ">="})
_SETS = frozenset({"and", "or", "unless"})


class PromqlError(ValueError):
    """It is not well-formed."""


@dataclass
class Selector:
    """Series that an expression reads."""

    name: str
    matchers: list[tuple[str, str, str]] = field(default_factory=list)
    """Label, operator, value."""
    is_range: bool = False
    """That no function has read yet."""


@dataclass
class Expression:
    """What an expression is of."""

    selectors: list[Selector] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    """Those that it groups by or matches on."""
    aggregates: bool = False


def parse(text: str) -> Expression:
    """Raises `PromqlError`."""
    parser = _Parser(_tokens(text))
    parser.expression()
    if parser.next() is not None:
        raise PromqlError(f"{text!r} goes on with {parser.next()!r}")
    if any(selector.is_range for selector in parser.found.selectors):
        raise PromqlError(f"{text!r} has a range that no function reads")
    return parser.found


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise PromqlError(f"{text[place:]!r} begins with no token")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return tokens


class _Parser:
    """By recursive descent; precedence changes nothing about being well-formed."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0
        self.found = Expression()

    def next(self) -> str | None:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else None

    def expression(self) -> None:
        self._operand()
        while self.next() in _OPERATORS | _SETS:
            if self._take() not in _SETS and self.next() == "bool":
                self._take()
            for words in (("on", "ignoring"), ("group_left", "group_right")):
                if self.next() in words:
                    self._take()
                    if self.next() == "(":
                        self._labels()
            self._operand()

    def _operand(self) -> None:
        if self.next() in ("+", "-"):
            self._take()
        kind, word = self._tokens[self._place] if self.next() is not None else ("end", "")
        if word == "(":
            self._take("(")
            self.expression()
            self._take(")")
        elif kind in ("number", "string"):
            self._take()
        elif word in AGGREGATIONS:
            self._aggregation()
        elif kind == "name" and self._after() == "(":
            self._function()
        elif kind == "name":
            self._selector()
        else:
            raise PromqlError(f"{word!r} is no operand")

    def _aggregation(self) -> None:
        self.found.aggregates = True
        name = self._take()
        self._grouping()
        count = self._arguments()
        self._grouping()
        if count != (2 if name in ("topk", "bottomk", "quantile") else 1):
            raise PromqlError(f"{name} of {count} arguments")

    def _grouping(self) -> None:
        if self.next() in ("by", "without"):
            self._take()
            self._labels()

    def _function(self) -> None:
        name, before = self._take(), len(self.found.selectors)
        if name not in FUNCTIONS:
            raise PromqlError(f"{name} is no function")
        count = self._arguments()
        if count != FUNCTIONS[name]:
            raise PromqlError(f"{name} of {count} arguments")
        for selector in self.found.selectors[before:] if name in _OF_RANGES else ():
            if not selector.is_range:
                raise PromqlError(f"{name} of {selector.name} needs a range")
            selector.is_range = False

    def _arguments(self) -> int:
        self._take("(")
        count = 0
        while self.next() != ")":
            if count:
                self._take(",")
            self.expression()
            count += 1
        self._take(")")
        return count

    def _selector(self) -> None:
        selector = Selector(self._take())
        self.found.selectors.append(selector)
        if self.next() == "{":
            self._take("{")
            while self.next() != "}":
                if selector.matchers:
                    self._take(",")
                selector.matchers.append((self._kind("name"), self._sign(), self._kind("string")))
            self._take("}")
        if self.next() == "[":
            self._take("[")
            self._kind("duration")
            self._take("]")
            selector.is_range = True

    def _sign(self) -> str:
        sign = self._take()
        if sign not in ("=", "!=", "=~", "!~"):
            raise PromqlError(f"{sign!r} matches no label")
        return sign

    def _labels(self) -> None:
        self._take("(")
        while self.next() != ")":
            self.found.labels.add(self._kind("name"))
            if self.next() != ")":
                self._take(",")
        self._take(")")

    def _kind(self, kind: str) -> str:
        if self._place < len(self._tokens) and self._tokens[self._place][0] != kind:
            raise PromqlError(f"{self.next()!r} is no {kind}")
        return self._take().strip("\"'")

    def _after(self) -> str | None:
        after = self._place + 1
        return self._tokens[after][1] if after < len(self._tokens) else None

    def _take(self, wanted: str | None = None) -> str:
        word = self.next()
        if word is None or wanted not in (None, word):
            raise PromqlError(f"{word!r} stands where {wanted or 'more'!r} should")
        self._place += 1
        return word
