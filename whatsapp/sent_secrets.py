"""Under which id a message left, found in the library's store by the secret that we gave it.

whatsmeow writes a message's secret before it puts anything on the wire. A secret that is missing
was never sent; one that is there may have been, and its receipts come under the id beside it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from whatsapp.jids import bare_text

#: Columns of the library's table that are read here.
COLUMNS = ("our_jid", "chat_jid", "sender_jid", "message_id", "key")

#: Seconds to wait for a writer of the same database.
_BUSY_SECONDS = 2.0
#: The device's own addresses, without the device: `user:device@server`.
_OWN = "SELECT jid, lid FROM whatsmeow_device"
#: Of others there is the secret too, of what they sent: whoever got one of ours could repeat it.
#: One pass over the table, which has no index of keys. Of several attempts the last one counts.
_FIND = """
SELECT key, chat_jid, message_id FROM whatsmeow_message_secrets
WHERE sender_jid IN (?, ?) AND hex(key) IN (SELECT value FROM json_each(?))
ORDER BY rowid
"""


class SecretsError(Exception):
    """It cannot be found out now: there is no store, or no device in it, or it is locked.

    Not to be taken for a message that never left: with a device the library removes its secrets.
    """


@dataclass(frozen=True, slots=True)
class SentUnder:
    """What a message is called by WhatsApp."""

    chat: str
    """JID; that of a chat of two is its LID, whatever it was sent to."""
    message_id: str


def find_sent(database: Path, secrets: Iterable[bytes]) -> dict[bytes, SentUnder | None]:
    """For each secret, under what its message was put on its way; None: it never was.

    `database` is the store that the messages were sent with. Blocks for 2 s if it is locked.
    Never to be called in a process in which the library has the database open: see `store`.
    Raises `SecretsError`.
    """
    found: dict[bytes, SentUnder | None] = dict.fromkeys(secrets)
    uri = f"file:{quote(str(database))}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)) as connection:
            rows = _rows(connection, list(found))
    except (sqlite3.Error, OSError) as error:
        raise SecretsError(str(error)) from error
    found.update((key, SentUnder(chat, message_id)) for key, chat, message_id in rows)
    return found


def _rows(connection: sqlite3.Connection, secrets: list[bytes]) -> list[tuple[bytes, str, str]]:
    own = connection.execute(_OWN).fetchone()
    if own is None:
        raise SecretsError("no device is linked in this store")
    jid, lid = (bare_text(address) if address else None for address in own)
    wanted = json.dumps([secret.hex().upper() for secret in secrets])
    return connection.execute(_FIND, (jid, lid, wanted)).fetchall()
