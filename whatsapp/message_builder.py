"""What is to be sent, as the protobuf that the library's `send_message` takes.

None of the library's own helpers is used: given a text they open the path or the URL that it
names. From what is built here whatsmeow derives the rest of the stanza (`type`, `mediatype`,
`edit`, `polltype`), which is why some kinds have exactly the field that it looks for.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from whatsapp.message_order import order_message
from whatsapp.original import Original, context_of
from whatsapp.plain_message import LinkPreview, plain_message
from whatsapp.unsendable import InvalidContent
from whatsapp.uploads import Upload, media_message

SECRET_BYTES = 32


def build_message(
    content: dict[str, Any],
    secret: bytes,
    now_ms: int,
    *,
    upload: Upload | None = None,
    quote: Original | None = None,
    target: Original | None = None,
    preview: LinkPreview | None = None,
) -> Any:
    """The `WAWebProtobufsE2E.Message` of a content: `{"type": …}` and what that type has.

    `content` is as the API takes it (`docs/api.md`), but `mentions` are JIDs. `secret`: 32 random
    bytes of this attempt, by which the library's store tells whether it left (`sent_secrets`).
    `upload` belongs to media, `target` to a reaction, an edit, a deletion and a forward,
    `preview` to a text.

    Raises `Unsendable`.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes")
    try:
        if target is not None:
            message = order_message(content, target, now_ms)
        else:
            context = context_of(content.get("mentions"), quote)
            if upload is not None:
                message = media_message(content, upload, context)
            else:
                message = plain_message(content, context, preview)
    except (DecodeError, OverflowError, ValueError) as error:
        # What protobuf raises of half a character, a number out of range, a damaged original.
        raise InvalidContent(f"{type(error).__name__}: {error}") from error
    if not message.ListFields():
        raise InvalidContent("nothing is said")
    message.messageContextInfo.messageSecret = secret
    return message
