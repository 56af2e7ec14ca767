"""Another web server on this machine: the CRM's, or a stranger's."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator

from tests.web.served import DEADLINE


class _Empty(http.server.BaseHTTPRequestHandler):
    """One page, at every address."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>elsewhere</title>")

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def elsewhere() -> Iterator[int]:
    """Its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Empty)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(DEADLINE)
        server.server_close()
