"""`/`: one empresa's QR, status and messages, for a shop or a developer without a CRM."""

from __future__ import annotations

from typing import Any

import tornado.web

from web.base import BaseHandler
from web.refusals import RouteNotFound

#: No inline script or style, nothing from elsewhere, in nobody's frame.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class PageHandler(BaseHandler):
    """Open: the page itself asks for the token where one is needed."""

    is_open = True

    def get(self) -> None:
        """Answer with the page."""
        self.set_header("Content-Security-Policy", PAGE_POLICY)
        self.render("index.html")

    def head(self) -> None:
        """As GET, without the body."""
        self.get()


class StaticHandler(BaseHandler, tornado.web.StaticFileHandler):
    """`/static/`: the page's script and style."""

    is_open = True

    async def get(self, path: str, include_body: bool = True) -> None:
        """Answer with the file; the system's calls fail over a name with a zero byte."""
        if "\0" in path:
            raise RouteNotFound
        await super().get(path, include_body)

    def compute_etag(self) -> str | None:
        """A hash of the file: unlike an answer, it may be kept."""
        return tornado.web.StaticFileHandler.compute_etag(self)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A path that leads out of the folder is one that does not exist."""
        if isinstance(kwargs.get("exc_info", (None, None))[1], tornado.web.HTTPError):
            status_code = 404 if status_code == 403 else status_code  # noqa: PLR2004
        super().write_error(status_code, **kwargs)


ROUTES = [(r"/", PageHandler)]
