"""What a customer typed, as rules compare it: without accents, case, signs and ornaments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_NO_WORD = re.compile(r"[^0-9a-z]+")
_NUMBER = re.compile(r"(?:(?:opcao|numero|no|n) )?([0-9]{1,2})")


def plain(text: str) -> str:
    """Lower-case words of ASCII with single spaces: `Opção nº 2!` is `opcao no 2`."""
    # Compatibility forms make a keycap or a full-width digit a digit.
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(each for each in letters if not unicodedata.category(each).startswith("M"))
    return _NO_WORD.sub(" ", bare).strip()


def number(said: str) -> int | None:
    """The number of an option, if `said`, which is plain, is nothing else."""
    found = _NUMBER.fullmatch(said)
    return int(found[1]) if found else None


def longest(said: str, words: Iterable[str]) -> int:
    """Characters of the longest of `words` that is in `said`, as whole words; 0: none is."""
    padded = f" {said} "
    return max((len(word) for word in words if f" {word} " in padded), default=0)
