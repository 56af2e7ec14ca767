import asyncio

from simulator.pipe import Lateness, Pipe

MANY = 50


async def passed_on(pipe: Pipe, out: list[int], count: int) -> None:
    """Put a last thing into a pipe and wait until it has come out."""
    done = asyncio.Event()
    pipe.put(done.set)
    await asyncio.wait_for(done.wait(), 10)
    assert out == list(range(count))


async def test_nothing_is_late_unless_told() -> None:
    out: list[int] = []
    Pipe().put(lambda: out.append(0))
    assert out == [0]


async def test_jitter_does_not_change_the_order() -> None:
    pipe, out = Pipe(), list[int]()
    pipe.lateness = Lateness(0.001, jitter=0.02)
    for number in range(MANY):
        pipe.put(lambda number=number: out.append(number))  # type: ignore[misc]
    assert out == []
    await passed_on(pipe, out, MANY)


async def test_what_comes_after_the_lateness_does_not_overtake() -> None:
    pipe, out = Pipe(), list[int]()
    pipe.lateness = Lateness(0.02)
    pipe.put(lambda: out.append(0))
    pipe.lateness = None
    pipe.put(lambda: out.append(1))
    await passed_on(pipe, out, 2)


async def test_a_pipe_held_twice_must_be_released_twice() -> None:
    pipe, out = Pipe(), list[int]()
    pipe.hold()
    pipe.hold()
    pipe.put(lambda: out.append(0))
    pipe.release()
    await asyncio.sleep(0)
    assert out == []
    pipe.release()
    await passed_on(pipe, out, 1)
