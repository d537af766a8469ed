"""Who is told: an address that is checked, and the secret that signs what it gets.

Pure. The path and the query of an address count as secret, as who knows them may post
to it. Invariant: of both texts only the host is ever shown or raised.
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from importer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from urllib.parse import SplitResult

#: The machine itself, which plain http reaches without passing anybody.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: A shorter secret could be guessed.
SHORTEST_SECRET = 16
#: A shorter part of an address is an ordinary word, and no secret.
_SHORTEST_PART = 16

SIGNATURE, TIMESTAMP = "X-Importer-Signature", "X-Importer-Timestamp"

_ADDRESS_REMEDY = "Write notify_url as https://HOST/PATH, with what the receiver gave."
_SIGNING_REMEDY = (
    "Set IMPORTER_NOTIFY_SECRET to a long random text, and give the receiver the same: "
    "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told; `host` is what may be shown of the address."""

    host: str
    url: str = field(repr=False)
    secret: str = field(repr=False)

    def headers(self, body: bytes, timestamp: int) -> Mapping[str, str]:
        """Return the headers that say who sent a body, and when.

        Args:
            body: what is sent.
            timestamp: the time of sending, whole seconds since the epoch.
        """
        signed = f"{timestamp}.".encode() + body
        found = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        return {TIMESTAMP: str(timestamp), SIGNATURE: f"sha256={found}"}

    def secrets(self) -> Iterator[str]:
        """Yield what no log may hold."""
        parts = urlsplit(self.url)
        yield self.secret
        if parts.password:
            yield parts.password
        whole = parts.path + (f"?{parts.query}" if parts.query else "")
        for text in (whole, *parts.path.split("/"), parts.query):
            if len(text) >= _SHORTEST_PART:
                yield text


def recipient(url: str, secret: str, *, insecure_http: bool = False) -> Recipient:
    """Return who is told.

    Args:
        url: the address.
        secret: what signs the notices.
        insecure_http: whether plain http to other machines is allowed.

    Raises:
        UsageError: the address cannot be used, or the secret could be guessed.
    """
    parts = _parsed(url)
    if parts is None or parts.scheme not in {"http", "https"}:
        msg = "The setting notify_url is not an absolute http(s) address."
        raise UsageError(msg, remedy=_ADDRESS_REMEDY)
    host = _host(parts)
    if parts.scheme == "http" and not (insecure_http or parts.hostname in LOOPBACK):
        msg = (
            f"notify_url is plain http to another machine ({host}): all could read it."
        )
        raise UsageError(msg, remedy="Use https, or pass --insecure-http knowingly.")
    if not secret:
        msg = (
            "notify_url is set and notify_secret is not: anybody could forge a notice."
        )
        raise UsageError(msg, remedy=_SIGNING_REMEDY)
    if len(secret) < SHORTEST_SECRET:
        msg = f"notify_secret can be guessed: it has under {SHORTEST_SECRET} letters."
        raise UsageError(msg, remedy=_SIGNING_REMEDY)
    return Recipient(host, url, secret)


def shown(url: str) -> str:
    """Return what may be shown of an address."""
    parts = _parsed(url.strip())
    return f"{parts.scheme}://{_host(parts)}/…" if parts else "(set)"


def _parsed(url: str) -> SplitResult | None:
    """Take an address apart; None where it is none."""
    with suppress(ValueError):
        parts = urlsplit(url)
        # `port` raises where it is no number
        harmless = url.isprintable() and " " not in url
        if harmless and parts.scheme and parts.hostname and parts.port != 0:
            return parts
    return None


def _host(parts: SplitResult) -> str:
    """Return the host, and its port where one is given."""
    name = parts.hostname or ""
    name = f"[{name}]" if ":" in name else name
    return name if parts.port is None else f"{name}:{parts.port}"
