import subprocess
import sys

from tests.simulator.real.process import ROOT

IMPORT = """
import os, simulator.server
assert "SPHINX" not in os.environ
assert "neonize" in __import__("sys").modules
assert ".so" in open("/proc/self/maps").read()
print("neonize-" in open("/proc/self/maps").read())
"""


def test_the_simulator_never_loads_the_go_library_nor_changes_its_childrens_environment() -> None:
    environment = {"PYTHONPATH": str(ROOT)}
    loaded = subprocess.run(
        [sys.executable, "-c", IMPORT], env=environment, capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "False\n"
