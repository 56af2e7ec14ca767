"""Whether a text is one emoji, by the form of emoji alone.

No list of them: new ones come every year, and people's phones have them before a list does.
"""

from __future__ import annotations

import re

#: Characters of the longest: a family of flags, skin tones and joiners has about half of these.
MAX_LENGTH = 35

#: The blocks in which Unicode keeps its emoji and the room for new ones, and those that stand
#: elsewhere (UTS #51, emoji-data.txt: Extended_Pictographic).
_PICTOGRAPH = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf"
    "\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_SKIN_TONE = "[\U0001f3fb-\U0001f3ff]"
_AS_EMOJI = "\ufe0f"  # variation selector 16; the other, 15, asks for text
_TAGS = "[\U000e0020-\U000e007e]+\U000e007f"  # of a flag of Scotland and the like
_JOINER = "\u200d"
_ELEMENT = f"{_PICTOGRAPH}(?:{_SKIN_TONE}|{_AS_EMOJI}|{_TAGS})?"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_KEYCAP = f"[0-9#*]{_AS_EMOJI}?\u20e3"
#: UTS #51, 1.4.9, EBNF of possible emoji.
_EMOJI = re.compile(f"{_FLAG}|{_KEYCAP}|{_SKIN_TONE}|{_ELEMENT}(?:{_JOINER}{_ELEMENT})*")


def is_one_emoji(text: str) -> bool:
    """Whether this is one emoji, with its skin tones and joiners, and nothing else."""
    return len(text) <= MAX_LENGTH and _EMOJI.fullmatch(text) is not None
