"""`/faults`: what goes wrong on purpose."""

from simulator import stages
from simulator.admin.base import AdminHandler, ComplaintError, number_of
from simulator.fault_kinds import KINDS, BadFaultError, checked
from simulator.faults import Fault

COMMON = ("kind", "number", "times")
#: An outage in short: `{"refuse": true}` begins it, `{"refuse": false}` ends it.
OUTAGE = "refuse"


class Faults(AdminHandler):
    """The faults in force."""

    def get(self) -> None:
        """List them, the oldest first."""
        self.answer(faults=[fault.told() for fault in self.server.faults.all()])

    def post(self) -> None:
        """Put a fault in force; it strikes at once who is there already, if it is one that can."""
        body = self.body()
        if set(body) == {OUTAGE}:
            self._outage(begins=body[OUTAGE])
            self.get()
            return
        given = {name: value for name, value in body.items() if name not in COMMON}
        try:
            options = checked(body.get("kind"), given)
        except BadFaultError as error:
            raise ComplaintError(400, str(error)) from error
        times = body.get("times")
        if times is not None and (type(times) is not int or times < 1):
            raise ComplaintError(400, '"times" is a number from 1 on, or left out.')
        number = self.phone(body, "number").number if "number" in body else None
        self._set(Fault(str(body["kind"]), number, times, options))

    def delete(self) -> None:
        """Clear faults: all, or those of a number, a kind or an id."""
        wanted: dict[str, object] = {}
        for name in self.request.query_arguments:
            if name not in ("number", "kind", "id"):
                raise ComplaintError(400, "Faults are cleared by number, kind, id, or all.")
        kind, number = self.get_query_argument("kind", None), None
        if kind is not None and kind not in KINDS:
            raise ComplaintError(400, f'"kind" is one of {", ".join(KINDS)}.')
        if kind is not None:
            wanted["kind"] = kind
        if "id" in self.request.query_arguments:
            wanted["id"] = self._asked_id()
        if "number" in self.request.query_arguments:
            number = number_of("+" + self.get_query_argument("number").lstrip("+ "))
        cleared = stages.clear(self.server.faults, number=number, **wanted)
        self.answer(cleared=[fault.told() for fault in cleared])

    def _set(self, fault: Fault) -> None:
        self.server.faults.set(fault)
        stages.strike_present(fault, self.server.connections.all(fault.number))
        self.answer(**fault.told())

    def _asked_id(self) -> int:
        text = self.get_query_argument("id")
        if not (text.isascii() and text.isdigit()):
            raise ComplaintError(400, '"id" is a number.')
        return int(text)

    def _outage(self, *, begins: object) -> None:
        if not isinstance(begins, bool):
            raise ComplaintError(400, '"refuse" is true or false.')
        faults = self.server.faults
        for fault in faults.all():
            if (fault.kind, fault.number, fault.options.get("at")) == ("drop", None, "connect"):
                faults.clear(id=fault.id)
        if not begins:
            return
        faults.set(Fault("drop", options={"how": "fin", "at": "connect"}))
        for connection in self.server.connections.all():
            connection.abort(reset=False)
