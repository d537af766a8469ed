"""The certificate that everything of one trial's cluster has, for TLS on the loopback.

Who reaches a scheduler can run programs as its user, so another user of this machine
must not. Invariant: the key is in a file that only this user can read, and of no use
when the trial is over.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HOURS = 24


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two files: of a certificate that is its own authority, and of its key."""

    path: Path
    key: Path

    def variables(self) -> dict[str, str]:
        """Return what tells Dask of it, in the environment."""
        given = {"REQUIRE_ENCRYPTION": "True", "TLS__CA_FILE": str(self.path)}
        for role in ("CLIENT", "SCHEDULER", "WORKER"):
            given[f"TLS__{role}__CERT"] = str(self.path)
            given[f"TLS__{role}__KEY"] = str(self.key)
        return {f"DASK_DISTRIBUTED__COMM__{name}": text for name, text in given.items()}


def make(folder: Path) -> Certificate:
    """Make one in a folder."""
    # loaded here: only a cluster needs it
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "selftest")])
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - a certificate's
    valid = dt.timedelta(hours=HOURS)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - valid)
        .not_valid_after(now + valid)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "cluster.pem", folder / "cluster.key")
    made.key.touch(mode=0o600)
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    made.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return made
