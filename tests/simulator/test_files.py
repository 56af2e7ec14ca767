"""Files that phones send: uploaded encrypted, told of by a message, expired."""

import base64
import hashlib
from typing import Any

import pytest

from tests.simulator.people import People
from tests.simulator.real.simulator_process import RefusedError
from tests.simulator.test_groups import group_of

DATA = b"%PDF-1.7 a proposta"
TYPES = ("image", "video", "audio", "voice", "document", "sticker")


async def send(people: People, sender: str, to: str, **other: object) -> str:
    text = base64.b64encode(DATA).decode()
    body = {"from": sender, "to": to, "type": "document", "base64": text, **other}
    return str((await people.post("/send-file", **body))["id"])


async def media(people: People, number: str) -> dict[str, Any]:
    (message,) = await people.received(number)
    found: dict[str, Any] = message["media"]
    return found


@pytest.mark.parametrize("kind", TYPES)
async def test_a_file_reaches_the_other_phone_as_it_was(people: People, kind: str) -> None:
    ana, bia = people.new_number(), people.new_number()
    number = await send(people, ana, bia, type=kind, fileName="a.pdf", caption="segue")
    (message,) = await people.received(bia)
    found = message["media"]
    assert (message["id"], message["from"]) == (number, ana)
    assert message["type"] == ("audio" if kind == "voice" else kind)
    assert message["content"].get("PTT", False) == (kind == "voice")
    assert (found["size"], found["sha256"]) == (len(DATA), hashlib.sha256(DATA).hexdigest())
    assert found["fileName"] == ("a.pdf" if kind == "document" else "")
    assert found["caption"] == ("segue" if kind in ("image", "video", "document") else "")


async def test_a_file_reaches_everybody_in_a_group(people: People) -> None:
    ana, bia, cris = (people.new_number() for _ in range(3))
    group = await group_of(people, ana, bia, cris)
    await send(people, ana, str(group), type="image")
    for number in (bia, cris):
        assert (await media(people, number))["size"] == len(DATA)


async def test_a_file_that_has_expired_is_not_to_be_had(people: People) -> None:
    ana, bia = people.new_number(), people.new_number()
    number = await send(people, ana, bia)
    assert (await media(people, bia))["size"] == len(DATA)
    await people.expire(ana, number)
    with pytest.raises(RefusedError) as gone:
        await people.get(f"/media?number={bia[1:]}&id={number}")
    assert gone.value.args[0] == 404


async def test_a_sender_that_is_no_phone_says_what_it_likes_of_where_its_file_is(
    people: People,
) -> None:
    ana, bia = people.new_number(), people.new_number()
    await send(people, ana, bia, directPath="/etc/passwd?", url="http://127.0.0.1/")
    (message,) = await people.received(bia)
    assert message["content"]["directPath"] == "/etc/passwd?"
    assert message["content"]["URL"] == "http://127.0.0.1/"
    assert "error" in message["media"]


@pytest.mark.parametrize("wrong", [{"type": "text"}, {"base64": "?"}, {"base64": ""}])
async def test_a_file_that_makes_no_sense_is_refused(
    people: People, wrong: dict[str, object]
) -> None:
    with pytest.raises(RefusedError) as refused:
        await send(people, people.new_number(), people.new_number(), **wrong)
    assert refused.value.args[0] == 400


async def test_what_the_phone_did_not_send_does_not_expire(people: People) -> None:
    ana, bia = people.new_number(), people.new_number()
    number = await send(people, ana, bia)
    with pytest.raises(RefusedError) as refused:
        await people.expire(bia, number)
    assert refused.value.args[0] == 404
