"""Files that customers send, fetched whatever happens meanwhile, with the real neonize."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from typing import TypeAlias

import psutil
import pytest

from tests.e2e.browser import Browser, linked_server
from tests.e2e.server_process import Frame, ServerProcess, kill_process
from tests.media.test_kinds import FILES, picture
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

Browse: TypeAlias = Callable[..., Browser]
SHOP, MARIA, BIA = "+5521999990411", "+5521988880411", "+5521988880412"
MIB = 1024 * 1024
NOISE = secrets.token_bytes(70_000)
#: Each type, its file, what it is, and the `fileName` and the words that come with it.
FILES_SENT: list[tuple[str, bytes, str, str | None, str | None]] = [
    ("image", picture("JPEG") + NOISE, "image/jpeg", None, "é este?"),
    ("video", FILES["MP4"][0] + NOISE, "video/mp4", None, "o motor"),
    ("audio", FILES["MP3"][0] + NOISE, "audio/mpeg", None, None),
    ("voice", FILES["Opus"][0] + NOISE, "audio/ogg; codecs=opus", None, None),
    ("document", b"%PDF-1.7" + NOISE, "application/pdf", "laudo.pdf", "segue o laudo"),
    ("sticker", picture("WEBP") + NOISE, "image/webp", None, None),
]


@pytest.fixture(name="server", scope="module")
def _server(
    tmp_path_factory: pytest.TempPathFactory, simulator: SimulatorProcess
) -> Iterator[ServerProcess]:
    with linked_server(tmp_path_factory.mktemp("server"), simulator, SHOP) as server:
        for number, name in ((MARIA, "Maria"), (BIA, "Bia")):
            simulator.post("/accounts", number=number, name=name)
        yield server


@pytest.fixture(name="shop")
def _shop(simulator: SimulatorProcess, browse: Browse) -> Iterator[Browser]:
    yield browse(5)
    simulator.delete("/faults")


def send(
    simulator: SimulatorProcess, kind: str, data: bytes, to: str = SHOP, **other: object
) -> str:
    text = base64.b64encode(data).decode()
    body = {"from": MARIA, "to": to, "type": kind, "base64": text, **other}
    return str(simulator.post("/send-file", **body)["id"])


def settled(server: ServerProcess, message: str, seconds: float = 30.0) -> Frame:
    """The one end of a message's file."""
    found: list[Frame] = []

    def is_there() -> bool:
        events = [each for each in server.events(5) if each["type"] == "media_state"]
        found[:] = [each["data"] for each in events if each["data"]["messageId"] == message]
        return bool(found)

    wait_until(is_there, seconds)
    (data,) = found
    return data


def content(server: ServerProcess, media: Frame) -> bytes:
    answer = server.get(f"/api/empresas/5/media/{media['id']}")
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("place", ["chat", "group"])
def test_each_type_of_file_is_served_as_it_was_sent(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser, place: str
) -> None:
    to = SHOP
    if place == "group":
        members = [MARIA, SHOP, BIA]
        to = simulator.post("/groups", subject="Carros", members=members)["jid"]
    for kind, data, mime_type, name, words in FILES_SENT:
        sent = send(simulator, kind, data, to, fileName=name, caption=words)
        message = shop.hears("message", id=sent)["data"]
        assert (message["type"], message["text"]) == (kind, words)
        assert message["chat"]["isGroup"] == (place == "group")
        media = settled(server, sent)["media"]
        assert (media["state"], media["id"]) == ("ready", message["media"]["id"])
        assert (media["mimeType"], media["size"], media["fileName"]) == (
            mime_type,
            len(data),
            name,
        )
        assert media["sha256"] == hashlib.sha256(data).hexdigest()
        assert content(server, media) == data


def test_what_whatsapp_does_not_hold_any_more_is_expired(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    simulator.post("/faults", kind="media", on="download", answer=503, times=1)
    sent = send(simulator, "image", picture("JPEG"))
    shop.hears("message", id=sent)
    simulator.delete(f"/media?number={MARIA[1:]}&id={sent}")
    media = settled(server, sent)["media"]
    assert media["state"] == "expired"
    answer = server.get(f"/api/empresas/5/media/{media['id']}")
    assert (answer.status_code, answer.json()["code"]) == (410, "media_expired")


def test_an_address_that_a_stranger_wrote_is_not_gone_to(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    lured = send(simulator, "image", picture("JPEG"), url=f"{server.url}/healthz")
    assert settled(server, lured)["media"]["state"] == "ready"
    sent = send(simulator, "image", picture("JPEG"), directPath="@127.0.0.1:1/x?")
    message = shop.hears("message", id=sent)["data"]
    assert message["media"]["state"] == "failed"
    answer = server.get(f"/api/empresas/5/media/{message['media']['id']}")
    assert (answer.status_code, answer.json()["code"]) == (410, "media_failed")


@pytest.mark.parametrize("victim", ["worker", "server"])
def test_a_file_is_there_in_the_end_whoever_was_killed_meanwhile(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser, victim: str
) -> None:
    simulator.post("/faults", kind="media", on="download", answer=503)
    data = b"%PDF-1.7" + secrets.token_bytes(8 * MIB)
    sent = send(simulator, "document", data, fileName="laudo.pdf")
    shop.hears("message", id=sent)
    if victim == "server":
        server.kill()
        simulator.delete("/faults")
        server.start()
    else:
        kill_process(server.worker(5))
        simulator.delete("/faults")
    media = settled(server, sent, 60)["media"]
    assert (media["state"], media["fileName"]) == ("ready", "laudo.pdf")
    assert content(server, media) == data


def test_a_server_that_is_killed_in_the_middle_of_large_files_has_them_all_in_the_end(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    data = b"%PDF-1.7" + secrets.token_bytes(16 * MIB)
    sent = [send(simulator, "document", data + bytes([number])) for number in range(3)]
    for each in sent:
        shop.hears("message", id=each)
    for _ in range(3):
        server.kill()
        server.start()
    for number, each in enumerate(sent):
        media = settled(server, each, 90)["media"]
        assert media["state"] == "ready"
        assert media["sha256"] == hashlib.sha256(data + bytes([number])).hexdigest()
    assert list((server.folder / "data" / "media" / "tmp").iterdir()) == []


def test_a_large_file_costs_little_memory_and_no_text_waits_for_it(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    process = psutil.Process(server.pid)
    before = process.memory_info().rss
    data = b"%PDF-1.7" + secrets.token_bytes(64 * MIB)
    sent = [send(simulator, "document", data + bytes([number])) for number in range(2)]
    waits: list[float] = []
    most = before

    def are_there() -> bool:
        nonlocal most
        begun = time.monotonic()
        (text,) = simulator.post("/say", **{"from": BIA, "to": SHOP, "text": "oi"})["ids"]
        shop.hears("message", id=text)
        waits.append(time.monotonic() - begun)
        most = max(most, process.memory_info().rss)
        ends = [each["data"] for each in server.events(5) if each["type"] == "media_state"]
        return {*sent} <= {each["messageId"] for each in ends}

    wait_until(are_there, 90)
    assert most - before < 64 * MIB
    assert max(waits) < 1.0
