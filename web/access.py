"""Who may call: the guards against other machines, other names, and callers without the token."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from tornado.httputil import HTTPHeaders

from web.refusals import ForwardedWithoutToken, InvalidHost, Unauthorized

#: What a browser's WebSocket offers beside its token, and what the server selects.
SUBPROTOCOL = "vendeai.v1"
_BEARER_SUBPROTOCOL = "bearer."
_LOCAL_HOST = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls."""

    name: str
    """`local`: this machine, no token configured. `token`: its holder. `anyone`: an open route."""


ANYONE = Caller("anyone")
LOCAL = Caller("local")
TOKEN_HOLDER = Caller("token")


class Access:
    """The rules, for one configured token or none."""

    def __init__(self, api_token: str | None) -> None:
        self._api_token = api_token

    def refuse_disguised(self, headers: HTTPHeaders) -> None:
        """Without a token only this machine may call, under its own names and not by a proxy.

        DNS rebinding makes Host and Origin agree, and a reverse proxy makes every caller local.
        """
        if self._api_token is not None:
            return
        for name in headers:
            if name == "Forwarded" or name.startswith("X-Forwarded-"):
                raise ForwardedWithoutToken
        if not _LOCAL_HOST.fullmatch(headers.get("Host", "")):
            raise InvalidHost

    def identify(self, headers: HTTPHeaders) -> Caller:
        """Who calls. Refused: `Unauthorized`."""
        if self._api_token is None:
            return LOCAL
        given = _bearer(headers)
        if given is None or not hmac.compare_digest(given.encode(), self._api_token.encode()):
            raise Unauthorized
        return TOKEN_HOLDER


def subprotocols(headers: HTTPHeaders) -> list[str]:
    """What a WebSocket offers."""
    offered = headers.get("Sec-WebSocket-Protocol", "")
    return [part.strip() for part in offered.split(",") if part.strip()]


def _bearer(headers: HTTPHeaders) -> str | None:
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    # A browser's WebSocket cannot set a header.
    for offered in subprotocols(headers):
        if offered.startswith(_BEARER_SUBPROTOCOL):
            return offered.removeprefix(_BEARER_SUBPROTOCOL)
    return None
