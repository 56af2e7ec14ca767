"""How the server says no, and the count of it by kind."""

from collections import Counter


class RefusedError(Exception):
    """A stanza is refused; the stanza's own kind decides in which form the code goes out."""

    def __init__(self, kind: str, code: int, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        """What it is counted as in `/stats`."""
        self.code = code
        self.text = text


class UserError(Exception):
    """What a phone tells its user when something can't be done: a sentence in Portuguese."""


class Refusals:
    """How often the server refused something, by kind."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def count(self, kind: str) -> None:
        """Count one refusal of this kind."""
        self.counts[kind] += 1
