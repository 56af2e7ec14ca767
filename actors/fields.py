"""A JSON object that somebody sent, read field by field; what is wrong is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from actors.errors import InvalidSettings


def refuse(field: str, sentence: str) -> NoReturn:
    """Refused: `InvalidSettings`. `sentence`: Portuguese, goes on after the field's name."""
    raise InvalidSettings(f"{field} {sentence}", field=field)


class Fields:
    """Each method answers the field's value, or `default` where it is left out or null."""

    def __init__(self, document: object, path: str = "") -> None:
        if not isinstance(document, Mapping):
            refuse(path or "O corpo", "deve ser um objeto JSON.")
        self._document = document
        self._path = path
        self._read: set[str] = set()

    def path(self, name: str) -> str:
        """The whole name of a field: `menu.options[2].text`."""
        return f"{self._path}.{name}" if self._path else name

    def get(self, name: str) -> object:
        """Whatever stands there; None: nothing."""
        self._read.add(name)
        return self._document.get(name)

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        value = self.get(name)
        if value is None:
            return default
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            refuse(self.path(name), f"deve ser um número de {low:g} a {high:g}.")
        return float(value)

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.get(name)
        return default if value is None else whole(value, self.path(name), low, high)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            refuse(self.path(name), "deve ser true ou false.")
        return value

    def text(self, name: str, default: str | None, longest: int) -> str | None:
        """A text of at most so many characters; an empty one counts as none."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > longest:
            refuse(self.path(name), f"deve ser um texto de até {longest} caracteres.")
        if any("\ud800" <= each <= "\udfff" for each in value):
            # Half a pair, which JSON can write and UTF-8 cannot.
            refuse(self.path(name), "tem um caractere que não existe.")
        return value.strip() or None

    def items(self, name: str, most: int) -> list[object] | None:
        """A list of at most so many; None: left out."""
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) > most:
            refuse(self.path(name), f"deve ser uma lista de até {most} itens.")
        return value

    def end(self) -> None:
        """Nothing more is read: refuses the fields that nobody asked for."""
        for name in self._document:
            if name not in self._read:
                names = ", ".join(sorted(self._read))
                refuse(self.path(str(name))[:100], f"não existe. Os campos são: {names}.")


def whole(value: object, field: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        refuse(field, f"deve ser um número inteiro de {low} a {high}.")
    return value
