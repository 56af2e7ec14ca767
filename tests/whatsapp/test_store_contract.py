"""The store that the real neonize makes, as it is read beside the running client."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.simulator.real.simulator_process import SimulatorProcess
from tests.whatsapp.linking import link
from whatsapp.clients import WorkerClients
from whatsapp.sent_secrets import COLUMNS, find_sent

SECRET = b"s" * 32


def test_secrets_are_looked_for_in_the_store_of_a_client_that_runs(
    clients: WorkerClients,
    simulator: SimulatorProcess,
    number: Callable[[], str],
    auth_dir: Path,
) -> None:
    link(clients, simulator, 5, number())
    (store,) = (auth_dir / "empresa_5").glob("store-*/whatsmeow.db")
    assert find_sent(store, [SECRET]) == {SECRET: None}
    with closing(sqlite3.connect(store)) as opened:
        columns = opened.execute("PRAGMA table_info(whatsmeow_message_secrets)").fetchall()
    assert tuple(name for _, name, *_ in columns) == COLUMNS
