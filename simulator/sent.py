"""What phones have sent: kept for devices that could not read it and ask again."""

from dataclasses import dataclass

from simulator.nodes import GROUP_SERVER, LID_SERVER, Jid
from simulator.phone import contents
from simulator.phone.phone import Phone
from simulator.phone.protobufs import Message
from simulator.records import Records


@dataclass(frozen=True)
class SentMessage:
    """A message and where it went to."""

    to: str
    """An account's LID, or a group's JID."""
    message: Message

    @property
    def is_to_group(self) -> bool:
        """Whether it went to a group."""
        return self.to.endswith(f"@{GROUP_SERVER}")

    def for_device(self, phone: Phone, device: Jid) -> Message:
        """Return what a device gets: the message, or a copy if it is the sender's own."""
        if device.user != phone.lid:
            return self.message
        copy = Message()
        copy.deviceSentMessage.destinationJID = f"{self.to}@{LID_SERVER}"
        copy.deviceSentMessage.message.CopyFrom(self.message)
        return copy


class Sent:
    """The messages that phones have sent, by their ids, kept in the records."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def keep(self, phone: Phone, number: str, message: SentMessage) -> None:
        """Keep a message under its id."""
        value = message.to.encode() + b"\n" + message.message.SerializeToString()
        self._records.put(f"sent/{phone.number}", number, value)

    def get(self, phone: Phone, number: str) -> SentMessage | None:
        """Return the message with this id, or None if the phone never sent it."""
        value = self._records.get(f"sent/{phone.number}", number)
        if value is None:
            return None
        to, _, message = value.partition(b"\n")
        return SentMessage(to.decode(), contents.parse(message))
