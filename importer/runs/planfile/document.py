"""A plan as a file: a heading, a line for each row, and a sum over all of it.

One JSON document whose lines can be read one by one: its heading whole, its rows as a
stream, as often as wanted. Invariants: the file is there whole or not at all, and it
replaces an earlier plan or nothing; what is not a plan, was cut off, or was changed by
hand is refused before anything is believed of it.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from importer import atomic_files
from importer.errors import InputError, StorageError, UsageError
from importer.runs.planfile import entries
from importer.source.files import is_folder, tables_in
from importer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from importer.journal import Journal
    from importer.models import Summary
    from importer.runs.folders import RunFolder
    from importer.runs.forecasts import Forecast
    from importer.runs.planfile.entries import Entry
    from importer.settings import Settings


SCHEMA = 1
KIND = "importer plan"
#: How every plan begins.
MARK = f'{{"kind":"{KIND}","schema":'.encode()
#: What stands before the first row, and what ends the last line.
ROWS, END = b',"rows":[\n', b'\n],"sha256":"'


def refuse_output(path: Path) -> None:
    """Make sure, before any work, that a plan can be written there.

    Raises:
        UsageError: there is no such folder, or what is there is no plan.
    """
    if not path.absolute().parent.is_dir():
        msg = f"The plan cannot be written to {path}: there is no such folder."
        raise UsageError(msg, remedy="Make the folder, or name another place.")
    try:
        with path.open("rb") as there:
            # its first bytes tell a plan from any other file, which is not replaced
            begins = there.read(len(MARK))
    except FileNotFoundError:
        return
    except OSError as error:
        msg = f"The plan cannot be written to {path}: {error.strerror}."
        raise UsageError(msg, remedy="Name another place.") from None
    if begins != MARK:
        msg = f"{path} is there and no plan, so it is not replaced."
        raise UsageError(msg, remedy="Name a file that is not there: -o plan.json")


def save(summary: Summary, folder: RunFolder, forecast: Forecast, path: Path) -> None:
    """Write what a run would do, to be done later with `--plan`.

    Args:
        summary: of the comparison.
        folder: where its journal is.
        forecast: what sending would take.
        path: of the plan.

    Raises:
        UsageError: the plan is not complete, or what is there is no plan.
        StorageError: the file cannot be written.
    """
    refuse_output(path)
    if reason := summary.stopped_because:
        msg = (
            f"The plan was not written to {path}, because it is not complete: {reason}"
        )
        raise UsageError(msg, remedy="Fix that, and make the plan once more.")
    from importer import journal  # noqa: PLC0415 - loads SQLAlchemy

    book = journal.open(folder.journal, depth=journal.Depth.FACTS, write=False)
    try:
        with atomic_files.replacing(path) as draft, draft.open("wb") as stream:
            _write(stream, (summary, forecast), book)
    except StorageError as full:
        raise StorageError(str(full), remedy="Make room, or name a place.") from None
    finally:
        book.close()


def _write(stream: BinaryIO, plan: tuple[Summary, Forecast], book: Journal) -> None:
    digest = hashlib.sha256()
    for part in _parts(plan, book):
        digest.update(part)
        stream.write(part)
    stream.write(END + digest.hexdigest().encode() + b'"}\n')


def _parts(plan: tuple[Summary, Forecast], book: Journal) -> Iterator[bytes]:
    """Yield the file in pieces, all but its end."""
    heading = _heading(*plan, book)
    try:
        written = orjson.dumps(heading)
    except orjson.JSONEncodeError:  # the name of a file is no UTF-8
        written = json.dumps(heading, separators=(",", ":")).encode()
    yield entries.escaped(written).removesuffix(b"}") + ROWS
    tables = book.history.files()
    between = b""
    for row in book.decided.rows():
        yield between + entries.encoded(entries.entry(row, tables[row.input]))
        between = b",\n"


def _heading(summary: Summary, forecast: Forecast, book: Journal) -> dict[str, Any]:
    facts = book.noted()
    counts = summary.counts
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "program": __version__,
        "made_at": datetime.fromtimestamp(facts["started_at"], UTC).isoformat(),
        "settings": facts["settings"] | _cluster(facts),
        "inputs": [
            {"path": path, "files": fingerprints(path)} for path in facts["inputs"]
        ],
        "tables": [
            {
                "file": file.file,
                "sheet": file.sheet,
                "preset": file.preset,
                "rows": file.rows,
                "header": entries.fingerprint(header.encode()),
            }
            for file, header in zip(
                book.history.files(), book.decided.headers(), strict=True
            )
        ],
        "counts": {
            "create": forecast.create,
            "update": forecast.update,
            **{name: counts[name] for name in ("existing", "duplicate", "invalid")},
        },
        "forecast": {
            "locations": forecast.locations,
            "calls": forecast.calls,
            "seconds": forecast.seconds,
            "daily_share": forecast.daily_share,
            "daily_left": forecast.daily_left,
            "days": forecast.days,
            "canary": forecast.canary,
            "workers": forecast.workers,
        },
    }


def _cluster(facts: dict[str, Any]) -> dict[str, str]:
    """Return by which cluster a run was planned; one by none may have any."""
    return {"cluster": facts["cluster"]} if facts.get("cluster") else {}


def fingerprints(path: str) -> list[dict[str, Any]]:
    """Return name, size and SHA-256 of a file, or of the files of a folder.

    Raises:
        InputError: a file cannot be read.
    """
    named = Path(path)
    found = tables_in(named)[0] if is_folder(named) else [named]
    return [_fingerprint(file) for file in found]


def _fingerprint(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            return {"name": path.name, "bytes": content.tell(), "sha256": digest}
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}."
        raise InputError(msg, remedy="Check its name and its permissions.") from None


#: Bytes of a SHA-256 as text, with what stands around it in the last line.
_TAIL = len(END) + 64 + len(b'"}\n')
_BLOCK = 1 << 20
_CHANGED = "it was changed or cut off after it was written."
_AGAIN = "Make it again with: importer plan FILE -o "


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A saved plan. `heading` is all of its file but the rows."""

    path: Path
    heading: dict[str, Any]

    def rows(self) -> Iterator[Entry]:
        """Yield every row of the plan, in the order of the input."""
        with self.path.open("rb") as stream:
            stream.readline()
            for line in stream:
                if line.startswith(b"]"):
                    return
                if line.strip():
                    yield orjson.loads(line.rstrip(b",\n"))

    def settings(self, given: Settings) -> Settings:
        """Return the settings that the plan was made with; others stay as given.

        Raises:
            UsageError: a flag says something else than the plan.
        """
        kept: dict[str, str] = self.heading["settings"]
        now = given.kept(kept)
        for name, text in kept.items():
            # only a flag is a wish of this moment; a file of settings may say something
            # else for all runs
            if given.origins[name] == "flag" and now[name] != text:
                flag = "--" + name.replace("_", "-")
                msg = (
                    f"The plan {self.path} was made with {name} "
                    f"{text or '(nothing)'}, not {now[name] or '(nothing)'}."
                )
                remedy = f"Leave {flag} out, or make a new plan with it."
                raise UsageError(msg, remedy=remedy)
        return given.keeping(kept)

    def inputs(self) -> list[str]:
        """Return the files that the plan was made of.

        Raises:
            UsageError: they cannot be found by a name, as standard input.
        """
        paths = [given["path"] for given in self.heading["inputs"]]
        if not paths:
            msg = f"The plan {self.path} does not say where its input can be read."
            raise UsageError(
                msg,
                remedy="Name it: importer run FILE --plan "
                f"{shlex.quote(str(self.path))}",
            )
        return paths


