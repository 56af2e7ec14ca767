"""Files of the simulator's phones, fetched as WhatsApp's: by its proxy, with its certificate."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from media.receiving import Receiving
from media.remote_file import NotReceived, RemoteFile
from media.store import MediaStore
from media.whatsapp_site import WhatsappSite
from tests.media.shelves import opened, read
from tests.simulator.real.simulator_process import SimulatorProcess

ANA, BIA = "+5511987650001", "+5511987650002"
PDF = b"%PDF-1.7 " + b"a proposta " * 50_000


@pytest.fixture(name="simulator", scope="module")
def _simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    simulator = SimulatorProcess(tmp_path_factory.mktemp("whatsapp") / "state")
    yield simulator
    simulator.close()


@pytest.fixture(autouse=True)
def _environment(simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", simulator.where["proxy"])
    monkeypatch.setenv("SSL_CERT_FILE", simulator.where["ca"])


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[MediaStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def sent(simulator: SimulatorProcess, kind: str) -> tuple[str, RemoteFile]:
    """The id of a message, and what it says of its file."""
    text = base64.b64encode(PDF).decode()
    body = {"from": ANA, "to": BIA, "type": kind, "base64": text}
    number = str(simulator.post("/send-file", **body)["id"])
    told: dict[str, Any] = simulator.get(f"/received?number={BIA[1:]}")["messages"][-1]["content"]
    names = {"key": "mediaKey", "encryptedSha256": "fileEncSHA256", "sha256": "fileSHA256"}
    source: dict[str, Any] = {
        name: base64.b64decode(told[theirs]).hex() for name, theirs in names.items()
    }
    source |= {"type": kind, "path": told["directPath"], "size": int(told["fileLength"])}
    return number, RemoteFile.of(source)


def receive(store: MediaStore, file: RemoteFile) -> bytes:
    async def story() -> bytes:
        site = WhatsappSite()
        try:
            taken = await Receiving(store, site).receive(5, file, "", _nothing_to_do)
        finally:
            site.close()
        return read(store, taken.digest)

    return asyncio.run(story())


async def _nothing_to_do(_size: int) -> None:
    """There is room."""


@pytest.mark.parametrize("kind", ["image", "video", "audio", "voice", "document", "sticker"])
def test_a_file_of_each_type_is_what_was_sent(
    simulator: SimulatorProcess, store: MediaStore, kind: str
) -> None:
    _, file = sent(simulator, kind)
    assert receive(store, file) == PDF


def test_what_the_servers_have_forgotten_has_expired(
    simulator: SimulatorProcess, store: MediaStore
) -> None:
    number, file = sent(simulator, "image")
    simulator.delete(f"/media?number={ANA[1:]}&id={number}")
    with pytest.raises(NotReceived) as missed:
        receive(store, file)
    assert missed.value.fate == "expired"


def test_servers_that_fail_and_a_proxy_that_refuses_are_tried_again(
    simulator: SimulatorProcess, store: MediaStore
) -> None:
    _, file = sent(simulator, "image")
    for fault in ({"kind": "media", "on": "download", "answer": 503}, {"kind": "refuse"}):
        simulator.post("/faults", **fault)
        with pytest.raises(NotReceived) as missed:
            receive(store, file)
        simulator.delete("/faults")
        assert missed.value.fate == "later"
    assert receive(store, file) == PDF


def test_who_is_not_whatsapp_by_its_certificate_is_not_believed(
    simulator: SimulatorProcess, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, file = sent(simulator, "image")
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(NotReceived, match="unreachable"):
        receive(store, file)
