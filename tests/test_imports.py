"""Which package may import which, and who alone may know a library: read from the sources."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Each room and the rooms whose modules it may import, its own aside.
ROOMS: dict[str, set[str]] = {
    "main": {"commands"},
    "commands": {"actors", "logs", "media", "persistence", "settings", "web", "whatsapp"},
    "web": {"actors", "logs", "media"},
    "actors": {"handling", "media", "persistence", "whatsapp"},
    "handling": {"whatsapp"},
    "media": set(),
    "whatsapp": set(),
    "persistence": set(),
    "settings": set(),
    "logs": set(),
    "simulator": set(),
}

#: Each library that not everybody may know, and the rooms that may.
LIBRARIES: dict[str, set[str]] = {
    "neonize": {"whatsapp", "simulator"},
    "google": {"whatsapp", "simulator"},  # its protobuf
    "pylibmagic": {"whatsapp", "simulator"},  # neonize looks for it
    "magic": {"whatsapp"},
    "qrcode": {"whatsapp"},
    "sqlalchemy": {"persistence"},
    "alembic": {"persistence"},
    "psycopg": {"persistence"},
    "tornado": {"web", "simulator"},
    "httpcore": {"media"},
    "imageio_ffmpeg": {"media"},
    "textual": {"commands"},
    "rich": {"commands"},
    "pykka": {"actors"},
    "prometheus_client": {"actors", "web"},
    "psutil": {"actors"},
    "phonenumbers": {"web"},
    "cryptography": {"media", "simulator"},
    "pyaileys": {"simulator"},
    "xeddsa": {"simulator"},
    "zxingcpp": {"simulator"},
    "PIL": {"simulator", "whatsapp"},
}


def sources(room: str) -> list[Path]:
    folder = ROOT / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{room}.py"]


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, by its whole name."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively: say whose module it is"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def test_every_room_is_known() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    modules = {path.stem for path in ROOT.glob("*.py")}
    assert folders | modules == set(ROOMS) | {"tests"} | (folders & {"bench"})


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_that_it_may(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources(room)
        for name in imported(path)
        if name.partition(".")[0] in (set(ROOMS) | {"tests", "bench"}) - ROOMS[room] - {room}
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_libraries_that_it_may(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources(room)
        for name in imported(path)
        if room not in LIBRARIES.get(name.partition(".")[0], {room})
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_library_that_no_rule_names_is_a_new_decision(room: str) -> None:
    known = set(sys.stdlib_module_names) | set(ROOMS) | set(LIBRARIES) | {"google"}
    unknown = {
        name.partition(".")[0]
        for path in sources(room)
        for name in imported(path)
        if name.partition(".")[0] not in known
    }
    assert unknown == set()


def test_actors_know_the_port_and_nothing_else_of_whatsapp() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources("actors")
        for name in imported(path)
        if name.startswith("whatsapp.") and name.split(".")[1] != "port"
    ]
    assert wrong == []


def test_the_simulator_takes_nothing_of_neonize_but_its_protobuf_classes() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources("simulator")
        for name in imported(path)
        if name.startswith("neonize") and not name.startswith("neonize.proto.")
    ]
    # The package itself, with the switch that keeps its Go library out.
    assert wrong == ["simulator/__init__.py: neonize"]


def test_nobody_but_its_own_tests_imports_the_simulator() -> None:
    elsewhere = [*sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "bench").rglob("*.py"))]
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in elsewhere
        if not path.is_relative_to(ROOT / "tests" / "simulator")
        for name in imported(path)
        if name.partition(".")[0] == "simulator"
    ]
    assert wrong == []


def test_the_rules_see_an_import_inside_a_function(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        "def f():\n"
        "    import neonize.client\n"
        "    from sqlalchemy import text\n"
        "    importlib.import_module('simulator.nodes')\n"
    )
    assert list(imported(file)) == ["neonize.client", "sqlalchemy.text", "simulator.nodes"]
