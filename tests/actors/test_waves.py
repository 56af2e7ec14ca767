"""Turns: a few at a time, in order, and everybody in the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actors.waves import Waves


@given(st.integers(1, 5), st.lists(st.integers(1, 30), unique=True), st.randoms())
def test_never_too_many_at_once_and_everybody_in_order(
    at_once: int, everybody: list[int], random: object
) -> None:
    waves = Waves(at_once)
    waves.join(everybody)
    turns, running = waves.next_turns(), set[int]()
    had = list(turns)
    running.update(turns)
    while running:
        assert len(running) <= at_once
        one = random.choice(sorted(running))  # type: ignore[attr-defined]
        assert waves.settled(one)
        assert not waves.settled(one)
        running.discard(one)
        turns = waves.next_turns()
        had += turns
        running.update(turns)
    assert had == everybody


def test_who_waits_already_keeps_its_one_place() -> None:
    waves = Waves(1)
    waves.join((1, 2, 3))
    assert waves.next_turns() == [1]
    waves.join((3, 4))
    had = [1]
    while waves.settled(had[-1]):
        had += waves.next_turns()
    assert had == [1, 2, 3, 4]
