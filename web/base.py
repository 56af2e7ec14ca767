"""What every handler has in common: who calls, how a refusal is answered, and the safe headers."""

from __future__ import annotations

import logging
from random import getrandbits
from types import TracebackType
from typing import Any, ClassVar, TypeAlias

import tornado.web

from actors import errors
from actors.errors import Refusal
from actors.framing import frame
from actors.system import System
from media import errors as media
from media.errors import MediaRefusal
from web import bulk_refusals, message_refusals, refusals
from web.access import ANYONE, Access, Caller
from web.underway import Underway

logger = logging.getLogger("vendeai.web")

AnyRefusal: TypeAlias = Refusal | MediaRefusal

#: Each refusal and its status; a subclass has its parent's. Anything else is a 500.
STATUS: dict[type[AnyRefusal], int] = {
    refusals.InvalidRequest: 400,
    refusals.Unauthorized: 401,
    refusals.InvalidHost: 403,
    refusals.ForwardedWithoutToken: 403,
    refusals.ForeignOrigin: 403,
    errors.EmpresaNotFound: 404,
    errors.QrNotAvailable: 404,
    errors.ActorNotFound: 404,
    errors.MessageNotFound: 404,
    errors.ConversationNotFound: 404,
    errors.NoPicture: 404,
    errors.JobNotFound: 404,
    refusals.RouteNotFound: 404,
    refusals.MethodNotAllowed: 405,
    errors.LedgerReset: 409,
    errors.EmpresaNotConnected: 409,
    errors.EmpresaErasing: 409,
    errors.IdempotencyKeyReused: 409,
    errors.MessageNotChangeable: 409,
    errors.AmbiguousMessage: 409,
    errors.TargetDeleted: 409,
    errors.TargetNotSent: 409,
    errors.JobNotChangeable: 409,
    errors.ActorNotStoppable: 409,
    errors.EmpresaErased: 410,
    refusals.PayloadTooLarge: 413,
    refusals.UnsupportedMediaType: 415,
    refusals.RangeNotSatisfiable: 416,
    bulk_refusals.InvalidRecipients: 422,
    bulk_refusals.NotForMany: 422,
    message_refusals.RecipientNotSupported: 422,
    errors.NotOnWhatsapp: 422,
    errors.UnknownRecipient: 422,
    errors.TextTooLong: 422,
    errors.OtherChat: 422,
    errors.NotOwnMessage: 422,
    errors.NotEditable: 422,
    errors.EditTooLate: 422,
    errors.DeleteTooLate: 422,
    errors.NotForwardable: 422,
    errors.InvalidSettings: 422,
    errors.UnknownHandler: 422,
    errors.HandlerNotUsable: 422,
    media.MediaUrlInvalid: 400,
    media.MediaNotFound: 404,
    media.MediaExpired: 410,
    media.MediaFailed: 410,
    media.MediaGone: 410,
    media.MediaTooLarge: 413,
    media.MediaTypeNotSupported: 415,
    media.MediaNotConvertible: 422,
    media.MediaRefusal: 422,
    refusals.InternalError: 500,
    refusals.TooBusy: 503,
    media.MediaBudgetSpent: 507,
    media.MediaDiskFull: 507,
    errors.Unavailable: 503,
    errors.DeadlineExceeded: 504,
}

#: Tornado's own errors, by status.
TORNADO_REFUSALS: dict[int, type[Refusal]] = {
    400: refusals.InvalidRequest,
    403: refusals.ForeignOrigin,
    404: refusals.RouteNotFound,
    405: refusals.MethodNotAllowed,
}

