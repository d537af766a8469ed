"""One row of a saved plan, and in what two of them differ.

Pure: a row of the journal becomes an entry, and two entries become a sentence. An
entry holds the row's cells and what would be sent as fingerprints only, so that a
plan can be handed on without the table. Invariant: two entries that do not differ
make a run do the same.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from importer import destination, texts
from importer.models import Place, Status

if TYPE_CHECKING:
    from importer.journal.history import DecidedRow
    from importer.models import InputFile

#: Bytes of a fingerprint: no two of a million rows have the same one by chance.
FINGERPRINT = 12

#: A row of the plan, as its file has it.
Entry = dict[str, Any]

#: What is written where another run may have made the collection meanwhile.
LOOK_FIRST = "look_first"


def entry(row: DecidedRow, file: InputFile) -> Entry:
    """Return what the plan says of a row."""
    action = _action(row)
    code, reason = row.why
    sends = row.body if action == "create" else b""
    if action == "update":
        sends = destination.wishes_of(row.body)
    who = f"{row.location_id}\n{row.slug}\n".encode("utf-8", "surrogatepass")
    return {
        "file": file.file,
        "sheet": file.sheet,
        "row": row.row,
        "row_end": row.row_end,
        "location_id": row.location_id,
        "name": row.name,
        "slug": row.slug,
        "action": action,
        "match": row.collection_id,
        "changes": row.changes,
        "code": code,
        "reason": reason,
        "cells": fingerprint(row.cells.encode()),
        "content": fingerprint(who + sends),
    }


def encoded(entry: Entry) -> bytes:
    """Write an entry as a line of the file, with `?` for half of a surrogate pair."""
    try:
        raw = orjson.dumps(entry)
    except orjson.JSONEncodeError:
        raw = orjson.dumps({name: _encodable(value) for name, value in entry.items()})
    return escaped(raw)


def escaped(raw: bytes) -> bytes:
    """Return the JSON with every letter visible."""
    if raw.isascii() and b"\x7f" not in raw:
        return raw
    return texts.escaped(raw.decode()).encode()


def fingerprint(content: bytes) -> str:
    """Return a few letters that differ where the content does."""
    return hashlib.blake2b(content, digest_size=FINGERPRINT).hexdigest()


def place(entry: Entry) -> str:
    """Tell a person where the row stands, and which collection it is."""
    places = Place(entry["file"], entry["sheet"], entry["row"], entry["row_end"])
    name = entry["slug"] or entry["name"]
    return f"{places} ({name})" if name else str(places)


def other_row(planned: Entry | None, now: Entry | None) -> str:
    """Say how a row of the input differs from the plan's, or empty.

    Either is None where one of them has come to its end.
    """
    if planned is None:
        return f"{place(now)} was added" if now else ""
    if now is None:
        return f"{place(planned)} is gone"
    same = ("row", "row_end", "cells")
    if any(planned[name] != now[name] for name in same):
        return f"{place(now)} was changed"
    return ""


def other_decision(planned: Entry, now: Entry) -> str:
    """Say how a decision differs from the plan's, or empty; the row is the same."""
    decisive = ("action", "match", "changes", "code", "content")
    if all(planned[name] == now[name] for name in decisive):
        return ""
    return f"{place(now)}: {_what_differs(planned, now)}"


def _what_differs(planned: Entry, now: Entry) -> str:
    slug, shown = f"{now['slug']}", f"location {now['location_id']}"
    before, after = planned["match"], now["match"]
    if now["action"] == LOOK_FIRST:
        return f"another run may have created {slug} in {shown} meanwhile"
    if after and not before and planned["action"] == "create":
        return f"{slug} ({after}) has appeared in {shown}; the plan creates it"
    if before and not after and now["action"] == "create":
        return f"{slug} ({before}) is gone from {shown}"
    if before and after and before != after:
        return f"{slug} in {shown} is another collection now ({after}, not {before})"
    if before and (planned["action"], planned["changes"]) != (
        now["action"],
        now["changes"],
    ):
        return f"{slug} ({before}) was changed in {shown}"
    return (
        f"the same cells come to something else now ({_said(now)}, not "
        f"{_said(planned)}): a setting, the mapping file or the program has changed"
    )


def _said(entry: Entry) -> str:
    """Say what is done with a row, in a word or two."""
    return f"{entry['action']}, {entry['code']}" if entry["code"] else entry["action"]


def _action(row: DecidedRow) -> str:
    if row.status == Status.UNKNOWN:
        return LOOK_FIRST
    if row.status == Status.PLANNED:
        return "update" if row.collection_id else "create"
    # refused by --on-existing fail, or by the check
    return row.status


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return value
