"""Which kinds of faults there are, and what each may be told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulator.faults import Options

#: How far a connection has come. The stage that is named is the first that goes wrong: CONNECT
#: asked for, TLS to begin, the websocket to be upgraded, the Noise hello, the client's payload
#: (a login or a wish to be paired), and logged in with the queue received.
STAGES = ("connect", "tls", "upgrade", "hello", "login", "live")
MAX_DELAY_MS = 120_000
LARGEST = 2**31 - 1


class BadFaultError(ValueError):
    """What a fault is told makes no sense; the text is a sentence."""


@dataclass(frozen=True)
class Option:
    """One thing that a fault is told."""

    wanted: str
    """What it is, to go after "is" in a sentence."""
    fits: Callable[[object], bool]
    default: object = None
    required: bool = False


def _choice(*values: str, default: str | None = None) -> Option:
    return Option(f"one of {', '.join(values)}", values.__contains__, default, default is None)


def _number(low: int, high: int, default: int | None = None, *, required: bool = True) -> Option:
    def fits(value: object) -> bool:
        return type(value) is int and low <= value <= high

    return Option(f"a number from {low} to {high}", fits, default, required and default is None)


def _is_answer(value: object) -> bool:
    return value == "none" or _CODE.fits(value)


_CODE = _number(400, 599)
_ANSWER = Option('"none" or a number from 400 to 599', _is_answer, "none")
_XMLNS = Option("text", lambda value: isinstance(value, str) and value != "", required=True)
_HEALS = Option("true or false", lambda value: isinstance(value, bool), default=True)
_MAYBE_CODE = _number(0, LARGEST, required=False)
_CONFLICTS = ("replaced", "device_removed")
_CONFLICT = Option(f"one of {', '.join(_CONFLICTS)}", _CONFLICTS.__contains__)

KINDS: Mapping[str, Mapping[str, Option]] = {
    "refuse": {},
    "drop": {"how": _choice("fin", "rst", default="fin"), "at": _choice(*STAGES, default="live")},
    "blackhole": {"at": _choice(*STAGES, default="live")},
    "unanswered": {"at": _choice(*STAGES, default="live")},
    "delay": {"ms": _number(1, MAX_DELAY_MS), "jitter": _number(0, MAX_DELAY_MS, 0)},
    "failure": {"reason": _CODE, "code": _MAYBE_CODE, "expire": _MAYBE_CODE},
    "stream-error": {"code": _MAYBE_CODE, "conflict": _CONFLICT},
    "pairing": {"spoil": _choice("hmac", "signature")},
    "iq": {"xmlns": _XMLNS, "answer": _ANSWER},
    "undecryptable": {"heals": _HEALS},
    "ack": {"error": _CODE},
    "media": {"on": _choice("upload", "download"), "answer": _CODE},
}


def checked(kind: object, given: Options) -> Options:
    """Return a fault's options, complete; raise BadFaultError for what makes no sense."""
    options = KINDS.get(kind) if isinstance(kind, str) else None
    if options is None:
        raise BadFaultError(f'"kind" is one of {", ".join(KINDS)}.')
    if strange := set(given) - set(options):
        raise BadFaultError(f"A fault of kind {kind} is not told {', '.join(sorted(strange))}.")
    complete: Options = {}
    for name, option in options.items():
        if name in given or option.required:
            value = given.get(name)
            if not option.fits(value):
                raise BadFaultError(f'"{name}" is {option.wanted}.')
            complete[name] = value
        elif option.default is not None:
            complete[name] = option.default
    if kind == "stream-error" and not complete:
        raise BadFaultError('"code", "conflict" or both say what the error is.')
    return complete
