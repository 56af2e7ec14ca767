"""A worker without WhatsApp: its journal and its pipe are the real ones, its texts are made up.

Imported in forked workers, in place of the real worker's first steps.
"""

from __future__ import annotations

import json
import os
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import socket
    from multiprocessing.connection import Connection

    from whatsapp.journal import Journal
    from whatsapp.outbox import Outbox
    from whatsapp.worker_entry import WorkerSpec

_READ_BYTES = 65536
#: A session replaces a client that says nothing for half a minute.
_ALIVE_SECONDS = 10.0
#: Its multiples, modulo one, spread evenly.
_GOLDEN = 0.618


def flood(spec: WorkerSpec, channel: socket.socket, output: Connection) -> NoReturn:
    """Log in, journal as many texts as the file `flood` beside the folders says, end when told.

    The file is JSON: `at`, the monotonic time to begin; `texts`; and `every`, the seconds between
    two of them, where it shall not be as fast as can be.
    """
    from whatsapp import frames, outbox, port  # noqa: PLC0415 - the server imports none of it
    from whatsapp.folder import EmpresaFolder  # noqa: PLC0415 - as above
    from whatsapp.journal import Journal  # noqa: PLC0415 - as above

    os.dup2(output.fileno(), 2)
    folder = EmpresaFolder(spec.auth_dir, spec.empresa_id)
    folder.make()
    journal = Journal(folder.journal)
    started = port.ClientStarted(os.getpid(), linked=True)
    told = outbox.Outbox(channel, journal, started, lambda: os._exit(1))
    told.report(port.LinkUp(f"+55219{spec.empresa_id:08}", None))

    def live() -> None:
        while True:
            time.sleep(_ALIVE_SECONDS)
            told.report(port.Alive())

    for job in (lambda: _write(spec, journal, told), live):
        threading.Thread(target=job, daemon=True).start()
    reader = frames.FrameReader()
    while data := channel.recv(_READ_BYTES):
        for command in reader.feed(data):
            if isinstance(command, frames.End):
                os._exit(0)
            if isinstance(command, frames.Confirm):
                journal.confirm(command.entry_id)
                told.confirmed(command.entry_id)
    os._exit(0)


def _write(spec: WorkerSpec, journal: Journal, told: Outbox) -> None:
    while not (spec.auth_dir / "flood").exists():
        time.sleep(0.02)
    plan = json.loads((spec.auth_dir / "flood").read_text())
    every = plan.get("every", 0.0)
    # Spread over the time between two, or all empresas would write in the same moment.
    begin = plan["at"] + every * (spec.empresa_id * _GOLDEN % 1)
    for number in range(plan["texts"]):
        time.sleep(max(0.0, begin + number * every - time.monotonic()))
        now = datetime.now(UTC)
        journal.append("message", f"message:{number}", now, _text(number, now), b"\0" * 400)
        told.journal_has_more()


def _text(number: int, now: datetime) -> dict[str, object]:
    """As long as a customer's text is in the ledger."""
    person = {"phone": "+5511911119999", "lid": "271828182845904@lid", "name": "Ana"}
    chat = {"id": person["lid"], "isGroup": False, **person}
    nothing = dict.fromkeys(("media", "quoted", "referral"))
    head = {"v": 1, "id": f"3EB0{number:016X}", "chat": chat, "sender": person, "fromMe": False}
    words = {"type": "text", "text": f"bom dia, ainda tem o Onix prata? {number}", "mentions": []}
    return {**head, "timestamp": now.isoformat(), **words, **nothing, "history": False}
