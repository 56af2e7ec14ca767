"""Every setting of the server, read once from the environment."""

from __future__ import annotations

import difflib
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

#: Where relative paths start, whatever folder the server is started from.
ROOT = Path(__file__).resolve().parent

PREFIX = "VENDEAI_"
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
KSM_MODES = ("auto", "off")
LAST_PORT = 65535

_TOKEN = re.compile(r"[A-Za-z0-9._~-]{24,}")
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?")
_HANDLER = re.compile(r"([a-z][a-z0-9_-]{0,39})=([A-Za-z_][\w.]*:[A-Za-z_]\w*)", re.ASCII)
_NOISE_ROOT = re.compile(r"[0-9A-Fa-f]{64}")

T = TypeVar("T")
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(ValueError):
    """The server cannot start with these settings; one sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set; `docs/operation.md` explains each."""

    host: str
    port: int
    """0: any free one."""
    empresas: int
    """For how many this server must have room; it refuses no further one."""
    data_dir: Path
    database_url: str
    """May hold a password: never logged."""
    retention_days: int
    """Of each empresa's events; 0: all."""
    retention_events: int
    """The number of each empresa's newest events; 0: all."""
    auth_dir: Path
    media_dir: Path
    media_bytes: int
    """Of each empresa's files; 0: without limit."""
    media_days: int
    """Since a file came last; 0: for ever."""
    media_networks: tuple[Network, ...]
    """Those that are not public, and from which files are fetched all the same."""
    media_ports: frozenset[int]
    cors_origins: tuple[str, ...]
    """Origins (`http://localhost:5173`) whose pages may call."""
    api_token: str | None
    log_format: str
    log_level: str
    device_name: str
    ksm: str
    sending: dict[str, Any]
    """How empresas send that have set nothing of their own; its fields are not checked here."""
    timezone: str
    """Of those that have set none, IANA's name; not checked here."""
    handlers: dict[str, str]
    """Further message handlers by name, each as `package.module:Class`."""
    noise_root: bytes | None
    """32 bytes, trusted instead of WhatsApp's own; None in production."""


def read_settings(environ: Mapping[str, str], root: Path = ROOT) -> Settings:
    """Read all of them; an empty value counts as unset. Raises `SettingsError`."""
    given = {name: text.strip() for name, text in environ.items() if name.startswith(PREFIX)}
    _refuse_unknown(given)

    def read(name: str, default: str, parse: Callable[[str], T]) -> T:
        text = given.get(name) or default
        try:
            return parse(text)
        except ValueError as error:
            raise SettingsError(f"{name} {error}.") from None

    data_dir = read("VENDEAI_DATA_DIR", "data", lambda text: root / text)
    settings = Settings(
        host=read("VENDEAI_HOST", "127.0.0.1", _host),
        port=read("VENDEAI_PORT", "3010", _port),
        empresas=read("VENDEAI_EMPRESAS", "200", _empresas),
        data_dir=data_dir,
        database_url=read(
            "VENDEAI_DATABASE_URL",
            f"sqlite:///{data_dir / 'vendeai.db'}",
            lambda text: _database_url(text, root),
        ),
        retention_days=read("VENDEAI_RETENTION_DAYS", "365", _count),
        retention_events=read("VENDEAI_RETENTION_EVENTS", "1000000", _count),
        auth_dir=read("VENDEAI_AUTH_DIR", "auth_info", lambda text: root / text),
        media_dir=read("VENDEAI_MEDIA_DIR", str(data_dir / "media"), lambda text: root / text),
        media_bytes=read("VENDEAI_MEDIA_BYTES", str(5 * 1024**3), _bytes),
        media_days=read("VENDEAI_MEDIA_DAYS", "90", _count),
        media_networks=read("VENDEAI_MEDIA_NETWORKS", "", _networks),
        media_ports=read("VENDEAI_MEDIA_PORTS", "80,443", _ports),
        cors_origins=read("VENDEAI_CORS_ORIGINS", "http://localhost:5173", _origins),
        api_token=read("VENDEAI_API_TOKEN", "", _token),
        log_format=read("VENDEAI_LOG_FORMAT", "text", _one_of(LOG_FORMATS)),
        log_level=read("VENDEAI_LOG_LEVEL", "INFO", _one_of(LOG_LEVELS)),
        device_name=read("VENDEAI_DEVICE_NAME", "VendeAI", _device_name),
        ksm=read("VENDEAI_KSM", "auto", _one_of(KSM_MODES)),
        sending=read("VENDEAI_SENDING", "{}", _json_object),
        timezone=read("VENDEAI_TIMEZONE", "America/Sao_Paulo", str),
        handlers=read("VENDEAI_HANDLERS", "", _handlers),
        noise_root=read("VENDEAI_NOISE_ROOT", "", _noise_root),
    )
    if settings.api_token is None and not is_loopback(settings.host):
        raise SettingsError(
            f"VENDEAI_HOST is {settings.host}, which others can reach: set VENDEAI_API_TOKEN "
            "to a secret of at least 24 characters, or leave VENDEAI_HOST at 127.0.0.1."
        )
    return settings


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