_HEADERS_OF_STATUS = {
    401: {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": "2"},  # seconds: an actor's first restarts are faster
}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_COMMON_HEADERS = {
    "Server": "VendeAI",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-site",
    "Vary": "Origin",
}


def status_of(refusal: AnyRefusal) -> int:
    """The HTTP status of a refusal."""
    for ancestor in type(refusal).__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    return 500


def error_body(refusal: AnyRefusal) -> dict[str, Any]:
    """A refusal as JSON: `error` and `code`, further fields beside them."""
    return {"error": refusal.sentence, "code": refusal.code, **refusal.fields}


class BaseHandler(tornado.web.RequestHandler):
    """One request. `caller` is known, and every guard passed, before a method runs."""

    #: True: needs no token.
    is_open: ClassVar[bool] = False

    caller: Caller = ANYONE
    empresa_id: int | None = None
    """Set as soon as it is known, for the log."""
    _request_id = ""

    @property
    def system(self) -> System:
        """The way to the actors."""
        system: System = self.settings["system"]
        return system

    @property
    def _underway(self) -> Underway:
        underway: Underway = self.settings["underway"]
        return underway

    @property
    def request_id(self) -> str:
        """Random; in the response and in every record of the log about this request."""
        if not self._request_id:
            self._request_id = f"{getrandbits(64):016x}"
        return self._request_id

    def set_default_headers(self) -> None:
        """Set the safe headers, and those of CORS for an origin that is trusted."""
        # Past `set_header`, which looks at each anew for what no header may hold.
        for name, value in _COMMON_HEADERS.items():
            self._headers[name] = value
        self._headers["X-Request-Id"] = self.request_id
        origin = self.request.headers.get("Origin")
        if origin and self.check_trusted_origin(origin):
            self.set_header("Access-Control-Allow-Origin", origin)
            self.set_header(
                "Access-Control-Expose-Headers",
                "Retry-After, X-Request-Id, Idempotency-Replayed, Accept-Ranges, Content-Range, "
                "Content-Disposition, ETag",
            )

    def prepare(self) -> None:
        """Let in, or raise the `Refusal`."""
        self._underway.begin(self)
        access: Access = self.settings["access"]
        access.refuse_disguised(self.request.headers)
        if not self.is_open and self.request.method != "OPTIONS":
            self.caller = access.identify(self.request.headers)

    def on_finish(self) -> None:
        """Answered."""
        self._underway.end(self)

    def options(self, *_args: str) -> None:
        """Answer a browser's preflight; an origin that is not trusted gets no permission."""
        self.set_status(204)
        self.set_header("Allow", ", ".join(("OPTIONS", *self._allowed_methods())))
        if self._headers.get("Access-Control-Allow-Origin"):
            self.set_header("Access-Control-Allow-Methods", ", ".join(self._allowed_methods()))
            self.set_header(
                "Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key"
            )
            self.set_header("Access-Control-Max-Age", "600")

    def given(self, *names: str) -> dict[str, str]:
        """Those parameters of the query that are given, as they are."""
        values = {name: self.get_query_argument(name, None, strip=False) for name in names}
        return {name: value for name, value in values.items() if value is not None}

    def reply(self, body: dict[str, Any]) -> None:
        """Finish with JSON."""
        self.reply_text(frame(body))

    def reply_text(self, body: str) -> None:
        """Finish with what is JSON already."""
        self._headers["Content-Type"] = "application/json; charset=utf-8"
        self.finish(body)

    def compute_etag(self) -> str | None:
        """None: an answer is not for caches, and a 304 would hide that a status was checked."""
        return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer any exception with the one shape; Tornado calls this."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, AnyRefusal):
            self.refuse(error)
        elif isinstance(error, tornado.web.HTTPError):
            refusal = TORNADO_REFUSALS.get(status_code, refusals.InternalError)()
            self.refuse(refusal, status_code)
        else:
            self.refuse(refusals.InternalError())

    def refuse(self, refusal: AnyRefusal, status: int | None = None) -> None:
        """Finish with a refusal."""
        self.set_status(status or status_of(refusal))
        for name, value in _HEADERS_OF_STATUS.get(self.get_status(), {}).items():
            self.set_header(name, value)
        if isinstance(refusal, refusals.RangeNotSatisfiable):
            self.set_header("Content-Range", f"bytes */{refusal.fields['size']}")
        if isinstance(refusal, refusals.MethodNotAllowed):
            self.set_header("Allow", ", ".join(("OPTIONS", *self._allowed_methods())))
        self.reply(error_body(refusal))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log faults alone, and never Tornado's summary, which has the query in it."""
        if isinstance(value, AnyRefusal | tornado.web.HTTPError) or value is None or typ is None:
            return
        extra = {"request_id": self.request_id, "empresa_id": self.empresa_id}
        logger.error(
            "%s %s failed",
            self.request.method,
            self.request.path,
            exc_info=(typ, value, tb),
            extra=extra,
        )

    def _allowed_methods(self) -> tuple[str, ...]:
        unset = tornado.web.RequestHandler._unimplemented_method  # noqa: SLF001 - the one mark of it
        return tuple(
            method for method in _METHODS if getattr(type(self), method.lower()) is not unset
        )


class NotFoundHandler(BaseHandler):
    """Every address that is none."""

    def prepare(self) -> None:
        """Refuse, after the guards: who may not call does not learn what there is."""
        super().prepare()
        if self.request.method != "OPTIONS":
            raise refusals.RouteNotFound
