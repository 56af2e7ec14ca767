"""Messages to send: taken in, with their files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable

from tornado.http1connection import HTTP1Connection

from actors.outgoing import Accepted, Idempotency, OutgoingMessage
from actors.shape import iso
from media.intake import Taken
from web.base import BaseHandler
from web.body_room import BodyRoom
from web.command import BodyHandler
from web.idempotency import digest, idempotency_key
from web.message_bodies import OutgoingMessage as AskedMessage
from web.message_bodies import outgoing_message
from web.message_files import fetched, taken, with_file
from web.message_media import MAX_BASE64_BYTES, MAX_BYTES
from web.multipart import boundary_of
from web.refusals import TooBusy
from web.schemas import ack_wait
from web.upload_form import MAX_MESSAGE, UploadForm

#: Bytes of a JSON body: the largest file in base64, and the longest text, every character escaped.
_MOST_JSON = MAX_BASE64_BYTES // 3 * 4 + 512 * 1024
#: Bytes of a form: the largest file, the JSON beside it, and the headers of both.
_MOST_FORM = max(MAX_BYTES.values()) + MAX_MESSAGE + 16 * 1024
#: Bytes of JSON that take no room: texts never wait for files.
_SMALL = 512 * 1024
#: Seconds that a small body may take, and how many bytes of a larger one must come in each.
_BODY_SECONDS = 30
_BODY_PACE = 64 * 1024


class NewMessageHandler(BodyHandler):
    """`POST /api/empresas/:id/messages`."""

    max_body = _MOST_JSON

    def initialize(self) -> None:
        """Begin with nothing read."""
        super().initialize()
        self._form: UploadForm | None = None

    def prepare(self) -> None:
        """Look at what is coming: a large body gets room, and time."""
        super().prepare()
        if self._refusal is not None or self.request.method != "POST":
            return
        boundary = boundary_of(self.request.headers.get("Content-Type", ""))
        if boundary is not None:
            self._form = UploadForm(boundary, self._take_file)
        elif self.announced > _SMALL and not self._room.take(self, self.announced):
            self.discard(TooBusy())
        most = self.most_announced()
        if boundary is not None or self.announced > _SMALL:
            connection = self.request.connection
            assert isinstance(connection, HTTP1Connection)  # noqa: S101 - there is no other
            connection.set_max_body_size(most)
            connection.set_body_timeout(_BODY_SECONDS + (self.announced or most) / _BODY_PACE)

    def most_announced(self) -> int:
        """Bytes of a body that is read at all."""
        content_type = self.request.headers.get("Content-Type", "")
        return _MOST_FORM if boundary_of(content_type) else _MOST_JSON

    async def data_received(self, chunk: bytes) -> None:
        """Keep JSON; the file of a form goes to the disk, and the next piece waits for it."""
        if self._form is not None:
            await self._form.feed(chunk)
        else:
            self.keep(chunk)

    def on_connection_close(self) -> None:
        """Drop what was cut off."""
        super().on_connection_close()
        self._drop()

    def on_finish(self) -> None:
        """Answered."""
        super().on_finish()
        self._drop()

    async def post(self, text: str) -> None:
        """Take a message in: 202, with its id."""
        empresa = self.empresa_of(text)
        wait = ack_wait(self.given("wait", "timeout"))
        key = idempotency_key(self.request.headers.get("Idempotency-Key"))
        asked, file = await self._asked()
        accepted = await self._accepted(empresa, asked, file, key)
        if accepted.is_replay:
            self.set_header("Idempotency-Replayed", "true")
        self.set_status(202)
        found: Accepted | OutgoingMessage = accepted
        if wait:
            found = await self.system.wait_for_message(empresa, accepted.id, wait)
        elif accepted.is_replay:
            found = await self.system.sending.message(empresa, accepted.id)
        expected = await self.system.sending.estimate(empresa, found.waiting)
        self.reply(
            {
                "id": accepted.id,
                "state": found.state,
                "chat": found.chat,
                "estimatedAt": iso(expected) if expected else None,
            }
        )

    async def _asked(self) -> tuple[AskedMessage, Taken | None]:
        if self._form is not None:
            return await self._form.finish()
        if len(self._body) <= _SMALL:
            return outgoing_message(self.json_body()), None
        # Megabytes of base64 are not looked at on the event loop.
        return await asyncio.to_thread(lambda: outgoing_message(self.json_body())), None

    async def _accepted(
        self, empresa: int, asked: AskedMessage, file: Taken | None, key: str | None
    ) -> Accepted:
        idempotency = await _idempotency(asked, file, key)
        if asked.media and file is None:
            if idempotency is not None:
                # What was taken in then may not be there any more.
                known = await self.system.sending.accepted(empresa, idempotency)
                if known is not None:
                    return known
            file = await fetched(self.system, empresa, asked, asked.media)
        return await self.system.sending.accept(
            empresa,
            asked.to.address if asked.to else None,
            with_file(asked, file),
            asked.expires_in,
            idempotency,
            typing=asked.typing,
        )

    async def _take_file(
        self, asked: AskedMessage, file_name: str, chunks: AsyncIterable[bytes]
    ) -> Taken:
        """As the form has come to its file."""
        empresa = self.empresa_of(self.path_args[0])
        return await taken(self.system, empresa, asked, file_name, chunks)

    @property
    def _room(self) -> BodyRoom:
        room: BodyRoom = self.settings["room"]
        return room

    def _drop(self) -> None:
        self._room.give_back(self)
        if self._form is not None:
            self._form.abort()


async def _idempotency(
    asked: AskedMessage, file: Taken | None, key: str | None
) -> Idempotency | None:
    if key is None:
        return None
    if asked.media is not None and asked.media.data is not None:
        same = await asyncio.to_thread(digest, asked)  # it hashes the file
    else:
        same = digest(asked, file.digest if file else None)
    return Idempotency(key, bytes.fromhex(same))


ROUTES: list[tuple[str, type[BaseHandler]]] = [
    (r"/api/empresas/([^/]+)/messages", NewMessageHandler),
]
