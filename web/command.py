"""A command of the API: its small body is read up to a limit, whatever the client declares."""

from __future__ import annotations

from typing import Any, ClassVar

import tornado.web

from actors.errors import Refusal
from web import schemas
from web.base import BaseHandler
from web.refusals import PayloadTooLarge, UnsupportedMediaType

#: Bytes that the server reads, and throws away past a handler's limit, before it hangs up: the
#: answer to a client that is still writing would otherwise be lost in a reset.
MAX_READ = 1024 * 1024


@tornado.web.stream_request_body
class BodyHandler(BaseHandler):
    """Reads a small body or none; a subclass has the method, which first calls `empresa_of`."""

    #: Bytes.
    max_body: ClassVar[int] = 16 * 1024

    def initialize(self) -> None:
        """Begin with nothing read."""
        self._body = bytearray()
        self._is_too_large = False
        self._refusal: Refusal | None = None

    def prepare(self) -> None:
        """Keep a refusal until the body is read, so that the connection can be used again.

        What is declared too large to be read is refused at once.
        """
        try:
            super().prepare()
        except Refusal as refusal:
            if self.request.method not in self._allowed_methods():
                raise
            self._refusal = refusal
        if self.announced > (MAX_READ if self._refusal else self.most_announced()):
            raise self._refusal or PayloadTooLarge()

    @property
    def announced(self) -> int:
        """Bytes of the body, as its client says; 0 where it does not."""
        length = self.request.headers.get("Content-Length", "0")
        return int(length) if length.isdigit() else 0

    def most_announced(self) -> int:
        """Bytes of a body that is read at all."""
        return MAX_READ

    async def data_received(self, chunk: bytes) -> None:
        """Keep up to the limit."""
        self.keep(chunk)

    def keep(self, chunk: bytes) -> None:
        """Add to the body, unless it is too large."""
        if len(self._body) + len(chunk) > self.max_body:
            self._is_too_large = True
        elif not self._is_too_large:
            self._body += chunk

    def discard(self, refusal: Refusal) -> None:
        """Read the body for nothing: `empresa_of` refuses."""
        self._refusal, self._is_too_large = refusal, True

    def empresa_of(self, text: str) -> int:
        """The empresa in the address, once the body has been read. Raises the `Refusal`."""
        if self._refusal is not None:
            raise self._refusal
        if self._is_too_large:
            raise PayloadTooLarge
        self.empresa_id = schemas.empresa_id(text)
        return self.empresa_id

    def json_body(self) -> dict[str, Any]:
        """Read it as a JSON object, `{}` where there is none. Refused: 400, 415."""
        content_type = self.request.headers.get("Content-Type", "")
        if self._body and content_type.partition(";")[0].strip().lower() != "application/json":
            raise UnsupportedMediaType
        return schemas.json_object(bytes(self._body))


class CommandHandler(BodyHandler):
    """`POST …/:id`; a subclass says what is done."""

    async def post(self, text: str) -> None:
        """Carry the command out; answer with what the shop may read."""
        empresa_id = self.empresa_of(text)
        self.reply({"success": True, "message": await self.command(empresa_id)})

    async def command(self, empresa_id: int) -> str:
        """Do it; answers `message`. Raises the `Refusal`."""
        raise NotImplementedError
