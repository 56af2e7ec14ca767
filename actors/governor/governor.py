"""Which message may go next, and when each is expected to. Pure: no clock, no chance, no actor.

Moments are aware, and all of one clock; answers are UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from actors.governor.lanes import Decision, Lanes
from actors.governor.pacing import Pacing
from actors.governor.queued import Lane, Queued
from actors.governor.settings import Settings
from actors.governor.state import State

#: Nothing is foreseen beyond.
HORIZON = timedelta(days=366)


def decide(
    state: State,
    settings: Settings,
    queue: Iterable[Queued] | Lanes,
    now: datetime,
    *,
    in_flight: str | None = None,
    held: Collection[str] = frozenset(),
) -> Decision:
    """What goes now, of `queue`, which is in the order of acceptance.

    Lanes are made of it each time, unless it is such: these are asked in no time, and keep it.

    `in_flight`: the id of the message that the client is sending, if it is: it sends one at a time.
    `held`: chats with an earlier message of which it is not settled whether it went; not of lanes.
    """
    if in_flight is not None:
        return Decision()
    if not isinstance(queue, Lanes):
        queue = Lanes(message for message in queue if message.chat not in held)
    return queue.first(Pacing(state, settings), now)


def foremost(state: State, settings: Settings, lanes: Lanes, now: datetime) -> list[Queued]:
    """The few of all these by which it is decided when the next one goes."""
    return lanes.foremost(Pacing(state, settings), now)


def sent(state: State, settings: Settings, chat: str, lane: Lane, now: datetime) -> State:
    """The state once a message of that lane is handed to the client, whatever becomes of it.

    `now` as in the decision. Store it before the handing over: what a crash leaves in doubt has
    then been counted.
    """
    if lane is Lane.FAST:
        return state
    pacing = Pacing(state, settings)
    pacing.open(chat, now, is_job=lane is Lane.BULK)
    return pacing.state()


def asked(state: State, settings: Settings, now: datetime) -> State:
    """The state once WhatsApp was asked for somebody who is not there: no contact, but a gap."""
    pacing = Pacing(state, settings)
    pacing.ask(now)
    return pacing.state()


def estimate(
    state: State,
    settings: Settings,
    queue: Iterable[Queued],
    now: datetime,
    takes: timedelta = timedelta(0),
    wanted: str | None = None,
) -> dict[str, datetime]:
    """When each message goes, by its id, if nothing changes and each takes the client so long.

    That is what `decide` then does, exactly, where it is asked at each `wake_at`. Left out is what
    never goes, or not within a year. A thousand take 10 to 20 ms; where the id `wanted` is given,
    nothing is foreseen that goes after it, which makes an answer's moment cheap.
    """
    pacing = Pacing(state, settings)
    lanes = Lanes(queue)
    expected: dict[str, datetime] = {}
    moment = now
    while True:
        message, _, wake_at, _ = lanes.next(pacing, moment)
        if message is not None:
            expected[message.id] = moment
            if message.id == wanted:
                return expected
            moment += takes
        elif wake_at is None or wake_at > now + HORIZON:
            return expected
        else:
            moment = wake_at
