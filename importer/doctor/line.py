"""The line to the server, before any call: address, connection, certificate.

Opens a connection and closes it; no request is made and no token sent, so no budget
is touched. Invariant: it ends within the connection's timeout.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from importer.client import check_base_url
from importer.doctor.checks import Check, Grade, failed, ok
from importer.errors import UsageError
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from importer.client import Options

#: A certificate that ends within so many days should have been renewed.
SOON_DAYS = 14
_DAY_SECONDS = 86_400
_CERTIFICATE_REMEDY = (
    "A proxy or virus scanner that opens TLS is the usual cause: name its certificate "
    "in SSL_CERT_FILE. Wrong too: an old ca-certificates package, or the clock."
)


async def connection(options: Options, wall: float) -> Check:
    """Check whether the server can be reached, and whether it is the right one.

    Args:
        options: where to.
        wall: seconds since the epoch.
    """
    try:
        url = urlsplit(check_base_url(options))
    except UsageError as unusable:
        return failed("connection", "base_url_unusable", unusable)
    host, secure = url.hostname or "", url.scheme == "https"
    port = url.port or (443 if secure else 80)
    context = ssl.create_default_context() if secure else None
    began = time.monotonic()
    try:
        async with asyncio.timeout(options.connect_seconds):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, TimeoutError) as failure:
        return _broken(f"{host}:{port}", failure, options.connect_seconds)
    took = f"{(time.monotonic() - began) * 1000:.0f} ms"
    held = writer.get_extra_info("ssl_object")
    writer.transport.abort()
    if held is None:
        return _plain(f"{host}:{port} in {took}", insecure=options.insecure_http)
    return _secured(f"{host}:{port} in {took}, {held.version()}", held, wall)


def _plain(text: str, *, insecure: bool) -> Check:
    text = f"{text}, without TLS"
    if not insecure:
        return ok("connection", f"{text}, on this computer", tls=None)
    return Check(
        "connection",
        Grade.WARNING,
        f"{text}: any computer on the way can read the token.",
        "Leave --insecure-http to tests, and use https.",
        "plain_http",
        facts={"tls": None},
    )


def _secured(text: str, held: ssl.SSLObject, wall: float) -> Check:
    ends = str((held.getpeercert() or {}).get("notAfter", ""))
    facts: dict[str, Any] = {"tls": held.version(), "certificate_until": ends}
    left = (ssl.cert_time_to_seconds(ends) - wall) / _DAY_SECONDS if ends else SOON_DAYS
    if left >= SOON_DAYS:
        return ok("connection", f"{text}, certificate trusted", **facts)
    return Check(
        "connection",
        Grade.WARNING,
        f"{text}; the server's certificate ends in {left:.0f} days.",
        "Nothing to do here, unless --base-url names a server of your own.",
        "certificate_ends_soon",
        facts=facts,
    )


def _broken(place: str, failure: Exception, patience: float) -> Check:
    code, remedy = "unreachable", "Check the network, a firewall or proxy, --base-url."
    match failure:
        case ssl.SSLError() if not isinstance(failure, ssl.SSLCertVerificationError):
            remedy = "Check --base-url: a server without TLS is called with http://."
            message = f"The server at {place} does not speak https as it should."
        case ssl.SSLError():
            reason = getattr(failure, "verify_message", "") or failure.reason or "TLS"
            code, remedy = "certificate_untrusted", _CERTIFICATE_REMEDY
            message = f"The certificate of {place} is not to be trusted: {reason}."
        case socket.gaierror():
            code, remedy = "name_unknown", "Check the DNS, the network and --base-url."
            message = f"The name of {place} is not known."
        case TimeoutError():
            message = f"No connection to {place} within {patience:g} s."
        case _:
            number = getattr(failure, "errno", None)
            reason = os.strerror(number) if number else type(failure).__name__
            message = f"No connection to {place}: {reason}."
    return Check(
        "connection",
        Grade.WRONG,
        message,
        remedy,
        code,
        exit_code=Exit.TOO_MANY_ERRORS,
    )
