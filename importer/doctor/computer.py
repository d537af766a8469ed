"""This computer and its line to the server: versions, settings, disk, connection.

Reads and measures; makes nothing but a file in the folder for runs that is gone at
once. The connection is opened and closed; no request is made and no token sent, so no
budget is touched. Invariants: no setting that is a secret is shown; the look at the
line ends within the connection's timeout.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import platform
import shlex
import shutil
import socket
import ssl
import sys
import tempfile
import time
from collections import Counter
from importlib import metadata
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from importer.client import check_base_url
from importer.doctor.checks import Check, Grade, failed, ok
from importer.errors import FatalError, UsageError
from importer.exit_codes import Exit
from importer.runs import inventory
from importer.settings import recipients
from importer.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from importer.client import Options
    from importer.journal import Home
    from importer.settings import Settings


#: Below the one a run is at its end soon, below the other it does not begin.
FEW_BYTES = 1_000_000_000
TOO_FEW_BYTES = 20_000_000
#: Libraries whose version a support case asks for first.
LIBRARIES = ("aiohttp", "pydantic", "SQLAlchemy", "python-calamine", "orjson", "uvloop")
_MEGABYTE = 1_000_000
_OTHERS_MAY = 0o077


def versions() -> Check:
    """Check the program, Python, and whether the quick parts are there."""
    known = {name: _version(name) for name in LIBRARIES}
    facts = {
        "importer": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        **known,
    }
    text = f"importer {__version__}, Python {platform.python_version()}, "
    text += platform.system()
    slow = [] if known["uvloop"] or sys.platform == "win32" else ["uvloop"]
    if importlib.util.find_spec("aiohttp._http_parser") is None:
        slow.append("aiohttp's C extensions")
    if not slow:
        return ok("versions", text, **facts)
    return Check(
        "versions",
        Grade.WARNING,
        f"{text}; without {' and '.join(slow)} it is slower than it could be.",
        "Install it again from wheels: pip install --only-binary :all: "
        "--force-reinstall aiohttp uvloop",
        "slow_parts",
        facts=facts,
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def settings(chosen: Settings) -> Check:
    """Count the settings by the place that they come from."""
    places = Counter(
        origin for origin in chosen.origins.values() if origin != "default"
    )
    text = ", ".join(f"{count} from {place}" for place, count in places.items())
    shown = {
        name: {"value": value, "origin": origin}
        for name, (value, origin) in chosen.shown().items()
        if origin != "default"
    }
    return ok("settings", text or "All are the defaults.", settings=shown)


def notices(chosen: Settings) -> list[Check]:
    """Check where notices of runs go, if anywhere; none is sent."""
    try:
        whom = recipients.recipient(chosen)
    except FatalError as failure:
        return [failed("notices", "setting_unusable", failure)]
    if whom is None:
        return []
    return [ok("notices", f"Signed, to {whom.host}; none was sent", host=whom.host)]


def runs_folder(runs: Path) -> Check:
    """Check whether runs can be kept, and whether others can read them."""
    path = _nearest(runs)
    try:
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as failure:
        return Check(
            "runs folder",
            Grade.WRONG,
            f"{runs} cannot be written: {failure.strerror}.",
            "Choose another with --runs-dir, or fix its permissions.",
            "runs_folder_unwritable",
            exit_code=Exit.INPUT,
        )
    if runs.is_dir() and os.name == "posix" and runs.stat().st_mode & _OTHERS_MAY:
        return Check(
            "runs folder",
            Grade.WARNING,
            f"Others on this computer can look into {runs}; the folder of each run "
            "is closed to them all the same.",
            f"chmod 700 {shlex.quote(str(runs))}",
            "runs_folder_open",
        )
    new = "" if path == runs.absolute() else ", which the first run will make"
    return ok("runs folder", f"{runs}{new}")


def database(home: Home) -> list[Check]:
    """Check the database of journals, where one is set."""
    try:
        text = home.described()
    except FatalError as failure:
        return [failed("journal", "journal_unreachable", failure)]
    return [ok("journal", text)] if text else []


def journals(home: Home) -> list[Check]:
    """Check for runs of which it is unknown what they sent; usually there are none."""
    try:
        return [
            failed("runs", "journal_damaged", run.problem)
            for run in inventory.listed(home)
            if run.problem is not None
        ]
    except FatalError as failure:
        return [failed("runs", "runs_folder_unwritable", failure)]


def disk(runs: Path) -> Check:
    """Check whether there is room: a journal takes about a kilobyte a row."""
    free = shutil.disk_usage(_nearest(runs)).free
    text = f"{free / _MEGABYTE:,.0f} MB free"
    if free >= FEW_BYTES:
        return ok("disk", text, free_bytes=free)
    grade = Grade.WARNING if free >= TOO_FEW_BYTES else Grade.WRONG
    return Check(
        "disk",
        grade,
        f"{text}; a run of 100,000 rows takes about 100 MB.",
        "Make room, or choose a folder on another disk with --runs-dir.",
        "disk_nearly_full",
        exit_code=Exit.OK if grade is Grade.WARNING else Exit.STORAGE,
        facts={"free_bytes": free},
    )


def _nearest(path: Path) -> Path:
    """Return the path, or the first of the folders above it that is there."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


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
