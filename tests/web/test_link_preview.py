"""What is shown of a page that a text links to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.outgoing import read, refusal
from web.link_preview import MAX_DESCRIPTION, MAX_TITLE
from web.message_refusals import InvalidLinkPreview

URL = "https://loja.example/onix?cor=prata"
TEXT = f"Veja: {URL}"
PREVIEW = {"url": URL, "title": "Onix 2020"}


def test_a_preview_is_as_it_is_given() -> None:
    for more in ({}, {"description": None}, {"description": "Prata"}, {"image": "ignored"}):
        found = read("text", text=TEXT, linkPreview={**PREVIEW, **more}).content["linkPreview"]
        assert found == {**PREVIEW, "description": more.get("description")}


@pytest.mark.parametrize("nothing", [None, False])
def test_without_one_there_is_none(nothing: object) -> None:
    assert read("text", text=TEXT, linkPreview=nothing).content["linkPreview"] is False


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (True, "linkPreview"),
        (URL, "linkPreview"),
        ([], "linkPreview"),
        ({}, "linkPreview.url"),
        ({"url": "https://outra.example", "title": "x"}, "linkPreview.url"),
        ({"url": "Veja:", "title": "x"}, "linkPreview.url"),
        ({"url": URL}, "linkPreview.title"),
        ({"url": URL, "title": " "}, "linkPreview.title"),
        ({"url": URL, "title": "x" * (MAX_TITLE + 1)}, "linkPreview.title"),
        ({**PREVIEW, "description": "x" * (MAX_DESCRIPTION + 1)}, "linkPreview.description"),
        ({**PREVIEW, "description": 5}, "linkPreview.description"),
    ],
)
def test_anything_else_is_refused(given: Any, field: str) -> None:
    answer = refusal("text", text=TEXT, linkPreview=given)
    assert (answer.code, answer.fields["field"]) == ("invalid_link_preview", field)


def test_the_sentence_names_the_limits_that_are_in_force() -> None:
    for number in (MAX_TITLE, MAX_DESCRIPTION):
        assert f" {number} " in InvalidLinkPreview.sentence
