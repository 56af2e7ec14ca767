"""Files that the CRM sends, to phones that download and decrypt them, with the real neonize."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import httpx
import pytest

from tests.e2e.browser import Browser, linked_server
from tests.e2e.server_process import DEADLINE, ServerProcess
from tests.media.test_kinds import FILES, picture
from tests.no_tls import NO_TLS
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until
from tests.web.files_site import FilesSite, files_site

Browse: TypeAlias = Callable[..., Browser]
Way: TypeAlias = Callable[[ServerProcess, FilesSite, dict[str, Any], bytes], httpx.Response]
SHOP, MARIA = "+5521999990311", "+5521988880311"
PATH = "/api/empresas/5/messages"
MIB = 1024 * 1024


@pytest.fixture(name="site", scope="module")
def _site() -> Iterator[FilesSite]:
    with files_site({}) as site:
        yield site


@pytest.fixture(name="server", scope="module")
def _server(
    tmp_path_factory: pytest.TempPathFactory, simulator: SimulatorProcess, site: FilesSite
) -> Iterator[ServerProcess]:
    with linked_server(
        tmp_path_factory.mktemp("server"),
        simulator,
        SHOP,
        VENDEAI_MEDIA_NETWORKS="127.0.0.0/8",
        VENDEAI_MEDIA_PORTS=f"80,443,{site.port}",
    ) as server:
        simulator.post("/accounts", number=MARIA, name="Maria")
        yield server


@pytest.fixture(name="shop")
def _shop(browse: Browse) -> Browser:
    return browse(5)


def in_json(
    server: ServerProcess, _site: FilesSite, body: dict[str, Any], data: bytes
) -> httpx.Response:
    media = {"base64": base64.b64encode(data).decode(), "fileName": "arquivo"}
    return server.post(PATH, {**body, "media": media})


def by_url(
    server: ServerProcess, site: FilesSite, body: dict[str, Any], data: bytes
) -> httpx.Response:
    site.files["/arquivo"] = data
    return server.post(PATH, {**body, "media": {"url": site.url("/arquivo")}})


def in_form(
    server: ServerProcess, _site: FilesSite, body: dict[str, Any], data: bytes
) -> httpx.Response:
    return httpx.post(
        server.url + PATH,
        data={"message": json.dumps(body)},
        files={"file": ("arquivo", data)},
        timeout=DEADLINE,
        verify=NO_TLS,
    )


def last_received(simulator: SimulatorProcess) -> dict[str, Any]:
    found: dict[str, Any] = simulator.get(f"/received?number={MARIA[1:]}")["messages"][-1]
    return found


NOISE = secrets.token_bytes(70_000)
#: A body of each type, its file, and how the customer's phone shows it.
MESSAGES: list[tuple[dict[str, Any], bytes, str, str]] = [
    ({"type": "image", "text": "olha"}, picture("JPEG") + NOISE, "image", "image/jpeg"),
    ({"type": "video", "text": "o motor"}, FILES["MP4"][0] + NOISE, "video", "video/mp4"),
    ({"type": "audio"}, FILES["MP3"][0] + NOISE, "audio", "audio/mpeg"),
    (
        {"type": "audio", "voice": True},
        FILES["Opus"][0] + NOISE,
        "audio",
        "audio/ogg; codecs=opus",
    ),
    ({"type": "document", "text": "segue"}, b"%PDF-1.7" + NOISE, "document", "application/pdf"),
    ({"type": "sticker"}, picture("WEBP") + NOISE, "sticker", "image/webp"),
]


@pytest.mark.parametrize("where", ["chat", "group"])
@pytest.mark.parametrize("way", [in_json, by_url, in_form])
def test_the_phone_decrypts_the_bytes_that_were_sent_as_each_type(
    server: ServerProcess,
    simulator: SimulatorProcess,
    shop: Browser,
    site: FilesSite,
    way: Way,
    where: str,
) -> None:
    to = MARIA
    if where == "group":
        to = simulator.post("/groups", subject="Carros", members=[SHOP, MARIA])["jid"]
        simulator.post("/say", **{"from": MARIA, "to": to, "text": "oi, grupo"})
        shop.hears("message", text="oi, grupo")
    for body, data, kind, mime_type in MESSAGES:
        answer = way(server, site, {"to": to, **body}, data)
        assert answer.status_code == 202, answer.text
        shop.hears("message_state", id=answer.json()["id"], state="delivered")
        message = last_received(simulator)
        media = message["media"]
        assert (message["type"], message["text"]) == (kind, body.get("text", ""))
        assert message.get("group") == (to if where == "group" else None)
        assert (media["mimeType"], media["size"]) == (mime_type, len(data))
        assert media["sha256"] == hashlib.sha256(data).hexdigest()
        assert simulator.file(MARIA, message["id"]) == data
        assert message["content"].get("PTT", False) == body.get("voice", False)
        if kind == "document":
            assert media["fileName"] == "arquivo"


def test_a_document_of_64_mib_arrives_and_one_that_waits_survives_the_server(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser, site: FilesSite
) -> None:
    data = b"%PDF-1.7" + secrets.token_bytes(64 * MIB)
    answer = in_form(server, site, {"to": MARIA, "type": "document"}, data)
    assert answer.status_code == 202, answer.text
    shop.hears("message_state", id=answer.json()["id"], state="sending")
    server.kill()
    server.start()

    def state() -> str:
        found: str = server.get(f"{PATH}/{answer.json()['id']}").json()["state"]
        return found

    wait_until(lambda: state() in ("delivered", "unconfirmed"), 60)
    assert last_received(simulator)["media"]["sha256"] == hashlib.sha256(data).hexdigest()