def load(path: Path) -> StoredPlan:
    """Open a plan and make sure that it is whole.

    Raises:
        InputError: it cannot be read, is no plan, is damaged, or of a newer version.
    """
    try:
        with path.open("rb") as stream:
            heading = _read_heading(path, stream.readline())
            if not _is_whole(path):
                raise _refusal(path, _CHANGED)
    except OSError as error:
        raise _refusal(path, f"{error.strerror or error}.") from None
    return StoredPlan(path, heading)


def _read_heading(path: Path, first: bytes) -> dict[str, Any]:
    if not first.startswith(MARK):
        raise _refusal(path, "it is no plan, or another program wrote it anew.")
    if not first.endswith(ROWS):
        raise _refusal(path, _CHANGED)
    try:
        heading: dict[str, Any] = json.loads(first.removesuffix(ROWS) + b"}")
    except ValueError:
        raise _refusal(path, "its first line makes no sense.") from None
    if heading["schema"] != SCHEMA:
        reason = f"it has version {heading['schema']}, this program knows {SCHEMA}."
        raise _refusal(path, reason)
    return heading


def _is_whole(path: Path) -> bool:
    """Return whether the sum at the end is that of everything before it."""
    digest = hashlib.sha256()
    left = path.stat().st_size - _TAIL
    with path.open("rb") as stream:
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            digest.update(block)
            left -= len(block)
        return stream.read() == END + digest.hexdigest().encode() + b'"}\n'


def _refusal(path: Path, reason: str) -> InputError:
    return InputError(
        f"The plan {path} cannot be used: {reason}",
        remedy=_AGAIN + shlex.quote(str(path)),
    )
