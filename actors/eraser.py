"""The actor that erases what is stored of one empresa, once its session is gone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from actors import messages as m
from actors.actor import Place, ThreadActor
from actors.dead_letters import tell
from actors.reply import ask_blocking

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.files import Files
    from actors.timers import Timers
    from whatsapp.port import Clients

logger = logging.getLogger("vendeai.registry")

#: Seconds between two attempts, where a disk or the database does not let it.
RETRY_SECONDS = 1.0
#: Attempts to leave no trace: who reads the database for longer (a large backup) sees to it that
#: one stays in its write-ahead log until that is emptied by itself.
SCRUBBINGS = 10

_GO_ON = m.TimerFired("go on", 0)


class EraserActor(ThreadActor):
    """Ends in order once nothing is left; until then it tries for ever.

    The folders go first and the database's mark last: a kill in between is seen at the next
    start, which erases the rest.
    """

    def __init__(
        self,
        place: Place,
        empresa_id: int,
        clients: Clients,
        files: Files,
        archive: ActorRef[Any],
        timers: Timers,
    ) -> None:
        super().__init__(place)
        self._empresa_id = empresa_id
        self._clients = clients
        self._files = files
        self._archive = archive
        self._timers = timers
        self._are_folders_gone = False
        self._is_erased = False
        self._scrubbings = 0

    def started(self) -> None:
        """Begin."""
        tell(self.actor_ref, _GO_ON)

    def receive(self, message: Any) -> None:
        """One step a message, so that it can be stopped between two."""
        if message != _GO_ON:
            super().receive(message)
        try:
            self._step()
        except Exception as error:  # noqa: BLE001 - whatever hinders it may pass
            logger.warning("the erasing waits: %r", error, extra={"empresa_id": self._empresa_id})
            self._timers.after(RETRY_SECONDS, self.actor_ref, _GO_ON)

    def _step(self) -> None:
        if not self._are_folders_gone:
            self._clients.erase(self._empresa_id)
            self._files.erase(self._empresa_id)
            self._are_folders_gone = True
        elif not self._is_erased:
            self._is_erased = ask_blocking(self._archive, m.EraseMore(self._empresa_id))
        else:
            self._scrub()
            return
        tell(self.actor_ref, _GO_ON)

    def _scrub(self) -> None:
        self._scrubbings += 1
        is_clean = ask_blocking(self._archive, m.ScrubTraces())
        if not is_clean and self._scrubbings < SCRUBBINGS:
            self._timers.after(RETRY_SECONDS, self.actor_ref, _GO_ON)
            return
        if not is_clean:
            logger.warning(
                "what was erased stays in the write-ahead log until the server ends: somebody "
                "reads the database for long",
                extra={"empresa_id": self._empresa_id},
            )
        tell(self.actor_ref, m.Stop())
