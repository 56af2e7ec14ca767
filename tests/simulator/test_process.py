import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.simulator.people import People
from tests.simulator.real.process import ROOT
from tests.simulator.real.simulator_process import SimulatorProcess

DEADLINE_SECONDS = 20
START_AND_DIE = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "simulator", "--with-parent", *sys.argv[1:]])
print(flush=True)
child.communicate()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulator", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


async def test_it_ends_cleanly_though_clients_are_connected(tmp_path: Path) -> None:
    simulator = SimulatorProcess(tmp_path / "simulator")
    people = People(simulator, lambda: "+5521911111111")
    _, _, client = await people.shop()
    assert simulator.end() == 0
    await client.expect_end()
    assert "Traceback" not in (tmp_path / "simulator.log").read_text()


def test_a_second_one_on_the_same_folder_says_so(tmp_path: Path) -> None:
    simulator = SimulatorProcess(tmp_path / "simulator")
    try:
        second = run("--state", str(tmp_path / "simulator"))
        assert second.returncode == 1
        assert second.stderr.startswith("The simulator can't run: another one uses")
    finally:
        simulator.close()


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = run("--state", str(tmp_path / "state"), "--admin-port", str(port))
    assert failed.returncode == 1
    assert len(failed.stderr.splitlines()) == 1
    assert "in use" in failed.stderr


def test_it_listens_on_loopback_only_and_its_keys_are_nobody_elses_to_read(tmp_path: Path) -> None:
    simulator = SimulatorProcess(tmp_path / "simulator")
    try:
        for name in ("proxy", "admin"):
            assert simulator.where[name].startswith("http://127.0.0.1:")
        assert (tmp_path / "simulator").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "simulator/server.pem").stat().st_mode & 0o777 == 0o600
    finally:
        simulator.close()


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", START_AND_DIE, "--state", str(tmp_path / "state")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    try:
        parent.stdout.readline()
        assert "noiseRoot" in parent.stdout.readline()
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        # Its stdout, which the simulator shares, ends when both have ended.
        assert parent.stdout.read() == ""
    finally:
        parent.stdout.close()
