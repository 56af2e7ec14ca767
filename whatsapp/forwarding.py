"""A stored message as a new one that says it was forwarded."""

from __future__ import annotations

from typing import Any

from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e

from whatsapp.original import Original, Said, said_in
from whatsapp.unsendable import NotForwardable
from whatsapp.uploads import document_message

#: What is forwarded, and as what. whatsmeow writes the stanza of a poll for the first version
#: alone, and that of a video for no round one.
_SENT_AS = {
    "extendedTextMessage": "extendedTextMessage",
    "imageMessage": "imageMessage",
    "videoMessage": "videoMessage",
    "ptvMessage": "videoMessage",
    "audioMessage": "audioMessage",
    "documentMessage": "documentMessage",
    "stickerMessage": "stickerMessage",
    "locationMessage": "locationMessage",
    "contactMessage": "contactMessage",
    "contactsArrayMessage": "contactsArrayMessage",
    "pollCreationMessage": "pollCreationMessage",
    "pollCreationMessageV2": "pollCreationMessage",
    "pollCreationMessageV3": "pollCreationMessage",
}
#: WhatsApp's own clients count no further; from 5 on they say "forwarded many times".
_HIGHEST_SCORE = 127


def forwarded(original: Original) -> Any:
    """Its content, without whom it quoted, mentioned or came from. Raises `NotForwardable`.

    Media stays where it was uploaded: what WhatsApp no longer holds arrives without its file.
    """
    said = said_in(original.message)
    if said is None or said.is_view_once:
        raise NotForwardable("not stored" if said is None else "to be seen once")
    if said.name == "conversation":
        text = e2e.ExtendedTextMessage(text=said.value, contextInfo=_context(0))
        return e2e.Message(extendedTextMessage=text)
    if said.name not in _SENT_AS:
        raise NotForwardable(said.name)
    return _copied(said)


def _copied(said: Said) -> Any:
    message = e2e.Message()
    content = getattr(message, _SENT_AS[said.name])
    content.CopyFrom(said.value)
    content.contextInfo.CopyFrom(_context(said.value.contextInfo.forwardingScore))
    if said.name == "documentMessage":
        return document_message(content)
    if said.name == "stickerMessage" and content.isLottie:
        return e2e.Message(lottieStickerMessage=e2e.FutureProofMessage(message=message))
    return message


def _context(score: int) -> Any:
    return e2e.ContextInfo(isForwarded=True, forwardingScore=min(score + 1, _HIGHEST_SCORE))
