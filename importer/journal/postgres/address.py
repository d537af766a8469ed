"""Addresses of a database, and the passwords that go with them.

An address goes to other processes, into logs and reports, so it never holds a
password: that stays in a register of this process, by server, user and database. A
process that has none of it takes what libpq takes: PGPASSWORD, or a password file.
Invariant: nothing that is printed or handed out by this module holds a password.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from importer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

#: What the addresses of PostgreSQL begin with, as libpq takes them.
SCHEMES = ("postgresql", "postgres")
#: The parameter that names the run whose journal is meant.
RUN = "run"
#: Parameters that hold a secret.
SECRET = ("password", "sslpassword")
_PORT = 5432

_mutex = threading.Lock()
_secrets: dict[tuple[str, int, str, str], Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is; `options` are parameters of libpq, none of them secret."""

    host: str
    port: int
    user: str
    database: str
    options: tuple[tuple[str, str], ...] = ()
    run_id: str = ""

    def __str__(self) -> str:
        """Return it as a URL that holds no secret."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        port = f":{self.port}" if self.host and self.port != _PORT else ""
        run = [(RUN, self.run_id)] if self.run_id else []
        options = urlencode([*self.options, *run], quote_via=quote, safe="/")
        database = quote(self.database, safe="")
        address = f"postgresql://{user}{host}{port}/{database}"
        return f"{address}?{options}" if options else address

    @property
    def server(self) -> Address:
        """The same database, whatever run is meant."""
        return self.of_run("")

    def of_run(self, run_id: str) -> Address:
        """Return the address of the journal of a run in this database."""
        return Address(
            self.host, self.port, self.user, self.database, self.options, run_id
        )

    def parameters(self) -> dict[str, str]:
        """Return what libpq connects with, the secrets that are known included.

        What is not given is left to libpq: its variables, its files, its defaults.
        """
        given = {
            "host": self.host,
            "port": str(self.port) if self.host else "",
            "user": self.user,
            "dbname": self.database,
        }
        known = _secrets.get(_key(self), {})
        filled = {name: value for name, value in given.items() if value}
        return {**filled, **dict(self.options), **known}


def is_address(url: object) -> bool:
    """Return whether a text is the address of a PostgreSQL database."""
    scheme, found, _ = str(url).partition("://")
    return bool(found) and scheme.lower() in SCHEMES


def has_secret(url: str) -> bool:
    """Return whether an address holds a password, or what may be a part of one."""
    try:
        parts = urlsplit(url)
        # read, as it is only then looked at: a part of a password is no number
        port = parts.port
    except ValueError:
        return True
    # a sign in a password that is not escaped puts the rest of it elsewhere
    if "@" in f"{parts.path}{parts.query}{parts.fragment}" or port == 0:
        return True
    named = parse_qsl(parts.query, keep_blank_values=True)
    return parts.password is not None or any(name in SECRET for name, _ in named)


def know(url: str) -> Address:
    """Return the address without its password, which this process keeps.

    An address without a password leaves what is known of it as it is.

    Raises:
        UsageError: it is no address of a database.
    """
    address, secrets = _read(url)
    if secrets:
        with _mutex:
            _secrets[_key(address)] = secrets
    return address


def whole(url: str) -> str:
    """Return an address with the secrets that this process knows of it.

    For a process that this one begins and speaks to by a pipe, and for no one else.

    Raises:
        UsageError: it is no address of a database.
    """
    address = know(url)
    secrets = _secrets.get(_key(address), {})
    if not secrets:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(secrets, quote_via=quote)}"


def _key(address: Address) -> tuple[str, int, str, str]:
    host = address.host or dict(address.options).get("host", "")
    return host, address.port, address.user, address.database


def _read(url: str) -> tuple[Address, dict[str, str]]:
    if not is_address(url):
        raise _refused(reason="it does not begin with postgresql://")
    try:
        parts = urlsplit(url)
        port = parts.port or _PORT
    # the words of the failure hold what was given, which may be a part of a password
    except ValueError:
        raise _refused(
            reason="what stands behind the host is no port, or a sign in the password "
            "is not escaped (@ is %40, / is %2F, : is %3A)"
        ) from None
    # else what stands behind such a sign would be taken for a host, and told
    if "@" in f"{parts.path}{parts.query}" or parts.fragment:
        raise _refused(
            reason="a sign in it is not escaped (@ is %40, / is %2F, # is %23)"
        )
    given = parse_qsl(parts.query, keep_blank_values=True)
    secrets = {name: value for name, value in given if name in SECRET}
    if parts.password is not None:
        secrets["password"] = unquote(parts.password)
    named = dict(given)
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database:
        raise _refused(reason="it names no database")
    public = [item for item in given if item[0] not in (*SECRET, RUN)]
    address = Address(
        _host(parts),
        port,
        unquote(parts.username or ""),
        database,
        tuple(public),
        named.get(RUN, ""),
    )
    return address, {name: value for name, value in secrets.items() if value}


def _host(parts: SplitResult) -> str:
    """Return the host as it was written: it may be the folder of a socket."""
    _, _, host = parts.netloc.rpartition("@")
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return unquote(host.partition(":")[0])


def _refused(*, reason: str) -> UsageError:
    return UsageError(
        f"The address of the journal's database cannot be read: {reason}.",
        remedy="Write it as postgresql://USER:PASSWORD@HOST/DATABASE, or without the "
        "password, which may stand in PGPASSWORD instead.",
    )
