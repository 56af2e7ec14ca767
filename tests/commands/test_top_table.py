from __future__ import annotations

import pytest

from commands.admin_client import Actor
from commands.top_columns import BY_KEY, COLUMNS, number, span
from commands.top_details import details
from commands.top_summary import is_troubled, summary
from commands.top_table import SORTS, Filter, Order, chosen, plain
from tests.commands.trees import actor, tree

IDLE = [actor(empresa_id=empresa_id, cpu=0.5) for empresa_id in range(1, 6)]


def ids(actors: list[Actor]) -> list[int | None]:
    return [each["empresaId"] for each in actors]


def test_who_is_unresponsive_comes_first_then_who_fails_then_who_eats_a_core() -> None:
    eater = actor(empresa_id=7, cpu=99.0)
    failed = actor(empresa_id=8, state="failed")
    lately = actor(empresa_id=9, cpu=1.0, failures=3, uptimeMs=900)
    hanging = actor(empresa_id=6, responsive=False)
    found = Order().sorted([*IDLE, eater, failed, lately, hanging])
    assert ids(found) == [6, 8, 9, 7, 1, 2, 3, 4, 5]


def test_a_failure_of_long_ago_is_no_reason_to_come_first() -> None:
    recovered = actor(empresa_id=9, cpu=0.5, failures=3, uptimeMs=3_600_000)
    assert ids(Order().sorted([recovered, *IDLE])) == [1, 2, 3, 4, 5, 9]


def test_who_is_idle_keeps_its_row_while_its_cpu_wavers() -> None:
    wavering = [actor(empresa_id=n, cpu=9.0 - n, inbox=n % 3) for n in range(1, 6)]
    assert ids(Order().sorted(wavering)) == [1, 2, 3, 4, 5]


def test_a_long_inbox_comes_before_a_short_one() -> None:
    assert ids(Order().sorted([*IDLE, actor(empresa_id=9, inbox=50)]))[0] == 9


@pytest.mark.parametrize("key", SORTS)
def test_every_column_sorts_in_both_directions_and_loses_nobody(key: str) -> None:
    due = actor(empresa_id=8, restartDueAt="2026-11-20T10:00:00.000Z", p50Ms=None)
    broadcast = actor("BroadcastActor", 5, listeners={"count": 2, "pending": 0})
    given = [*IDLE, actor("RootActor", None), due, broadcast]
    for order in (Order(key), Order(key).turned()):
        found = order.sorted(given)
        assert sorted(map(id, found)) == sorted(map(id, given))


def test_numbers_sort_from_the_most_and_words_from_a() -> None:
    given = [actor(empresa_id=n, cpu=cpu) for n, cpu in ((1, 5.0), (2, 80.0), (3, 20.0))]
    assert ids(Order("cpu").sorted(given)) == [2, 3, 1]
    assert ids(Order("cpu").turned().sorted(given)) == [1, 3, 2]
    assert ids(Order("empresa").sorted(reversed(given))) == [1, 2, 3]


@pytest.mark.parametrize("order", [Order("cpu"), Order("cpu").turned()])
def test_who_has_no_such_value_comes_last_in_either_direction(order: Order) -> None:
    assert order.sorted([actor("RootActor", None), *IDLE])[-1]["class"] == "RootActor"


def test_the_next_column_after_the_last_is_the_default_order() -> None:
    order = Order()
    seen = []
    for _ in SORTS:
        seen.append(order.key)
        order = order.moved(1)
    assert (tuple(seen), order) == (SORTS, Order())
    assert Order().moved(-1).key == SORTS[-1]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", [1, 2, 3, 3]),
        ("3", [3, 3]),
        ("conn", [1, 2, 3]),
        ("3 Connected", [3]),
        ("unresponsive", [2]),
        ("9", []),
    ],
)
def test_a_filter_is_an_empresa_a_state_or_both(typed: str, found: list[int]) -> None:
    given = [
        actor(empresa_id=1),
        actor(empresa_id=2, responsive=False),
        actor(empresa_id=3),
        actor("BroadcastActor", 3),
    ]
    choice = Filter.typed(typed)
    assert ids(chosen(given, Order(), choice)) == sorted(found, key=lambda n: n != 2)
    assert Filter.typed(str(choice)) == choice


