"""`/api/empresas/:id/handler`: chosen, shown, removed, refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_clients import said
from tests.handling.handlers import HANDLERS
from tests.web.served import Served, of_type, until

PATH = "/api/empresas/5/handler"
NONE = dict.fromkeys(
    ("handler", "settings", "state", "until", "position", "lastSeq", "lastFailure")
)
#: More than 16 KiB: most addresses take no such body.
MENU = [{"title": f"Opção {number}", "text": "x" * 2000} for number in range(1, 13)]


def chosen(served: Served, name: str, settings: object = None) -> dict[str, Any]:
    answer = served.put(PATH, {"handler": name, "settings": settings})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_one_is_chosen_shown_and_removed(served: Served) -> None:
    served.connected(5)
    assert served.get(PATH).json() == NONE
    held = chosen(served, "rules", {"greeting": "Olá!", "options": MENU})
    shown = served.get(PATH).json()
    assert shown["handler"] == held["handler"] == "rules"
    assert (shown["state"], shown["until"], shown["lastFailure"]) == ("running", None, None)
    assert shown["position"] == shown["lastSeq"] > 0
    assert shown["settings"] == held["settings"]
    assert shown["settings"]["greeting"] == "Olá!"
    assert shown["settings"]["silenceMinutes"] == 240
    assert shown["settings"]["timezone"] == "America/Sao_Paulo"
    again = served.put(PATH, {"handler": "rules", "settings": shown["settings"]})
    assert again.json()["settings"] == shown["settings"]
    assert served.delete(PATH).json() == NONE
    assert served.delete(PATH).json() == served.get(PATH).json() == NONE


def test_its_failures_are_shown_and_are_events(served: Served) -> None:
    served.connected(5)
    chosen(served, "wild")
    with served.listen("empresa_id=5") as socket:
        served.clients.started(5).report(said(1, "nonsense"))
        event = until(socket, of_type("handler_failed"), 30)
    assert event["data"]["kind"] == "unreadable"
    failure = served.get(PATH).json()["lastFailure"]
    assert {**event["data"], "at": failure["at"]} == failure
    events = served.get("/api/empresas/5/events?type=handler_failed").json()["events"]
    assert [each["seq"] for each in events] == [event["seq"]]


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({}, "invalid_settings", {"field": "handler"}),
        ({"handler": 5}, "invalid_settings", {"field": "handler"}),
        ({"handler": "rules", "settings": []}, "invalid_settings", {"field": "settings"}),
        ({"handler": "rules", "more": 1}, "invalid_settings", {"field": "more"}),
        (
            {"handler": "rules", "settings": {"options": [{"title": "a"}]}},
            "invalid_settings",
            {"field": "options[1].text"},
        ),
        (
            {"handler": "rules", "settings": {"timezone": "Manaus"}},
            "invalid_settings",
            {"field": "timezone"},
        ),
        ({"handler": "picky", "settings": {}}, "invalid_settings", {"field": "settings"}),
        ({"handler": "robot"}, "unknown_handler", {"handlers": sorted(["rules", *HANDLERS])}),
    ],
)
def test_what_cannot_be_is_refused(
    served: Served, body: object, code: str, fields: dict[str, object]
) -> None:
    served.connected(5)
    answer = served.put(PATH, body)
    refused = answer.json()
    assert (answer.status_code, refused["code"]) == (422, code)
    assert {name: refused[name] for name in fields} == fields
    assert served.get(PATH).json() == NONE


def test_one_that_does_not_load_is_refused_with_what_its_author_must_know(served: Served) -> None:
    served.connected(5)
    answer = served.put(PATH, {"handler": "nobody"})
    assert (answer.status_code, answer.json()["code"]) == (422, "handler_not_usable")
    assert "AttributeError" in answer.json()["detail"]


def test_a_number_that_json_does_not_have_is_refused(served: Served) -> None:
    served.connected(5)
    with served.http() as client:
        headers = {"Content-Type": "application/json"}
        body = b'{"handler": "echo", "settings": {"a": NaN}}'
        answer = client.put(PATH, content=body, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "settings")


def test_an_unknown_empresa_has_none_and_gets_none(served: Served) -> None:
    for answer in (
        served.get(PATH),
        served.put(PATH, {"handler": "rules"}),
        served.delete(PATH),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "empresa_not_found")


def test_settings_that_are_too_large_are_refused(served: Served) -> None:
    served.connected(5)
    answer = served.put(PATH, {"handler": "echo", "settings": {"before": "x" * 300_000}})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
