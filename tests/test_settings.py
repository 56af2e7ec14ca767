from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path

import pytest

import settings
from settings import NAMES, SettingsError, read_settings

ROOT = Path("/srv/vendeai")
TOKEN = "a" * 24


def test_the_defaults_are_those_of_the_contract() -> None:
    found = read_settings({"PATH": "/bin"}, ROOT)
    assert (found.host, found.port) == ("127.0.0.1", 3010)
    assert found.empresas == 200
    assert found.data_dir == ROOT / "data"
    assert found.auth_dir == ROOT / "auth_info"
    assert found.database_url == "sqlite:////srv/vendeai/data/vendeai.db"
    assert found.cors_origins == ("http://localhost:5173",)
    assert (found.retention_days, found.retention_events) == (365, 1_000_000)
    assert found.media_dir == ROOT / "data" / "media"
    assert (found.media_bytes, found.media_days) == (5 * 1024**3, 90)
    assert (found.media_networks, found.media_ports) == ((), frozenset({80, 443}))
    assert found.api_token is None
    assert (found.log_format, found.log_level) == ("text", "INFO")
    assert found.device_name == "VendeAI"
    assert found.ksm == "auto"
    assert found.handlers == {}
    assert found.noise_root is None


def test_the_projects_root_is_where_the_settings_are() -> None:
    assert Path(settings.__file__).parent / "data" == read_settings({}).data_dir


def test_relative_paths_start_at_the_projects_root_and_absolute_ones_stay() -> None:
    found = read_settings({"VENDEAI_DATA_DIR": "there", "VENDEAI_AUTH_DIR": "/keys"}, ROOT)
    assert found.data_dir == ROOT / "there"
    assert found.database_url == "sqlite:////srv/vendeai/there/vendeai.db"
    assert found.auth_dir == Path("/keys")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("sqlite:///x/y.db", "sqlite:////srv/vendeai/x/y.db"),
        ("sqlite:////x/y.db", "sqlite:////x/y.db"),
        ("postgresql://u:p@h/d", "postgresql://u:p@h/d"),
    ],
)
def test_a_database_url_is_taken_from_the_root_too(given: str, url: str) -> None:
    assert read_settings({"VENDEAI_DATABASE_URL": given}, ROOT).database_url == url


def test_an_empty_value_counts_as_unset() -> None:
    assert read_settings(dict.fromkeys(NAMES, ""), ROOT) == read_settings({}, ROOT)


def test_every_name_is_read() -> None:
    source = Path(settings.__file__).read_text()
    assert set(re.findall(r'read\(\s*"(VENDEAI_[A-Z_]+)"', source)) == set(NAMES)


