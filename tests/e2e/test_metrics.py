"""A scrape of a real server, with a real worker."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess, kill_process
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until
from tests.web.scraped import Scraped

NUMBER, CUSTOMER = "+5521999990501", "+5511911110005"
WORKER = tuple(
    f"vendeai_worker_{name}"
    for name in ("cpu_seconds_total", "pss_bytes", "threads", "descriptors")
)
LINK = ("vendeai_empresa_silence_seconds", "vendeai_empresa_round_trip_seconds")


def test_a_scrape_shows_a_workers_life_and_its_link(
    server: ServerProcess, simulator: SimulatorProcess, browse: Callable[..., Browser]
) -> None:
    browser = browse(5)
    link(server, simulator, browser, NUMBER)
    simulator.post("/say", **{"from": CUSTOMER, "to": NUMBER, "text": "oi"})
    browser.hears("message", text="oi")
    wait_until(lambda: all(Scraped(server).series(name) for name in LINK))
    now = Scraped(server)
    cpu, pss, threads, descriptors = (now.value(name, empresa="5") or 0 for name in WORKER)
    assert cpu > 0
    assert 2**20 < pss < 2**28
    assert threads > 3
    assert descriptors > 5
    silence, round_trip = (now.value(name, empresa="5") or 0 for name in LINK)
    assert 0 <= silence < 35
    assert 0 < round_trip < 1
    assert now.value("vendeai_empresa_events_total", empresa="5", type="message") == 1
    assert now.value("vendeai_receive_seconds_count") == 1
    kill_process(server.worker(5))
    wait_until(lambda: Scraped(server).value("vendeai_empresa_restarts_total", empresa="5") == 1)
