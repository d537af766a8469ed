"""Settings as the texts that people write for them.

Pure. Invariants: a text is read as the value that it was made of; a secret has none.
"""

from __future__ import annotations

from pydantic import SecretStr

from importer.settings.refusal import SECRETS

#: Lists whose texts may have commas of their own.
_QUOTED = frozenset({"ignore_columns", "into", "canary"})


def text(name: str, value: object) -> str:
    """Write the value of a setting; of a secret only what may be shown."""
    if name in SECRETS:
        assert isinstance(value, SecretStr)  # noqa: S101 - the type of the field
        return _masked(name, value.get_secret_value())
    if value is None:
        return "none" if name == "rate" else ""
    if isinstance(value, tuple):
        return ",".join(map(_quoted if name in _QUOTED else _part, value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _masked(name: str, secret: str) -> str:
    """Return what may be shown of a secret: of an address the host."""
    if name == "notify_url" and secret:
        from importer import notice  # noqa: PLC0415 - few commands show one

        return notice.shown(secret)
    return "(set)" if secret else ""


def _part(part: float | str | tuple[str, str]) -> str:
    if isinstance(part, tuple):
        return "=".join(part)
    return part if isinstance(part, str) else f"{part:g}"


def _quoted(header: str) -> str:
    """Write a text so that its own commas and quotation marks stay in it."""
    doubled = header.replace('"', '""')
    return f'"{doubled}"' if doubled != header or "," in header else header
