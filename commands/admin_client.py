"""What `top` asks of a server: its tree of actors; to restart one, to stop a session."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient

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
    """Of one server, on the running event loop. Neither proxies nor redirects are followed.

    The token would go with them. Every method raises `AdminProblem`.
    """

    def __init__(self, url: str, token: str | None, seconds: float = ANSWER_SECONDS) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._seconds = seconds
        self._http = SimpleAsyncHTTPClient(force_instance=True)

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

    def close(self) -> None:
        """Ask nothing more."""
        self._http.close()

    async def _ask(self, method: str, path: str) -> dict[str, Any]:
        request = HTTPRequest(
            self.url + path,
            method,
            headers={"Authorization": f"Bearer {self._token}"} if self._token else None,
            connect_timeout=self._seconds,
            request_timeout=self._seconds,
            follow_redirects=False,
            body=b"" if method == "POST" else None,
        )
        try:
            response = await self._http.fetch(request, raise_error=False)
        except HTTPTimeoutError as error:
            sentence = f"Nothing answers at {self.url} within {self._seconds:g} s."
            raise AdminProblem(sentence) from error
        except (HTTPClientError, OSError) as error:
            raise AdminProblem(
                f"No server can be reached at {self.url} ({_why(error)}): is it running, "
                "and is this its address (--url)?"
            ) from error
        return self._read(response)

    def _read(self, response: HTTPResponse) -> dict[str, Any]:
        if response.code == _UNAUTHORIZED:
            said = "refuses this token" if self._token else "wants a token"
            raise AdminProblem(
                f"The server at {self.url} {said}: set VENDEAI_API_TOKEN to the server's own."
            )
        try:
            answer = _printable(json.loads(response.body))
        except ValueError:
            answer = None
        if response.code != _OK and isinstance(answer, dict) and "error" in answer:
            request_id = _printable(response.headers.get("X-Request-Id", "-"))
            raise AdminProblem(
                f"The server says: {answer['error']} "
                f"(status {response.code}, X-Request-Id {request_id})"
            )
        if response.code != _OK or not isinstance(answer, dict):
            raise AdminProblem(
                f"What answers at {self.url} is no VendeAI server (status {response.code})."
            )
        return answer


def is_url(text: str) -> bool:
    """Whether a server could stand there. One with a password is none: `ps` shows it."""
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_whole and not (parts.username or parts.query or parts.fragment)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


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
