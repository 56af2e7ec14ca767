"""A web site on loopback that gives files, on a thread of its own."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class FilesSite:
    """`files`: what it gives, by path; anything else is 404. May be changed at any time."""

    port: int
    files: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    """What is answered in place of a file, or of 404."""
    gate: threading.Event = field(default_factory=threading.Event)
    """Nothing is answered while it is not set."""

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def files_site(files: Mapping[str, bytes]) -> Iterator[FilesSite]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.gate.wait(30)
            body = None if self.path in site.statuses else site.files.get(self.path)
            self.send_response(200 if body is not None else site.statuses.get(self.path, 404))
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = FilesSite(server.server_address[1], dict(files))
        site.gate.set()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield site
        finally:
            site.gate.set()
            server.shutdown()
            thread.join()
