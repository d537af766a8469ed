"""Who did what with a draft: a line for each deed, which is only ever added to.

Invariant: a line that was written is never changed; no line holds a token.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "audit.jsonl"


def add(folder: Path, person: str, deed: str, **told: object) -> None:
    """Add a deed to the record of a draft, and have the disk keep it."""
    line = {"at": round(time.time(), 3), "person": person, "deed": deed, **told}
    text = json.dumps(line, ensure_ascii=False) + "\n"
    handle = os.open(folder / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # in one piece, so that two who add at once do not mix their lines
        os.write(handle, text.encode("utf-8", "replace"))
        os.fsync(handle)
    finally:
        os.close(handle)


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the deeds in their order; a line that a crash has cut off is left out."""
    try:
        text = (folder / NAME).read_text("utf-8")
    except OSError:
        return
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue
