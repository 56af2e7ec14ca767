"""The admin API's routes."""

from pathlib import Path
from typing import TYPE_CHECKING

import tornado.web

from simulator.admin import faults, files, groups, linking, network, signals, talking
from simulator.admin.base import AdminHandler

if TYPE_CHECKING:
    from simulator.server import Server

#: The page brings all that it needs with it and speaks to nobody but the simulator.
POLICY = (
    "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
PAGE = Path(__file__).with_name("phones.html")


class Page(AdminHandler):
    """The phones, for people."""

    def get(self) -> None:
        """Show the page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", POLICY)
        self.write(PAGE.read_bytes())


class Unknown(AdminHandler):
    """Any other path."""

    def prepare(self) -> None:
        """Say that there is nothing."""
        raise tornado.web.HTTPError(404)


def application(server: "Server") -> tornado.web.Application:
    """Return the admin API of a server."""
    routes: list[tuple[str, type[AdminHandler]]] = [
        (r"/", Page),
        (r"/healthz", network.Health),
        (r"/accounts", talking.Account),
        (r"/groups", groups.Groups),
        (r"/groups/change", groups.Change),
        (r"/scan", linking.Scan),
        (r"/code", linking.Code),
        (r"/remove", linking.Remove),
        (r"/devices", linking.Devices),
        (r"/say", talking.Say),
        (r"/send", talking.Send),
        (r"/past", talking.Past),
        (r"/vote", talking.Vote),
        (r"/type", signals.Type),
        (r"/typing", signals.Typing),
        (r"/presence", signals.Presence),
        (r"/picture", signals.Picture),
        (r"/mark-read", talking.MarkRead),
        (r"/ask-again", talking.AskAgain),
        (r"/received", talking.Received),
        (r"/receipts", talking.Receipts),
        (r"/media", files.Media),
        (r"/send-file", files.SendFile),
        (r"/queue", network.Queue),
        (r"/drop", network.Drop),
        (r"/faults", faults.Faults),
        (r"/stats", network.Stats),
    ]
    handed = {"server": server}
    return tornado.web.Application(
        [(path, handler, handed) for path, handler in routes],
        default_handler_class=Unknown,
        default_handler_args=handed,
        log_function=lambda _handler: None,
    )
