"""Two browsers of one empresa, one of them coming and going: both have seen the same numbers."""

from __future__ import annotations

import json
import threading
from random import Random
from secrets import randbits

import pytest
from websockets.sync.client import ClientConnection

from tests.fake_clients import text
from tests.web.served import DEADLINE, Served

EVENTS = 5000
#: Events that may be under way before the staying browser has heard them: it is a page that
#: reads, and not one that is closed for being slow.
AHEAD = 150
#: Frames that the other reads before it goes, at most.
STAY = 250


class Staying:
    """A browser that stays, and how far it has come."""

    def __init__(self, socket: ClientConnection, last: str) -> None:
        self.numbers: list[int] = []
        self._socket = socket
        self._last = last
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def has_messages(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._messages >= count, DEADLINE)

    def join(self) -> None:
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    _messages = 0

    def _read(self) -> None:
        while True:
            frame = json.loads(self._socket.recv(DEADLINE))
            with self._changed:
                if "seq" in frame:
                    self.numbers.append(frame["seq"])
                self._messages += frame["type"] == "message"
                self._changed.notify_all()
            if frame["type"] == "message" and frame["data"]["text"] == self._last:
                return


def come_and_go(served: Served, random: Random, last: str) -> tuple[list[int], int]:
    """The numbers that a browser has heard by the last text, and how often it came."""
    numbers: list[int] = []
    visits = 0
    while True:
        since = numbers[-1] if numbers else 0
        visits += 1
        with served.listen(f"empresa_id=5&since={since}", close_timeout=0.1) as socket:
            for _ in range(random.randint(1, STAY)):
                frame = json.loads(socket.recv(DEADLINE))
                if "seq" in frame:
                    numbers.append(frame["seq"])
                if frame["type"] == "message" and frame["data"]["text"] == last:
                    return numbers, visits


@pytest.mark.timeout(120)
def test_a_browser_that_comes_and_goes_has_seen_what_one_that_stays_has(served: Served) -> None:
    seed = randbits(32)
    print(f"seed {seed}")  # noqa: T201 - with it a run is repeated
    random = Random(seed)  # noqa: S311 - moments
    served.connected(5)
    client = served.clients.started(5)
    last = f"texto {EVENTS}"
    found: list[tuple[list[int], int]] = []
    with served.listen("empresa_id=5&since=0") as socket:
        staying = Staying(socket, last)
        going = threading.Thread(target=lambda: found.append(come_and_go(served, random, last)))
        going.start()
        for number in range(1, EVENTS + 1):
            client.report(text(number, f"texto {number}"))
            staying.has_messages(number - AHEAD)
        staying.join()
        going.join(60)
    ((numbers, visits),) = found
    assert staying.numbers == list(range(1, staying.numbers[-1] + 1))
    assert numbers == staying.numbers
    assert len(numbers) >= EVENTS
    assert visits >= 10
