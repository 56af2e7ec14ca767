"""The circuit breaker by itself, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.breaker import FEWEST, OUTDATED_PROBES, PROBE_SECONDS, PROBES, Breaker, Cause, cause_of
from actors.status import Reason, State, Status

SEEDS = st.integers(0, 2**32)
PASSING = [Cause.WHATSAPP, Cause.DISK, Cause.WORKERS]
LONGEST_CLIENT = 30.0


def breaker_of(trying: int, seed: int = 1) -> Breaker:
    """Empresas 1, 2, … whose clients have been started."""
    breaker = Breaker(Random(seed).random)  # noqa: S311 - jitter
    for empresa_id in range(1, trying + 1):
        breaker.started(empresa_id, 0.0)
    return breaker


def opened(empresas: int, cause: Cause = Cause.WHATSAPP, seed: int = 1) -> Breaker:
    breaker = breaker_of(empresas, seed)
    for empresa_id in range(1, empresas + 1):
        breaker.failed(empresa_id, cause, 1.0)
    assert breaker.cause is cause
    return breaker


@pytest.mark.parametrize(
    ("trying", "failing", "opens"),
    [(4, 4, False), (5, 5, True), (8, 5, True), (10, 5, False), (10, 6, True), (300, 150, False)],
)
def test_it_opens_where_five_and_more_than_half_of_those_that_try_fail(
    trying: int, failing: int, opens: bool
) -> None:
    breaker = breaker_of(trying)
    for empresa_id in range(1, failing + 1):
        breaker.failed(empresa_id, Cause.WHATSAPP, 1.0)
    assert (breaker.cause is not None) is opens


@given(st.lists(st.tuples(st.integers(1, 10), st.booleans(), st.sampled_from(PASSING))))
def test_ten_of_fifty_that_flap_never_open_it(
    flaps: list[tuple[int, bool, Cause]],
) -> None:
    breaker = breaker_of(50)
    for empresa_id in range(1, 51):
        breaker.succeeded(empresa_id, 1.0)
    for empresa_id, gets_through, cause in flaps:
        breaker.started(empresa_id, 2.0)
        if gets_through:
            breaker.succeeded(empresa_id, 2.0)
        else:
            breaker.failed(empresa_id, cause, 2.0)
        assert breaker.cause is None
        assert breaker.due_at() is None


def test_those_that_wait_for_their_first_turn_do_not_count_once_a_whole_wave_has_failed() -> None:
    breaker = breaker_of(16)
    for empresa_id in range(17, 301):
        breaker.waits(empresa_id)
    for empresa_id in range(1, 17):
        assert breaker.cause is None
        breaker.failed(empresa_id, Cause.WHATSAPP, 1.0)
    assert breaker.cause is Cause.WHATSAPP


def test_ten_that_flap_do_not_open_it_while_the_other_forty_wait_for_their_turn() -> None:
    breaker = breaker_of(16)
    for empresa_id in range(17, 51):
        breaker.waits(empresa_id)
    for empresa_id in range(1, 11):
        breaker.failed(empresa_id, Cause.WHATSAPP, 1.0)
        assert breaker.cause is None


def test_failures_of_different_causes_or_long_apart_have_nothing_in_common() -> None:
    mixed, slow = breaker_of(9), breaker_of(9)
    for empresa_id in range(1, 10):
        mixed.failed(empresa_id, PASSING[empresa_id % 3], 1.0)
        slow.failed(empresa_id, Cause.WHATSAPP, 16.0 * empresa_id)
    assert mixed.cause is None
    assert slow.cause is None


def test_the_outdated_count_however_slowly_they_become_so_and_against_all_that_want() -> None:
    breaker = breaker_of(10)
    breaker.waits(11)
    for empresa_id in range(1, 6):
        breaker.failed(empresa_id, Cause.OUTDATED, 3600.0 * empresa_id)
        assert breaker.cause is None
    breaker.failed(6, Cause.OUTDATED, 30_000.0)
    assert breaker.cause is Cause.OUTDATED


@given(SEEDS, st.integers(5, 40), st.floats(0.0, 3600.0))
def test_everybody_gets_through_within_40_s_of_the_end_of_an_outage_in_which_clients_hang(
    seed: int, empresas: int, outage: float
) -> None:
    world = World(opened(empresas, seed=seed), Random(seed), hangs=LONGEST_CLIENT)  # noqa: S311
    world.run(until=outage, works=lambda _: False)
    end = world.now
    world.run(until=end + 41.0, works=lambda _: True)
    assert world.breaker.cause is None
    assert world.breaker.since <= end + 40.0


@given(SEEDS, st.integers(6, 40), st.integers(1, 3), st.floats(0.0, 600.0))
def test_one_with_a_fault_of_its_own_does_not_keep_it_open(
    seed: int, empresas: int, faulty: int, outage: float
) -> None:
    world = World(opened(empresas, seed=seed), Random(seed))  # noqa: S311
    world.run(until=outage, works=lambda _: False)
    end = world.now
    world.run(until=end + 12.0 * (faulty + 1), works=lambda empresa_id: empresa_id > faulty)
    assert world.breaker.cause is None


@given(SEEDS, st.integers(5, 40))
def test_in_a_long_outage_all_take_their_turn_and_few_clients_start(
    seed: int, empresas: int
) -> None:
    world = World(opened(empresas, seed=seed), Random(seed))  # noqa: S311
    world.run(until=11.0 * (empresas + 4), works=lambda _: False)
    assert {empresa_id for _, empresa_id in world.probes} == set(range(1, empresas + 1))
    times = [at for at, _ in world.probes]
    for at in times:
        assert sum(at <= other < at + 1.0 for other in times) <= 2
        assert sum(at <= other < at + 60.0 for other in times) <= 16


def test_an_outdated_library_is_tried_every_few_minutes_and_frees_all_once_it_gets_in() -> None:
    world = World(opened(8, Cause.OUTDATED), Random(1), cause=Cause.OUTDATED)  # noqa: S311
    world.run(until=7200.0, works=lambda _: False)
    gaps = [late[0] - early[0] for early, late in zip(world.probes, world.probes[1:], strict=False)]
    assert all(150.0 <= gap <= 301.0 for gap in gaps[5:])
    assert len(world.probes) < 50
    world.run(until=world.now + OUTDATED_PROBES.longest + 1.0, works=lambda _: True)
    assert world.breaker.cause is None
    assert len(world.breaker.held()) == 7


def test_an_outage_that_turns_out_to_be_an_outdated_library_is_tried_as_one() -> None:
    world = World(opened(8), Random(1), cause=Cause.OUTDATED)  # noqa: S311
    world.run(until=100.0, works=lambda _: False)
    assert world.breaker.cause is Cause.OUTDATED
    world.run(until=world.now + OUTDATED_PROBES.longest + 1.0, works=lambda _: True)
    assert world.breaker.cause is None
    assert len(world.breaker.held()) == 7


def test_one_outdated_alone_is_neither_tried_nor_let_go_by_others_outages() -> None:
    breaker = breaker_of(9)
    breaker.failed(9, Cause.OUTDATED, 0.5)
    for empresa_id in range(1, 9):
        breaker.failed(empresa_id, Cause.WHATSAPP, 1.0)
    world = World(breaker, Random(1))  # noqa: S311
    world.run(until=200.0, works=lambda _: False)
    assert 9 not in {empresa_id for _, empresa_id in world.probes}
    breaker.succeeded(1, world.now)
    assert sorted(breaker.held()) == [2, 3, 4, 5, 6, 7, 8]


def test_a_wish_goes_ahead_at_once_and_counts_as_the_probe() -> None:
    breaker = opened(8)
    breaker.started(3, 1.1)
    assert breaker.due(20.0) is None
    breaker.failed(3, Cause.WHATSAPP, 20.0)
    assert breaker.due(31.0) == 1
    breaker.started(5, 31.0)
    breaker.succeeded(5, 31.5)
    assert breaker.cause is None


def test_who_leaves_is_not_tried_and_the_last_who_leaves_closes_it() -> None:
    breaker = opened(5)
    assert breaker.due(12.0) == 1
    breaker.leaves(1, 12.5)
    for empresa_id in (2, 3, 4):
        breaker.leaves(empresa_id, 13.0)
    assert breaker.due(23.0) == 5
    breaker.leaves(5, 23.5)
    assert breaker.cause is None


def test_a_probe_of_which_nothing_is_heard_is_not_waited_for() -> None:
    breaker = opened(5)
    assert breaker.due(12.0) == 1
    assert breaker.due(12.0 + PROBE_SECONDS - 1.0) is None
    assert breaker.due(12.0 + PROBE_SECONDS) == 2


def test_who_gets_through_only_to_fail_again_starts_everybody_less_and_less_often() -> None:
    breaker, now, waits = opened(8), 1.0, []
    for _ in range(8):
        due_at = breaker.due_at()
        assert due_at is not None
        waits.append(due_at - now)
        now = due_at
        chosen = breaker.due(now)
        assert chosen is not None
        breaker.succeeded(chosen, now)
        for empresa_id in range(1, 9):
            breaker.started(empresa_id, now)
        for empresa_id in range(1, 9):
            breaker.failed(empresa_id, Cause.WHATSAPP, now)
        assert breaker.cause is not None
    assert min(waits[5:]) >= PROBES.longest / 2


@given(SEEDS, st.integers(FEWEST, 15))
def test_whatever_happens_one_probes_at_a_time_and_nobody_is_held_for_ever(
    seed: int, empresas: int
) -> None:
    chance = Random(seed)  # noqa: S311 - the events' order
    breaker, now = breaker_of(empresas, seed), 0.0
    probe: tuple[int, float] | None = None
    for _ in range(300):
        now += chance.choice((0.0, 0.1, 1.0, 20.0))
        empresa_id, was_open = chance.randint(1, empresas), breaker.cause is not None
        act = chance.choice(("wait", "start", "fail", "fail", "fail", "up", "leave", "due", "due"))
        if act == "due":
            chosen = breaker.due(now)
            if chosen is not None:
                assert probe is None or now - probe[1] >= PROBE_SECONDS
                assert was_open
                probe = (chosen, now)
        elif act == "start":
            breaker.started(empresa_id, now)
            if was_open and probe is None:
                probe = (empresa_id, now)
        else:
            _tell(breaker, act, empresa_id, chance.choice(list(Cause)), now)
            if probe and probe[0] == empresa_id and act in ("fail", "leave", "up"):
                probe = None
        if breaker.cause is None:
            probe = None
        if act == "up":
            assert breaker.is_up(empresa_id)
        if breaker.cause is not None and breaker.held():
            due_at = breaker.due_at()
            assert due_at is not None
            assert due_at <= now + max(PROBE_SECONDS, OUTDATED_PROBES.longest)


@pytest.mark.parametrize(
    ("state", "reason", "cause"),
    [
        (State.RECONNECTING, Reason.WHATSAPP_UNREACHABLE, Cause.WHATSAPP),
        (State.RECONNECTING, Reason.WHATSAPP_UNAVAILABLE, Cause.WHATSAPP),
        (State.RECONNECTING, Reason.LINK_SILENT, Cause.WHATSAPP),
        (State.RECONNECTING, Reason.JOURNAL_UNWRITABLE, Cause.DISK),
        (State.CLIENT_OUTDATED, None, Cause.OUTDATED),
    ],
)
def test_the_cause_is_told_by_the_status(state: State, reason: Reason | None, cause: Cause) -> None:
    assert cause_of(Status(state, datetime.now(UTC), reason)) is cause


def _tell(breaker: Breaker, act: str, empresa_id: int, cause: Cause, now: float) -> None:
    match act:
        case "wait":
            breaker.waits(empresa_id)
        case "fail":
            breaker.failed(empresa_id, cause, now)
        case "up":
            breaker.succeeded(empresa_id, now)
        case "leave":
            breaker.leaves(empresa_id, now)


@dataclass
class World:
    """Probes whenever one is due; each takes its time and then fails or gets through."""

    breaker: Breaker
    chance: Random
    cause: Cause = Cause.WHATSAPP
    hangs: float = 0.2
    """The longest that a client takes to fail."""
    now: float = 1.0
    probes: list[tuple[float, int]] = field(default_factory=list)

    def run(self, until: float, works: Callable[[int], bool]) -> None:
        """Go on while it is open; what was begun before `until` fails or gets through later."""
        while self.breaker.cause is not None:
            due_at = self.breaker.due_at()
            assert due_at is not None
            if due_at > until:
                break
            self.now = max(self.now, due_at)
            chosen = self.breaker.due(self.now)
            if chosen is None:
                continue
            self.probes.append((self.now, chosen))
            if works(chosen):
                self.now += 0.1
                self.breaker.succeeded(chosen, self.now)
            else:
                self.now += self.chance.uniform(0, self.hangs)
                self.breaker.failed(chosen, self.cause, self.now)
