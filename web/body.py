"""Handlers that take a small body: read up to a limit, whatever the client declares."""

from __future__ import annotations

from typing import Any, ClassVar

import tornado.web

from web import schemas
from web.base import BaseHandler
from web.refusals import PayloadTooLarge, UnsupportedMediaType

#: Bytes that the server reads, and throws away past a handler's limit, before it hangs up: the
#: answer to a client that is still writing would otherwise be lost in a reset.
MAX_READ = 1024 * 1024


@tornado.web.stream_request_body
class BodyHandler(BaseHandler):
    """One request with a body in memory."""

    #: Bytes.
    max_body: ClassVar[int] = 16 * 1024

    def initialize(self) -> None:
        """Begin with nothing read."""
        self._body = bytearray()
        self._is_too_large = False

    def prepare(self) -> None:
        """Refuse at once what is declared too large to be read to its end."""
        super().prepare()
        length = self.request.headers.get("Content-Length", "0")
        if length.isdigit() and int(length) > MAX_READ:
            raise PayloadTooLarge

    def data_received(self, chunk: bytes) -> None:
        """Keep up to the limit."""
        if len(self._body) + len(chunk) > self.max_body:
            self._is_too_large = True
        elif not self._is_too_large:
            self._body += chunk

    def json_body(self) -> dict[str, Any]:
        """Read it as a JSON object, `{}` where there is none. Refused: 400, 413, 415."""
        self.check_body_size()
        content_type = self.request.headers.get("Content-Type", "")
        if self._body and content_type.partition(";")[0].strip().lower() != "application/json":
            raise UnsupportedMediaType
        return schemas.json_object(bytes(self._body))

    def check_body_size(self) -> None:
        """Refused: `PayloadTooLarge`."""
        if self._is_too_large:
            raise PayloadTooLarge
