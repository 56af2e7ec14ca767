"""A session's side of the sending: what it tells the sender, and does for it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from actors import metrics
from actors import outgoing as o
from actors.dead_letters import tell
from actors.errors import NotConnected, Unavailable
from actors.reply import Refused, Reply
from actors.status import State
from persistence.message_life import MessageState
from whatsapp.port import CheckNumbers, NumbersChecked

if TYPE_CHECKING:
    from datetime import datetime

    from pykka import ActorRef

    from actors.directory import Directory
    from actors.status import Status
    from whatsapp.port import Client, Clients, Journalled


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to WhatsApp, and who waits for the answer."""

    phones: tuple[str, ...]
    reply: Reply


class SenderLink:
    """Used by the session's thread alone."""

    def __init__(self, empresa_id: int, clients: Clients, directory: Directory) -> None:
        self._empresa_id = empresa_id
        self._clients = clients
        self._directory = directory
        self._client: str | None = None
        self._told = o.NO_CLIENT
        self._banned_at: datetime | None = None
        self._questions: dict[int, Asked] = {}
        self._number = 0
        self._handed = ("", 0.0)
        """The secret of the last attempt, and when the client got it, on the monotonic clock."""
        self.ack_ms: float | None = None
        """See `Link`."""

    def client_started(self) -> None:
        """Another client runs from now on."""
        self._client = token_hex(8)

    def client_ended(self) -> None:
        """It is gone, and answers nothing any more."""
        self._client = None
        asked, self._questions = self._questions, {}
        for each in asked.values():
            each.reply.settle(Refused(Unavailable()))

    def tell(self, status: Status) -> None:
        """Tell the sender, if anything is new to it."""
        is_up = self._client is not None and status.connected
        number = status.phone_number
        known = replace(self._told, client=self._client, is_up=is_up, number=number)
        if known != self._told:
            self._told = known
            self.tell_again()
        if status.state is State.BANNED and status.since != self._banned_at:
            self._banned_at = status.since
            tell(self._sender, o.NumberBanned(status.since, status.until))

    def tell_again(self) -> None:
        """Tell it all, also a sender that knows nothing yet."""
        self._told = replace(self._told, store=self._clients.store(self._empresa_id))
        tell(self._sender, self._told)

    def sent(self, entry: Journalled) -> None:
        """The client has journalled what became of an attempt."""
        data = entry.data
        secret, handed_at = self._handed
        if data["secret"] == secret and data["state"] == MessageState.SERVER_ACK:
            seconds = time.monotonic() - handed_at
            self.ack_ms = round(1000 * seconds, 1)
            metrics.send_seconds.observe(seconds)
        state, reason = data["state"], data["reason"]
        tell(self._sender, o.SendEnded(data["id"], data["secret"], state, reason, entry.at))

    def heard(self, entry: Journalled) -> None:
        """The client has journalled a message; what somebody else wrote makes ours answers."""
        chat = entry.data.get("chat")
        if isinstance(chat, dict) and chat.get("id") and not entry.data.get("fromMe"):
            tell(self._sender, o.ChatHeard(chat["id"], chat.get("phone"), entry.at))

    def dispatch(self, dispatch: o.Dispatch, client: Client | None) -> None:
        """Hand it to the client that is meant, if it is the present one."""
        if client is not None and dispatch.client == self._client:
            self._handed = dispatch.message.secret.hex(), time.monotonic()
            client.send(dispatch.message)

    def find_chat(self, question: o.FindChat, client: Client | None) -> Reply:
        """See `FindChat`."""
        if client is None or not self._told.is_up:
            raise NotConnected
        self._number += 1
        asked = self._questions[self._number] = Asked(question.phones, Reply())
        client.check_numbers(CheckNumbers(self._number, list(question.phones)))
        return asked.reply

    def checked(self, answer: NumbersChecked) -> None:
        """WhatsApp's answer, through the client."""
        asked = self._questions.pop(answer.question, None)
        if asked is None:
            return
        if answer.error is not None:
            asked.reply.settle(Refused(Unavailable()))
            return
        known = (answer.found.get(phone) for phone in asked.phones)
        asked.reply.settle(next((each["jid"] for each in known if each), None))

    def is_about(self, overdue: o.SendOverdue) -> bool:
        """Whether the present client is meant."""
        return overdue.client == self._client

    def left(self, question: o.FindLeft) -> dict[bytes, str]:
        """See `FindLeft`. Refused: `Unavailable`."""
        try:
            return self._clients.left(self._empresa_id, question.secrets)
        except OSError as error:
            raise Unavailable from error

    @property
    def _sender(self) -> ActorRef[Any] | None:
        return self._directory.sender(self._empresa_id)
