"""Certificates for the servers of a test, in a folder: NAME.crt and NAME.key (and both in NAME.pem).

ca vouches for all but `untrusted`; good is that of localhost, 127.0.0.1 and 127.0.0.2; wrong_host is somebody else's,
expired was good until yesterday, early is good from tomorrow."""
from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(a)) for a in ("127.0.0.1", "127.0.0.2"))]
ELSEWHERE = [x509.DNSName("elsewhere.test")]
DAYS = {"good": (-2, 2), "untrusted": (-2, 2), "wrong_host": (-2, 2), "expired": (-3, -1), "early": (1, 3)}
Signer = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def make(folder: Path, called: str, days: tuple[int, int], hosts: list, signer: Signer | None) -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(timezone.utc)
    subject = name(called)
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(signer[0].subject if signer else subject)
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now + timedelta(days[0])).not_valid_after(now + timedelta(days[1]))
               .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True))
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    made = builder.sign(signer[1] if signer else key, hashes.SHA256())
    text = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{called}.crt").write_bytes(text)
    (folder / f"{called}.key").write_bytes(secret)
    (folder / f"{called}.pem").write_bytes(secret + text)
    return made, key


def make_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    ca, stranger = (make(folder, called, (-2, 2), [], None) for called in ("ca", "stranger"))
    for called, days in DAYS.items():
        make(folder, called, days, ELSEWHERE if called == "wrong_host" else HERE, stranger if called == "untrusted" else ca)
