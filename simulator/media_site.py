"""WhatsApp's media servers, as clients reach them behind the gate: uploads and downloads."""

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import tornado.web
from tornado.http1connection import HTTP1Connection
from tornado.iostream import IOStream

from simulator.media_files import KINDS, Upload, direct_path

if TYPE_CHECKING:
    from simulator.line import Line
    from simulator.server import Server

HOST = "mmg.whatsapp.net"
#: Bytes of an encrypted file that is taken: WhatsApp's own limit for documents.
MAX_BOX = 2 * 1024**3
CHUNK = 256 * 1024

Lines = WeakKeyDictionary[IOStream, "Line"]


class MediaHandler(tornado.web.RequestHandler):
    """A request to a media server."""

    def initialize(self, server: "Server", lines: Lines) -> None:
        """Take what the route hands over."""
        self.server = server
        self._lines = lines

    @property
    def connection(self) -> HTTP1Connection:
        """The connection that it came on."""
        connection = self.request.connection
        if not isinstance(connection, HTTP1Connection):
            raise tornado.web.HTTPError(400)
        return connection

    def strike(self, what: str, number: str | None) -> bool:
        """Answer with what a fault wants, if one strikes; True: it has."""
        if number is None and (line := self._lines.get(self.connection.stream)) is not None:
            number = line.number
        fault = self.server.faults.strike("media", number, on=what)
        if fault is not None:
            self.send_error(int(str(fault.options["answer"])))
        return fault is not None


@tornado.web.stream_request_body
class MediaUpload(MediaHandler):
    """`POST /mms/KIND/TOKEN?auth=&token=`: the bytes are an encrypted file, whose hash is TOKEN."""

    _upload: Upload | None = None

    def prepare(self) -> None:
        """Refuse who may not upload, before anything is read."""
        self.connection.set_max_body_size(MAX_BOX)
        number = self.server.media.uploader(self.get_query_argument("auth", ""))
        if number is None:
            self.server.refusals.count("media-auth")
            self.send_error(401)
        elif not self.strike("upload", number):
            self._upload = self.server.media.upload()

    def data_received(self, chunk: bytes) -> None:
        """Take a piece."""
        if self._upload is not None:
            self._upload.write(chunk)

    def post(self, kind: str, token: str) -> None:
        """Keep the file, if it is the one that was announced."""
        if self._upload is None:
            return
        upload, self._upload = self._upload, None
        found = upload.finish()
        if token != found or self.get_query_argument("token", "") != token or kind not in KINDS:
            self.server.media.discard(found)
            self.server.refusals.count("media-upload")
            self.send_error(400)
            return
        path = direct_path(kind, token)
        self.write({"url": f"https://{HOST}{path}", "direct_path": path, "handle": token})

    def on_connection_close(self) -> None:
        """Forget what was cut off."""
        if self._upload is not None:
            self._upload.abort()


class MediaDownload(MediaHandler):
    """`GET /v/KIND/TOKEN?…`: an encrypted file, for whoever knows where it is."""

    async def get(self, _kind: str, token: str) -> None:
        """Give it."""
        if self.strike("download", None):
            return
        box = self.server.media.read(token)
        if box is None:
            self.send_error(404)
            return
        self.set_header("Content-Type", "application/octet-stream")
        for start in range(0, len(box), CHUNK):
            self.write(box[start : start + CHUNK])
            await self.flush()


ROUTES: list[tuple[str, type[MediaHandler]]] = [
    (r"/mms/([a-z-]+)/([A-Za-z0-9_=-]+)", MediaUpload),
    (r"/v/([a-z-]+)/([A-Za-z0-9_=-]+)", MediaDownload),
]
