"""What the real neonize makes of each fault: which event it sees, and after how long.

The table in docs/simulator.md says the same, with what takes too long for a test.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from tests.simulator.real.acting import say, scan
from tests.simulator.real.client_process import RealClient, running_client
from tests.simulator.real.process import Event
from tests.simulator.real.simulator_process import RefusedError, SimulatorProcess
from tests.simulator.real.waiting import wait_until

#: How much later than it should a thing may happen on a busy machine.
SPARE_SECONDS = 8.0
#: The library asks again for a message as often as this, with the first time.
UNDECRYPTABLE_TIMES = 5


@dataclass
class Shop:
    simulator: SimulatorProcess
    number: str
    store: Path
    client: RealClient

    def fail(self, kind: str, **told: object) -> None:
        """Put a fault in force for this shop."""
        self.simulator.post("/faults", number=self.number, kind=kind, **told)

    def after(self, action: Callable[[], object]) -> Callable[..., Event]:
        """Do something; return what waits for an event since then, within so many seconds."""
        seen, begun = len(self.client.events), monotonic()
        action()

        def event(name: str, least: float = 0.0, most: float = 0.0) -> Event:
            found = self.client.event(name, most + SPARE_SECONDS, seen)
            assert found["at"] - begun >= least
            return found

        return event

    def dialling_again(self, kind: str, **told: object) -> Callable[..., Event]:
        """Let the fault strike the next connection, and break this one."""
        self.fail(kind, times=1, **told)
        return self.after(lambda: self.simulator.post("/drop", number=self.number))

    def events(self, name: str) -> list[Event]:
        return [event for event in self.client.events if event["event"] == name]


@contextmanager
def running_shop(simulator: SimulatorProcess, number: str, store: Path) -> Iterator[Shop]:
    with running_client(simulator, store, number) as client:
        scan(simulator, client, number)
        client.event("offline_done")
        try:
            yield Shop(simulator, number, store, client)
        finally:
            simulator.delete(f"/faults?number={number[1:]}")


@pytest.fixture
def shop(shared: SimulatorProcess, number: Callable[[], str], tmp_path: Path) -> Iterator[Shop]:
    with running_shop(shared, number(), tmp_path / "shop.db") as shop:
        yield shop


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_drop_is_a_disconnection_and_a_connection_anew(shop: Shop, how: str) -> None:
    event = shop.after(lambda: shop.fail("drop", how=how, times=1))
    event("disconnected")
    event("connected")


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ({"code": 503}, ["disconnected", "connected"]),
        ({"code": 515}, ["connected"]),
        ({"code": 401, "conflict": "device_removed"}, ["logged_out"]),
        ({"conflict": "replaced"}, ["replaced"]),
        ({"code": 500}, ["stream_error", "disconnected", "connected"]),
    ],
)
def test_a_stream_error_is_told_as_what_it_is(
    shop: Shop, told: dict[str, object], names: list[str]
) -> None:
    event = shop.after(lambda: shop.fail("stream-error", times=1, **told))
    for name in names:
        event(name)


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        (401, "logged_out"),
        (403, "logged_out"),
        (405, "outdated"),
        (409, "connect_failure"),
        (429, "connect_failed"),
        (500, "connected"),
        (501, "connect_failure"),
        (503, "connected"),
    ],
)
def test_a_login_that_fails_is_told_by_its_reason(shop: Shop, reason: int, name: str) -> None:
    shop.dialling_again("failure", reason=reason)(name)


def test_a_temporary_ban_is_told_with_its_code_and_its_end(shop: Shop) -> None:
    event = shop.dialling_again("failure", reason=402, code=101, expire=3600)("banned")
    assert "3600" in event["text"]


def test_refused_dials_are_tried_again_later_each_time(shop: Shop) -> None:
    shop.fail("refuse", times=2)
    event = shop.after(lambda: shop.simulator.post("/drop", number=shop.number))
    event("connected", least=2.0, most=8.0)


def test_a_first_dial_that_is_refused_ends_the_connect_call(
    shared: SimulatorProcess, number: Callable[[], str], tmp_path: Path
) -> None:
    of = number()
    shared.post("/faults", number=of, kind="refuse", times=1)
    with running_client(shared, tmp_path / "shop.db", of) as client:
        assert "Bad Gateway" in client.event("connect_failed")["error"]


@pytest.mark.parametrize("kind", ["unanswered", "blackhole"])
def test_a_silent_tls_is_given_up_after_ten_seconds(shop: Shop, kind: str) -> None:
    shop.dialling_again(kind, at="tls")("connected", least=10.0, most=14.0)


def test_a_silent_noise_handshake_is_given_up_after_twenty_seconds(shop: Shop) -> None:
    shop.dialling_again("unanswered", at="hello")("connected", least=20.0, most=26.0)


def test_a_blackholed_link_is_noticed_by_a_ping_that_is_not_answered(shop: Shop) -> None:
    event = shop.after(lambda: shop.fail("blackhole"))
    event("keepalive_timeout", least=20.0, most=40.0)


@pytest.mark.parametrize("part", ["hmac", "signature"])
def test_a_spoilt_answer_to_a_qr_code_is_a_failed_pairing(
    shared: SimulatorProcess, number: Callable[[], str], tmp_path: Path, part: str
) -> None:
    of = number()
    with running_client(shared, tmp_path / "shop.db") as client:
        qr = client.event("qr")["text"]
        shared.post("/faults", number=of, kind="pairing", spoil=part, times=1)
        with pytest.raises(RefusedError, match=f"{part}-mismatch"):
            shared.post("/scan", number=of, qr=qr)
        assert client.event("login_status")["text"] == "error"


def test_an_outdated_client_that_wants_to_be_paired_hears_it_by_its_login_status_alone(
    shared: SimulatorProcess, number: Callable[[], str], tmp_path: Path
) -> None:
    of = number()
    shared.post("/faults", number=of, kind="failure", reason=405, times=1)
    with running_client(shared, tmp_path / "shop.db", of) as client:
        assert client.event("login_status")["text"] == "err-client-outdated"
        assert "outdated" not in {event["event"] for event in client.events}


def test_a_message_that_never_heals_is_undecryptable_five_times(
    shop: Shop, number: Callable[[], str]
) -> None:
    shop.fail("undecryptable", times=1, heals=False)
    say(shop.simulator, number(), shop.number, "segredo")
    wait_until(lambda: len(shop.events("undecryptable")) == UNDECRYPTABLE_TIMES)
    say(shop.simulator, number(), shop.number, "claro")
    shop.client.event("message", text="claro")
    assert len(shop.events("undecryptable")) == UNDECRYPTABLE_TIMES


def test_a_wrong_code_changes_nothing_for_the_client(
    shared: SimulatorProcess, number: Callable[[], str], tmp_path: Path
) -> None:
    of = number()
    with running_client(shared, tmp_path / "shop.db") as client:
        client.event("qr")
        client.call("pair", number=of[1:])
        seen = len(client.events)
        with pytest.raises(RefusedError, match="errado"):
            shared.post("/code", number=of, code="1111-1111")
        assert client.events[seen:] == []


def test_a_code_that_is_refused_fails_the_call(
    shared: SimulatorProcess, number: Callable[[], str], tmp_path: Path
) -> None:
    of = number()
    shared.post("/faults", number=of, kind="iq", xmlns="md", answer=429, times=1)
    with running_client(shared, tmp_path / "shop.db", of) as client:
        client.event("qr")
        with pytest.raises(RuntimeError, match="429"):
            client.call("pair", number=of[1:])
        with pytest.raises(RefusedError, match="Nenhum aparelho"):
            shared.post("/code", number=of, code="1111-1111")


def test_a_message_that_heals_is_told_as_undecryptable_and_then_as_itself(
    shop: Shop, number: Callable[[], str]
) -> None:
    shop.fail("undecryptable", times=1)
    (said,) = say(shop.simulator, number(), shop.number, "segredo")
    shop.client.event("undecryptable")
    assert shop.client.event("message", id=said)["text"] == "segredo"


@pytest.mark.parametrize("error", [463, 479])
def test_a_refused_message_fails_with_the_code_of_its_ack(
    shop: Shop, number: Callable[[], str], error: int
) -> None:
    customer = number()
    say(shop.simulator, customer, shop.number, "oi")
    chat = shop.client.event("message", text="oi")["chat"]
    shop.fail("ack", error=error, times=1)
    with pytest.raises(RuntimeError, match=str(error)):
        shop.client.call("send", to=chat, text="olá")
    shop.client.call("send", to=chat, text="olá de novo")


def test_an_iq_that_fails_fails_the_call(shop: Shop, number: Callable[[], str]) -> None:
    shop.fail("iq", xmlns="usync", answer=500)
    with pytest.raises(RuntimeError, match="500"):
        shop.client.call("knows", number=number()[1:])


def test_a_slow_line_only_makes_the_login_slow(shop: Shop) -> None:
    shop.fail("delay", ms=300)
    event = shop.after(lambda: shop.simulator.post("/drop", number=shop.number))
    event("connected", least=1.2, most=6.0)
