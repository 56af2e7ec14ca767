"""Who the server is: its Noise keys with their certificate chain, and its TLS certificate."""

import datetime as dt
import ssl
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from simulator.curve import KeyPair
from simulator.protobufs import CertChain
from simulator.records import Records

HOSTS = ("web.whatsapp.com", "*.whatsapp.com", "*.whatsapp.net", "*.cdn.whatsapp.net")
VALID = dt.timedelta(days=3650)
INTERMEDIATE_SERIAL = 1
LEAF_SERIAL = 2


class NoiseKeys:
    """The root that clients must trust, and what the server proves with it. Made once."""

    def __init__(self, records: Records) -> None:
        self.root = _kept(records, "root")
        self.static = _kept(records, "static")
        intermediate = _kept(records, "intermediate")
        chain = CertChain()
        _certify(chain.intermediate, self.root, intermediate.public, INTERMEDIATE_SERIAL, 0)
        _certify(chain.leaf, intermediate, self.static.public, LEAF_SERIAL, INTERMEDIATE_SERIAL)
        self.certificates = bytes(chain.SerializeToString())
        """The serialized CertChain, valid from a day ago for ten years."""


def _kept(records: Records, name: str) -> KeyPair:
    private = records.get("server-key", name)
    if private is None:
        private = KeyPair.generate().private
        records.put("server-key", name, private)
    return KeyPair.from_private(private)


def _certify(
    certificate: CertChain.NoiseCertificate, issuer: KeyPair, key: bytes, serial: int, by: int
) -> None:
    now = int(time.time())
    details = CertChain.NoiseCertificate.Details(
        serial=serial,
        issuerSerial=by,
        key=key,
        notBefore=now - 86400,
        notAfter=now + int(VALID.total_seconds()),
    )
    certificate.details = details.SerializeToString()
    certificate.signature = issuer.sign(certificate.details)


def tls_context(folder: Path) -> ssl.SSLContext:
    """Return the TLS server's context; its CA stands in `ca.pem` of the folder, made once."""
    authority, chain = folder / "ca.pem", folder / "server.pem"
    if not (authority.exists() and chain.exists()):
        _make_certificates(authority, chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _make_certificates(authority: Path, chain: Path) -> None:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "WhatsApp simulator CA")])
    ca = (
        _builder(ca_name, ca_name, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(sign_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOSTS[0])])
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS])
    server = (
        _builder(name, ca_name, key)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_key_usage(sign_certificates=False), critical=True)
        .add_extension(names, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.touch(mode=0o600)
    chain.write_bytes(private + server.public_bytes(pem))
    authority.write_bytes(ca.public_bytes(pem))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )
