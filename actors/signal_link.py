"""A session's side of signals: it hands them to the client, and brings back what was answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from actors.errors import EmpresaNotConnected, Unavailable
from actors.reply import Refused, Reply
from whatsapp.port import FindPicture, TellRead

if TYPE_CHECKING:
    from whatsapp.port import Client, Signal, SignalAnswered

#: Questions of one empresa that may wait for the client at once.
MOST_QUESTIONS = 64


class SignalLink:
    """Used by the session's thread alone."""

    def __init__(self) -> None:
        self._questions: dict[int, Reply] = {}
        self._number = 0

    def send(self, signal: Signal, client: Client | None, *, is_connected: bool) -> Reply | None:
        """See `SendSignal`."""
        if client is None or not is_connected:
            raise EmpresaNotConnected
        if not isinstance(signal, TellRead | FindPicture):
            client.signal(signal)
            return None
        if len(self._questions) >= MOST_QUESTIONS:
            raise Unavailable
        self._number += 1
        reply = self._questions[self._number] = Reply()
        client.signal(replace(signal, question=self._number))
        return reply

    def answered(self, answer: SignalAnswered) -> None:
        """What the client found, or why it did not."""
        reply = self._questions.pop(answer.question, None)
        if reply is not None:
            reply.settle(answer.found if answer.error is None else Refused(Unavailable()))

    def client_ended(self) -> None:
        """It answers nothing any more."""
        questions, self._questions = self._questions, {}
        for reply in questions.values():
            reply.settle(Refused(Unavailable()))
