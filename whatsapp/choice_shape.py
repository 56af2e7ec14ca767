"""The `choice` of a message (docs/api.md): what somebody chose of what a business offered."""

from __future__ import annotations

import json
from typing import Any

from whatsapp.event_shape import text_of

#: Characters of a form in which its id is looked for; an honest one has some hundreds.
_MOST_FORM = 64 * 1024


def shape_button(value: Any) -> dict[str, Any]:
    """Of a `ButtonsResponseMessage`."""
    return _choice(text_of(value.selectedButtonID))


def shape_template_button(value: Any) -> dict[str, Any]:
    """Of a `TemplateButtonReplyMessage`."""
    return _choice(text_of(value.selectedID))


def shape_row(value: Any) -> dict[str, Any]:
    """Of a `ListResponseMessage`."""
    row = text_of(value.singleSelectReply.selectedRowID)
    return _choice(row, description=text_of(value.description))


def shape_form(value: Any) -> dict[str, Any]:
    """Of an `InteractiveResponseMessage`: a button's answer, or a form that was filled in."""
    form = text_of(value.nativeFlowResponseMessage.paramsJSON)
    return _choice(_id_in(form), form=form)


def _choice(
    chosen: str | None, *, description: str | None = None, form: str | None = None
) -> dict[str, Any]:
    return {"choice": {"id": chosen, "description": description, "form": form}}


def _id_in(form: str | None) -> str | None:
    if form is None or len(form) > _MOST_FORM:
        return None
    try:
        parsed = json.loads(form)
    except (ValueError, RecursionError):
        return None
    chosen = parsed.get("id") if isinstance(parsed, dict) else None
    # JSON can spell half a character, which no UTF-8 has and no journal takes.
    return chosen.encode(errors="replace").decode() if isinstance(chosen, str) else None