def test_as_text_every_actor_is_a_line_of_as_many_words_as_there_are_columns() -> None:
    given = [
        actor("RootActor", None),
        actor(
            cpu=12.345, restartDueAt="2026-11-20T10:00:00.000Z", inbox=12_345_678, oldestMs=1_234
        ),
        actor(state="client_outdated"),
        actor(responsive=False, p50Ms=None, p99Ms=1234.567),
    ]
    lines = plain(given).splitlines()
    assert len(lines) == 1 + len(given)
    assert all(len(line.split()) == len(COLUMNS) for line in lines[1:])
    row = dict(zip(BY_KEY, lines[2].split(), strict=True))
    assert (row["class"], row["state"], row["cpu"]) == ("session", "connected", "12.3")
    assert (row["memory"], row["inbox"], row["oldest"]) == ("28.0", "12345678", "1.2s")


def test_times_are_short() -> None:
    given = (None, 0, 350, 1_240, 90_000, 300_000, 10_000_000, 200_000_000)
    assert [span(ms) for ms in given] == ["-", "0ms", "350ms", "1.2s", "90s", "5m", "3h", "2d"]


def test_numbers_have_three_digits_or_so() -> None:
    assert [number(n) for n in (None, 34, 0.061, 12.34, 250.4)] == [
        "-",
        "34",
        "0.06",
        "12.3",
        "250",
    ]


def test_what_deserves_a_colour_has_it() -> None:
    cpu, state, inbox = BY_KEY["cpu"], BY_KEY["state"], BY_KEY["inbox"]
    assert [cpu.tone(actor(cpu=n)) for n in (0.0, 5.0, 12.0, 80.0)] == ["quiet", "", "warn", "bad"]
    assert state.tone(actor()) == "good"
    assert state.tone(actor(state="reconnecting")) == "warn"
    assert state.tone(actor(responsive=False)) == state.tone(actor(state="failed")) == "bad"
    assert inbox.tone(actor(inbox=500)) == "bad"


def test_the_head_says_how_the_server_fares_and_what_hangs() -> None:
    sessions = [actor(empresa_id=1), actor(empresa_id=2), actor(empresa_id=3, state="stopped")]
    hanging = actor("ReaderActor", None, responsive=False)
    lost = [{"addressee": "SessionActor", "message": "Tick", "count": n} for n in (3, 4)]
    abandoned = [{"thread": "reader", "message": "EventsAfter", "ageMs": 31_000}]
    given = tree(*sessions, hanging, deadLetters=lost, abandoned=abandoned)
    process, empresas, troubles = summary(given)
    assert process == "server: 3.50 % CPU, 128.0 MiB, 20 threads, 90 descriptors"
    assert empresas == "empresas: 3 (2 connected, 1 stopped)"
    assert troubles == (
        "actors: 4, 1 unresponsive, 7 dead letters, "
        "abandoned threads: 1 (reader in EventsAfter for 31s)"
    )
    assert is_troubled(given)
    assert not is_troubled(tree(*sessions))


def test_details_tell_everything_with_the_traceback_of_the_last_failure() -> None:
    failure = {
        "error": "RuntimeError('broken')",
        "traceback": "Traceback (most recent call last):\n  here\nRuntimeError: broken\n",
        "at": "2026-11-20T10:00:00.000Z",
    }
    link = {"heardAt": None, "roundTripMs": 41.5, "ackMs": None, "undecryptable": 2}
    said = details(
        actor(
            cpu=70.0,
            busyWith="ClientReported",
            busyMs=12_000,
            responsive=False,
            breaker="whatsapp",
            link=link,
            listeners={"count": 3, "pending": 9},
            failures=4,
            lastFailure=failure,
        )
    )
    for part in (
        "connected, unresponsive",
        "ClientReported, for 12s",
        "whatsapp",
        "round trip 41.5 ms, 2 undecryptable",
        "3; the slowest has 9 pending",
        "pid 4711: 70.0 % CPU, 28.0 MiB, 11 threads, 25 descriptors",
        "0 events not yet stored",
        "RuntimeError('broken')\n\nTraceback (most recent call last):\n  here",
    ):
        assert part in said
