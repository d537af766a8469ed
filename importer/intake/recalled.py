"""How a run read its input, kept beside the files that it wrote to be corrected.

A `failed.csv` or a `report.xlsx` has the input's own columns, whose meaning a mapping
file or a flag may have given; `reading.json` in the same folder says it, with a copy of
the mapping file. Invariants: a flag goes before it; a file that a spreadsheet has saved
anew in UTF-8 or with another separator is read as it is now; only what cells mean is
taken from the file, and never where rows are sent or with which token.
"""

from __future__ import annotations

import json
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from importer import atomic_files
from importer.intake.given import Prepared
from importer.models import Note, NoteCode
from importer.settings import Settings, meaning

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from importer.models.inputs import Readable

#: The file, and the copy of the mapping file that it names.
NAME: Final = "reading.json"
MAPPING: Final = "mapping.toml"
#: A folder of another person's must not say where a run sends its token.
_MEANINGS = frozenset((*meaning.CELLS, *meaning.LETTERS))
_SCHEMA = 1
_BLOCK = 1 << 20


def write(folder: Path, kept: Mapping[str, str], encodings: Collection[str]) -> None:
    """Keep how a run reads, where it is not how every run does.

    Args:
        folder: of the run.
        kept: its settings as text.
        encodings: of the files that were written to be corrected.

    Raises:
        StorageError: it cannot be written.
    """
    told = meaning.unusual(kept, (*meaning.CELLS, "delimiter"))
    if "mapping" in told:
        _keep_mapping(folder, Path(told["mapping"]))
        told["mapping"] = MAPPING
    if len(encodings) == 1:
        (told["encoding"],) = encodings
    if told:
        with atomic_files.text(folder / NAME) as stream:
            json.dump({"schema": _SCHEMA, "settings": told}, stream, indent=1)
            stream.write("\n")


def _keep_mapping(folder: Path, path: Path) -> None:
    # one that has gone, or is the copy itself, is kept as it was
    with suppress(OSError):
        text = path.read_text(encoding="utf-8-sig")
        with atomic_files.text(folder / MAPPING) as stream:
            stream.write(text)


def settings(inputs: Sequence[Readable], given: Settings) -> Settings:
    """Return the settings that files of one earlier run are read with.

    Inputs of several folders are read with what was given.
    """
    first = inputs[0] if len(inputs) == 1 else None
    if isinstance(first, Prepared):
        meant = first.meaning
        names = [name for name in meant if given.origins.get(name, "flag") != "flag"]
        usable = {name: meant[name] for name in names}
        if usable.get("into"):
            usable.setdefault("location_id", "")
        return given.keeping(usable)
    if not all(isinstance(one, str | PathLike) for one in inputs):
        return given
    paths = [given.folder / Path(one) for one in inputs]  # type: ignore[arg-type]
    if len({path.parent for path in paths}) != 1 or not all(map(_is_ours, paths)):
        return given
    told = _told(paths[0].parent)
    usable = {
        name: text
        for name, text in told.items()
        if given.origins.get(name, "flag") != "flag"
        and all(_holds(path, name, text) for path in paths)
    }
    if not usable:
        return given
    if "into" in usable:
        # a run for many locations kept none beside them
        usable.setdefault("location_id", "")
    try:
        kept = given.keeping(usable)
    except ValidationError:  # changed by hand, or of another version
        return given
    return Settings(
        kept.values, {**kept.origins, **dict.fromkeys(usable, NAME)}, kept.folder
    )


def taken_up(kept: Settings) -> Settings:
    """Return the settings of a run whose files say where their rows go, if they do."""
    return Settings(kept.values, {**kept.origins, "into": NAME}, kept.folder)


def note(chosen: Settings) -> tuple[Note, ...]:
    """Say which settings came from an earlier run."""
    names = [
        name
        for name, origin in chosen.origins.items()
        if origin == NAME and getattr(chosen.values, name)
    ]
    if not names:
        return ()
    return (Note(NoteCode.READ_AS_BEFORE, settings=tuple(sorted(names))),)


def _is_ours(path: Path) -> bool:
    name = path.name
    ours = name == "report.xlsx" or (
        name.startswith("failed") and path.suffix == ".csv"
    )
    return ours and path.is_file()


def _told(folder: Path) -> dict[str, str]:
    try:
        content: Any = json.loads((folder / NAME).read_bytes())
        told = dict(content["settings"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    if content.get("schema") != _SCHEMA:
        return {}
    if "mapping" in told:
        told["mapping"] = str((folder / MAPPING).absolute())
    return {name: str(text) for name, text in told.items() if name in _MEANINGS}


def _holds(path: Path, name: str, text: str) -> bool:
    """Return whether a file is still written so; a spreadsheet may have saved it."""
    if name == "encoding":
        return path.suffix == ".csv" and not is_unicode(path)
    if name == "delimiter":
        separator = "\t" if text in {"tab", "\\t"} else text
        return path.suffix != ".csv" or separator.encode() in _first_line(path)
    return True


def _first_line(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.readline(_BLOCK)


def is_unicode(path: Path) -> bool:
    """Return whether a text says by its bytes that it is UTF-8 or UTF-16."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
