"""What a message refers to: the message that it answers, the people it names, the ad it is from.

All of it stands in the `contextInfo` that most kinds of content have.
"""

from __future__ import annotations

from typing import Any

from whatsapp.event_shape import text_of
from whatsapp.jids import bare_text, person
from whatsapp.message_content import content_of
from whatsapp.message_kinds import kind_of, text_in
from whatsapp.store import OwnNumber


def context_of(value: Any) -> Any | None:
    """The `ContextInfo` of a content; None if it has none."""
    context = getattr(value, "contextInfo", None)
    return context if context is not None and value.HasField("contextInfo") else None


def shape_quoted(context: Any, own: OwnNumber | None) -> dict[str, Any] | None:
    """The message that is answered, as its answer repeats it."""
    if not context.stanzaID:
        return None
    content = content_of(context.quotedMessage) if context.HasField("quotedMessage") else None
    kind = kind_of(content) if content else None
    return {
        "id": text_of(context.stanzaID),
        "sender": shape_person(context.participant, own),
        "type": kind.type if kind else None,
        "text": text_in(content, kind) if content and kind else None,
    }


def shape_mentions(context: Any, own: OwnNumber | None) -> list[dict[str, Any]]:
    """Who is named with an @."""
    return [shape_person(jid, own) for jid in context.mentionedJID]


def shape_person(jid: Any, own: OwnNumber | None) -> dict[str, Any]:
    """Somebody of whom only one address is known, as text."""
    who = person(bare_text(text_of(jid) or ""), own=own)
    return {"phone": who.phone, "lid": who.lid}


def shape_referral(context: Any) -> dict[str, Any] | None:
    """The ad that the customer came from."""
    if not context.HasField("externalAdReply"):
        return None
    ad = context.externalAdReply
    media = ad.MediaType.Name(ad.mediaType).lower()
    return {
        "sourceUrl": text_of(ad.sourceURL),
        "sourceId": text_of(ad.sourceID),
        "sourceType": text_of(ad.sourceType),
        "title": text_of(ad.title),
        "body": text_of(ad.body),
        "ctwaClid": text_of(ad.ctwaClid),
        "mediaType": None if media == "none" else media,
        "mediaUrl": text_of(ad.mediaURL),
        "thumbnailUrl": text_of(ad.thumbnailURL),
    }
