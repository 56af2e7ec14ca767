"""Files that a client sends, by the port: the real neonize in a worker, against the simulator."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.media.test_kinds import picture
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until
from tests.whatsapp.linking import Linked, link
from whatsapp.clients import WorkerClients
from whatsapp.port import CheckNumbers, Journalled, NumbersChecked, Send

Number = Callable[[], str]
MIB = 1024 * 1024


def send(linked: Linked, to: str, path: Path, content: dict[str, Any]) -> dict[str, Any]:
    """Send a file to a number and return what the client journalled of it."""
    linked.client.check_numbers(CheckNumbers(1, [to]))
    chat = linked.reports.wait_for(NumbersChecked).found[to]["jid"]
    data = path.read_bytes() if path.is_file() else b""
    file = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "mimeType": "application/pdf",
        "fileName": "proposta.pdf",
        "isAnimated": False,
    }
    whole = {**content, "file": file}
    times = len(linked.reports.of(Journalled)) + 1
    linked.client.send(Send("m1", chat, whole, secrets.token_bytes(32), str(path)))
    while True:
        event = linked.reports.wait_for(Journalled, times)
        if event.kind == "sent":
            return event.data
        times += 1


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"type": "image", "text": "olha"}, "image"),
        ({"type": "video", "text": "olha"}, "video"),
        ({"type": "audio", "voice": False}, "audio"),
        ({"type": "audio", "voice": True}, "audio"),
        ({"type": "document", "text": None}, "document"),
        ({"type": "document", "text": "segue"}, "document"),
        ({"type": "sticker"}, "sticker"),
    ],
)
def test_the_customers_phone_decrypts_the_bytes_that_were_in_the_file(
    clients: WorkerClients,
    simulator: SimulatorProcess,
    number: Number,
    tmp_path: Path,
    content: dict[str, Any],
    kind: str,
) -> None:
    shop, customer, path = link(clients, simulator, 5, number()), number(), tmp_path / "file"
    simulator.post("/accounts", number=customer)
    path.write_bytes(secrets.token_bytes(100_003))
    sent = send(shop, customer, path, content)
    assert (sent["state"], sent["reason"]) == ("server_ack", None)
    (message,) = simulator.get(f"/received?number={customer[1:]}")["messages"]
    assert (message["id"], message["type"]) == (sent["whatsappId"], kind)
    assert message["text"] == (content.get("text") or "")
    assert message["media"]["mimeType"] == "application/pdf"
    assert message["content"].get("PTT", False) == content.get("voice", False)
    assert simulator.file(customer, message["id"]) == path.read_bytes()


def test_a_picture_brings_its_size_and_a_small_picture(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number, tmp_path: Path
) -> None:
    shop, customer, path = link(clients, simulator, 5, number()), number(), tmp_path / "file"
    simulator.post("/accounts", number=customer)
    path.write_bytes(picture("JPEG"))
    send(shop, customer, path, {"type": "image", "text": None})
    (message,) = simulator.get(f"/received?number={customer[1:]}")["messages"]
    content = message["content"]
    assert (content["width"], content["height"]) == (8, 8)
    assert base64.b64decode(content["JPEGThumbnail"]).startswith(b"\xff\xd8\xff")


def test_the_memory_that_a_large_file_took_is_given_back(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number, tmp_path: Path
) -> None:
    shop, customer, path = link(clients, simulator, 5, number()), number(), tmp_path / "file"
    simulator.post("/accounts", number=customer)
    worker, content = psutil.Process(shop.pid), {"type": "document", "text": None}
    path.write_bytes(b"small")
    send(shop, customer, path, content)
    before = worker.memory_full_info().uss
    path.write_bytes(secrets.token_bytes(32 * MIB))
    assert send(shop, customer, path, content)["state"] == "server_ack"
    wait_until(lambda: worker.memory_full_info().uss < before + 24 * MIB)


def test_a_file_that_is_gone_fails_for_good(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number, tmp_path: Path
) -> None:
    shop, customer = link(clients, simulator, 5, number()), number()
    simulator.post("/accounts", number=customer)
    content = {"type": "document", "text": None}
    sent = send(shop, customer, tmp_path / "nothing", content)
    assert (sent["state"], sent["reason"]) == ("failed", "media_not_found")
    link_to_others = tmp_path / "link"
    link_to_others.symlink_to("/etc/hostname")
    sent = send(shop, customer, link_to_others, content)
    assert sent["state"] != "server_ack"
    assert simulator.get(f"/received?number={customer[1:]}")["messages"] == []


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [(507, "queued", "upload_failed"), (413, "failed", "file_too_large")],
)
def test_what_the_media_servers_do_not_take_is_not_sent(
    clients: WorkerClients,
    simulator: SimulatorProcess,
    number: Number,
    tmp_path: Path,
    answer: int,
    state: str,
    reason: str,
) -> None:
    shop, customer, path = link(clients, simulator, 5, number()), number(), tmp_path / "file"
    simulator.post("/accounts", number=customer)
    simulator.post("/faults", kind="media", number=shop.number, on="upload", answer=answer)
    path.write_bytes(b"refused")
    sent = send(shop, customer, path, {"type": "document", "text": None})
    assert (sent["state"], sent["reason"]) == (state, reason)
    assert simulator.get(f"/received?number={customer[1:]}")["messages"] == []
