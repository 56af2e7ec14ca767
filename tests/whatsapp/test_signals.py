"""Signals in the worker, over a library that keeps what it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.whatsapp.clock import Clock
from tests.whatsapp.protobufs import ChatPresence, Presence, jid, source
from whatsapp.availability import MOST_FOLLOWED
from whatsapp.port import (
    ClientEvent,
    FindPicture,
    FollowPresence,
    ShowTyping,
    Signal,
    SignalAnswered,
    SignalSeen,
    TellRead,
)
from whatsapp.signals import Signals

MARIA, GROUP = "2924@lid", "1203@g.us"
FOLLOW = FollowPresence(MARIA, "+5521988880000", MARIA, 300.0)


class Library:
    """As `NeonizeSignals`."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.url: str | None = "https://pps.whatsapp.net/1"
        self.error: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()

    def tell_read(self, chat: str, sender: str, ids: list[str]) -> None:
        self._called("read", chat, sender, ids)

    def set_online(self, *, is_online: bool) -> None:
        self._called("online" if is_online else "offline")

    def subscribe(self, chat: str) -> None:
        self._called("subscribe", chat)

    def show_typing(self, chat: str, state: str) -> None:
        self._called("typing", chat, state)

    def picture_url(self, chat: str) -> str | None:
        self._called("picture", chat)
        return self.url

    def _called(self, *call: Any) -> None:
        assert self.hold.wait(10)
        self.calls.append(call)
        if self.error is not None:
            raise self.error


class Scene:
    def __init__(self) -> None:
        self.library, self.clock, self.up = Library(), Clock(), threading.Event()
        self.reports: list[ClientEvent] = []
        self.up.set()
        library: Any = self.library
        self.signals = Signals(library, self.reports.append, self.up, self.clock)

    def does(self, *signals: Signal) -> list[tuple[Any, ...]]:
        """Whatever the library was called with, since the start, once these are through."""
        for signal in signals:
            self.signals.signal(signal)
        return self.settled()

    def settled(self) -> list[tuple[Any, ...]]:
        for threads in (self.signals._sayings, self.signals._questions):
            threads.submit(lambda: None).result(10)
        return self.library.calls

    def answers(self) -> list[SignalAnswered]:
        self.settled()
        return [each for each in self.reports if isinstance(each, SignalAnswered)]


def test_what_was_read_is_told_and_answered() -> None:
    scene = Scene()
    assert scene.does(TellRead(1, GROUP, MARIA, ["A1", "B-2"])) == [
        ("read", GROUP, MARIA, ["A1", "B-2"])
    ]
    assert scene.answers() == [SignalAnswered(1, {}, None)]


def test_ids_that_are_none_and_addresses_that_are_none_never_reach_the_library() -> None:
    scene = Scene()
    wrong = ["A B", "", "é", "A\n", "sha256:00", "x" * 129, "A\0"]
    assert scene.does(TellRead(1, MARIA, MARIA, [*wrong, "OK"])) == [("read", MARIA, MARIA, ["OK"])]
    strange = ["", "x@lid", "1@lid ", "1@evil", "1:2@lid", "status@broadcast", "1@newsletter"]
    for chat in strange:
        scene.does(TellRead(2, chat, MARIA, ["A"]), TellRead(3, MARIA, chat, ["A"]))
        scene.does(ShowTyping(chat, "paused"), FollowPresence(chat, None, None, 9.0))
        scene.does(FindPicture(4, chat))
    assert len(scene.does(TellRead(5, MARIA, MARIA, wrong))) == 1
    assert all(each.error is None for each in scene.answers())


def test_a_picture_is_asked_for_and_its_place_answered() -> None:
    scene = Scene()
    scene.does(FindPicture(1, MARIA))
    scene.library.url = None
    scene.does(FindPicture(2, GROUP))
    assert scene.answers() == [
        SignalAnswered(1, {"url": "https://pps.whatsapp.net/1"}, None),
        SignalAnswered(2, {"url": None}, None),
    ]


def test_what_fails_is_answered_with_its_reason_and_the_next_goes_on() -> None:
    scene = Scene()
    scene.library.error = OSError("websocket not connected")
    scene.does(FindPicture(1, MARIA), ShowTyping(MARIA, "composing"))
    scene.library.error = None
    scene.does(FindPicture(2, MARIA), ShowTyping(MARIA, "paused"))
    (failed, found) = scene.answers()
    assert failed.error == "OSError: websocket not connected"
    assert found.error is None
    # Questions and sayings each have a thread.
    assert ("typing", MARIA, "paused") in scene.library.calls


