"""The settings that give an input its meaning, and how they are typed once more.

A command that the program suggests is of no use without them: the same file would be
read as something else. Pure. Invariant: what stands in the environment or in a settings
file is not typed, since it is there the next time, too.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from importer.settings.loaded import Settings
from importer.settings.values import Values

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

#: How the bytes of a text file are read.
LETTERS: Final = ("encoding", "delimiter")


def _reading() -> tuple[str, ...]:
    """Name the settings of reading: those that stand between `sheet` and sending."""
    names = list(Values.model_fields)
    return tuple(names[names.index("sheet") : names.index("on_existing")])


#: All that a command repeats which is suggested for the same file.
REPEATED: Final = ("location_id", "into", "where", "locations_file", *_reading())
#: What the cells of a table mean, whatever the file is called that they stand in now.
CELLS: Final = (
    "location_id",
    "into",
    *(name for name in _reading() if name not in {"sheet", "limit", *LETTERS}),
)


def typed(settings: Settings, but: Collection[str] = ()) -> str:
    """Write the flags that were given and give an input its meaning.

    Args:
        settings: those of the command that suggests another one.
        but: settings that are left out, because the suggestion says them already.

    Returns:
        The flags with a space in front of each, so that they follow a file's name.
    """
    shown = settings.shown()
    return "".join(
        " " + _flag(name, shown[name][0])
        for name in REPEATED
        if settings.origins[name] == "flag" and name not in but
    )


def differing(kept: Mapping[str, str], more: Collection[str] = ()) -> str:
    """Write the flags of settings that were kept as text and are not the usual ones.

    Args:
        kept: settings by name, as `Settings.kept` gives them.
        more: settings that are repeated beside those of reading.
    """
    unlike = unusual(kept, (*REPEATED, *more))
    return "".join(" " + _flag(name, text) for name, text in unlike.items())


def unusual(kept: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """Return the settings among `names` that are not as they are without any flag."""
    usual = Settings(Values.model_validate({}), {}).kept(kept)
    return {
        name: kept[name] for name in names if name in kept and kept[name] != usual[name]
    }


def resume(run_id: str, settings: Settings | None = None) -> str:
    """Write the command that goes on with a run, and finds it.

    Args:
        run_id: the run; what its input means, its journal knows.
        settings: those of the command that suggests it.
    """
    command = f"importer resume {shlex.quote(run_id)}"
    return command + (_places(settings) if settings else "")


def _places(settings: Settings) -> str:
    """Write the flags that said where the runs are."""
    said = (
        ("--runs-dir", "runs_dir", settings.values.runs_dir),
        ("--journal", "journal", settings.values.journal),
        ("--journal-file", "journal_file", settings.values.journal_file),
    )
    return "".join(
        f" {flag} {shlex.quote(str(value))}"
        for flag, name, value in said
        if settings.origins[name] == "flag"
    )


def _flag(name: str, value: str) -> str:
    flag = "--" + name.replace("_", "-")
    if value in {"true", "false"}:
        return flag if value == "true" else "--" + f"no-{flag[2:]}"
    if value.startswith("-"):
        return shlex.quote(f"{flag}={value}")
    return f"{flag} {shlex.quote(value)}"