#: Every name there is; `read_settings` reads each of them.
NAMES = (
    "VENDEAI_HOST",
    "VENDEAI_PORT",
    "VENDEAI_EMPRESAS",
    "VENDEAI_DATA_DIR",
    "VENDEAI_DATABASE_URL",
    "VENDEAI_RETENTION_DAYS",
    "VENDEAI_RETENTION_EVENTS",
    "VENDEAI_AUTH_DIR",
    "VENDEAI_MEDIA_DIR",
    "VENDEAI_MEDIA_BYTES",
    "VENDEAI_MEDIA_DAYS",
    "VENDEAI_MEDIA_NETWORKS",
    "VENDEAI_MEDIA_PORTS",
    "VENDEAI_CORS_ORIGINS",
    "VENDEAI_API_TOKEN",
    "VENDEAI_LOG_FORMAT",
    "VENDEAI_LOG_LEVEL",
    "VENDEAI_DEVICE_NAME",
    "VENDEAI_KSM",
    "VENDEAI_SENDING",
    "VENDEAI_TIMEZONE",
    "VENDEAI_HANDLERS",
    "VENDEAI_NOISE_ROOT",
)


def _refuse_unknown(given: Mapping[str, Any]) -> None:
    for name in sorted(given):
        if name not in NAMES:
            nearest = difflib.get_close_matches(name, NAMES, n=1, cutoff=0)[0]
            raise SettingsError(
                f"There is no setting {name}: the nearest is {nearest}; correct or remove it."
            )


def _host(text: str) -> str:
    if text == "localhost":
        return text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"is {text!r}: give an IP address to listen on, or localhost") from None


def _port(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) and int(text) <= LAST_PORT:
        return int(text)
    raise ValueError(f"is {text!r}: give a port from 1 to 65535, or 0 for any free one")


def _count(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        return int(text)
    raise ValueError(f"is {text!r}: give a number, or 0 to keep all")


def _bytes(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,15}", text, re.ASCII):
        return int(text)
    raise ValueError(f"is {text!r}: give a number of bytes, or 0 for no limit")


def _networks(text: str) -> tuple[Network, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tuple(ipaddress.ip_network(part) for part in parts)
    except ValueError as error:
        raise ValueError(
            f"is not understood ({error}): give networks such as 10.1.0.0/24, separated by commas"
        ) from None


def _ports(text: str) -> frozenset[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"[1-9][0-9]{0,4}", part, re.ASCII) for part in parts):
        raise ValueError(f"is {text!r}: give ports such as 80,443")
    ports = frozenset(map(int, parts))
    if max(ports) > LAST_PORT:
        raise ValueError(f"is {text!r}: the last port is {LAST_PORT}")
    return ports


def _empresas(text: str) -> int:
    if re.fullmatch(r"[1-9][0-9]{0,5}", text, re.ASCII):
        return int(text)
    raise ValueError(f"is {text!r}: give the number of empresas to have room for")


def _database_url(text: str, root: Path) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator or not rest.strip("/"):
        # It may hold a password: it is not repeated.
        raise ValueError(
            "is no URL: give one such as sqlite:///data/vendeai.db "
            "or postgresql://user:password@host/database"
        )
    if scheme.partition("+")[0] == "sqlite" and rest.startswith("/"):
        return f"{scheme}:///{root / rest[1:]}"
    return text


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip() for part in text.split(",") if part.strip())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"names {origin!r}: give origins such as http://localhost:5173, "
                "without a path, separated by commas"
            )
    return tuple(origin.lower() for origin in origins)


def _token(text: str) -> str | None:
    if text and not _TOKEN.fullmatch(text):
        raise ValueError("must be at least 24 characters, of letters, digits and ._~- only")
    return text or None


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        for choice in choices:
            if text.lower() == choice.lower():
                return choice
        raise ValueError(f"is {text!r}: give one of {', '.join(choices)}")

    return parse


def _device_name(text: str) -> str:
    if len(text) > 40 or not text.isprintable():  # noqa: PLR2004 - what a phone's list shows
        raise ValueError("must be at most 40 printable characters")
    return text


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    raise ValueError('must be a JSON object such as {"perMinute": 1}, see docs/sending.md')


def _handlers(text: str) -> dict[str, str]:
    handlers: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        found = _HANDLER.fullmatch(part)
        if found is None:
            raise ValueError(
                f"names {part!r}: give handlers as name=package.module:Class, separated by commas"
            )
        if found[1] in {*handlers, "rules"}:
            raise ValueError(f"names {found[1]!r}, which there is already: choose another name")
        handlers[found[1]] = found[2]
    return handlers


def _noise_root(text: str) -> bytes | None:
    if text and not _NOISE_ROOT.fullmatch(text):
        raise ValueError("must be 64 hexadecimal digits; leave it unset for WhatsApp itself")
    return bytes.fromhex(text) if text else None
