from __future__ import annotations

from tests.whatsapp.clock import Clock
from whatsapp.flood import Allowance


def passed(allowance: Allowance, *keys: str) -> int:
    return sum(allowance.lets_pass(key) for key in keys)


def test_of_a_flood_in_one_chat_a_burst_passes_and_then_so_much_a_second() -> None:
    clock = Clock()
    allowance = Allowance(3, 1.0, 100, 100.0, clock)
    assert passed(allowance, *["a"] * 10) == 3
    clock.time += 2
    assert passed(allowance, *["a"] * 10) == 2
    clock.time += 3600
    assert passed(allowance, *["a"] * 10) == 3


def test_a_flood_in_one_chat_takes_nothing_from_another() -> None:
    allowance = Allowance(3, 1.0, 100, 100.0, Clock())
    assert passed(allowance, *["a"] * 50) == 3
    assert passed(allowance, "b", "b") == 2


def test_all_chats_together_have_their_limit_too() -> None:
    clock = Clock()
    allowance = Allowance(3, 1.0, 10, 5.0, clock)
    assert passed(allowance, *(f"{number}" for number in range(50))) == 10
    clock.time += 1
    assert passed(allowance, *(f"{number}" for number in range(50, 100))) == 5


def test_what_is_remembered_stays_small_however_many_chats_there_are() -> None:
    allowance = Allowance(3, 1.0, 10**6, 1.0, Clock())
    assert passed(allowance, *(f"{number}" for number in range(2000))) == 2000
    assert len(allowance._left) <= 257
