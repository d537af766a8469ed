"""Where the page listens: this computer, and nowhere else.

Invariant: an address that another computer could reach is refused before anything
listens.
"""

from __future__ import annotations

import ipaddress
import socket

from importer.errors import UsageError

#: Where a page is looked for when nobody says a port, and how many are tried.
PORT, PORTS = 8642, 20


def refuse_others(host: str) -> None:
    """Refuse an address that is not this computer's own.

    Raises:
        UsageError: another computer could reach it.
    """
    if not _is_loopback(host):
        msg = f"The page is for this computer only, and cannot listen on {host!r:.60}."
        raise UsageError(msg, remedy="Leave --host out, or write --host 127.0.0.1.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def names(host: str, port: int) -> frozenset[str]:
    """Return what a browser may call the page in the header Host.

    A page of somebody else whose name was made to point here has another name.
    """
    own = f"[{host}]" if ":" in host else host
    return frozenset(f"{name}:{port}" for name in (own, "localhost"))


def listen(host: str, port: int | None) -> socket.socket:
    """Open the port, or the first that is free where none is named.

    Raises:
        UsageError: it is taken, or there is no such address.
    """
    ports = range(PORT, PORT + PORTS) if port is None else (port,)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    failure: OSError | None = None
    for one in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, one))
            listening.listen(128)
        except (OSError, OverflowError) as refused:
            listening.close()
            failure = refused if isinstance(refused, OSError) else OSError(str(refused))
            continue
        return listening
    reason = failure and (failure.strerror or str(failure))
    msg = f"The page cannot listen on {host}, port {port or PORT}: {reason}."
    raise UsageError(msg, remedy="Choose another one: --port 8700.")
