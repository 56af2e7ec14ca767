"""What a body asks to send to many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors.errors import Refusal
from tests.web.outgoing import BODIES, MEDIA
from tests.web.refused import refused
from web.bulk_bodies import MAX_RECIPIENTS, BulkJob, bulk_job
from web.idempotency import bulk_digest

MARIA, ANA = "(21) 99999-8888", "+5511988880001"
OI = {"type": "text", "text": "Oi! O Onix chegou."}


def body(**other: Any) -> dict[str, Any]:
    return {"name": "Onix", "message": OI, "to": [MARIA, ANA], **other}


def read(**other: Any) -> BulkJob:
    return bulk_job(body(**other))


def refusal(**other: Any) -> Refusal:
    return refused(bulk_job, body(**other))


def test_one_message_goes_to_each_in_the_order_of_the_list() -> None:
    job = read()
    assert job.name == "Onix"
    assert job.message.content["text"] == OI["text"]
    assert [(each.written, each.text) for each in job.to] == [(MARIA, None), (ANA, None)]
    assert job.to[0].to.candidates == ("+5521999998888", "+552199998888")
    assert job.repeats == 0


def test_who_stands_there_twice_gets_it_once_however_they_are_written() -> None:
    again = ["5521999998888@s.whatsapp.net", "021 9999-8888", {"to": MARIA}]
    job = read(to=[MARIA, ANA, *again])
    assert [each.written for each in job.to] == [MARIA, ANA]
    assert job.repeats == 3


def test_fields_stand_in_the_text_of_each_and_are_not_looked_at_again() -> None:
    job = read(
        message={"type": "text", "text": "Oi {nome}, {nome}! {veículo}: { isto } fica."},
        to=[
            {"to": MARIA, "fields": {"nome": "Maria", "veículo": "{nome}", "outro": 1}},
            {"to": ANA, "fields": {"nome": "Ana", "veículo": "Onix"}},
        ],
    )
    assert [each.text for each in job.to] == [
        "Oi Maria, Maria! {nome}: { isto } fica.",
        "Oi Ana, Ana! Onix: { isto } fica.",
    ]


def test_a_caption_has_fields_too_and_other_types_have_none() -> None:
    picture = {"type": "image", "media": MEDIA, "text": "Para {nome}"}
    to = [{"to": MARIA, "fields": {"nome": "Maria"}}]
    assert read(message=picture, to=to).to[0].text == "Para Maria"
    assert read(message={"type": "poll", **BODIES["poll"][0]}, to=to).to[0].text is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "invalid_text"),
        ({"nome": " "}, "invalid_text"),
        ({"nome": 5}, "invalid_text"),
        ({"nome": "x" * 257}, "invalid_text"),
        ({"nome": "a\x00"}, "invalid_characters"),
        (None, "invalid_text"),
    ],
)
def test_nobody_is_sent_a_field_that_they_do_not_have(fields: object, code: str) -> None:
    to = [{"to": MARIA, "fields": {"nome": "Maria"}}, {"to": ANA, "fields": fields}]
    found = refusal(message={"type": "text", "text": "Oi {nome}"}, to=to)
    assert found.code == "invalid_recipients"
    assert found.fields["invalid"] == [{"index": 1, "code": code, "field": "fields.nome"}]


def test_all_that_are_invalid_are_named_by_their_places() -> None:
    found = refusal(to=[MARIA, "eu", {"to": None}, 5, "status@broadcast", ANA])
    assert found.code == "invalid_recipients"
    assert (found.fields["count"], found.fields["field"]) == (4, "to")
    assert found.fields["invalid"] == [
        {"index": 1, "code": "invalid_recipient"},
        {"index": 2, "code": "invalid_recipient"},
        {"index": 3, "code": "invalid_recipient"},
        {"index": 4, "code": "recipient_not_supported"},
    ]
    many = refusal(to=["eu"] * 150)
    assert many.fields["count"] == 150
    assert isinstance(many.fields["invalid"], list)
    assert len(many.fields["invalid"]) == 100


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"message": None}, "message"),
        ({"message": "oi"}, "message"),
        ({"to": None}, "to"),
        ({"to": []}, "to"),
        ({"to": MARIA}, "to"),
        ({"to": [MARIA] * (MAX_RECIPIENTS + 1)}, "to"),
    ],
)
def test_what_is_no_job_is_refused(other: dict[str, Any], field: str) -> None:
    found = refusal(**other)
    assert (found.code, found.fields["field"]) == ("invalid_bulk", field)


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        ({"type": "text"}, "invalid_text", "message.text"),
        ({"type": "telegram"}, "unknown_message_type", "message.type"),
        ({"type": "image"}, "media_missing", "message.media"),
        ({"type": "text", "text": "x" * 4097}, "text_too_long", "message.text"),
        ({**OI, "quote": "3EB0"}, "not_for_many", "message.quote"),
        ({"type": "reaction", "target": "3EB0", "emoji": ""}, "not_for_many", "message.type"),
        ({"type": "delete", "target": "3EB0"}, "not_for_many", "message.type"),
    ],
)
def test_a_message_that_is_none_for_many_is_refused(
    message: dict[str, Any], code: str, field: str
) -> None:
    found = refusal(message=message)
    assert (found.code, found.fields["field"]) == (code, field)


def test_a_text_that_its_fields_make_too_long_is_refused() -> None:
    to = [{"to": MARIA, "fields": {"nome": "x" * 256}}]
    found = refusal(message={"type": "text", "text": "{nome}" * 20}, to=to)
    invalid = {"index": 0, "code": "text_too_long", "field": "text", "limit": 4096}
    assert found.fields["invalid"] == [invalid]


def test_a_deadline_is_a_moment_within_90_days_and_30_days_if_it_is_left_out() -> None:
    now = datetime.now(UTC)
    assert read().expires_at(now) == now + timedelta(days=30)
    soon = now + timedelta(days=89)
    assert read(deadline=soon.isoformat()).expires_at(now) == soon
    late = (now + timedelta(days=91)).isoformat()
    for wrong in (now.isoformat(), late, "2026-12-24T18:00:00", "amanhã", 5, "2026-12-24"):
        assert refusal(deadline=wrong).code == "invalid_deadline"


def test_the_same_job_has_one_digest_however_it_is_written() -> None:
    same = bulk_digest(read())
    written = [{"to": "5521999998888", "fields": {"nome": "Maria"}}, ANA, MARIA]
    assert bulk_digest(read(to=written, deadline=None, other=1)) == same
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for other in (
        {"name": "Corsa"},
        {"message": {**OI, "text": "Oi"}},
        {"to": [MARIA]},
        {"to": [ANA, MARIA]},
        {"deadline": soon},
    ):
        assert bulk_digest(read(**other)) != same
