"""The address of a cluster: processes of this machine, a scheduler, or a file of one.

Who reaches a scheduler can have programs carried out on every worker, so one on another
machine is spoken to by TLS alone. Pure. Invariant: a text that is read here names a
place at which no one but its owner can be.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

#: More processes than this on one machine wait for each other.
MOST_PROCESSES = 64
_LOCAL = re.compile(r"local:(\d{1,4})")
_WAYS = "local:4, tls://HOST:PORT, or the path of a scheduler.json"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the work goes: one of the three is set.

    `processes` are begun on this machine, `address` is that of a scheduler, and `file`
    is one that a scheduler has written its address into.
    """

    processes: int = 0
    address: str = ""
    file: Path | None = None


def place(text: str) -> Place:
    """Return what the address of a cluster means.

    Raises:
        ValueError: it is none, or no one may be trusted there; what to write instead.
    """
    text = text.strip()
    if text.startswith("local"):
        return Place(processes=_processes(text))
    if "://" in text:
        return Place(address=checked(text))
    if text.endswith(".json"):
        return Place(file=Path(text))
    msg = f"write {_WAYS}"
    raise ValueError(msg)


def checked(address: str) -> str:
    """Return the address of a scheduler that may be trusted.

    Raises:
        ValueError: it is none, or it is plain and on another machine.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        port, parts = None, urlsplit("")
    if parts.scheme not in {"tls", "tcp"} or not parts.hostname or port is None:
        msg = f"write {_WAYS}"
        raise ValueError(msg)
    if parts.scheme == "tcp" and not is_loopback(parts.hostname):
        msg = "without TLS, whoever reaches it can run programs on every worker"
        raise ValueError(msg)
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, and cannot be another one."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _processes(text: str) -> int:
    found = _LOCAL.fullmatch(text)
    if found and 1 <= int(found[1]) <= MOST_PROCESSES:
        return int(found[1])
    msg = f"write how many processes, from local:1 to local:{MOST_PROCESSES}"
    raise ValueError(msg)
