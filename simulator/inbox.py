"""What the phones show: messages that arrived, and what became of those that were sent."""

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.downloads import Downloads
from simulator.nodes import GROUP_SERVER, Jid, Node
from simulator.phone import contents
from simulator.phone.phone import Phone
from simulator.phone.protobufs import Message
from simulator.records import Records

if TYPE_CHECKING:
    from simulator.accounts import Accounts


class Inbox:
    """Received messages and receipts of every phone, kept in the records, oldest first."""

    def __init__(self, records: Records, accounts: "Accounts", downloads: Downloads) -> None:
        self._records = records
        self._accounts = accounts
        self._downloads = downloads

    def note_message(self, phone: Phone, sender: Jid, stanza: Node, message: Message) -> None:
        """Keep a message that a phone has decrypted, and fetch its file."""
        content, number = contents.read(message), stanza.text("id")
        line: dict[str, object] = {
            "id": number,
            "from": self._number(sender),
            "fromLid": sender.user,
            "device": sender.device,
            "text": content.text,
            "type": content.type,
            "timestamp": int(stanza.text("t")),
        }
        if content.whole is not None:
            line["content"] = content.whole
        if content.context is not None:
            line["context"] = content.context
        line |= _group(stanza)
        if "group" in line and sender.user == phone.lid:
            line |= {"fromMe": True, "to": line["group"]}
        media = self._downloads.fetch(phone, number, message)
        if media is not None:
            line["media"] = media
        if content.destination is not None:
            line |= {"fromMe": True, "to": self._number(Jid.parse(content.destination))}
        self._append(f"received/{phone.number}", line)
        self._records.put(f"received-id/{phone.number}", f"{sender}/{number}", b"")
        secret = message.messageContextInfo.messageSecret
        if content.whole is not None and secret:  # nobody votes on a text
            self._records.put(f"secret/{phone.number}", number, secret)

    def has(self, phone: Phone, sender: Jid, number: str) -> bool:
        """Tell whether a device's message with this id was decrypted before."""
        return self._records.get(f"received-id/{phone.number}", f"{sender}/{number}") is not None

    def secret(self, phone: Phone, number: str) -> bytes | None:
        """Return what answers to a message that a phone has received are encrypted with."""
        return self._records.get(f"secret/{phone.number}", number)

    def note_receipt(self, phone: Phone, sender: Jid, receipt: Node) -> None:
        """Keep what a receipt says of messages that a phone has sent."""
        more = receipt.find("list")
        ids = [receipt.text("id"), *(item.text("id") for item in (more.children if more else []))]
        line = {
            "ids": ids,
            "from": self._number(sender),
            "device": sender.device,
            "type": receipt.attrs.get("type", "delivered"),
            "timestamp": int(time.time()),
            **_group(receipt),
        }
        self._append(f"receipts/{phone.number}", line)

    def note_typing(
        self, phone: Phone, writer: Phone, state: Node, group: str | None = None
    ) -> None:
        """Keep that a phone was shown somebody typing."""
        typing = state.children[0] if state.children else state
        is_audio = typing.attrs.get("media") == "audio"
        line = {
            "from": f"+{writer.number}",
            "state": "recording" if is_audio else typing.tag,
            "timestamp": int(time.time()),
            **({"group": group} if group else {}),
        }
        self._append(f"typing/{phone.number}", line)

    def typing(self, number: str) -> list[dict[str, object]]:
        """Return what a number's phone was shown of others typing."""
        return [json.loads(value) for _, value in self._records.items(f"typing/{number}")]

    def messages(self, number: str, after: int = 0) -> list[dict[str, object]]:
        """Return what a number's phone has received, without the first so many."""
        found = self._records.items(f"received/{number}", _line_key(after))
        return [json.loads(value) for _, value in found]

    def receipts(self, number: str) -> list[dict[str, object]]:
        """Return the receipts that a number's phone has got."""
        return [json.loads(value) for _, value in self._records.items(f"receipts/{number}")]

    def _append(self, kind: str, line: Mapping[str, object]) -> None:
        last = int(self._records.get("last-line", kind) or b"0") + 1
        with self._records.transaction():
            self._records.put("last-line", kind, str(last).encode())
            self._records.put(kind, _line_key(last), json.dumps(line).encode())

    def _number(self, jid: Jid) -> str | None:
        phone = self._accounts.of(jid)
        return f"+{phone.number}" if phone else None


def _group(stanza: Node) -> dict[str, object]:
    chat = stanza.jid("from")
    return {"group": str(chat)} if chat.server == GROUP_SERVER else {}


def _line_key(number: int) -> str:
    return f"{number:012}"
