"""What `docs/sending.md` says of defaults, limits and reasons is what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from actors.governor import Lane, Reason, Settings

TEXT = (Path(__file__).parents[1] / "docs" / "sending.md").read_text()


def test_the_defaults_are_those_that_the_document_shows() -> None:
    shown = json.loads(re.findall(r"```json\n(.+?)```", TEXT, re.DOTALL)[0])
    assert shown == Settings().to_json()


def test_every_setting_lane_and_reason_is_explained() -> None:
    rows = set(re.findall(r"^\| (?:[^|`]+\| )?`(\w+)`", TEXT, re.MULTILINE))
    assert rows >= {*Settings().to_json(), *Lane, *Reason}
