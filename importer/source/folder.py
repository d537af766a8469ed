"""A folder as one input: which of its files are tables, and in which order.

Decides by names alone, because what lies beside the tables (notes, images) is not
worth an error. Invariant: whatever is left out is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.source.packed import TABLES
from importer.source.rows import refusal, unreadable

if TYPE_CHECKING:
    from pathlib import Path

_PACKED = frozenset({".gz", ".zip"})
_NAMED = 10


def is_folder(path: Path) -> bool:
    """Say whether it is one.

    Raises:
        InputError: the system does not let it be looked at.
    """
    try:
        return path.is_dir()
    except OSError as error:
        raise unreadable(path, error) from error


def tables_in(path: Path) -> tuple[list[Path], str]:
    """List the files that hold tables, by name, and a sentence on the others.

    Raises:
        InputError: it holds none, or cannot be looked at.
    """
    try:
        entries = sorted(path.iterdir(), key=lambda entry: entry.name)
        tables = [entry for entry in entries if _is_table(entry)]
    except OSError as error:
        raise unreadable(path, error) from error
    if not tables:
        raise refusal(
            path,
            "there is no table in this folder.",
            "Name a folder with CSV files or workbooks, or the file itself.",
        )
    others = [entry.name for entry in entries if entry not in set(tables)]
    return tables, _skipped(path, others)


def _is_table(entry: Path) -> bool:
    # Excel marks a workbook that is open with a file named ~$…
    if entry.name.startswith((".", "~$")) or not entry.is_file():
        return False
    return entry.suffix.lower() in TABLES | _PACKED


def _skipped(path: Path, names: list[str]) -> str:
    if not names:
        return ""
    listed = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"of the folder {path.name}, no table and left out: {listed}{more}"
