"""A file for the desktop of this computer that opens the page by a double click.

Invariants: it names the program and the folder in full, so that it works from anywhere;
a file that was not made here is never replaced.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from importer import atomic_files
from importer.errors import StorageError, UsageError

NAME = "Import collections"
#: By what a file is known as one that was made here.
_MARK = "made by importer web --starter"
_ENDINGS = {"win32": ".bat", "darwin": ".command"}
_ANYBODY = 0o755


def write(words: list[str], platform: str = sys.platform) -> Path:
    """Write a starter onto the desktop, and return where it is.

    Args:
        words: the command that it gives.
        platform: for which system, as `sys.platform` has it.

    Raises:
        UsageError: a file that was not made here has its name.
        StorageError: it cannot be written.
    """
    path = _desktop(platform) / f"{NAME}{_ENDINGS.get(platform, '.desktop')}"
    if path.exists() and _MARK not in _read(path):
        msg = f"{path} is there already, and was not made by this program."
        raise UsageError(msg, remedy="Rename it, and give the command again.")
    with atomic_files.replacing(path, private=False) as draft:
        draft.write_text(text(words, platform), "utf-8", newline="")
        draft.chmod(_ANYBODY)
    return path


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError as failure:
        msg = f"{path} cannot be read: {failure.strerror}."
        raise StorageError(msg, remedy="Look what is there.") from None


def text(words: list[str], platform: str) -> str:
    """Return what a starter says.

    Args:
        words: the command that it gives.
        platform: for which system, as `sys.platform` has it.
    """
    if platform == "win32":
        command = subprocess.list2cmdline(words).replace("%", "%%")
        lines = ["@echo off", f"rem {_MARK}", "chcp 65001 >nul", command]
        lines.append("if errorlevel 1 pause")
        return "\r\n".join([*lines, ""])
    if platform == "darwin":
        return f"#!/bin/sh\n# {_MARK}\nexec {shlex.join(words)}\n"
    entry = {
        "Type": "Application",
        "Name": NAME,
        "Comment": "Opens the page that imports collections",
        "Exec": " ".join(map(_quoted, words)),
        "Icon": "document-import",
        "Terminal": "true",
    }
    lines = [f"{key}={value}" for key, value in entry.items()]
    return "\n".join([f"# {_MARK}", "[Desktop Entry]", *lines, ""])


def _quoted(word: str) -> str:
    """Write a word as the specification of desktop entries has it, twice escaped."""
    escaped = re.sub(r'(["`$\\])', r"\\\1", word).replace("%", "%%")
    # the value of a key is unescaped before its words are told apart
    return '"' + escaped.replace("\\", "\\\\") + '"'


def _desktop(platform: str) -> Path:
    """Return the folder of the desktop, the user's own where there is none."""
    home = Path.home()
    found = home / "Desktop"
    if platform not in _ENDINGS:
        with suppress(OSError, UnicodeDecodeError):
            named = re.search(
                r'^XDG_DESKTOP_DIR="(.+)"',
                (home / ".config" / "user-dirs.dirs").read_text("utf-8"),
                re.MULTILINE,
            )
            found = Path(named[1].replace("$HOME", str(home))) if named else found
    return found if found.is_dir() else home
