"""An exception, or what is none, in each actor at each kind of message: all is well afterwards."""

from __future__ import annotations

import ast
import asyncio
import inspect
import textwrap
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pykka
import pytest

from actors import messages as m
from actors.actor import Supervised
from actors.archive import ArchiveActor
from actors.breaker import Cause
from actors.broadcast import BroadcastActor
from actors.dead_letters import tell
from actors.eraser import EraserActor
from actors.erasures import Erasures
from actors.errors import EmpresaNotFound, Refusal
from actors.gate import Gate
from actors.reader import ReaderActor
from actors.registry import RegistryActor
from actors.restart_policy import RestartPolicy
from actors.session import SessionActor
from actors.status import State
from actors.system import System
from tests.actors.running_system import listening, running_system
from tests.fake_clients import FakeClients, text
from whatsapp.port import Client, ClientSpec, LinkDown, Report

QUICK = RestartPolicy(intensity=100, window=60.0, first=0.02, longest=0.05)
NUMBERS = {1: "+5521999990001", 2: "+5511888880002", 3: "+5531777770003"}
VICTIM, NEIGHBOUR, ERASED, UNKNOWN = 1, 2, 3, 9
DEADLINE = 20.0
#: Seconds for a step of the day: it may wait for what the bomb has prevented.
STEP = 1.0

#: Actors, and where their messages are told apart. The root is not among them: its end is the
#: server's.
RECEIVERS: dict[type[Supervised], Sequence[type]] = {
    RegistryActor: (RegistryActor, Erasures, Gate),
    SessionActor: (SessionActor,),
    BroadcastActor: (BroadcastActor,),
    ArchiveActor: (ArchiveActor,),
    ReaderActor: (ReaderActor,),
    EraserActor: (),
}
#: Actors of one empresa: their deaths disturb no other.
OF_ONE_EMPRESA = (SessionActor, BroadcastActor, EraserActor)


def kinds(actor: type[Supervised]) -> list[type]:
    """The classes of messages that its `case` lines name."""
    found: list[type] = [m.TimerFired] if actor is EraserActor else []
    for owner in RECEIVERS[actor]:
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(owner)))):
            if isinstance(node, ast.MatchClass):
                name = ast.unparse(node.cls).removeprefix("m.")
                kind = getattr(m, name, None)
                if kind is not None and kind not in found:
                    found.append(kind)
    return found


CASES = [(actor, kind) for actor in RECEIVERS for kind in kinds(actor)]


class LivelyClients(FakeClients):
    """Clients whose phones scan at once, and which begin with what their journals hold."""

    def start(self, spec: ClientSpec, report: Report) -> Client:
        client = super().start(spec, report)
        fake = self.running[spec.empresa_id]
        if spec.empresa_id in self.linked:
            fake.log_in(NUMBERS[spec.empresa_id])
        else:
            fake.show_qr()
            fake.pair(NUMBERS[spec.empresa_id])
        for entry in self.unconfirmed(spec.empresa_id, 0, 1000):
            fake.report(entry)
        return client


@dataclass
class Bomb:
    """Goes off once, in an actor that is not the neighbour's, at the first message of a kind."""

    actor: type[Supervised]
    kind: type
    error: BaseException
    has_gone_off: threading.Event = field(default_factory=threading.Event)
    is_armed: bool = False

    def plant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        inner = self.actor.receive

        def receive(actor: Supervised, message: Any) -> Any:
            is_it = type(message) is self.kind and actor.place.empresa_id != NEIGHBOUR
            if self.is_armed and is_it and not self.has_gone_off.is_set():
                self.has_gone_off.set()
                raise self.error
            return inner(actor, message)

        monkeypatch.setattr(self.actor, "receive", receive)


async def tolerant(*steps: Callable[[], Awaitable[object]]) -> None:
    """Do what can be done: the bomb may go off at any of it."""
    for step in steps:
        with suppress(Refusal, TimeoutError, AssertionError, KeyError, pykka.ActorDeadError):
            async with asyncio.timeout(STEP):
                await step()


