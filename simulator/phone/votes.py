"""A vote on a poll: which options, encrypted with what the poll's own message brings."""

import secrets
import time
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from simulator.phone.primitives import hkdf
from simulator.phone.protobufs import Message, PollVoteMessage

_KEY_LENGTH, _IV_LENGTH = 32, 12
_USE = "Poll Vote"


@dataclass(frozen=True)
class Poll:
    """What a voter must know of one. JIDs are of accounts, without a device."""

    id: str
    author: str
    secret: bytes
    group: str | None = None
    """The JID of the group in which it is; None: in the chat with its author."""


def vote_message(poll: Poll, voter: str, options: list[str]) -> Message:
    """Return a vote for these options; none takes an earlier one back."""
    vote = PollVoteMessage(selectedOptions=[sha256(each.encode()).digest() for each in options])
    info = f"{poll.id}{poll.author}{voter}{_USE}".encode()
    key, iv = hkdf(b"", poll.secret, info, _KEY_LENGTH), secrets.token_bytes(_IV_LENGTH)
    message = Message()
    update = message.pollUpdateMessage
    update.pollCreationMessageKey.remoteJID = poll.group or poll.author
    if poll.group:
        update.pollCreationMessageKey.participant = poll.author
    update.pollCreationMessageKey.fromMe = False
    update.pollCreationMessageKey.ID = poll.id
    aad = f"{poll.id}\0{voter}".encode()
    update.vote.encPayload = AESGCM(key).encrypt(iv, vote.SerializeToString(), aad)
    update.vote.encIV = iv
    update.senderTimestampMS = time.time_ns() // 1_000_000
    return message
