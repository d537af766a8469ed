"""Inputs that are no plain file: packed (.gz, .zip), standard input, or a folder.

What is packed or piped is written to a temporary file, since a table is looked at more
than once and some of its kinds cannot be read front to back. An archive that says
itself that it is too large is refused unread; for the others unpacking counts the bytes
that come out and believes no header. Of a folder names alone say which files are
tables, because what lies beside them (notes, images) is not worth an error. Invariants:
an archive gives exactly one table, or an error that names what is in it; whatever is
left out of a folder is named.
"""

from __future__ import annotations

import gzip
import lzma
import sys
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from importer.errors import BrokenError, ForeignError, LockedError, UsageError
from importer.models import Note, NoteCode
from importer.source import kind
from importer.source.content import Content, spooled
from importer.source.kind import Kind
from importer.source.rows import oversized, refusal, unreadable

if TYPE_CHECKING:
    from importer.errors import InputError


#: Stands for standard input where a file is named.
STANDARD_INPUT = "-"
#: What files that hold tables are called; the reading itself asks for no name.
TABLES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson", ".json"}
    | {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
)
_NAMED = 5
# more than any disk holds: what is not packed cannot explode
_ENDLESS = 1 << 62
_BROKEN = (
    EOFError,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zipfile.BadZipFile,
    zlib.error,
)


def standard_input() -> Content:
    """Take in what another program pipes into this one.

    Raises:
        InputError: it cannot be read.
        StorageError: the folder for temporary files is full.
    """
    shown = Path("standard input")
    try:
        # without the lock of a buffer, which the end of the program would wait for
        stream = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
        return spooled(stream, shown, str(shown), _ENDLESS)
    except (OSError, AttributeError) as error:  # closed, or none at all
        raise refusal(
            shown,
            "nothing can be read from it.",
            "Pipe a file into the command, or name the file.",
        ) from error


def from_stream(stream: Any, name: str) -> Content:  # noqa: ANN401 - any open file
    """Take in an open file from where it stands, and leave it there.

    Raises:
        InputError: nothing is left in it, or it cannot be read.
        UsageError: it was opened as text, or is closed.
        StorageError: the folder for temporary files is full.
    """
    if getattr(stream, "closed", False):
        msg = f"{name}: the file is closed."
        raise UsageError(msg, remedy="Close it after the work, not before.")
    place = Path(name)
    begin = stream.tell() if _seekable(stream) else None
    try:
        content = spooled(_Bytes(stream, name), place, name, _ENDLESS)
    except OSError as error:
        raise unreadable(place, error) from error
    if begin is not None:
        stream.seek(begin)
    if begin != 0 and not content.path.stat().st_size:
        raise used_up(name, "file.seek(0)" if begin else "")
    return content


def used_up(name: str, again: str) -> InputError:
    """Return why a file that gives nothing cannot be read, as far as that is known.

    Args:
        name: of the file.
        again: how it is wound back; empty where that cannot be done.
    """
    msg = "nothing is left in the file: it stands at its end."
    remedy = f"Go back to its beginning: {again}." if again else "Open it anew."
    return refusal(Path(name), msg, remedy)


def _seekable(stream: Any) -> bool:  # noqa: ANN401 - any kind of open file
    return hasattr(stream, "tell") and bool(getattr(stream, "seekable", bool)())


class _Bytes:
    """An open file, of which only bytes are taken."""

    def __init__(self, stream: Any, name: str) -> None:  # noqa: ANN401 - as above
        """Take what is to be read, and what it is called."""
        self._stream, self._name = stream, name

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end.

        Raises:
            UsageError: it gives something else.
        """
        return only_bytes(self._stream.read(size), self._name)


def only_bytes(found: object, name: str) -> bytes:
    """Return what an open file gave, if it is bytes.

    Raises:
        UsageError: it is something else.
    """
    if isinstance(found, bytes | bytearray | memoryview) or found is None:
        return bytes(found or b"")
    msg = f"{name}: the file was opened as text."
    raise UsageError(msg, remedy='Open its bytes: open(path, "rb"), or BytesIO.')


def unpacked(content: Content, limit: int) -> tuple[Content, Kind]:
    """Unpack what is packed, once; the rest is given back as it is.

    Raises:
        InputError: it is no table, broken, too large, or holds not just one table.
        StorageError: the folder for temporary files is full.
    """
    found = kind.of(content)
    if found is Kind.GZIP:
        inner = _gunzipped(content, limit)
    elif found is Kind.ZIP:
        inner = _only_table(content, limit)
    else:
        return content, found
    # one level: an archive in an archive is how small files become endless ones
    within = kind.of(inner)
    if within in (Kind.GZIP, Kind.ZIP):
        raise refusal(
            content.shown,
            "what is packed in it is packed once more.",
            "Unpack it and name the table that is inside.",
        )
    return inner, within


def _gunzipped(content: Content, limit: int) -> Content:
    try:
        with gzip.open(content.path) as stream:
            return spooled(stream, content.shown, content.name, limit)
    except _BROKEN as error:
        raise _broken(content) from error
    except OSError as error:
        raise unreadable(content.shown, error) from error


def _only_table(content: Content, limit: int) -> Content:
    try:
        with zipfile.ZipFile(content.path) as archive:
            member = _member(content, archive)
            shown = Path(f"{content.shown}: {member.filename}")
            # the size that a header states is believed only where it refuses; `spooled`
            # counts
            if member.file_size > limit:
                raise oversized(shown, limit)
            with archive.open(member) as stream:
                return spooled(stream, shown, content.name, limit)
    except _BROKEN as error:
        raise _broken(content) from error
    except NotImplementedError as error:
        raise refusal(
            content.shown,
            "it is packed in a way that cannot be read.",
            "Unpack it and name the table that is inside.",
        ) from error
    except OSError as error:
        raise unreadable(content.shown, error) from error


def _member(content: Content, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    tables = [member for member in archive.infolist() if _is_table(member.filename)]
    if len(tables) != 1:
        raise _not_one(content, [table.filename for table in tables])
    if tables[0].flag_bits & 1:
        raise refusal(
            content.shown,
            "the archive is protected by a password.",
            "Unpack it and name the table that is inside.",
            LockedError,
        )
    return tables[0]


def _is_table(name: str) -> bool:
    """Tell by the name, as all that is known; macOS adds shadows of every file."""
    # some programs write backslashes between the folders of an archive
    path = PurePosixPath(name.replace("\\", "/"))
    hidden = any(part.startswith((".", "__MACOSX", "~$")) for part in path.parts)
    return not hidden and not name.endswith("/") and path.suffix.lower() in TABLES


def _not_one(content: Content, names: list[str]) -> InputError:
    if not names:
        return refusal(
            content.shown,
            "this is an archive or a document without a table in it.",
            "Name a CSV file or a workbook.",
            ForeignError,
        )
    listed = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return refusal(
        content.shown,
        f"the archive holds {len(names)} tables: {listed}{more}.",
        "Unpack it and name the ones to import; several files, or a folder, are fine.",
    )


def _broken(content: Content) -> InputError:
    return refusal(
        content.shown,
        "the packed file is broken or was not copied completely.",
        "Copy or download it once more.",
        BrokenError,
    )


_PACKED = frozenset({".gz", ".zip"})
_NAMED_BESIDE = 10


def is_folder(path: Path) -> bool:
    """Say whether it is one.

    Raises:
        InputError: the system does not let it be looked at.
    """
    try:
        return path.is_dir()
    except OSError as error:
        raise unreadable(path, error) from error


def tables_in(path: Path) -> tuple[list[Path], tuple[Note, ...]]:
    """List the files that hold tables, by name, and a note on the others.

    Raises:
        InputError: it holds none, or cannot be looked at.
    """
    try:
        entries = sorted(path.iterdir(), key=lambda entry: entry.name)
        tables = [entry for entry in entries if _holds_table(entry)]
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


def _holds_table(entry: Path) -> bool:
    # Excel marks a workbook that is open with a file named ~$…
    if entry.name.startswith((".", "~$")) or not entry.is_file():
        return False
    return entry.suffix.lower() in TABLES | _PACKED


def _skipped(path: Path, names: list[str]) -> tuple[Note, ...]:
    if not names:
        return ()
    shown = tuple(names[:_NAMED_BESIDE])
    more = len(names) - len(shown)
    folder = path.name
    return (Note(NoteCode.FOLDER_SKIPPED, folder=folder, files=shown, more=more),)
