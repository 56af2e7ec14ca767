"""TLS is verified against the host's name, on the connection to the address that was checked."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from media import errors
from media.fetching import Fetcher
from media.policy import Policy
from tests.media.site import Site, answer

LOOPBACK = (ipaddress.IPv4Network("127.0.0.0/8"),)
NAME = "fotos.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of fotos.example, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def fetched(host: str, certificate: Path, *, is_trusted: bool) -> tuple[bytes, list[str | None]]:
    """What is fetched from the site under that name, and the names that TLS was asked for."""
    names: list[str | None] = []

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async def run() -> bytes:
        chunks: list[bytes] = []
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        served.load_cert_chain(certificate)
        served.sni_callback = lambda _socket, name, _context: names.append(name)
        trusted = ssl.create_default_context(cafile=certificate if is_trusted else None)
        async with Site({"/": answer(b"abc")}, served) as site:
            fetcher = Fetcher(Policy(LOOPBACK, frozenset({site.port})), resolve, trusted)
            try:
                await fetcher.fetch(f"https://{host}:{site.port}/", chunks.append, 1000)
            finally:
                fetcher.close()
        return b"".join(chunks)

    return asyncio.run(run()), names


def test_a_site_shows_a_certificate_of_the_name_that_was_asked_for(certificate: Path) -> None:
    assert fetched(NAME, certificate, is_trusted=True) == (b"abc", [NAME])


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_another_name_on_the_same_certificate_is_refused(host: str, certificate: Path) -> None:
    with pytest.raises(errors.MediaUrlUnreachable) as caught:
        fetched(host, certificate, is_trusted=True)
    assert caught.value.fields == {"reason": "tls"}


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with pytest.raises(errors.MediaUrlUnreachable) as caught:
        fetched(NAME, certificate, is_trusted=False)
    assert caught.value.fields == {"reason": "tls"}
