"""A support archive: what helps to find a fault, and nothing that is a secret.

One zip file with the doctor's findings, the settings, the versions, and of the newest
runs the summary and the log. Tokens are struck from every text, whatever it is. Cells
of the user's spreadsheet are left out unless they are asked for: of a log's events
only keys that hold none are kept, and of tracebacks only places. Invariant: the
archive appears whole or not at all, and is readable by its user alone.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import logs, patterns, texts
from importer.errors import AccessError, FatalError, InputError, UsageError
from importer.settings import recipients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.doctor.checks import Examination
    from importer.settings import Settings

#: The newest runs are those that a support case is about.
RUNS = 3
#: The end of a log tells most.
MOST_LOG_BYTES = 4_000_000
#: Keys of events that never hold a cell of a spreadsheet.
HARMLESS = frozenset(
    {
        "timestamp",
        "level",
        "event",
        "logger",
        "run_id",
        "location",
        "row",
        "row_end",
        "seq",
        "verdict",
        "reason",
        "remedy",
        "http_status",
        "trace_id",
        "version",
        "settings",
        "state",
        "exit_code",
        "counts",
        "calls",
        "stopped_because",
        "sheet",
        "preset",
        "rows",
        "skipped",
        "collections",
        "code",
        "collection_id",
        "file",
        "method",
        "attempt",
        "phase",
        "seconds",
        "findings",
        "library",
    }
)
_CELLS = ("report.csv", "failed.csv")
_PLACE = patterns.later(r"^\s*File \"[^\"]+\", line \d+, in \S+")
_KIND = patterns.later(r"^([A-Za-z_][\w.]*)(?=:|$)")

README = """\
Support archive of the importer.

README.txt      this text
doctor.json     what `importer doctor` found
settings.json   every setting and where it came from, secrets masked
versions.json   the installed packages
runs/ID/        of the newest runs: summary.json (counts, names of files) and
                run.log (events){cells}

{without}
No token is in it. Location ids, names of locations and files, paths and settings are.
"""
WITH_CELLS = ", report.csv and failed.csv"
LEFT_OUT = """\
No cell of a spreadsheet is in it: events have no names, slugs and messages, and
tracebacks no values. --with-cells would put them in."""
PUT_IN = "With --with-cells: the rows of the spreadsheet are in report.csv, failed.csv."


def write(
    path: Path,
    found: Examination,
    chosen: Settings | None,
    *,
    cells: bool = False,
    force: bool = False,
) -> list[str]:
    """Write the archive; the names of what is in it.

    Args:
        path: where to.
        found: what the doctor found.
        chosen: the settings, None where they cannot be used.
        cells: whether the rows of the spreadsheet may be in it.
        force: whether a file that is there is replaced.

    Raises:
        UsageError: there is such a file.
        InputError: it cannot be written.
    """
    if path.exists() and not force:
        msg = f"The file {path} already exists."
        raise UsageError(msg, remedy="Choose another name, or add --force.")
    mask = logs.masker(_secrets(chosen) if chosen else [])
    try:
        handle, draft = tempfile.mkstemp(".zip", ".importer-", path.absolute().parent)
        try:
            with (
                os.fdopen(handle, "wb") as stream,
                zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
            ):
                for name, text in _members(found, chosen, cells=cells):
                    archive.writestr(name, mask(text))
                names = archive.namelist()
            Path(draft).chmod(0o600)  # whatever the umask
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as failure:
        msg = f"The file {path} cannot be written: {failure.strerror}."
        raise InputError(msg, remedy="Choose another place.") from None
    return names


def _secrets(chosen: Settings) -> list[str]:
    """Return every token that can be found, those in files of their own too."""
    found = {chosen.values.token.get_secret_value().strip(), *chosen.tokens.known()}
    with suppress(FatalError):
        whom = recipients.recipient(chosen)
        found.update(whom.secrets() if whom else ())
    for location in chosen.locations.listed:
        with suppress(AccessError):
            found.add(chosen.tokens(location.id))
    return sorted(found - {""})


def _members(
    found: Examination, chosen: Settings | None, *, cells: bool
) -> Iterator[tuple[str, str]]:
    yield (
        "README.txt",
        README.format(
            cells=WITH_CELLS if cells else "", without=PUT_IN if cells else LEFT_OUT
        ),
    )
    yield "doctor.json", _json(found.document())
    packages = sorted(
        (distribution.metadata["Name"], distribution.version)
        for distribution in metadata.distributions()
    )
    yield "versions.json", _json(dict(packages))
    if chosen is None:
        return
    shown = chosen.shown().items()
    yield (
        "settings.json",
        _json({name: {"value": v, "origin": o} for name, (v, o) in shown}),
    )
    with suppress(FatalError, OSError):
        yield from _runs(chosen.values.runs_dir, cells=cells)


def _runs(runs: Path, *, cells: bool) -> Iterator[tuple[str, str]]:
    folders = [path for path in runs.iterdir() if (path / "run.log").is_file()]
    folders.sort(key=lambda path: (path / "run.log").stat().st_mtime)
    event = _whole if cells else _without_cells
    for folder in folders[-RUNS:]:
        inside = f"runs/{folder.name}"
        summary = folder / "summary.json"
        if summary.is_file():
            yield f"{inside}/summary.json", summary.read_text("utf-8", "replace")
        yield f"{inside}/run.log", _log(folder / "run.log", event)
        for name in _CELLS if cells else ():
            if (folder / name).is_file():
                yield f"{inside}/{name}", (folder / name).read_text("utf-8", "replace")


def _log(path: Path, event: Callable[[dict[str, Any]], dict[str, Any]]) -> str:
    """Return the end of a log, line by line; what is no event is left out."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - MOST_LOG_BYTES))
        text = stream.read().decode("utf-8", "replace")
    kept = []
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            kept.append(texts.to_json(event(found)))
    return "\n".join([*kept, ""])


def _whole(event: dict[str, Any]) -> dict[str, Any]:
    return event


def _without_cells(event: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in event.items() if key in HARMLESS}
    if trace := event.get("exception"):
        kept["exception"] = places(str(trace))
    return kept


def places(trace: str) -> str:
    """Reduce a traceback to files, lines and kinds: no message and no source."""
    lines = trace.splitlines()
    kept = [found[0] for line in lines if (found := _PLACE.match(line))]
    kinds = [found[0] for line in lines if (found := _KIND.match(line))]
    return "\n".join([*kept, *(kind for kind in kinds if kind != "Traceback")])


def _json(document: object) -> str:
    return texts.to_json(document, indent=2, default=str) + "\n"