def test_while_the_link_is_down_nothing_is_tried_and_questions_are_answered() -> None:
    scene = Scene()
    scene.up.clear()
    assert scene.does(ShowTyping(MARIA, "paused"), FOLLOW, FindPicture(1, MARIA)) == []
    assert [each.error for each in scene.answers()] == ["not connected"]


def test_a_question_that_hangs_keeps_no_typing_waiting_and_what_waits_too_long_is_left() -> None:
    scene = Scene()
    release = _hang(scene.signals._questions.submit)
    scene.signals.signal(FindPicture(1, MARIA))
    scene.signals.signal(ShowTyping(MARIA, "composing"))
    scene.signals._sayings.submit(lambda: None).result(10)
    assert scene.library.calls == [("online",), ("typing", MARIA, "composing")]
    scene.clock.time += 11
    release()
    assert [each.error for each in scene.answers()] == ["its turn came too late"]
    release = _hang(scene.signals._sayings.submit)
    scene.signals.signal(ShowTyping(MARIA, "paused"))
    scene.clock.time += 4
    release()
    assert ("typing", MARIA, "paused") not in scene.settled()


def _hang(submit: Callable[..., Any]) -> Callable[[], None]:
    """Keep a thread busy until what is answered is called."""
    hold = threading.Event()
    submit(hold.wait, 10)
    return hold.set


def test_who_types_is_online_for_a_while_and_no_longer() -> None:
    scene = Scene()
    scene.does(ShowTyping(MARIA, "composing"), ShowTyping(MARIA, "paused"))
    assert scene.library.calls == [
        ("online",),
        ("typing", MARIA, "composing"),
        ("typing", MARIA, "paused"),
    ]
    scene.signals.check()
    assert ("offline",) not in scene.settled()
    scene.clock.time += 31
    scene.signals.check()
    assert scene.settled()[-1] == ("offline",)
    scene.signals.check()
    assert scene.settled().count(("offline",)) == 1
    assert scene.does(ShowTyping(MARIA, "composing"))[-2:] == [
        ("online",),
        ("typing", MARIA, "composing"),
    ]


def test_a_chat_is_followed_for_a_while_also_over_a_new_connection() -> None:
    scene = Scene()
    assert scene.does(FOLLOW) == [("online",), ("subscribe", MARIA)]
    scene.clock.time += 10
    scene.signals.came_up()
    assert scene.settled() == [("online",), ("subscribe", MARIA)] * 2
    scene.clock.time += 300
    scene.signals.came_up()
    scene.signals.check()
    assert len(scene.settled()) == 4


def test_a_group_is_followed_by_being_online() -> None:
    assert Scene().does(FollowPresence(GROUP, None, None, 300.0)) == [("online",)]


def test_the_chats_that_are_followed_stay_few() -> None:
    scene = Scene()
    for number in range(MOST_FOLLOWED + 10):
        scene.clock.time += 1
        scene.does(FollowPresence(f"{number}@lid", None, None, 3600.0))
    assert len(scene.signals._availability._followed) == MOST_FOLLOWED
    assert scene.signals._availability.whose("0@lid") is None


def test_a_flood_of_typing_is_thinned_out_both_ways() -> None:
    scene = Scene()
    typing = ChatPresence(
        MessageSource=source(MARIA, MARIA), State=ChatPresence.ChatPresence.Value("COMPOSING")
    )
    for _ in range(100):
        scene.signals.typing(typing, None)
        scene.signals.signal(ShowTyping(MARIA, "composing"))
    assert len([each for each in scene.reports if isinstance(each, SignalSeen)]) == 10
    assert len(scene.settled()) == 11
    scene.signals.presence(Presence(From=jid(MARIA), Unavailable=False, LastSeen=0))
    assert isinstance(scene.reports[-1], SignalSeen)
    assert scene.reports[-1].kind == "presence"


def test_what_is_heard_of_a_chat_that_is_followed_names_its_person() -> None:
    scene = Scene()
    scene.does(FOLLOW)
    scene.signals.presence(Presence(From=jid(MARIA), Unavailable=False, LastSeen=0))
    (seen,) = scene.reports
    assert isinstance(seen, SignalSeen)
    assert (seen.kind, seen.data["phone"]) == ("presence", "+5521988880000")


def test_a_worker_whose_shop_uses_none_of_it_has_no_thread_for_it() -> None:
    scene = Scene()
    scene.signals.came_up()
    scene.signals.check()
    assert scene.signals._sayings._threads == set()
