from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.file_names import MAX_NAME, clean_name, name_of_answer

URL = "https://a.example/fotos/carro%20%C3%A0%20venda.jpg?x=y.exe#z"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="tabela.pdf"', "tabela.pdf"),
        ("attachment; filename=tabela.pdf", "tabela.pdf"),
        ("inline; filename*=UTF-8''pre%C3%A7os.pdf; filename=precos.pdf", "preços.pdf"),
        ('attachment; filename="preços.pdf"', "preços.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\temp\\\\a.pdf"', "a.pdf"),
        ("attachment", "carro à venda.jpg"),
        ('attachment; filename=""', "carro à venda.jpg"),
        ('attachment; filename=".."', "carro à venda.jpg"),
        ("attachment; filename*=klingon''x%ff", "xÿ"),
        (None, "carro à venda.jpg"),
    ],
)
def test_a_file_is_called_by_the_header_or_else_by_the_address(
    header: str | None, name: str
) -> None:
    assert name_of_answer(header, URL) == name


def test_an_address_without_a_name_gives_none() -> None:
    assert name_of_answer(None, "https://a.example/") == ""
    assert name_of_answer(None, "https://a.example/x/") == ""


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("a\0b\r\n.pdf", "a b .pdf"),
        ("fatura\u202efdp.exe", "fatura fdp.exe"),
        (" .oculto ", "oculto"),
        ('a<b>:"c|?*.pdf', "a_b___c___.pdf"),
        ("x" * 200 + ".pdf", "x" * (MAX_NAME - 4) + ".pdf"),
        ("x" * 200, "x" * MAX_NAME),
        ("a." + "x" * 200, "a." + "x" * (MAX_NAME - 2)),
        ("/", ""),
        ("cafe\u0301.jpg", "café.jpg"),
    ],
)
def test_a_name_loses_what_could_mislead_or_harm(given_name: str, name: str) -> None:
    assert clean_name(given_name) == name


@given(st.one_of(st.text(), st.text('./\\\u202e\0" abc', max_size=300)))
def test_any_name_becomes_one_that_is_a_name_and_stays_as_it_is(text: str) -> None:
    name = clean_name(text)
    assert len(name) <= MAX_NAME
    assert not set('/\\:*?"<>|') & set(name)
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert all(unicodedata.category(char)[0] != "C" for char in name)
    assert clean_name(name) == name


@given(st.text(), st.text())
def test_no_header_and_no_address_breaks_it(header: str, path: str) -> None:
    name_of_answer(header, f"https://a.example/{path}")
    name_of_answer(f"attachment; filename*={header}", "https://a.example/")
    name_of_answer(f'attachment; filename*0*="{header}"; filename*1={path}', "https://a.example/")
