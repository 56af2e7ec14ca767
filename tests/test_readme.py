"""Every command of the READMEs is run: here as it stands there, or by .ci/run itself.

`make serve` and `make demo` run here as a newcomer would run them, on another port and with
folders of their own; the shell commands below them run against that server, in their order; the
CRM's script runs in Chromium on a page of the CRM's origin.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.commands.program import DEADLINE, ROOT, environment, running
from tests.simulator.real.waiting import wait_until
from tests.web.chromium import CRM_ADDRESS, chromium
from tests.web.elsewhere import elsewhere

READMES = ["README.md", "README.pt-BR.md"]
#: They end by themselves and take long: .ci/run runs them.
BY_CI = {"make test", "make lint", "make types"}
#: They run until they are stopped.
SERVERS = {"make serve", "make demo"}
PORT = "localhost:3010"


def fences(readme: str, language: str) -> list[str]:
    pattern = rf"^```{language}\n(.*?)^```$"
    return re.findall(pattern, (ROOT / readme).read_text(), re.MULTILINE | re.DOTALL)


def commands(readme: str) -> list[str]:
    return [line for fence in fences(readme, "sh") for line in fence.splitlines()]


def test_both_readmes_show_the_same_commands_and_code() -> None:
    for language in ("sh", "js"):
        assert fences("README.md", language) == fences("README.pt-BR.md", language) != []


@pytest.mark.parametrize("readme", READMES)
def test_no_fence_is_left_out(readme: str) -> None:
    opened = re.findall(r"^```(.+)$", (ROOT / readme).read_text(), re.MULTILINE)
    assert set(opened) == {"sh", "js"}


def test_ci_runs_what_is_left_to_it() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert set(lines) >= BY_CI
    assert set(commands("README.md")) >= BY_CI | SERVERS


def test_the_commands_run_in_their_order(tmp_path: Path) -> None:
    left = [each for each in commands("README.md") if each not in BY_CI | {"make demo"}]
    assert left.pop(0) == "make serve"
    with running(["make", "serve"], tmp_path) as server:
        server.until_ready()
        for command in left:
            # No simulator here: there is no QR to fetch, which is an answer too.
            run(command, tmp_path, server.url)
        assert '"qr_not_available"' in (tmp_path / "qr.png").read_text()


def test_the_demo_starts_and_the_same_commands_work_there(tmp_path: Path) -> None:
    curls = [each for each in commands("README.md") if each.startswith("curl")]
    with running(["make", "demo"], tmp_path) as demo:
        demo.until_said("Ctrl+C encerra")
        connect, *asking, disconnect = curls
        assert '"success":true' in run(connect, tmp_path, demo.url)
        wait_until(lambda: demo.get("/api/bot/qr/5").status_code == 200)
        answers = [run(command, tmp_path, demo.url) for command in asking]
        assert '"awaiting_scan"' in answers[0]
        assert (tmp_path / "qr.png").read_bytes().startswith(b"\x89PNG")
        assert '"ledgerId"' in answers[2]
        assert '"queued"' in answers[4]
        assert '"success":true' in run(disconnect, tmp_path, demo.url)


def test_the_crms_script_shows_a_qr_and_a_status(tmp_path: Path) -> None:
    (script,) = fences("README.md", "js")
    with (
        running(["make", "demo"], tmp_path) as demo,
        elsewhere() as port,
        chromium(port) as browser,
    ):
        demo.until_said("Ctrl+C encerra")
        page = browser.new_page()
        page.goto(f"http://{CRM_ADDRESS}/")
        shown = page.evaluate(
            "async () => { const shown = {};"
            " const both = new Promise((done) => {"
            "  const show = (what) => (value) => {"
            "   shown[what] = value; if (shown.qr && shown.status) done(shown); };"
            "  window.showQr = show('qr'); window.showStatus = show('status');"
            "  window.showMessage = show('message'); });"
            f"{_at(script, demo.url)} return both; }}"
        )
    assert shown["qr"].startswith("data:image/png;base64,")
    assert "connected" in shown["status"]


def run(command: str, folder: Path, url: str) -> str:
    """One line of the README against the server at `url`; answers what it prints."""
    answer = subprocess.run(
        ["bash", "-euc", _at(command, url)],
        cwd=ROOT if command.startswith(("make", ".venv/")) else folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert answer.returncode == 0, f"{command}: {answer.stdout}{answer.stderr}"
    return answer.stdout


def _at(text: str, url: str) -> str:
    return text.replace(PORT, url.removeprefix("http://").replace("127.0.0.1", "localhost"))
