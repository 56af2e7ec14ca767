"""The library's store, as far as it is read here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

OUR_JID = "5511999990000:12@s.whatsapp.net"
OUR_LID = "1:12@lid"

#: As the library makes it: `test_sending_contract` compares.
SECRETS_TABLE = """CREATE TABLE whatsmeow_message_secrets (
\tour_jid    TEXT,
\tchat_jid   TEXT,
\tsender_jid TEXT,
\tmessage_id TEXT,
\tkey        bytea NOT NULL,

\tPRIMARY KEY (our_jid, chat_jid, sender_jid, message_id),
\tFOREIGN KEY (our_jid) REFERENCES whatsmeow_device(jid) ON DELETE CASCADE ON UPDATE CASCADE
);"""
INSERT = "INSERT INTO whatsmeow_message_secrets (our_jid, chat_jid, sender_jid, message_id, key)"


def make_store(path: Path, *, lid: str | None = OUR_LID) -> Path:
    """A store in which a device is linked."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE whatsmeow_device (jid TEXT PRIMARY KEY, lid TEXT)")
        connection.execute(SECRETS_TABLE)
        connection.execute("INSERT INTO whatsmeow_device VALUES (?, ?)", (OUR_JID, lid))
    return path


def put_secret(
    path: Path, secret: bytes, chat: str, message_id: str, sender: str = "1@lid"
) -> None:
    """What the library does before it sends, and when it receives."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            f"{INSERT} VALUES (?, ?, ?, ?, ?)", (OUR_JID, chat, sender, message_id, secret)
        )
