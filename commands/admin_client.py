"""What `top` asks of a server: its tree of actors; to restart one, to stop a session."""

from __future__ import annotations

import asyncio
import json
import os
import re
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

from commands.http_exchange import exchange

#: One actor as `GET /api/admin/actors` shows it (docs/api.md).
Actor = dict[str, Any]
#: The whole answer: `actors`, `server`, `deadLetters`, `abandoned`.
Tree = dict[str, Any]

#: Seconds in which a server has answered.
ANSWER_SECONDS = 5.0
_ACTORS = "/api/admin/actors"
_OK, _UNAUTHORIZED = 200, 401


class AdminProblem(Exception):  # noqa: N818 - told to the operator, who may solve it
    """Why there is no answer, in one sentence."""


class AdminClient:
    """Of one server. Every method raises `AdminProblem`."""

    def __init__(self, url: str, token: str | None, seconds: float = ANSWER_SECONDS) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._seconds = seconds

    async def tree(self) -> Tree:
        """All actors, in the order of the tree."""
        tree = await self._ask("GET", _ACTORS)
        if not {"actors", "server", "deadLetters", "abandoned"} <= tree.keys():
            raise AdminProblem(f"The server at {self.url} is of another version than this program.")
        return tree

    async def restart(self, urn: str) -> None:
        """Have its supervisor start another in its place."""
        await self._ask("POST", f"{_ACTORS}/{urn}/restart")

    async def stop(self, urn: str) -> None:
        """Stop a session, as `disconnect` does."""
        await self._ask("POST", f"{_ACTORS}/{urn}/stop")

    async def _ask(self, method: str, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            async with asyncio.timeout(self._seconds):
                response, body = await exchange(urlsplit(self.url + path), method, headers)
        except TimeoutError as error:
            sentence = f"Nothing answers at {self.url} within {self._seconds:g} s."
            raise AdminProblem(sentence) from error
        except (OSError, IncompleteRead) as error:
            raise AdminProblem(
                f"No server can be reached at {self.url} ({_why(error)}): is it running, "
                "and is this its address (--url)?"
            ) from error
        except HTTPException as error:
            raise self._stranger("no HTTP") from error
        return self._read(response, body)

    def _read(self, response: HTTPResponse, body: bytes) -> dict[str, Any]:
        if response.status == _UNAUTHORIZED:
            said = "refuses this token" if self._token else "wants a token"
            raise AdminProblem(
                f"The server at {self.url} {said}: set VENDEAI_API_TOKEN to the server's own."
            )
        try:
            answer = _printable(json.loads(body))
        except ValueError:
            answer = None
        if response.status != _OK and isinstance(answer, dict) and "error" in answer:
            request_id = _printable(response.getheader("X-Request-Id", "-"))
            raise AdminProblem(
                f"The server says: {answer['error']} "
                f"(status {response.status}, X-Request-Id {request_id})"
            )
        if response.status != _OK or not isinstance(answer, dict):
            raise self._stranger(f"status {response.status}")
        return answer

    def _stranger(self, why: str) -> AdminProblem:
        return AdminProblem(f"What answers at {self.url} is no VendeAI server ({why}).")


def is_url(text: str) -> bool:
    """Whether a server could stand there. One with a password is none: `ps` shows it."""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna")
        is_whole = parts.scheme in {"http", "https"} and bool(host) and parts.port != 0
    except ValueError:
        return False
    return is_whole and not (parts.username or parts.query or parts.fragment)


def _why(error: Exception) -> str:
    # asyncio tells of every address that it tried, and what came of it by its number alone.
    number = re.search(r"\[Errno ([0-9]+)\]", str(error))
    return os.strerror(int(number[1])) if number else getattr(error, "strerror", None) or str(error)


def _printable(value: Any) -> Any:
    """Without what a terminal would obey: an error may quote what a stranger wrote."""
    if isinstance(value, str):
        if value.isprintable():
            return value
        return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in value)
    if isinstance(value, list):
        return [_printable(each) for each in value]
    if isinstance(value, dict):
        return {_printable(name): _printable(each) for name, each in value.items()}
    return value
