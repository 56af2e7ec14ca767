"""What is shown of a page that a text links to: as the asker gives it, for nothing is fetched."""

from __future__ import annotations

from typing import Any

from web.message_fields import filled, string
from web.message_media import MAX_URL, is_web_address
from web.message_refusals import InvalidLinkPreview

#: Characters, more than any phone shows.
MAX_TITLE = 300
MAX_DESCRIPTION = 1000


def link_preview(body: dict[str, Any], text: str) -> dict[str, Any] | bool:
    """`{"url", "title", "description"}` of an address in the text, or False: there is none.

    Refused: `InvalidLinkPreview`, `InvalidCharacters`.
    """
    given, where = body.get("linkPreview"), "linkPreview."
    if given is None or given is False:
        return False
    if not isinstance(given, dict):
        raise InvalidLinkPreview(field="linkPreview")
    url = filled(given, "url", MAX_URL, InvalidLinkPreview, where=where)
    if url not in text or not is_web_address(url):
        raise InvalidLinkPreview(field="linkPreview.url")
    description = string(given, "description", MAX_DESCRIPTION, InvalidLinkPreview, where=where)
    return {
        "url": url,
        "title": filled(given, "title", MAX_TITLE, InvalidLinkPreview, where=where),
        "description": description or None,
    }
