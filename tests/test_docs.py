"""The documentation names everything there is, and nothing that is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from actors.errors import Refusal
from actors.status import Reason, State
from media.accepted import MESSAGE_TYPES
from media.errors import MediaRefusal
from settings import NAMES
from tests.whatsapp.protobufs import Message
from web import refusals
from web.application import ROUTES
from web.base import AnyRefusal, status_of
from web.message_media import MAX_BASE64_BYTES
from whatsapp.message_kinds import KINDS
from whatsapp.message_shape import shape_message
from whatsapp.port import EventKind

ROOT = Path(__file__).parents[1]
API = (ROOT / "docs" / "api.md").read_text()
OPERATION = (ROOT / "docs" / "operation.md").read_text()
TEXTS = [ROOT / "README.md", ROOT / "README.pt-BR.md", *sorted((ROOT / "docs").glob("*.md"))]


def every_refusal() -> list[type[AnyRefusal]]:
    def below(kind: type[AnyRefusal]) -> list[type[AnyRefusal]]:
        return [each for sub in kind.__subclasses__() for each in (sub, *below(sub))]

    found = [*below(Refusal), *below(MediaRefusal)]
    assert refusals.InternalError in found
    return [each for each in found if each.__module__.split(".")[0] in ("web", "actors", "media")]


def test_the_api_names_every_state_and_reason() -> None:
    for name in [*State, *Reason]:
        assert f"`{name.value}`" in API


def test_the_api_names_every_refusal_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| ([^|]+) \|", API, re.MULTILINE)
    documented = {
        code: int(status) for status, codes in rows for code in re.findall(r"`(.+?)`", codes)
    }
    assert documented == {kind.code: status_of(kind()) for kind in every_refusal()}


def test_every_refusal_says_in_portuguese_what_is_wrong() -> None:
    for kind in every_refusal():
        assert kind.sentence not in (Refusal.sentence, MediaRefusal.sentence)
        assert kind.code not in (Refusal.code, MediaRefusal.code)


def test_the_api_names_every_route() -> None:
    for pattern, _ in ROUTES:
        path = re.escape(pattern).replace(re.escape("([^/]+)"), r":[a-zA-Z]+")
        way = rf"(GET|POST|DELETE|ws://localhost:3010) ?{path}[`? ]"
        assert re.search(way, API), pattern


def test_the_api_names_every_event_of_whatsapps() -> None:
    table = API.partition("### Numbered events")[2].partition("###")[0]
    for kind in get_args(EventKind):
        assert f"`{kind}`" in table


def test_the_api_describes_every_type_of_message_with_an_example() -> None:
    section = API.partition("### `message`\n")[2].partition("\n### ")[0]
    types = {kind.type for kind in KINDS.values()} | {"voice", "unsupported"}
    assert set(re.findall(r"^\| `([a-z]+)` \|", section, re.MULTILINE)) - {"type"} == types
    whole, *parts = re.findall(r"```json\n(.+?)```", section, re.DOTALL)
    fields = shape_message(Message(), None)
    assert json.loads(whole).keys() == fields.keys()
    examples = [json.loads(line) for part in parts for line in part.splitlines()]
    assert all(example.keys() <= fields.keys() for example in examples)
    assert {example["type"] for example in examples if "type" in example} == types


def test_operation_names_every_setting_and_no_other() -> None:
    assert set(re.findall(r"^\| `(VENDEAI_[A-Z_]+)`", OPERATION, re.MULTILINE)) == set(NAMES)
    for path in TEXTS:
        assert set(re.findall(r"VENDEAI_[A-Z_]*[A-Z]", path.read_text())) <= set(NAMES), path


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize(
    "said",
    [
        "the database cannot be used",
        "connections are refused",
        "no connection can be accepted for the moment",
        "no worker can be forked",
    ],
)
def test_what_the_runbooks_quote_of_the_log_is_what_the_code_says(said: str) -> None:
    assert f"`{said}`" in (ROOT / "docs" / "runbooks.md").read_text()
    sources = [
        path for room in ("actors", "web", "whatsapp") for path in ROOT.glob(f"{room}/**/*.py")
    ]
    assert any(said in path.read_text() for path in sources)


def test_the_api_names_the_limit_of_every_type_of_message_with_media() -> None:
    section = API.partition("### Media\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\|(?: .*`([a-z]+)`)? \| [^|]+ \| (\d+) MiB \|$", section, re.MULTILINE)
    documented = {name: int(limit) * 2**20 for name, limit in rows}
    limits = {each.name: each.limit for each in MESSAGE_TYPES.values()}
    sticker = limits.pop("sticker")
    assert documented == limits
    assert f"animated | {sticker // 1024} KiB" in section
    assert f"as `base64` | | {MAX_BASE64_BYTES // 2**20} MiB" in section
