"""What the client knows of the library's calls."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from whatsapp.neonize_client import NeonizeClient

DEADLINE = 10.0


def test_it_is_not_quiet_while_an_event_is_handled_however_long_that_takes() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def execute(*_: object) -> None:
        entered.set()
        assert go_on.wait(DEADLINE)

    client: Any = NeonizeClient.__new__(NeonizeClient)
    client._client = SimpleNamespace(event=SimpleNamespace(execute=execute))
    client._is_handling, client._last_event = False, 0.0
    assert client.quiet_for() > 0
    handling = threading.Thread(target=client._execute, args=(1, 2, 3, 4))
    handling.start()
    assert entered.wait(DEADLINE)
    assert client.quiet_for() == 0
    go_on.set()
    handling.join(DEADLINE)
    assert 0 < client.quiet_for() < DEADLINE
