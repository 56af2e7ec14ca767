"""One emoji, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.emoji import is_one_emoji

ONE = [
    "👍",
    "👍🏽",
    "❤️",
    "❤",
    "❤️\u200d🔥",
    "👩🏾\u200d❤️\u200d💋\u200d👨🏻",
    "👨\u200d👩\u200d👧\u200d👦",
    "🇧🇷",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "🏳️\u200d🌈",
    "1️⃣",
    "#⃣",
    "©️",
    "⏰",
    "〰️",
    "🫩",
    "\U0001fa8e",
    "🏽",
]


@pytest.mark.parametrize("text", ONE)
def test_an_emoji_is_one(text: str) -> None:
    assert is_one_emoji(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "1",
        "#",
        "👍👍",
        "👍 ",
        "👍a",
        "\u200d",
        "👍\u200d",
        "\ufe0f",
        "🇧",
        "🇧🇷🇧🇷",
        "\ud83d",
        ":+1:",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_one_emoji(text)


@given(st.lists(st.sampled_from(ONE).filter(lambda each: each != "🏽"), min_size=2, max_size=6))
def test_two_emoji_are_not_one(several: list[str]) -> None:
    # A skin tone aside, which belongs to the one before it.
    assert not is_one_emoji("".join(several))


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Z", "Cc"))))
def test_no_writing_is_an_emoji(text: str) -> None:
    assert is_one_emoji(text) == (text in ("\u203c", "\u2049", "\u2139", "\u3030", "\u303d"))