@dataclass
class Day:
    """All that happens to a server, so that every kind of message is sent."""

    system: System
    clients: LivelyClients
    said: dict[int, list[str]] = field(default_factory=lambda: {VICTIM: [], NEIGHBOUR: []})

    async def say(self, empresa_id: int) -> None:
        entry_id = 1 + sum(map(len, self.said.values()))
        body = f"text {entry_id}"
        self.clients.running[empresa_id].report(text(entry_id, body))
        self.said[empresa_id].append(body)

    async def becomes(self, empresa_id: int, state: State) -> None:
        async with asyncio.timeout(DEADLINE):
            while True:
                with suppress(Refusal):
                    if (await self.system.status(empresa_id))[0].state is state:
                        return
                await asyncio.sleep(0.01)

    async def lose_the_link(self) -> None:
        self.clients.running[VICTIM].report(LinkDown("whatsapp_unreachable", ""))
        self.clients.running[VICTIM].log_in(NUMBERS[VICTIM])

    async def lose_the_client(self) -> None:
        before = self.clients.starts[VICTIM]
        self.clients.running[VICTIM].die()
        # Not before: a wish that a dying session leaves unread would be a message less.
        while self.clients.starts[VICTIM] == before:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await self.becomes(VICTIM, State.CONNECTED)

    async def listen(self, empresa_id: int) -> None:
        ear = await listening(self.system, empresa_id, since=0)
        self.system.leave(empresa_id, ear.listener)

    async def erase(self) -> None:
        await self.system.connect(ERASED)
        await self.becomes(ERASED, State.CONNECTED)
        await self.system.erase(ERASED)

    async def tell_what_is_rare(self) -> None:
        """What comes after minutes, or where the database is gone for long."""
        rare: dict[Any, Sequence[object]] = {
            SessionActor: (m.TimerFired("progress", 0), m.EventsMissed(VICTIM, 1)),
            ArchiveActor: (m.TimerFired("retention round", 0),),
            RegistryActor: (
                m.UnlinkingOverdue(VICTIM),
                m.EraserDue(VICTIM),
                m.SenderDue(VICTIM),
                m.SessionTurn(VICTIM),
                m.RetryWanted(VICTIM, 0, Cause.WHATSAPP, 0.0),
                m.ProbeDue(0),
                m.CommonTrouble(),
            ),
            ReaderActor: (m.LedgerHeadOf(VICTIM),),
        }
        for info in self.system.tree.look():
            ref = pykka.ActorRegistry.get_by_urn(info.urn)
            if ref is not None and info.empresa_id in (None, VICTIM):
                for message in rare.get(ref.actor_class, ()):
                    tell(ref, message)

    async def pass_by(self) -> None:
        system = self.system
        await tolerant(
            lambda: system.connect(VICTIM),
            lambda: self.becomes(VICTIM, State.CONNECTED),
            lambda: self.say(VICTIM),
            lambda: self.say(NEIGHBOUR),
            lambda: system.events(VICTIM, 0, 10),
            lambda: system.wait_for_events(VICTIM, 10_000, 0.05),
            lambda: system.all_events(0, 10),
            lambda: system.wait_for_any_event(10_000, 0.05),
            system.readiness,
            system.statuses,
            lambda: system.status(VICTIM),
            lambda: self.listen(VICTIM),
            lambda: self.listen(UNKNOWN),
            self.lose_the_link,
            self.lose_the_client,
            lambda: self.say(VICTIM),
            lambda: system.disconnect(VICTIM),
            lambda: system.connect(VICTIM),
            lambda: system.restart(VICTIM),
            lambda: system.logout(VICTIM),
            lambda: self.becomes(VICTIM, State.LOGGED_OUT),
            lambda: system.connect(VICTIM),
            self.erase,
            self.tell_what_is_rare,
            lambda: self.say(NEIGHBOUR),
        )

    async def is_well_again(self) -> None:
        """Ready, both connected, each text told is in its ledger once; the third is erased."""
        async with asyncio.timeout(DEADLINE):
            while set((await self.system.readiness()).values()) != {"ok"}:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            for empresa_id in (VICTIM, NEIGHBOUR):
                await self.becomes_connected(empresa_id)
                await self.say(empresa_id)
                await self._has_all(empresa_id)
            await self._is_erased()

    async def _is_erased(self) -> None:
        """Erasing is finished, whatever died over it, and told: a bomb may still be waiting."""
        while True:
            try:
                await self.system.erase(ERASED)
            except EmpresaNotFound:
                return
            except Refusal:
                pass
            await asyncio.sleep(0.02)

    async def becomes_connected(self, empresa_id: int) -> None:
        while True:
            with suppress(Refusal):
                await self.system.connect(empresa_id)
                await self.becomes(empresa_id, State.CONNECTED)
                if empresa_id in self.clients.running:
                    return
            await asyncio.sleep(0.02)

    async def _has_all(self, empresa_id: int) -> None:
        while True:
            with suppress(Refusal):
                page = await self.system.events(empresa_id, 0, 1000)
                texts = [e.data["text"] for e in page.events if e.type == "message"]
                assert len(texts) == len(set(texts))
                if sorted(texts) == sorted(self.said[empresa_id]):
                    return
            await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for where in ("registry.SESSION_RESTARTS", "root.ROOT_RESTARTS"):
        monkeypatch.setattr(f"actors.{where}", QUICK)
    monkeypatch.setattr("actors.erasures.RESTART_SECONDS", 0.05)


@pytest.mark.parametrize("error", [ValueError("injected"), SystemExit("injected")], ids=repr)
@pytest.mark.parametrize(
    ("actor", "kind"), CASES, ids=[f"{actor.__name__}-{kind.__name__}" for actor, kind in CASES]
)
def test_an_actor_that_dies_over_a_message_harms_nobody(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    actor: type[Supervised],
    kind: type,
    error: BaseException,
) -> None:
    bomb, clients = Bomb(actor, kind, error), LivelyClients()
    bomb.plant(monkeypatch)
    bomb.is_armed = kind is m.StoredEmpresas  # asked for at the start alone

    async def story() -> None:
        async with running_system(tmp_path, clients) as system:
            day = Day(system, clients)
            await day.becomes_connected(NEIGHBOUR)
            ear = await listening(system, NEIGHBOUR, since=0)
            await ear.hears("status", state="connected")
            seen = len(ear.frames)
            bomb.is_armed = kind is not m.StopSessions
            await day.pass_by()
            bomb.is_armed = True
            if kind is not m.StopSessions:
                await day.is_well_again()
            if issubclass(actor, OF_ONE_EMPRESA):
                assert ear.closed is None
                assert clients.starts[NEIGHBOUR] == 1
                assert {frame["type"] for frame in ear.frames[seen:]} == {"message"}

    asyncio.run(story())
    assert bomb.has_gone_off.is_set(), "no such message was sent"
