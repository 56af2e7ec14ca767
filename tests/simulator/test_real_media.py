"""Files that the unmodified neonize uploads and downloads."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.real.acting import scan
from tests.simulator.real.client_process import RealClient, running_client
from tests.simulator.real.simulator_process import RefusedError, SimulatorProcess

SHOP, CUSTOMER = "+5511987654322", "+5521912345679"
KINDS = ("image", "video", "audio", "document")


@pytest.fixture(name="shop", scope="module")
def _shop(
    shared: SimulatorProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealClient]:
    with running_client(shared, tmp_path_factory.mktemp("shop") / "shop.db") as client:
        scan(shared, client, SHOP)
        shared.post("/accounts", number=CUSTOMER)
        yield client


def send(shop: RealClient, kind: str, data: bytes) -> dict[str, Any]:
    to, text = f"{CUSTOMER[1:]}@s.whatsapp.net", base64.b64encode(data).decode()
    sent: dict[str, Any] = shop.call("send_file", to=to, kind=kind, base64=text)
    return sent


def last_received(shared: SimulatorProcess, number: str) -> dict[str, Any]:
    found: dict[str, Any] = shared.get(f"/received?number={number[1:]}")["messages"][-1]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_reaches_the_customers_phone_as_it_was(
    shared: SimulatorProcess, shop: RealClient, kind: str
) -> None:
    data = secrets.token_bytes(300_001)
    sent = send(shop, kind, data)
    received = last_received(shared, CUSTOMER)
    assert (received["id"], received["type"]) == (sent["id"], kind)
    assert received["media"] == {
        "mimeType": "application/x-test",
        "fileName": "",
        "caption": "",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    assert shared.file(CUSTOMER, sent["id"]) == data
    assert last_received(shared, SHOP)["media"]["size"] == len(data)
    downloaded = shop.call("download", message=sent["message"])
    assert base64.b64decode(downloaded) == data


@pytest.mark.parametrize("answer", [404, 410])
def test_a_download_that_the_media_servers_refuse_fails_at_once(
    shared: SimulatorProcess, shop: RealClient, answer: int
) -> None:
    sent = send(shop, "document", b"expired")
    shared.post("/faults", kind="media", on="download", answer=answer)
    with pytest.raises(RuntimeError, match=str(answer)):
        shop.call("download", message=sent["message"])
    shared.delete("/faults")


def test_an_upload_that_the_media_servers_refuse_sends_nothing(
    shared: SimulatorProcess, shop: RealClient
) -> None:
    send(shop, "image", b"before")
    before = last_received(shared, CUSTOMER)
    shared.post("/faults", kind="media", number=SHOP, on="upload", answer=507)
    with pytest.raises(RuntimeError, match="507"):
        send(shop, "image", b"refused")
    shared.delete("/faults")
    assert last_received(shared, CUSTOMER) == before
    assert send(shop, "image", b"taken")["id"]


def test_a_file_that_the_media_servers_have_lost_is_said_to_be_missing(
    shared: SimulatorProcess,
) -> None:
    with pytest.raises(RefusedError) as refusal:
        shared.file(CUSTOMER, "NOSUCHMESSAGE")
    assert refusal.value.args[0] == 404
