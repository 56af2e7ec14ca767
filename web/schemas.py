"""Parsing of what a caller sends: ids, queries, bodies. Everything else is refused with a code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from actors.errors import Refusal
from actors.reading import Spot
from actors.signals import TypingState
from web.message_refusals import InvalidOption
from web.refusals import (
    InvalidAfter,
    InvalidCursor,
    InvalidEmpresaId,
    InvalidJson,
    InvalidLimit,
    InvalidPhoneNumber,
    InvalidSince,
    InvalidSort,
    InvalidState,
    InvalidType,
    InvalidTypingState,
    InvalidWait,
)

MAX_LIMIT = 1000
#: Messages of which the protobuf is given at once.
MAX_RAW = 20
DEFAULT_LIMIT = 100
MAX_WAIT_SECONDS = 30
DEFAULT_ACK_SECONDS = 10

_EMPRESA_ID = re.compile(r"[1-9][0-9]{0,14}")
_CURSOR = re.compile(r"([0-9a-f]{16})-(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
#: Milliseconds since 1970, at most some thousand years of them, and the number of an event.
_SPOT = re.compile(r"(0|[1-9][0-9]{0,14})-(0|[1-9][0-9]{0,17})")
_TYPING_STATES: tuple[TypingState, ...] = get_args(TypingState)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATE = re.compile(r"[a-z_]{1,40}")
_TYPES = re.compile(r"[a-z_]{1,40}(?:,[a-z_]{1,40})*")


@dataclass(frozen=True, slots=True)
class EventsQuery:
    """What `GET /api/empresas/:id/events` is asked for."""

    after: int
    limit: int
    types: frozenset[str] | None
    wait: int
    """Seconds."""
    ledger_id: str | None


def empresa_id(text: str) -> int:
    """An empresa's id. Refused: `InvalidEmpresaId`."""
    if not _EMPRESA_ID.fullmatch(text):
        raise InvalidEmpresaId
    return int(text)


@dataclass(frozen=True, slots=True)
class ActorsQuery:
    """Which actors an operator wants to see, and in which order."""

    empresa_id: int | None
    state: str | None
    sort: str | None


def actors_query(arguments: dict[str, str], sorts: Iterable[str]) -> ActorsQuery:
    """The query of the tree of actors. Refused: `InvalidRequest`."""
    empresa = arguments.get("empresa")
    state, sort = arguments.get("state"), arguments.get("sort")
    if state is not None and not _STATE.fullmatch(state):
        raise InvalidState
    if sort is not None and sort not in sorts:
        raise InvalidSort(sorts=sorted(sorts))
    return ActorsQuery(None if empresa is None else empresa_id(empresa), state, sort)


def since(text: str | None) -> int | None:
    """The number after which a WebSocket's replay begins. Refused: `InvalidSince`."""
    return None if text is None else _number(text, InvalidSince)


def events_query(arguments: dict[str, str]) -> EventsQuery:
    """The query of a page of events, with its defaults. Refused: `InvalidRequest`."""
    limit, wait = _limit_and_wait(arguments)
    types = arguments.get("type")
    if types is not None and not _TYPES.fullmatch(types):
        raise InvalidType
    return EventsQuery(
        after=_number(arguments.get("after", "0"), InvalidAfter),
        limit=limit,
        types=None if types is None else frozenset(types.split(",")),
        wait=wait,
        ledger_id=arguments.get("ledger"),
    )


@dataclass(frozen=True, slots=True)
class AllEventsQuery:
    """What `GET /api/admin/events` is asked for."""

    order_id: str | None
    """To which order `position` belongs; None: to whichever there is."""
    position: int | None
    """None: the last one."""
    limit: int
    wait: int
    """Seconds."""


def all_events_query(arguments: dict[str, str]) -> AllEventsQuery:
    """The query of a page of all empresas' events. Refused: `InvalidRequest`."""
    limit, wait = _limit_and_wait(arguments)
    after = arguments.get("after")
    if after is None:
        return AllEventsQuery(None, 0, limit, wait)
    if after == "latest":
        return AllEventsQuery(None, None, limit, wait)
    found = _CURSOR.fullmatch(after)
    if found is None:
        raise InvalidCursor
    return AllEventsQuery(found[1], int(found[2]), limit, wait)


@dataclass(frozen=True, slots=True)
class ReadingQuery:
    """Which conversations, or messages, are asked for; without spots the newest."""

    number: str | None
    """The empresa's own, E.164; None: the one linked now, or last."""
    before: Spot | None
    after: Spot | None
    limit: int
    with_raw: bool


def reading_query(arguments: dict[str, str]) -> ReadingQuery:
    """The query of a list of conversations (`cursor`) or messages. Refused: `InvalidRequest`."""
    with_raw = _raw_option(arguments)
    usual = MAX_RAW if with_raw else DEFAULT_LIMIT
    limit, _ = _limit_and_wait({"limit": arguments.get("limit", str(usual))})
    if with_raw and limit > MAX_RAW:
        raise InvalidLimit(f"Com raw=1, limit deve ser de 1 a {MAX_RAW}.")
    before, after = (_spot(arguments.get(each)) for each in ("before", "after"))
    if before and after:
        raise InvalidCursor("Use before ou after, não os dois.")
    older = before or _spot(arguments.get("cursor"))
    return ReadingQuery(own_number(arguments), older, after, limit, with_raw)


