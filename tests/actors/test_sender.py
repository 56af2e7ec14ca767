"""Messages from their acceptance to the client and back, with the fake port on a real database."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from actors.addressing import Address
from actors.dead_letters import tell
from actors.directory import Directory
from actors.errors import MessageNotChangeable, NotOnWhatsapp, UnknownRecipient
from actors.messages import Stop
from actors.outgoing import Accepted, ClientIs, Idempotency
from actors.sender import SenderActor
from actors.sender_link import SenderLink
from actors.system import System
from persistence.message_life import MessageState
from tests.actors.ear import Heard
from tests.actors.running_system import A, Ear, connected, listening, play, reaches
from tests.fake_clients import FakeClient, FakeClients
from whatsapp.port import Send, ShowTyping

MARIA = Address("phone", ("+5521988880001", "+552188880001"))
ANA = Address("phone", ("+5521977770002", "+552177770002"))
JID = "5521988880001@s.whatsapp.net"


async def accept(system: System, text: str, to: Address = MARIA, **other: object) -> Accepted:
    key = other.get("key")
    idempotency = Idempotency(str(key), text.encode()) if key else None
    content = {"type": "text", "text": text}
    expires_in = int(str(other.get("expires_in", 3600)))
    typing = bool(other.get("typing"))
    return await system.sending.accept(5, to, content, expires_in, idempotency, typing=typing)


async def sent(clients: FakeClients, times: int = 1) -> Send:
    return await asyncio.to_thread(clients.sent, 5, times)


async def hears(ear: Ear, message_id: str, state: str) -> dict[str, object]:
    frame = await ear.hears("message_state", id=message_id, state=state)
    data: dict[str, object] = frame["data"]
    return data


def test_a_message_goes_to_the_client_and_each_step_is_heard(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        accepted = await accept(system, "Bom dia!")
        assert (accepted.state, accepted.chat) == (MessageState.QUEUED, JID)
        send = await sent(clients)
        assert (send.message_id, send.chat) == (accepted.id, JID)
        assert send.content == {"type": "text", "text": "Bom dia!"}
        clients.running[5].answer(send, "server_ack", "delivered")
        acked = await hears(ear, accepted.id, "server_ack")
        assert acked["whatsappId"] == f"3EB0{accepted.id}"
        await hears(ear, accepted.id, "delivered")
        message = await system.sending.message(5, accepted.id)
        states = [step.state.value for step in message.steps]
        assert states == ["queued", "sending", "server_ack", "delivered"]

    play(tmp_path, story)


def test_somebody_types_before_a_message_and_others_go_meanwhile(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        first = await accept(system, "Já vou ver.", typing=True)
        signals = await asyncio.to_thread(clients.signalled, 5)
        assert signals == [ShowTyping(JID, "composing")]
        other = await accept(system, "oi", ANA)
        for times, message in enumerate((other, first), 1):
            send = await sent(clients, times)
            assert send.message_id == message.id
            clients.running[5].answer(send)
        assert len(clients.signals[5]) == 1

    play(tmp_path, story)


def test_messages_go_one_at_a_time_in_the_order_in_which_they_were_accepted(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ids = [(await accept(system, str(number))).id for number in range(5)]
        for times in range(1, 6):
            send = await sent(clients, times)
            assert len(clients.sends[5]) == times
            clients.running[5].answer(send)
        assert [send.message_id for send in clients.sends[5]] == ids

    play(tmp_path, story)


def test_what_is_accepted_while_nobody_is_connected_goes_out_afterwards(tmp_path: Path) -> None:
    clients = FakeClients()

    async def first(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await system.disconnect(5)
        assert (await accept(system, "Amanhã")).chat is None

    async def second(system: System, clients: FakeClients) -> None:
        await system.connect(5)
        client = await asyncio.to_thread(clients.started, 5, 2)
        client.log_in(A)
        send = await sent(clients)
        assert (send.chat, send.content["text"]) == (JID, "Amanhã")

    play(tmp_path, first, clients)
    play(tmp_path, second, clients)


def test_a_number_that_whatsapp_does_not_know_is_refused_at_once(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        clients.strangers.update(MARIA.names)
        with pytest.raises(NotOnWhatsapp):
            await accept(system, "oi")
        with pytest.raises(UnknownRecipient):
            await accept(system, "oi", Address("lid", ("123@lid",)))

    play(tmp_path, story)


def test_a_number_that_turns_out_to_be_unknown_fails_with_its_reason(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await system.disconnect(5)
        accepted = await accept(system, "oi")
        clients.strangers.update(MARIA.names)
        ear = await listening(system, 5)
        await system.connect(5)
        (await asyncio.to_thread(clients.started, 5, 2)).log_in(A)
        assert (await hears(ear, accepted.id, "failed"))["reason"] == "not_on_whatsapp"

    play(tmp_path, story)


async def killed_over_a_send(
    system: System, clients: FakeClients
) -> tuple[Accepted, Send, FakeClient]:
    """A message that is with a client which dies, and the next client, logged in."""
    await connected(system, clients, 5, A)
    accepted = await accept(system, "oi")
    send = await sent(clients)
    clients.running[5].die()
    client = await asyncio.to_thread(clients.started, 5, 2)
    return accepted, send, client


def test_a_message_that_never_left_is_sent_again_by_the_next_client(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        accepted, first, client = await killed_over_a_send(system, clients)
        client.log_in(A)
        again = await sent(clients, 2)
        assert again.message_id == accepted.id
        assert again.secret != first.secret

    play(tmp_path, story)


def test_a_message_that_left_is_unconfirmed_until_its_receipt_and_never_sent_again(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 5)
        await connected(system, clients, 5, A)
        accepted = await accept(system, "oi")
        send = await sent(clients)
        clients.gone[send.secret] = "3EB0LEFT"
        clients.running[5].die()
        (await asyncio.to_thread(clients.started, 5, 2)).log_in(A)
        lost = await hears(ear, accepted.id, "unconfirmed")
        assert lost["whatsappId"] == "3EB0LEFT"
        later = await accept(system, "e agora?")
        assert (await sent(clients, 2)).message_id == later.id
        clients.running[5].receive_receipt("3EB0LEFT", "read")
        await hears(ear, accepted.id, "read")

    play(tmp_path, story)


def test_a_person_settles_what_is_unconfirmed(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 5)
        await connected(system, clients, 5, A)
        accepted = await accept(system, "oi")
        clients.gone[(await sent(clients)).secret] = "3EB0LEFT"
        clients.running[5].die()
        (await asyncio.to_thread(clients.started, 5, 2)).log_in(A)
        await hears(ear, accepted.id, "unconfirmed")
        await system.sending.resend(5, accepted.id)
        again = await sent(clients, 2)
        assert again.message_id == accepted.id
        clients.running[5].answer(again)
        await hears(ear, accepted.id, "server_ack")
        with pytest.raises(MessageNotChangeable):
            await system.sending.give_up(5, accepted.id)

    play(tmp_path, story)


def test_a_message_that_is_cancelled_while_it_waits_is_never_sent(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        first, second, third = [await accept(system, str(number)) for number in range(3)]
        send = await sent(clients)
        await system.sending.cancel(5, second.id)
        with pytest.raises(MessageNotChangeable):
            await system.sending.cancel(5, first.id)
        clients.running[5].answer(send)
        assert (await sent(clients, 2)).message_id == third.id

    play(tmp_path, story)


def test_a_message_whose_deadline_passes_fails_though_nobody_is_connected(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await system.disconnect(5)
        await reaches(system, 5, (await system.status(5))[0].state)
        ear = await listening(system, 5)
        accepted = await accept(system, "oi", expires_in=1)
        assert (await hears(ear, accepted.id, "failed"))["reason"] == "deadline_passed"

    play(tmp_path, story)


def test_a_send_that_takes_too_long_costs_the_client_its_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.sender.SEND_SECONDS", 0.2)

    async def story(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 5)
        await connected(system, clients, 5, A)
        accepted = await accept(system, "oi")
        await sent(clients)
        await ear.hears("status", state="reconnecting", reason="link_silent")
        (await asyncio.to_thread(clients.started, 5, 2)).log_in(A)
        assert (await sent(clients, 2)).message_id == accepted.id

    play(tmp_path, story)


def test_a_repeat_under_one_key_is_one_message(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        first = await accept(system, "oi", key="k")
        second = await accept(system, "oi", key="k")
        assert (second.id, second.is_replay) == (first.id, True)
        clients.running[5].answer(await sent(clients))
        third = await accept(system, "tchau")
        assert (await sent(clients, 2)).message_id == third.id

    play(tmp_path, story)


def test_a_server_that_begins_anew_goes_on_where_the_last_one_was(tmp_path: Path) -> None:
    clients = FakeClients()

    async def first(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        for number in range(3):
            await accept(system, str(number))
        await sent(clients)

    async def second(system: System, clients: FakeClients) -> None:
        del system
        client = await asyncio.to_thread(clients.started, 5, 2)
        client.log_in(A)
        for times in range(2, 5):
            client.answer(await sent(clients, times))
        assert [send.content["text"] for send in clients.sends[5]] == ["0", "0", "1", "2"]

    play(tmp_path, first, clients)
    play(tmp_path, second, clients)


def test_what_fails_of_something_that_passes_is_tried_again_and_later_ones_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.sender.RETRY_SECONDS", 0.01)

    async def story(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 5)
        await connected(system, clients, 5, A)
        first, second = await accept(system, "1"), await accept(system, "2")
        for times in (1, 2, 3):
            clients.running[5].answer(await sent(clients, times), "queued")
        unsettled = await sent(clients, 4)
        clients.running[5].answer(unsettled, "unsettled")
        left = await sent(clients, 5)
        clients.gone[left.secret] = "3EB0LEFT"
        clients.running[5].answer(left, "unsettled")
        await hears(ear, first.id, "unconfirmed")
        assert {send.message_id for send in clients.sends[5]} == {first.id}
        assert (await sent(clients, 6)).message_id == second.id

    play(tmp_path, story)


def test_a_sender_that_is_found_late_hears_of_its_client_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = SenderActor.start

    def slowly(*arguments: Any) -> Any:
        ref = start(*arguments)
        time.sleep(0.1)  # meanwhile it works, and the session's client is up
        return ref

    monkeypatch.setattr(SenderActor, "start", slowly)

    async def story(system: System, clients: FakeClients) -> None:
        connecting = asyncio.ensure_future(system.connect(5))
        (await asyncio.to_thread(clients.started, 5)).log_in(A)
        await connecting
        accepted = await accept(system, "oi")
        assert (await sent(clients)).message_id == accepted.id

    play(tmp_path, story, FakeClients(linked={5}))


def test_a_session_tells_of_its_credentials_before_any_client_runs() -> None:
    sender, directory = Heard(), Directory()
    directory.put_sender(5, sender.ref)
    SenderLink(5, FakeClients(linked={5}), directory).tell_again()
    assert sender.next(ClientIs) == ClientIs(None, "store-5", is_up=False)
    tell(sender.ref, Stop())
    assert sender.ref.actor_stopped.wait(10)
