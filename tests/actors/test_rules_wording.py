"""What counts as the same word, and as a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.wording import longest, number, plain


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Opção nº 2!", "opcao no 2"),
        ("  FALAR\ncom   ATENDENTE?? ", "falar com atendente"),
        ("Orçamento", "orc\u0327amento"),
        ("2️⃣", "2"),
        ("\uff12", "2"),
        ("👍", ""),
    ],
)
def test_accents_case_signs_and_ornaments_are_ignored(text: str, same: str) -> None:
    assert plain(text) == plain(same)


@given(st.text())
def test_what_is_plain_stays_so(text: str) -> None:
    said = plain(text)
    assert plain(said) == said
    assert said.isascii()
    assert said == " ".join(said.split())


@pytest.mark.parametrize(
    ("said", "is_number"),
    [
        ("2", 2),
        ("opcao 2", 2),
        ("no 2", 2),
        ("02", 2),
        ("2 carros", None),
        ("500", None),
        ("", None),
    ],
)
def test_a_number_is_nothing_but_that(said: str, is_number: int | None) -> None:
    assert number(said) == is_number


def test_words_count_as_a_whole_alone() -> None:
    assert longest("quero falar com um atendente", ["atendente"]) == len("atendente")
    assert longest("atendentes", ["atendente"]) == 0
    assert longest("o test drive", ["drive", "test drive"]) == len("test drive")
