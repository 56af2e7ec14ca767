"""Customers answered by message handlers, each in its process, with the fake port."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from actors.addressing import Address
from actors.errors import EmpresaNotFound, HandlerNotUsable, InvalidSettings, UnknownHandler
from actors.system import System
from tests.actors.handler_world import (
    CHAT,
    GROUP,
    answered,
    bodies,
    chosen,
    dealt_with,
    written,
)
from tests.actors.running_system import DEADLINE, A, connected, listening, play
from tests.actors.test_sender import accept
from tests.fake_clients import FakeClients, said
from tests.handling.handlers import HANDLERS

PEDRO = Address("phone", ("+5511900000001",))
MENU = {
    "greeting": "Olá!",
    "menuText": "Como podemos ajudar?",
    "options": [{"title": "Oficina", "text": "Ligue para nós."}],
}


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
