"""What `check` has to say: one sentence, and whether it is a fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence that says what to do."""

    is_wrong: bool
    """False: worth knowing, and no reason not to start."""
    sentence: str

    @classmethod
    def wrong(cls, sentence: str) -> Self:
        """A fault."""
        return cls(is_wrong=True, sentence=sentence)

    @classmethod
    def note(cls, sentence: str) -> Self:
        """Worth knowing."""
        return cls(is_wrong=False, sentence=sentence)