def test_all_can_be_set() -> None:
    found = read_settings(
        {
            "VENDEAI_HOST": "0.0.0.0",
            "VENDEAI_PORT": "0",
            "VENDEAI_EMPRESAS": "1000",
            "VENDEAI_API_TOKEN": TOKEN,
            "VENDEAI_CORS_ORIGINS": "https://crm.example.com, http://localhost:5173",
            "VENDEAI_LOG_FORMAT": "JSON",
            "VENDEAI_LOG_LEVEL": "warning",
            "VENDEAI_DEVICE_NAME": "Loja São João",
            "VENDEAI_KSM": "off",
            "VENDEAI_RETENTION_DAYS": "0",
            "VENDEAI_RETENTION_EVENTS": "5000",
            "VENDEAI_SENDING": '{"perMinute": 1}',
            "VENDEAI_TIMEZONE": "America/Manaus",
            "VENDEAI_HANDLERS": "ia=loja.ia:Vendedor, eco=loja.eco:Eco",
            "VENDEAI_NOISE_ROOT": "aB" * 32,
            "VENDEAI_MEDIA_DIR": "/disk/media",
            "VENDEAI_MEDIA_BYTES": "1000",
            "VENDEAI_MEDIA_DAYS": "0",
            "VENDEAI_MEDIA_NETWORKS": "10.1.0.0/24, fd00::/8",
            "VENDEAI_MEDIA_PORTS": "80, 443, 8080",
        },
        ROOT,
    )
    assert found.media_dir == Path("/disk/media")
    assert (found.media_bytes, found.media_days) == (1000, 0)
    assert found.media_networks == (ip_network("10.1.0.0/24"), ip_network("fd00::/8"))
    assert found.media_ports == frozenset({80, 443, 8080})
    assert found.cors_origins == ("https://crm.example.com", "http://localhost:5173")
    assert (found.log_format, found.log_level) == ("json", "WARNING")
    assert (found.sending, found.timezone) == ({"perMinute": 1}, "America/Manaus")
    assert found.handlers == {"ia": "loja.ia:Vendedor", "eco": "loja.eco:Eco"}
    assert found.empresas == 1000
    assert found.noise_root == b"\xab" * 32
    assert found.device_name == "Loja São João"
    assert (found.retention_days, found.retention_events) == (0, 5000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VENDEAI_HOST", "example.com"),
        ("VENDEAI_PORT", "65536"),
        ("VENDEAI_PORT", "http"),
        ("VENDEAI_PORT", "-1"),
        ("VENDEAI_EMPRESAS", "0"),
        ("VENDEAI_EMPRESAS", "many"),
        ("VENDEAI_CORS_ORIGINS", "*"),
        ("VENDEAI_CORS_ORIGINS", "http://localhost:5173/"),
        ("VENDEAI_CORS_ORIGINS", "localhost:5173"),
        ("VENDEAI_API_TOKEN", "short"),
        ("VENDEAI_API_TOKEN", "with a space" * 3),
        ("VENDEAI_LOG_FORMAT", "xml"),
        ("VENDEAI_LOG_LEVEL", "LOUD"),
        ("VENDEAI_KSM", "on"),
        ("VENDEAI_SENDING", "perMinute=1"),
        ("VENDEAI_SENDING", "[]"),
        ("VENDEAI_HANDLERS", "loja.ia:Vendedor"),
        ("VENDEAI_HANDLERS", "ia=loja.ia"),
        ("VENDEAI_HANDLERS", "rules=loja.ia:Vendedor"),
        ("VENDEAI_HANDLERS", "ia=loja.ia:Um,ia=loja.ia:Outro"),
        ("VENDEAI_NOISE_ROOT", "abc"),
        ("VENDEAI_DEVICE_NAME", "x" * 41),
        ("VENDEAI_DATABASE_URL", "vendeai.db"),
        ("VENDEAI_RETENTION_DAYS", "-1"),
        ("VENDEAI_RETENTION_EVENTS", "1e6"),
        ("VENDEAI_MEDIA_BYTES", "5G"),
        ("VENDEAI_MEDIA_DAYS", "-1"),
        ("VENDEAI_MEDIA_NETWORKS", "10.1.0.5/24"),
        ("VENDEAI_MEDIA_NETWORKS", "intranet"),
        ("VENDEAI_MEDIA_PORTS", "0"),
        ("VENDEAI_MEDIA_PORTS", "80,99999"),
        ("VENDEAI_MEDIA_PORTS", "80-90"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_the_setting(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({name: value}, ROOT)
    assert str(refused.value).startswith(name)
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_a_token_is_never_repeated_in_the_sentence() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"VENDEAI_API_TOKEN": "hunter2"}, ROOT)
    assert "hunter2" not in str(refused.value)


def test_a_database_url_may_hold_a_password_and_is_never_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"VENDEAI_DATABASE_URL": "user:hunter2@host/name"}, ROOT)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("VENDEAI_PROT", "VENDEAI_PORT"), ("VENDEAI_TOKEN", "VENDEAI_API_TOKEN")],
)
def test_an_unknown_name_is_refused_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}.*{nearest}"):
        read_settings({name: ""}, ROOT)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.5", "::", "203.0.113.7"])
def test_beyond_loopback_a_token_is_needed(host: str) -> None:
    with pytest.raises(SettingsError, match="VENDEAI_API_TOKEN"):
        read_settings({"VENDEAI_HOST": host}, ROOT)
    assert read_settings({"VENDEAI_HOST": host, "VENDEAI_API_TOKEN": TOKEN}, ROOT).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_on_loopback_no_token_is_needed(host: str) -> None:
    assert read_settings({"VENDEAI_HOST": host}, ROOT).api_token is None
