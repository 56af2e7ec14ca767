"""Messages about other messages, from their acceptance to the client, on a real database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from actors.addressing import Address
from actors.errors import MessageNotFound, OtherChat, TargetNotSent
from actors.outgoing import Accepted, Idempotency
from actors.system import System
from tests.actors.running_system import A, connected, listening, play
from tests.actors.test_sender import JID, MARIA, accept, hears, sent
from tests.actors.test_sending_pace import written
from tests.fake_clients import FakeClients

PEDRO = "999@lid"


async def about(
    system: System, kind: str, name: str, to: Address | None = None, **more: Any
) -> Accepted:
    key = more.pop("key", None)
    field = "quote" if kind == "text" else "target"
    content = {"type": kind, field: name, **more}
    idempotency = Idempotency(key, b"same") if key else None
    return await system.sending.accept(5, to, content, 3600, idempotency)


async def filed(system: System, clients: FakeClients) -> str:
    """Pedro has written, and it stands in his conversation; its id."""
    await written(system, clients)
    return f"ID{clients.entries}"


def test_a_reaction_goes_to_the_chat_of_its_message_with_all_that_the_client_needs(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        target = await filed(system, clients)
        accepted = await about(system, "reaction", target, emoji="👍")
        assert accepted.chat == PEDRO
        send = await sent(clients)
        assert send.content == {"type": "reaction", "target": target, "emoji": "👍"}
        assert send.about is not None
        assert (send.about["id"], send.about["chat"], send.about["fromMe"]) == (
            *(target, PEDRO),
            False,
        )
        clients.running[5].answer(send)
        done = (await ear.hears("message_reaction"))["data"]
        assert (done["emoji"], done["target"]["id"], done["fromMe"]) == ("👍", target, True)
        assert (done["id"], done["outgoingId"]) == (f"3EB0{accepted.id}", accepted.id)
        assert done["sender"]["phone"] == A

    play(tmp_path, story)


def test_a_change_of_what_still_waits_goes_behind_it_and_names_it_by_whatsapps_id(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        first = await accept(system, "errado")
        edit = await about(system, "edit", first.id, text="certo", mentions=[])
        again = await about(system, "reaction", first.id, MARIA, emoji="👍")
        text = await sent(clients)
        assert (text.message_id, text.about) == (first.id, None)
        clients.running[5].answer(text)
        for times, accepted in ((2, edit), (3, again)):
            send = await sent(clients, times)
            assert (send.message_id, send.chat) == (accepted.id, JID)
            assert send.about is not None
            assert (send.about["id"], send.about["chat"]) == (f"3EB0{first.id}", JID)
            clients.running[5].answer(send)

    play(tmp_path, story)


@pytest.mark.parametrize("fate", ["failed", "cancelled"])
def test_a_change_of_what_was_never_sent_fails(tmp_path: Path, fate: str) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        await accept(system, "antes")
        before = await sent(clients)
        first = await accept(system, "errado")
        edit = await about(system, "edit", first.id, text="certo", mentions=[])
        if fate == "cancelled":
            await system.sending.cancel(5, first.id)
        clients.running[5].answer(before)
        if fate == "failed":
            clients.running[5].answer(await sent(clients, 2), "failed", reason="refused")
        assert (await hears(ear, edit.id, "failed"))["reason"] == "target_not_sent"
        with pytest.raises(TargetNotSent):
            await about(system, "reaction", first.id, emoji="👍")

    play(tmp_path, story)


def test_what_was_deleted_while_a_change_waited_is_not_changed(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        first = await accept(system, "errado")
        delete = await about(system, "delete", first.id)
        edit = await about(system, "edit", first.id, text="certo", mentions=[])
        for times in (1, 2):
            clients.running[5].answer(await sent(clients, times))
        await hears(ear, delete.id, "server_ack")
        assert (await ear.hears("message_deleted"))["data"]["by"] == "sender"
        assert (await hears(ear, edit.id, "failed"))["reason"] == "target_deleted"

    play(tmp_path, story)


def test_a_change_that_waits_outlives_the_server(tmp_path: Path) -> None:
    clients = FakeClients()

    async def first(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await accept(system, "errado")
        accepted = await accept(system, "outro")
        await about(system, "edit", accepted.id, text="certo", mentions=[])
        await sent(clients)

    async def second(system: System, clients: FakeClients) -> None:
        del system
        client = await asyncio.to_thread(clients.started, 5, 2)
        client.log_in(A)
        for times in (2, 3, 4):
            client.answer(await sent(clients, times))
        edit = clients.sends[5][-1]
        assert edit.about is not None
        assert edit.about["id"] == f"3EB0{clients.sends[5][-2].message_id}"
        assert edit.about["text"] == "outro"

    play(tmp_path, first, clients)
    play(tmp_path, second, clients)


def test_an_answer_quotes_and_a_forward_goes_elsewhere(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        target = await filed(system, clients)
        pedro = Address("lid", (PEDRO,))
        await about(system, "text", target, pedro, text="Tem, sim.")
        quote = await sent(clients)
        assert quote.about is not None
        assert (quote.chat, quote.about["text"]) == (PEDRO, "Tem Onix?")
        clients.running[5].answer(quote)
        await about(system, "forward", target, MARIA)
        forward = await sent(clients, 2)
        assert forward.about is not None
        assert (forward.chat, forward.about["chat"]) == (JID, PEDRO)
        for kind, more in (("text", {"text": "Tem."}), ("reaction", {"emoji": "👍"})):
            with pytest.raises(OtherChat):
                await about(system, kind, target, MARIA, **more)

    play(tmp_path, story)


def test_a_repeat_under_one_key_is_the_same_though_it_could_not_be_asked_for_any_more(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        accepted = await accept(system, "errado")
        clients.running[5].answer(await sent(clients))
        await hears(ear, accepted.id, "server_ack")
        first = await about(system, "delete", accepted.id, key="k")
        clients.running[5].answer(await sent(clients, 2))
        await ear.hears("message_deleted")
        second = await about(system, "delete", accepted.id, key="k")
        assert (second.id, second.is_replay) == (first.id, True)

    play(tmp_path, story)


def test_another_empresas_message_is_unknown(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await connected(system, clients, 6, "+5521999990006")
        target = await filed(system, clients)
        content = {"type": "reaction", "target": target, "emoji": "👍"}
        with pytest.raises(MessageNotFound):
            await system.sending.accept(6, None, content, 3600, None)

    play(tmp_path, story)
