"""What `docs/sending.md` and `docs/rules.md` say of defaults, fields and reasons is the code's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from actors.governor import Lane, PauseReason, Settings
from actors.hours_reading import hours_json
from actors.rules import Rules

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "sending.md").read_text()
RULES = (DOCS / "rules.md").read_text()


def examples(text: str) -> list[dict[str, Any]]:
    return [json.loads(each) for each in re.findall(r"```json\n(.+?)```", text, re.DOTALL)]


def test_the_defaults_are_those_that_the_documents_show() -> None:
    assert examples(TEXT) == [Settings().to_json()]
    hours = Settings().hours
    assert {**examples(RULES)[0], **hours_json(hours)} == Rules(hours).to_json()


def test_the_example_of_rules_is_one() -> None:
    rules = Rules.read(examples(RULES)[1], Rules(Settings().hours))
    assert [option.title for option in rules.options] == ["Comprar um carro", "Oficina"]


def test_every_field_of_the_rules_is_explained() -> None:
    (table,) = re.findall(r"\| field \| may be \|\n(.+?)\n\n", RULES, re.DOTALL)
    assert set(re.findall(r"`([a-zA-Z]+)`", table)) >= set(Rules(Settings().hours).to_json())


def test_every_setting_lane_and_reason_is_explained() -> None:
    rows = set(re.findall(r"^\| (?:[^|`]+\| )?`(\w+)`", TEXT, re.MULTILINE))
    assert rows >= {*Settings().to_json(), *Lane, *PauseReason}