def _raw_option(arguments: dict[str, str]) -> bool:
    wanted = arguments.get("raw", "0")
    if wanted not in ("0", "1"):
        raise InvalidOption("raw deve ser 1 ou 0.", field="raw")
    return wanted == "1"


def places_query(arguments: dict[str, str]) -> tuple[int, int]:
    """The place beyond which a page of a job's messages begins, and how many. Refused: as above."""
    limit, _ = _limit_and_wait({"limit": arguments.get("limit", str(DEFAULT_LIMIT))})
    return _number(arguments.get("after", "0"), InvalidAfter), limit


def own_number(arguments: dict[str, str]) -> str | None:
    """The empresa's number that is asked for, if one is. Refused: `InvalidPhoneNumber`."""
    number = arguments.get("number")
    # In an address a plus that is not escaped is a space.
    return None if number is None else phone_number("+" + number.lstrip("+ "))


def read_option(body: dict[str, Any]) -> bool:
    """Whether WhatsApp is to hear that a conversation was read. Refused: `InvalidOption`."""
    wanted = body.get("tellWhatsApp")
    if wanted is not None and not isinstance(wanted, bool):
        raise InvalidOption("tellWhatsApp deve ser true ou false.", field="tellWhatsApp")
    return wanted is not False


def typing_state(body: dict[str, Any]) -> TypingState:
    """What the other side is to see. Refused: `InvalidTypingState`."""
    for state in _TYPING_STATES:
        if body.get("state") == state:
            return state
    raise InvalidTypingState(field="state")


def spot_cursor(spot: Spot | None) -> str | None:
    """A place among messages, as a caller keeps it."""
    return None if spot is None else f"{_ms_of(spot.at)}-{spot.seq}"


def _spot(text: str | None) -> Spot | None:
    if text is None:
        return None
    found = _SPOT.fullmatch(text)
    with suppress(OverflowError):
        if found is not None:
            return Spot(_EPOCH + timedelta(milliseconds=int(found[1])), int(found[2]))
    raise InvalidCursor("O cursor deve ser o next ou o previous de uma resposta anterior.")


def _ms_of(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def ack_wait(arguments: dict[str, str]) -> float:
    """Seconds to wait until WhatsApp has a message; 0: not at all. Refused: `InvalidWait`."""
    wait = arguments.get("wait")
    if wait is None:
        return 0.0
    seconds = _number(arguments.get("timeout", str(DEFAULT_ACK_SECONDS)), InvalidWait)
    if wait != "ack" or not 1 <= seconds <= MAX_WAIT_SECONDS:
        raise InvalidWait("Use wait=ack, com timeout de 1 a 30 segundos.")
    return float(seconds)


def cursor(order_id: str, position: int) -> str:
    """A place in the order of all events, as a caller keeps it."""
    return f"{order_id}-{position}"


def json_object(body: bytes) -> dict[str, Any]:
    """A body that is a JSON object; an empty one is `{}`. Refused: `InvalidJson`."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise InvalidJson from None
    if not isinstance(value, dict):
        raise InvalidJson
    return value


def phone_number(value: object) -> str | None:
    """An E.164 number with the plus, or None. Refused: `InvalidPhoneNumber`."""
    if value is None:
        return None
    if not isinstance(value, str) or not _PHONE.fullmatch(value):
        raise InvalidPhoneNumber
    return value


def prefers_png(accept: str) -> bool:
    """Whether an `Accept` header ranks `image/png` above `application/json` (RFC 9110, 12.5.1)."""
    return _quality(accept, "image/png") > _quality(accept, "application/json")


def prefers_openmetrics(accept: str) -> bool:
    """Whether an `Accept` header ranks OpenMetrics above plain text."""
    return _quality(accept, "application/openmetrics-text") > _quality(accept, "text/plain")


def _limit_and_wait(arguments: dict[str, str]) -> tuple[int, int]:
    limit = _number(arguments.get("limit", str(DEFAULT_LIMIT)), InvalidLimit)
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidLimit
    wait = _number(arguments.get("wait", "0"), InvalidWait)
    if wait > MAX_WAIT_SECONDS:
        raise InvalidWait
    return limit, wait


def _number(text: str, refusal: type[Refusal]) -> int:
    if not _NUMBER.fullmatch(text):
        raise refusal
    return int(text)


def _quality(accept: str, media_type: str) -> float:
    kind = media_type.partition("/")[0] + "/*"
    best: tuple[int, float] = (-1, 0.0)
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name in (media_type, kind, "*/*"):
            exactness = (media_type, kind, "*/*").index(name)
            best = max(best, (-exactness + 2, _q(parameters)), key=lambda pair: pair[0])
    return best[1]


def _q(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
