"""Customers answered by message handlers, each in its process, with the fake port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from actors import handler_work, hosting, kept_handler
from actors.addressing import Address
from actors.dead_letters import tell
from actors.errors import (
    DeadlineExceeded,
    EmpresaNotFound,
    HandlerNotUsable,
    InvalidSettings,
    UnknownHandler,
)
from actors.handlers import HandlerView
from actors.messages import Fail
from actors.reply import answer_of
from actors.system import System
from tests.actors.running_system import DEADLINE, A, B, connected, listening, play, running_system
from tests.actors.test_sender import accept
from tests.fake_clients import FakeClients, said
from tests.handling.handlers import HANDLERS
from whatsapp.port import Send

CHAT = "999@lid"
PEDRO = Address("phone", ("+5511900000001",))
GROUP = {"id": "120363001122334455@g.us", "phone": None, "isGroup": True}
MENU = {
    "greeting": "Olá!",
    "menuText": "Como podemos ajudar?",
    "options": [{"title": "Oficina", "text": "Ligue para nós."}],
}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler_work, "RETRY_SECONDS", 0.01)


async def written(
    system: System, clients: FakeClients, body: str, empresa_id: int = 5, **other: Any
) -> int:
    """Somebody writes, and it is stored: its number."""
    ear = await listening(system, empresa_id)
    clients.entries += 1
    clients.running[empresa_id].report(said(clients.entries, body, **other))
    seq: int = (await ear.hears("message", text=body))["seq"]
    system.leave(empresa_id, ear.listener)
    return seq


async def chosen(
    system: System, name: str, settings: dict[str, Any] | None = None, empresa_id: int = 5
) -> None:
    document = {"handler": name, "settings": settings}
    assert await system.handlers.put(empresa_id, document) is not None


async def until(system: System, is_so: Callable[[HandlerView], bool]) -> HandlerView:
    async with asyncio.timeout(DEADLINE):
        while True:
            view = await system.handlers.get(5)
            assert view is not None
            if is_so(view):
                return view
            # It says how it fares to who asks, and to nobody else.
            await asyncio.sleep(0.01)


async def dealt_with(system: System, seq: int) -> None:
    await until(system, lambda view: view.position >= seq)


async def answered(clients: FakeClients, times: int = 1, empresa_id: int = 5) -> Send:
    """Wait for so many messages to send, and confirm the last: the next may follow."""
    send = await asyncio.to_thread(clients.sent, empresa_id, times)
    clients.running[empresa_id].answer(send)
    return send


def bodies(clients: FakeClients, empresa_id: int = 5) -> list[str]:
    return [send.content["text"].partition(" (")[0] for send in clients.sends[empresa_id]]


def test_a_customer_is_answered_in_the_chat_from_which_they_wrote(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "rules", MENU)
        seq = await written(system, clients, "oi")
        first = await answered(clients)
        assert (first.message_id, first.chat) == (f"handler-{seq}-1", CHAT)
        assert first.content["text"] == "Olá!"
        menu = await answered(clients, 2)
        assert menu.content["text"] == "Como podemos ajudar?\n\n1 - Oficina"
        await written(system, clients, "1")
        assert (await answered(clients, 3)).content["text"] == "Ligue para nós."

    play(tmp_path, story)


def test_a_new_handler_is_told_nothing_of_before_and_history_never(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await written(system, clients, "antes")
        await chosen(system, "echo")
        await written(system, clients, "de 2024", history=True)
        await written(system, clients, "para todos", chat={"id": "1@broadcast", "phone": None})
        await written(system, clients, "de ninguém", chat={"id": None, "phone": None})
        await dealt_with(system, await written(system, clients, "agora"))
        assert (await answered(clients)).content["text"].startswith("agora (1, ")
        assert bodies(clients) == ["agora"]

    play(tmp_path, story)


def test_in_a_group_it_is_told_and_its_answer_goes_there(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        await written(system, clients, "oi, pessoal", chat=GROUP)
        assert (await answered(clients)).chat == GROUP["id"]

    play(tmp_path, story)


@pytest.mark.parametrize("to", [Address("lid", (CHAT,)), PEDRO], ids=["by LID", "by number"])
def test_who_answers_over_the_api_silences_the_rules(tmp_path: Path, to: Address) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "rules", MENU)
        await written(system, clients, "oi")
        await answered(clients, 1)
        await answered(clients, 2)
        accepted = await accept(system, "Oi, aqui é a Ana.", to)
        assert (await answered(clients, 3)).message_id == accepted.id
        await dealt_with(system, await written(system, clients, "menu"))
        assert bodies(clients)[2:] == ["Oi, aqui é a Ana."]

    play(tmp_path, story)


def test_who_answers_on_the_shops_phone_silences_the_rules(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "rules", MENU)
        await written(system, clients, "Bom dia, Pedro", fromMe=True)
        await dealt_with(system, await written(system, clients, "menu"))
        assert bodies(clients) == []

    play(tmp_path, story)


def test_what_the_api_sends_is_told_in_the_shape_of_a_message(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        await written(system, clients, "oi")
        await answered(clients)
        await accept(system, "Oi!", Address("lid", (CHAT,)))
        await answered(clients, 2)
        # Echo answers that, too: when it is accepted, and when it goes out.
        texts = [(await answered(clients, times)).content["text"] for times in (3, 4)]
        assert [text.partition(",")[0] for text in texts] == ["Oi! (2", "Oi! (3"]

    play(tmp_path, story)


def test_a_message_to_which_it_gives_no_answer_is_passed_over_and_said(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "wild")
        ear = await listening(system, 5)
        await written(system, clients, "raise")
        failed = (await ear.hears("handler_failed"))["data"]
        assert failed == {
            "v": 1,
            "handler": "wild",
            "messageId": f"ID{clients.entries}",
            "chat": CHAT,
            "kind": "raises",
            "detail": "LookupError: on purpose",
        }
        await dealt_with(system, await written(system, clients, "fine"))
        view = await until(system, lambda view: view.state == "running")
        assert view.last_failure is not None
        assert (view.last_failure["kind"], view.last_failure["chat"]) == ("raises", CHAT)
        assert "Traceback" in view.last_failure["detail"]

    play(tmp_path, story)


def test_one_that_hangs_is_ended_and_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(handler_work, "ATTEMPTS", 2)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "wild")
        ear = await listening(system, 5)
        await written(system, clients, "spin")
        await until(system, lambda view: view.state == "retrying")
        assert (await ear.hears("handler_failed"))["data"]["kind"] == "hangs"
        await dealt_with(system, await written(system, clients, "fine"))

    play(tmp_path, story)


def test_one_that_fails_too_often_is_paused_and_others_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler_work, "ATTEMPTS", 1)
    monkeypatch.setattr(handler_work, "MOST_FAILURES", 2)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await connected(system, clients, 6, B)
        await chosen(system, "wild")
        await chosen(system, "echo", empresa_id=6)
        await written(system, clients, "raise")
        await written(system, clients, "exit")
        view = await until(system, lambda view: view.state == "paused")
        assert view.until is not None
        states = {each.name: each.state for each in system.tree.look()}
        assert states["handler of empresa 5"] == "paused"
        waits = await written(system, clients, "fine")
        await written(system, clients, "oi", 6)
        assert (await answered(clients, empresa_id=6)).content["text"].startswith("oi (1")
        assert (await until(system, lambda _: True)).position < waits
        # Chosen again, it begins anew, where it was.
        await chosen(system, "wild")
        await dealt_with(system, waits)
        assert (await until(system, lambda _: True)).state == "running"

    play(tmp_path, story)


def test_after_its_pause_it_goes_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler_work, "ATTEMPTS", 1)
    monkeypatch.setattr(handler_work, "MOST_FAILURES", 1)
    monkeypatch.setattr(handler_work, "PAUSE_SECONDS", 0.01)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "wild")
        await written(system, clients, "raise")
        await dealt_with(system, await written(system, clients, "fine"))
        assert (await until(system, lambda _: True)).state == "running"

    play(tmp_path, story)


def test_beyond_the_limit_of_a_chat_texts_are_dropped_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.flood.LIMITS", ((3600, 2),))

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        ear = await listening(system, 5)
        for number in (1, 2, 3):
            await dealt_with(system, await written(system, clients, str(number)))
        failed = (await ear.hears("handler_failed"))["data"]
        assert (failed["kind"], failed["detail"]) == ("chat_limit", "1 of 1 texts were dropped")
        await written(system, clients, "oi", chat=GROUP)
        for times in (1, 2, 3):
            await answered(clients, times)
        assert bodies(clients) == ["1", "2", "oi"]

    play(tmp_path, story)


def test_a_restart_neither_skips_nor_repeats_and_what_it_knew_it_knows(tmp_path: Path) -> None:
    clients = FakeClients()

    async def first(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        await written(system, clients, "um")
        await answered(clients)
        clients.entries += 1
        # Stored, and nobody knows how far the handler is when the server ends.
        clients.running[5].report(said(clients.entries, "dois"))

    async def second(system: System, clients: FakeClients) -> None:
        client = await asyncio.to_thread(clients.started, 5, 2)
        client.log_in(A)
        await dealt_with(system, await written(system, clients, "três"))
        texts: dict[str, str] = {}
        times = 1
        while len(texts) < 2:
            # One that was handed over when the first server ended is handed over once more.
            times += 1
            send = await answered(clients, times)
            texts[send.message_id] = send.content["text"].partition(",")[0]
        assert list(texts.values()) == ["dois (2", "três (3"]

    play(tmp_path, first, clients)
    play(tmp_path, second, clients)


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_step_of_which_nobody_said_whether_it_was_stored_happens_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_stored: bool
) -> None:
    cut = ["once"]

    async def answer_unheard(reply: Any) -> Any:
        answer = await answer_of(reply)
        if cut and is_stored:
            raise DeadlineExceeded(cut.pop())
        return answer

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        monkeypatch.setattr(kept_handler, "answer_of", answer_unheard)
        if not is_stored:
            monkeypatch.setattr(handler_work.HandlerWork, "_store", _refused(cut))
        await written(system, clients, "um")
        await answered(clients)
        await dealt_with(system, await written(system, clients, "dois"))
        await answered(clients, 2)
        assert (bodies(clients), cut) == (["um", "dois"], [])

    play(tmp_path, story)


def _refused(cut: list[str]) -> Callable[..., Coroutine[Any, Any, None]]:
    store = handler_work.HandlerWork._store

    async def refused(*arguments: Any) -> None:
        if cut:
            raise DeadlineExceeded(cut.pop())
        await store(*arguments)

    return refused


def test_another_actor_goes_on_where_one_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.handler_children.RESTART_SECONDS", 0.01)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        await written(system, clients, "um")
        await answered(clients)
        directory = system.parts()[1]
        tell(directory.handler(5), Fail("as an operator wishes"))
        await written(system, clients, "dois")
        assert (await answered(clients, 2)).content["text"].startswith("dois (2")
        (actor,) = (each for each in system.tree.look() if each.class_name == "HandlerActor")
        assert (actor.failures, actor.restarts) == (1, 1)

    play(tmp_path, story)


def test_what_cannot_be_chosen_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        with pytest.raises(UnknownHandler) as unknown:
            await system.handlers.put(5, {"handler": "robot"})
        assert unknown.value.fields == {"handlers": sorted(["rules", *HANDLERS])}
        with pytest.raises(InvalidSettings, match="not these") as refused:
            await system.handlers.put(5, {"handler": "picky", "settings": {"a": 1}})
        assert refused.value.fields == {"field": "settings"}
        with pytest.raises(HandlerNotUsable) as broken:
            await system.handlers.put(5, {"handler": "nobody"})
        assert "AttributeError" in str(broken.value.fields["detail"])
        with pytest.raises(InvalidSettings) as wrong:
            await system.handlers.put(5, {"handler": "rules", "settings": {"greeting": 1}})
        assert wrong.value.fields == {"field": "greeting"}
        with pytest.raises(EmpresaNotFound):
            await system.handlers.put(7, {"handler": "rules"})
        view = await system.handlers.get(5)
        assert view is not None
        assert (view.name, view.settings) == ("echo", {})

    play(tmp_path, story)


def test_one_that_is_removed_answers_no_more_and_leaves_no_actor(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        await written(system, clients, "um")
        await answered(clients)
        await system.handlers.delete(5)
        await system.handlers.delete(5)
        assert await system.handlers.get(5) is None
        async with asyncio.timeout(DEADLINE):
            while system.tree.look(["handler of empresa 5"]):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        await written(system, clients, "dois")
        # Chosen anew, it begins with what comes from then on, and knows nothing.
        await chosen(system, "echo")
        await written(system, clients, "três")
        assert (await answered(clients, 2)).content["text"].startswith("três (1")

    play(tmp_path, story)


def test_the_rules_count_in_the_empresas_own_time_and_hours_as_they_change(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await system.profiles.put(5, {"timezone": "America/Manaus"})
        await chosen(system, "rules", {"greeting": "Aberto.", "closedText": "Fechado."})
        view = await system.handlers.get(5)
        assert view is not None
        assert view.settings["timezone"] == "America/Manaus"
        assert view.settings["openingHours"]["sunday"] == ["00:00-24:00"]
        await written(system, clients, "oi")
        assert (await answered(clients)).content["text"] == "Aberto."
        sending: dict[str, Any] = {"openingHours": {}}
        await system.profiles.put(5, {"timezone": "America/Noronha", "sending": sending})
        view = await system.handlers.get(5)
        assert view is not None
        assert (view.settings["timezone"], view.settings["openingHours"]["sunday"]) == (
            "America/Noronha",
            [],
        )
        await written(system, clients, "e agora?")
        assert (await answered(clients, 2)).content["text"] == "Fechado."

    play(tmp_path, story)


def test_a_handler_that_a_server_does_not_know_waits_for_one_that_does(tmp_path: Path) -> None:
    clients = FakeClients()

    async def without(system: System) -> None:
        await until(system, lambda view: view.state == "unknown_handler")
        client = await asyncio.to_thread(clients.started, 5, 2)
        client.log_in(A)
        await written(system, clients, "oi")

    async def run() -> None:
        async with running_system(tmp_path, clients) as system:
            await connected(system, clients, 5, A)
            await chosen(system, "echo", {"before": "> "})
        async with running_system(tmp_path, clients, {}) as system:
            await without(system)
        async with running_system(tmp_path, clients) as system:
            client = await asyncio.to_thread(clients.started, 5, 3)
            client.log_in(A)
            assert (await answered(clients)).content["text"].startswith("> oi (1")

    asyncio.run(run())


def test_of_an_empresa_that_is_erased_none_is_left(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await chosen(system, "echo")
        await written(system, clients, "oi")
        await answered(clients)
        ear = await listening(system, 5)
        await system.erase(5)
        await ear.until(lambda ear: ear.closed is not None)
        assert all(each.class_name != "HandlerActor" for each in system.tree.look())
        with pytest.raises(EmpresaNotFound):
            await system.handlers.get(5)
        await connected(system, clients, 5, A)
        assert await system.handlers.get(5) is None

    play(tmp_path, story)
