"""What an empresa really takes of the machine's limits, beside what is reckoned for it."""

from __future__ import annotations

from collections.abc import Callable

import psutil

from commands.limits import FILES_BESIDE, FILES_PER_EMPRESA, TASKS_BESIDE, TASKS_PER_EMPRESA
from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess, together
from tests.simulator.real.simulator_process import SimulatorProcess

EMPRESAS = range(1, 6)
CUSTOMER = "+5511911110301"


def number(empresa_id: int) -> str:
    return f"+5521{empresa_id}99990301"


def open_files(server: ServerProcess) -> int:
    return psutil.Process(server.pid).num_fds()


def tasks(server: ServerProcess) -> int:
    own = psutil.Process(server.pid)
    return sum(each.num_threads() for each in (own, *own.children(recursive=True)))


def test_an_empresa_takes_no_more_than_is_reckoned_for_it(
    server: ServerProcess, simulator: SimulatorProcess, browse: Callable[..., Browser]
) -> None:
    files, threads = open_files(server), tasks(server)
    assert files < FILES_BESIDE / 2
    assert threads < TASKS_BESIDE / 2
    pairs = [(browse(empresa_id), browse(empresa_id)) for empresa_id in EMPRESAS]
    together(*(lambda b=one: link(server, simulator, b, number(b.empresa_id)) for one, _ in pairs))
    for empresa_id in EMPRESAS:
        for text in ("oi", "bom dia", "tem o Onix?"):
            said = {"from": CUSTOMER, "to": number(empresa_id), "text": text}
            simulator.post("/say", **said)
    for one, _ in pairs:
        one.hears("message", text="tem o Onix?")
    assert open_files(server) - files <= FILES_PER_EMPRESA * len(EMPRESAS)
    assert tasks(server) - threads <= TASKS_PER_EMPRESA * len(EMPRESAS)
