"""The routes, and what Tornado is told about all of them."""

from __future__ import annotations

import logging
from pathlib import Path

import tornado.web

from actors.system import System
from web.access import Access
from web.actor_feed import ActorFeed
from web.base import BaseHandler, NotFoundHandler
from web.body_room import BodyRoom
from web.handlers import (
    admin,
    admin_events,
    admin_socket,
    bot,
    bulk,
    conversations,
    empresas,
    events,
    health,
    media,
    message_handler,
    messages,
    metrics,
    new_message,
    page,
    websocket,
)
from web.http_metrics import OTHER, count_request, route_name
from web.underway import Underway

logger = logging.getLogger("vendeai.access")

HERE = Path(__file__).resolve().parent
ROUTES: list[tuple[str, type[BaseHandler]]] = [
    *bot.ROUTES,
    *empresas.ROUTES,
    *events.ROUTES,
    *new_message.ROUTES,
    *messages.ROUTES,
    *bulk.ROUTES,
    *conversations.ROUTES,
    *message_handler.ROUTES,
    *media.ROUTES,
    *admin.ROUTES,
    *admin_events.ROUTES,
    *admin_socket.ROUTES,
    *health.ROUTES,
    *metrics.ROUTES,
    *websocket.ROUTES,
    *page.ROUTES,
]
_NAMES: dict[type, str] = {handler: route_name(pattern) for pattern, handler in ROUTES} | {
    page.StaticHandler: "/static/:path"
}
#: What comes again every few seconds, from monitors and from every page that shows a status.
_POLLED = (
    health.HealthHandler,
    health.ReadyHandler,
    metrics.MetricsHandler,
    bot.StatusHandler,
    bot.SessionsHandler,
)
#: Seconds between the pings of a WebSocket; one that is not answered by the next closes it.
PING_SECONDS = 25
#: Bytes of a WebSocket message from a client: they are ignored.
MAX_CLIENT_MESSAGE = 4096


def make_application(
    system: System, *, api_token: str | None, origins: tuple[str, ...]
) -> tornado.web.Application:
    """The whole contract over this actor system; to be served on the system's event loop.

    `origins` are those whose pages may call (`http://localhost:5173`).
    """
    return tornado.web.Application(
        ROUTES,
        system=system,
        access=Access(api_token),
        underway=Underway(),
        room=BodyRoom(),
        feed=ActorFeed(system.tree),
        # A list: in a string Tornado would find substrings.
        trusted_origins=list(origins),
        cross_origin_protection=True,
        default_handler_class=NotFoundHandler,
        static_path=str(HERE / "static"),
        static_handler_class=page.StaticHandler,
        template_path=str(HERE / "templates"),
        websocket_ping_interval=PING_SECONDS,
        websocket_max_message_size=MAX_CLIENT_MESSAGE,
        log_function=log_request,
    )


def log_request(handler: tornado.web.RequestHandler) -> None:
    """Count it, and one record of it; the query is left out, as callers put tokens into it."""
    status = handler.get_status()
    request, seconds = handler.request, handler.request.request_time()
    count_request(request.method, _NAMES.get(type(handler), OTHER), status, seconds)
    level = _level(handler, status)
    if not logger.isEnabledFor(level):
        return
    duration_ms = round(1000 * seconds, 1)
    logger.log(
        level,
        "%s %s %d %s ms",
        request.method,
        request.path,
        status,
        duration_ms,
        extra={
            "method": request.method,
            "path": request.path,
            "status": status,
            "duration_ms": duration_ms,
            "remote_ip": request.remote_ip,
            **_known_of(handler),
        },
    )


def _known_of(handler: tornado.web.RequestHandler) -> dict[str, object]:
    if not isinstance(handler, BaseHandler):
        return {}
    return {
        "request_id": handler.request_id,
        "empresa_id": handler.empresa_id,
        "caller": handler.caller.name,
    }


def _level(handler: tornado.web.RequestHandler, status: int) -> int:
    if status >= 500:  # noqa: PLR2004 - HTTP's own boundary
        return logging.ERROR
    is_routine = status < 400 and isinstance(handler, _POLLED)  # noqa: PLR2004 - and this
    return logging.DEBUG if is_routine else logging.INFO
