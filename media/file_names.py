"""What a file is called, in a form that harms nobody who shows it or saves under it."""

from __future__ import annotations

import re
import unicodedata
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any
from urllib.parse import unquote, urlsplit

#: Characters; with an extension that is kept. Phones cut longer ones.
MAX_NAME = 120
_MAX_EXTENSION = 12

#: What some system takes for a folder, a device, a wildcard or a command.
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')


def clean_name(name: str) -> str:
    """A name without folders, control characters and tricks; "" if nothing remains of it."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    # Categories C: also what turns the direction of writing, so that exe.fdp shows as a PDF.
    name = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in name)
    name = re.sub(r" +", " ", _FORBIDDEN.sub("_", name)).strip(" .")
    if len(name) <= MAX_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _MAX_EXTENSION:
        return name[:MAX_NAME].rstrip(" .")
    return f"{stem[: MAX_NAME - len(extension) - 1].rstrip(' .')}.{extension}"


def name_of_answer(content_disposition: str | None, url: str) -> str:
    """What the site calls the file, by its header or else by its address; "" if by neither."""
    return clean_name(_of_header(content_disposition or "")) or clean_name(
        unquote(urlsplit(url).path)
    )


def _of_header(value: str) -> str:
    """RFC 6266, whose parameters are mail's; `filename*` says it in full where both stand."""
    message = Message()
    message["Content-Disposition"] = re.sub(r"[\r\n]", " ", value)
    parameters: list[tuple[str, Any]] = message.get_params([], "Content-Disposition")
    names = [value for name, value in parameters if name.lower() == "filename"]
    names.sort(key=lambda value: not isinstance(value, tuple))
    return collapse_rfc2231_value(names[0]) if names else ""
