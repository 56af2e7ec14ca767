"""What all admin handlers share: JSON in and out, and errors as sentences."""

import json
import re
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError, MissingArgumentError, RequestHandler

from simulator.nodes import Jid, MalformedError
from simulator.refusals import RefusedError, UserError

if TYPE_CHECKING:
    from simulator.groups import Group
    from simulator.phone.phone import Phone
    from simulator.server import Server

LOOPBACK = ("localhost", "127.0.0.1", "::1")
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class AdminHandler(RequestHandler):
    """A handler of the admin API. It is meant for this machine only."""

    def initialize(self, server: "Server") -> None:
        """Take what the route hands over."""
        self.server = server

    def prepare(self) -> None:
        """Refuse other origins' web pages, which could otherwise use a developer's browser."""
        if self.request.host_name not in LOOPBACK:
            raise HTTPError(403, reason="Not a name of this machine")
        if self.request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise HTTPError(403, reason="Another origin's page")

    def body(self) -> dict[str, Any]:
        """Return the request's JSON object; an empty body is an empty object."""
        try:
            body = json.loads(self.request.body or b"{}")
        except ValueError as error:
            raise ComplaintError(400, "The body is not JSON.") from error
        if not isinstance(body, dict):
            raise ComplaintError(400, "The body is not a JSON object.")
        return body

    def text(self, body: dict[str, Any], name: str) -> str:
        """Return a field that must be there as text."""
        value = body.get(name)
        if not isinstance(value, str) or not value:
            raise ComplaintError(400, f'"{name}" is missing or is no text.')
        return value

    def phone(self, body: dict[str, Any], name: str) -> "Phone":
        """Return the phone whose number stands in a field; made if nobody has it yet."""
        return self.server.accounts.ensure(number_of(self.text(body, name)))

    def group(self, body: dict[str, Any], name: str) -> "Group":
        """Return the group whose JID stands in a field."""
        text = self.text(body, name)
        try:
            found = self.server.groups.get(Jid.parse(text))
        except MalformedError as error:
            raise ComplaintError(400, f"{text!r} is no group's address.") from error
        if found is None:
            raise ComplaintError(404, f"There is no group {text}.")
        return found

    def asked_number(self) -> str:
        """Return the number in the query, digits only.

        A plus that was not escaped arrives as a space; it may be left out.
        """
        return number_of("+" + self.get_query_argument("number").lstrip("+ "))

    def answer(self, **values: object) -> None:
        """Answer with a JSON object."""
        self.write(values)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer an error with a sentence."""
        error = _raised(kwargs.get("exc_info"))
        self.set_status(status_code)
        if isinstance(error, ComplaintError):
            self.write({"error": error.sentence})
        elif isinstance(error, UserError | RefusedError):
            self.set_status(422)
            self.write({"error": str(error)})
        elif isinstance(error, MissingArgumentError):
            self.write({"error": f'"{error.arg_name}" is missing.'})
        else:
            self.write({"error": self._reason})

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log what is nobody's mistake but ours."""
        if not isinstance(value, UserError | RefusedError):
            super().log_exception(typ, value, tb)


class ComplaintError(HTTPError):
    """A request that can't be done, with a sentence for its sender."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(status)
        self.sentence = sentence


def number_of(text: str) -> str:
    """Return the digits of an E.164 number with its plus."""
    if not NUMBER.fullmatch(text):
        raise ComplaintError(400, f"{text!r} is not a phone number with plus and country code.")
    return text[1:]


def _raised(
    info: tuple[type[BaseException], BaseException, TracebackType] | None,
) -> BaseException | None:
    return info[1] if info else None
