"""The newcomer's way, with the commands that the demo itself prints."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import expect

from commands.demo import SHOP
from tests.commands.program import DEADLINE, running
from tests.no_tls import NO_TLS
from tests.simulator.real.waiting import wait_until
from tests.web.chromium import chromium


def test_the_printed_commands_scan_the_qr_and_say_something_as_a_customer(tmp_path: Path) -> None:
    with running("demo", tmp_path) as demo:
        demo.until_said("Ctrl+C encerra")
        assert f"{demo.url.replace('127.0.0.1', 'localhost')}/?empresa=1" in demo.output
        scan, say = _commands(demo.output)
        httpx.post(f"{demo.url}/api/bot/connect/1", timeout=DEADLINE, verify=NO_TLS)
        wait_until(lambda: demo.get("/api/bot/qr/1").status_code == 200)
        _run(scan)
        wait_until(lambda: demo.get("/api/bot/status/1").json()["connected"])
        _run(say)
        events = "/api/empresas/1/events?type=message"
        wait_until(lambda: demo.get(events).json()["events"])
        (message,) = demo.get(events).json()["events"]
        assert message["data"]["text"] == "Olá! O Onix ainda está disponível?"
        assert (
            httpx.get(_phones_page(demo.output), timeout=DEADLINE, verify=NO_TLS).status_code == 200
        )
        children = psutil.Process(demo.process.pid).children(recursive=True)
        demo.process.terminate()
        assert demo.process.wait(DEADLINE) == 0
    wait_until(lambda: not any(child.is_running() for child in children))
    assert (tmp_path / "data" / "demo" / "vendeai.db").exists()
    assert (tmp_path / "data" / "demo" / "auth_info" / "empresa_1").exists()
    assert not (tmp_path / "auth_info").exists(), "the demo leaves the real credentials alone"


def test_in_a_browser_the_demos_qr_is_scanned_and_a_customer_seen(tmp_path: Path) -> None:
    with running("demo", tmp_path) as demo, chromium() as browser:
        demo.until_said("Ctrl+C encerra")
        scan, say = _commands(demo.output)
        page = browser.new_page()
        page.goto(f"{demo.url}/?empresa=1")
        page.click("#connect")
        page.wait_for_selector("#qr", state="visible")
        _run(scan)
        expect(page.locator("#state")).to_have_text("Conectado", timeout=20_000)
        expect(page.locator("#phone")).to_have_text(SHOP)
        _run(say)
        expect(page.locator("#messages p")).to_contain_text("Onix", timeout=20_000)


def test_the_printed_page_of_phones_scans_and_speaks_as_it_stands(tmp_path: Path) -> None:
    with running("demo", tmp_path) as demo, chromium() as browser:
        demo.until_said("Ctrl+C encerra")
        _, say = _commands(demo.output)
        page, phones = browser.new_page(), browser.new_page()
        page.goto(f"{demo.url}/?empresa=1")
        page.click("#connect")
        page.wait_for_selector("#qr", state="visible")
        phones.goto(_phones_page(demo.output))
        phones.click("text=Escanear QR code")
        expect(page.locator("#phone")).to_have_text(SHOP, timeout=20_000)
        expect(page.locator("#state")).to_have_text("Conectado", timeout=20_000)
        phones.click("text=Enviar para a loja")
        expect(page.locator("#messages p")).to_have_count(1, timeout=20_000)
        _run(say)
        expect(page.locator("#messages p")).to_have_count(2, timeout=20_000)


def test_a_killed_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    with running("demo", tmp_path) as demo:
        demo.until_said("Ctrl+C encerra")
        children = psutil.Process(demo.process.pid).children(recursive=True)
        demo.process.kill()
    wait_until(lambda: not any(child.is_running() for child in children))


def _commands(output: str) -> list[list[str]]:
    """The command that scans and the one that speaks, as they are printed."""
    return [shlex.split(line) for line in output.splitlines() if line.startswith("   curl ")]


def _run(command: list[str]) -> None:
    answer = subprocess.run(
        [*command, "--fail-with-body"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def _phones_page(output: str) -> str:
    lines = output.splitlines()
    (number,) = (i for i, line in enumerate(lines) if "página dos celulares" in line)
    return lines[number + 1].strip()
