"""Where to, how patiently, and what is refused before anything is sent."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from importer.errors import UsageError

#: The only version that the API page knows.
API_VERSION = "2021-07-28"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Options:
    """Where to and how patiently.

    `timeout_seconds` bounds a call from its first byte to its answer's last, and
    `api_version` is sent as `Version`.
    """

    base_url: str = "https://services.leadconnectorhq.com"
    timeout_seconds: float = 30.0
    connect_seconds: float = 10.0
    connections: int = 128
    insecure_http: bool = False
    api_version: str = API_VERSION


def check_base_url(options: Options) -> str:
    """The base URL without a slash at its end.

    Raises:
        UsageError: not an absolute http(s) URL, or plain http to another host.
    """
    url = options.base_url.rstrip("/")
    scheme, host = _scheme_and_host(url)
    if scheme not in {"http", "https"} or not host:
        msg = f"The base URL {options.base_url!r} is not an absolute http(s) address."
        raise UsageError(msg, remedy="Write it like https://host.example.")
    if any(sign in url for sign in "?#@"):
        msg = "The base URL has more than an address in it: a name, a query or a mark."
        raise UsageError(msg, remedy="Write only https://host.example.")
    plain = scheme == "http" and host not in LOOPBACK
    if plain and not options.insecure_http:
        msg = f"{url} is plain http to another machine: the token could be read."
        raise UsageError(msg, remedy="Use https, or pass --insecure-http knowingly.")
    return url


def _scheme_and_host(url: str) -> tuple[str, str]:
    """Both parts, empty where the text is no address or its port no number."""
    parts = urlsplit("")
    with suppress(ValueError):
        found = urlsplit(url)
        parts = found if found.port != 0 else parts
    return parts.scheme, parts.hostname or ""
