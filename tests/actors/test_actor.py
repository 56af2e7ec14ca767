"""Every end of an actor is one death notice, and every ask is answered."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from actors import messages as m
from actors.actor import Place
from actors.dead_letters import dead_letters, tell
from actors.errors import DeadlineExceeded, EmpresaNotFound, Unavailable
from actors.loop_actor import shown_by
from actors.reply import Reply, answering, ask, ask_blocking
from actors.timers import Timers
from tests.actors.doubles import Monitor, Obedient, ObedientOnLoop

CAUSES = [ValueError("x"), SystemExit(1), KeyboardInterrupt(), MemoryError()]


def place(monitor: Monitor) -> Place:
    return Place("obedient", monitor.actor_ref, 7)


@pytest.mark.parametrize("cause", CAUSES, ids=repr)
def test_a_death_in_a_tell_is_told_once(monitor: Monitor, cause: BaseException) -> None:
    bystander = Obedient.start(Place("bystander"))
    ref = Obedient.start(place(monitor))
    ref.tell(cause)
    (death,) = monitor.wait()
    assert (death.urn, death.empresa_id, death.error) == (ref.actor_urn, 7, cause)
    assert not ref.is_alive()
    assert ask_blocking(bystander, 2) == 4
    tell(bystander, m.Stop())
    assert bystander.actor_stopped.wait(5)
    assert len(monitor.deaths) == 1


@pytest.mark.parametrize("cause", CAUSES, ids=repr)
def test_a_death_in_an_ask_is_told_once_and_the_asker_hears_of_it(
    monitor: Monitor, cause: BaseException
) -> None:
    ref = Obedient.start(place(monitor))
    with pytest.raises(Unavailable):
        ask_blocking(ref, cause)
    assert [death.error for death in monitor.wait()] == [cause]


@pytest.mark.parametrize("cause", CAUSES, ids=repr)
def test_a_death_at_the_start_is_told_once(
    monitor: Monitor, cause: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Obedient, "at_start", cause)
    ref = Obedient.start(place(monitor))
    assert [death.error for death in monitor.wait()] == [cause]
    assert not ref.is_alive()


def test_an_actor_for_which_no_thread_is_left_dies_as_any_other(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        ref = Obedient.start(place(monitor))
    assert [str(death.error) for death in monitor.wait()] == ["can't start new thread"]
    assert not ref.is_alive()
    with pytest.raises(Unavailable):
        ask_blocking(ref, 2)


def test_a_failure_of_the_cleaning_up_is_part_of_the_one_notice(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    cause = ValueError("at the end")
    monkeypatch.setattr(Obedient, "at_end", cause)
    ref = Obedient.start(place(monitor))
    ref.tell(m.Stop())
    assert [death.error for death in monitor.wait()] == [cause]


def test_an_end_in_order_is_told_without_an_error_after_what_came_before_it(
    monitor: Monitor,
) -> None:
    ref = Obedient.start(place(monitor))
    answer = ref.ask(21, block=False)
    ref.tell(m.Stop())
    assert [death.error for death in monitor.wait()] == [None]
    assert answer.get(timeout=1) == 42


def test_a_refusal_is_an_answer_and_the_actor_lives_on_also_after_a_tell() -> None:
    ref = Obedient.start(Place("obedient"))
    ref.tell("refuse")
    with pytest.raises(EmpresaNotFound):
        ask_blocking(ref, "refuse")
    assert ask_blocking(ref, 1) == 2
    tell(ref, m.Stop())
    assert ref.actor_stopped.wait(5)


def test_a_tell_to_the_dead_is_a_dead_letter() -> None:
    ref = Obedient.start(Place("obedient"))
    ref.tell(m.Stop())
    assert ref.actor_stopped.wait(5)
    before = dead_letters.counts().get(("Obedient", "int"), 0)
    assert tell(ref, 1) is False
    assert dead_letters.counts()["Obedient", "int"] == before + 1


def test_an_answer_that_does_not_come_ends_at_its_deadline() -> None:
    class Never(Obedient):
        def receive(self, _message: Any) -> Any:
            return Reply()

    ref = Never.start(Place("never"))
    with pytest.raises(DeadlineExceeded):
        ask_blocking(ref, 1, 0.05)
    with pytest.raises(DeadlineExceeded):
        asyncio.run(ask(ref, 1, 0.05))
    tell(ref, m.Stop())
    assert ref.actor_stopped.wait(5)


def test_an_answer_that_comes_after_the_loop_has_closed_harms_nobody() -> None:
    later = Reply()

    class Later(Obedient):
        def receive(self, message: Any) -> Any:
            return later if message == "later" else message * 2

    ref = Later.start(Place("later"))
    with pytest.raises(DeadlineExceeded):
        asyncio.run(ask(ref, "later", 0.05))
    later.set(1)
    assert ask_blocking(ref, 3) == 6
    tell(ref, m.Stop())
    assert ref.actor_stopped.wait(5)


def test_a_reply_that_answers_for_another_passes_its_refusal_on() -> None:
    ref = Obedient.start(Place("obedient"))
    assert answering(ref.ask(1, block=False), "mine").get(timeout=5) == "mine"
    refused = answering(ref.ask("refuse", block=False), "mine").get(timeout=5)
    assert isinstance(refused.refusal, EmpresaNotFound)
    tell(ref, m.Stop())
    assert ref.actor_stopped.wait(5)


def test_many_asks_at_once_do_not_block_the_loop() -> None:
    async def story() -> list[int]:
        refs = [Obedient.start(Place(f"obedient {n}")) for n in range(5)]
        answers = await asyncio.gather(*(ask(ref, n) for n in range(200) for ref in refs))
        for ref in refs:
            tell(ref, m.Stop())
        for ref in refs:
            await asyncio.to_thread(ref.actor_stopped.wait, 5)
        return answers

    assert asyncio.run(story()) == [2 * n for n in range(200) for _ in range(5)]


@pytest.mark.parametrize("cause", [None, *CAUSES], ids=repr)
def test_a_loop_actor_ends_with_one_notice_too(
    monitor: Monitor, cause: BaseException | None
) -> None:
    async def story() -> str:
        ref = ObedientOnLoop.start(place(monitor), asyncio.get_running_loop())
        assert await ask(ref, 21) == 42
        ref.tell(m.Stop() if cause is None else cause)
        await asyncio.to_thread(monitor.wait)
        with pytest.raises(Unavailable):
            await ask(ref, 1)
        return ref.actor_urn

    urn = asyncio.run(story())
    assert [(death.urn, death.error) for death in monitor.deaths] == [(urn, cause)]


def test_what_a_loop_actor_shows_is_seen_unless_a_message_waits_that_may_change_it() -> None:
    class Showing(ObedientOnLoop):
        def receive(self, message: Any) -> Any:
            self.actor_inbox.shown = message

    async def story() -> None:
        ref = Showing.start(Place("showing"), asyncio.get_running_loop())
        assert shown_by(ref) is None
        await ask(ref, "first")
        assert shown_by(ref) == "first"
        ref.tell("second")
        assert shown_by(ref) is None
        await ask(ref, "third")
        assert shown_by(ref) == "third"
        ref.tell(m.Stop())
        await asyncio.to_thread(ref.actor_stopped.wait, 5)
        assert shown_by(ref) is None

    asyncio.run(story())


def test_a_loop_actor_is_told_by_many_threads_and_loses_nothing() -> None:
    def tell_many(ref: Any) -> None:
        for number in range(2000):
            ref.tell(number)

    async def story() -> None:
        got: list[int] = []

        class Counting(ObedientOnLoop):
            def receive(self, message: Any) -> Any:
                got.append(message)

        ref = Counting.start(Place("counting"), asyncio.get_running_loop())
        threads = [threading.Thread(target=tell_many, args=(ref,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            await asyncio.to_thread(thread.join)
        await ask(ref, -1)
        assert len(got) == 8001
        ref.tell(m.Stop())
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(story())


def test_timers_tell_in_the_order_of_their_times(monitor: Monitor) -> None:
    timers = Timers()
    for seconds in (0.06, 0.02, 0.04):
        timers.after(seconds, monitor.actor_ref, seconds)
    told: list[Any] = list(monitor.wait(3))
    assert told == [0.02, 0.04, 0.06]
    timers.close()
