import asyncio
import io
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import qrcode
from playwright.async_api import Page, async_playwright, expect

from tests.simulator.people import People
from tests.simulator.raw_client import RawClient
from tests.simulator.raw_device import RawDevice

CHROMIUM = shutil.which("chromium")


@asynccontextmanager
async def serving(picture: bytes) -> AsyncIterator[str]:
    """Serve a PNG, to those who accept one, and give its URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        found = b"200 OK" if b"accept: image/png\r\n" in request.lower() else b"406 No"
        head = b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        writer.write(head % (found, len(picture)) + picture)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/qr"


@asynccontextmanager
async def browsing(url: str) -> AsyncIterator[Page]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing: apt-get install chromium")
        pytest.skip("Chromium is not installed: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = await browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(url)
        yield page
        await browser.close()
        assert errors == []


async def test_a_person_scans_a_code_writes_and_removes_the_device(people: People) -> None:
    number, device = people.new_number(), RawDevice()
    client = await RawClient.dial(people.where)
    await client.shake_hands(people.where, device.noise, device.registration())
    stream = io.BytesIO()
    qrcode.make(device.qr((await client.refs())[0])).save(stream)
    async with serving(stream.getvalue()) as url, browsing(people.where["admin"]) as page:
        await page.fill("#shop", number)
        await page.fill("#customer", people.new_number())
        await page.fill("#url", url)
        await page.click("text=Escanear QR code")
        await client.consent(device)
        await expect(page.locator("#linking")).to_contain_text("Conectado como")
        await expect(page.locator("#devices")).to_contain_text("offline")
        client = await people.log_in(device)
        await expect(page.locator("#devices")).to_contain_text("online")
        await page.fill("#text", "Tem o Fusca?")
        await page.click("text=Enviar para a loja")
        await expect(page.locator("#saying")).to_contain_text("Enviada")
        assert [m["text"] for m in await people.received(number)] == ["Tem o Fusca?"]
        await page.click("text=Escanear QR code")
        await expect(page.locator("#linking.bad")).to_contain_text("desconhecido")
        await page.click("text=Remover todos")
        await expect(page.locator("#devices")).to_contain_text("Nenhum")
        assert (await client.expect("stream:error")).attrs["code"] == "401"
