"""`demo`: the server against a simulated WhatsApp of its own; no phone, no internet."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import MutableMapping
from pathlib import Path
from urllib.parse import urlencode

from actors.opening_hours import DAYS
from commands import serve
from commands.problem import Problem, report
from settings import ROOT, SettingsError, read_settings

#: Nobody waits until a demo opens.
_SENDING = {"perMinute": 60, "openingHours": {day: ["00:00-24:00"] for day in DAYS}}
#: Seconds; it takes less than one on an idle machine.
_SIMULATOR_SECONDS = 30.0
SHOP = "+5521999990001"
CUSTOMER = "+5521988880001"


def run() -> int:
    """Start the simulator, point everything at it, and serve; answers the exit code."""
    try:
        # The demo's folder stands inside the data folder, which may be set; the rest may too.
        folder = read_settings(os.environ).data_dir / "demo"
        simulator, where = _start_simulator(folder / "simulator")
    except (SettingsError, Problem) as problem:
        return report(problem)
    try:
        _point_at(where, folder, os.environ)
        return serve.run(lambda url: print(guide(url, where["admin"]), flush=True))
    finally:
        simulator.terminate()
        simulator.wait()


def guide(url: str, admin: str) -> str:
    """What to open and what to type, for somebody without a phone."""
    camera = f"{url}/api/bot/qr/1"
    phones = f"{admin}/?{urlencode({'shop': SHOP, 'customer': CUSTOMER, 'url': camera})}"
    scan = json.dumps({"number": SHOP, "url": camera})
    said = {"from": CUSTOMER, "to": SHOP, "text": "Olá! O Onix ainda está disponível?"}
    say = json.dumps(said, ensure_ascii=False)
    post = "curl -s -X POST -H 'Content-Type: application/json'"
    return f"""
VendeAI Bot em modo de demonstração: o WhatsApp aqui é um simulador, nesta máquina.

1. Abra {url}/?empresa=1 e clique em Conectar: aparece um QR code.
2. Escaneie o QR com um celular simulado, na página dos celulares
   {phones}
   ou com este comando:
   {post} {admin}/scan -d '{scan}'
3. Fale como um cliente, na mesma página ou com este comando; a mensagem aparece na da empresa 1:
   {post} {admin}/say -d '{say}'

Ctrl+C encerra. O que foi conectado continua aqui na próxima vez.
"""


def _start_simulator(state: Path) -> tuple[subprocess.Popen[str], dict[str, str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "--state", str(state), "--with-parent"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl+C is for the server, which ends the simulator last.
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    ready, _, _ = select.select([process.stdout], [], [], _SIMULATOR_SECONDS)
    line = process.stdout.readline() if ready else ""
    if not line:
        process.kill()
        process.wait()
        raise Problem("The simulator did not start: run `make demo`, which installs what it needs.")
    where: dict[str, str] = json.loads(line)
    return process, where


def _point_at(where: dict[str, str], folder: Path, environment: MutableMapping[str, str]) -> None:
    environment.update(
        {
            "SSL_CERT_FILE": where["ca"],
            "HTTPS_PROXY": where["proxy"],
            "NO_PROXY": "localhost,127.0.0.1",
            "VENDEAI_NOISE_ROOT": where["noiseRoot"],
            "VENDEAI_DATA_DIR": str(folder),
            "VENDEAI_AUTH_DIR": str(folder / "auth_info"),
            "VENDEAI_SENDING": json.dumps(_SENDING),
        }
    )
    # The real server's database is never the demo's, nor are its doors: the simulator has no token.
    for name in ("VENDEAI_DATABASE_URL", "VENDEAI_API_TOKEN", "VENDEAI_HOST"):
        environment.pop(name, None)
