"""What an empresa's sender asks the governor: its settings, and what is remembered, in one place.

Pure: the clock is the caller's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import randbits
from typing import Any

from actors import governor
from actors import outgoing as o
from actors.errors import InvalidSettings
from actors.governor import Decision, Lane, Lanes, PauseReason, Queued, Settings, State
from actors.hours_reading import read_timezone
from actors.opening_hours import OpeningHours

logger = logging.getLogger("vendeai.sender")

#: Among more messages of people only answers are foreseen: all would take the loop too long.
MOST_FORESEEN = 2000
NOTHING_STORED = o.StoredPace(o.Profile(None, None, {}), None)
#: What a message is expected to take the client.
TAKES = timedelta(milliseconds=200)


class Pace:
    """Made with the settings of all empresas; `load` comes before all but `refused`."""

    def __init__(self, base: Settings) -> None:
        self._base = self._settings = base
        self._number: str | None = None
        self._state: State | None = None
        self._is_loaded = False
        self._early: list[tuple[PauseReason, datetime, datetime | None]] = []
        """What WhatsApp said before what is stored was known."""

    def load(self, stored: o.StoredPace) -> None:
        """Take over what is stored. The settings alone, where it has been loaded before."""
        try:
            self._settings = settings_of(stored.profile, self._base)
        except InvalidSettings:
            # Of a version that took them, or from where a time zone was known.
            logger.exception("the stored settings of sending cannot be read; the common ones hold")
            self._settings = self._base
        if self._is_loaded:
            return
        self._is_loaded = True
        if stored.state is not None:
            self._number = stored.state.number
            self._state = State.from_json(stored.state.state)
        for each in self._early:
            self.refused(*each)

    def is_other(self, number: str | None) -> bool:
        """Whether that number is not the one that is known."""
        return number not in (None, self._number)

    def link(self, number: str | None, now: datetime) -> bool:
        """The empresa's own number, where it is linked; True: another one, that begins anew."""
        if not self.is_other(number):
            return False
        # What WhatsApp has said before the number was known is about this one.
        pauses = self._state.pauses if self._state and self._number is None else ()
        self._number = number
        self._state = State(seed=randbits(62), linked_at=now, pauses=pauses)
        return True

    def stored(self) -> o.PaceState | None:
        """What is to be stored; None: nothing is known of any number."""
        if self._state is None or self._number is None:
            return None
        return o.PaceState(self._number, self._state.to_json())

    def decide(self, queue: Iterable[Queued] | Lanes, now: datetime) -> Decision:
        """As the governor does, while nothing is on its way."""
        return governor.decide(self._known(now), self._settings, queue, now)

    def sent(self, queued: Queued, lane: Lane, now: datetime) -> bool:
        """Count it; whether that is to be stored before it is sent."""
        before = self._known(now)
        self._state = governor.sent(before, self._settings, queued.chat, lane, now)
        return self._state != before

    def asked(self, now: datetime) -> None:
        """WhatsApp does not know whom a first contact, or a job's, was for."""
        self._state = governor.asked(self._known(now), self._settings, now)

    def refused(self, reason: PauseReason, now: datetime, until: datetime | None = None) -> None:
        """WhatsApp has said, at `now`, that it is too much; told again, it changes nothing."""
        if self._is_loaded:
            self._state = governor.refused(self._known(now), reason, now, until)
        else:
            self._early.append((reason, now, until))

    def resume(self) -> None:
        """End all pauses."""
        if self._state is not None:
            self._state = governor.resumed(self._state)

    def estimate(
        self, queue: tuple[Queued, ...], message_id: str, now: datetime
    ) -> datetime | None:
        """When that message of the queue is expected to go; among too many, of an answer alone.

        Chats in which only jobs wait may be left out of the queue, for a message of another chat.
        """
        if len(queue) > MOST_FORESEEN:
            chat = next(each.chat for each in queue if each.id == message_id)
            queue = tuple(each for each in queue if each.chat == chat)
            if self.decide(queue, now).lane is not Lane.FAST:
                return None
        moments = governor.estimate(self._known(now), self._settings, queue, now, TAKES, message_id)
        return moments.get(message_id)

    def foreseeing(
        self, queue: tuple[Queued, ...], now: datetime
    ) -> Callable[[], dict[str, datetime]]:
        """What works out when each of these is expected to go; it takes a while, on any thread."""
        known, settings = self._known(now), self._settings
        return lambda: governor.estimate(known, settings, queue, now, TAKES)

    def view(self, queue: tuple[Queued, ...] | Lanes, now: datetime) -> o.PaceView:
        """How it stands."""
        state, hours = self._known(now), self._settings.hours
        pause, today = state.pause(now), hours.day(now)
        return o.PaceView(
            waiting=len(queue),
            next_at=self._next_at(queue, now),
            contacts=len(state.opened) if state.day == today else 0,
            most_contacts=self._settings.contacts((today - hours.day(state.linked_at)).days),
            pause=(pause.reason.value, pause.holds.value, pause.until) if pause else None,
        )

    def _next_at(self, queue: tuple[Queued, ...] | Lanes, now: datetime) -> datetime | None:
        moment: datetime | None = now
        if isinstance(queue, Lanes):
            # Few, and apart: lanes are never asked of the future.
            queue = tuple(governor.foremost(self._known(now), self._settings, queue, now))
        while moment is not None:
            message, _, wake_at, _ = self.decide(queue, moment)
            if message is not None:
                break
            moment = wake_at  # the end of a pause, perhaps, and no more
        return moment

    def _known(self, now: datetime) -> State:
        return self._state or State(seed=0, linked_at=now)


def pause_reason(reason: str | None) -> PauseReason | None:
    """The pause that the failure of a message means, if it means one."""
    return PauseReason(reason) if reason in set(governor.REASONS.values()) else None


def settings_of(profile: o.Profile, base: Settings) -> Settings:
    """An empresa's, where those of all are `base`. Refused: `InvalidSettings`."""
    return Settings.read(profile.settings, in_zone(base, profile.timezone))


def hours_of(profile: o.Profile, base: Settings) -> OpeningHours:
    """An empresa's opening hours; those of all where its own cannot be read any more."""
    try:
        return settings_of(profile, base).hours
    except InvalidSettings:
        return base.hours


def in_zone(base: Settings, timezone: str | None) -> Settings:
    """The same in another time zone; None: in its own. Refused: `InvalidSettings`."""
    if timezone is None:
        return base
    return replace(base, hours=replace(base.hours, timezone=read_timezone(timezone)))


def common_settings(document: Mapping[str, Any], timezone: str) -> Settings:
    """Those of all empresas. Refused: `InvalidSettings`."""
    return Settings.read(document, in_zone(Settings(), timezone))
