"""`report.html`: the flight record of a run as one page that needs nothing beside it.

What stands on it is worked out in `contents`, drawn by `charts`, and written into the
template next to this file by Jinja, which escapes every value. Rows are not elements
of the page: a few of each kind are, the others wait as JSON until they are turned to
them. Invariant: the page asks nothing of any network, runs no script but its own, and
a cell of the input is nothing but text on it.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import atomic_files, texts
from importer.report.page.contents import NOTHING_MADE, contents, gathered
from importer.report.page.made import kept
from importer.report.page.room import KEPT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Template

    from importer.models import ReportLine, Summary
    from importer.report.page.made import Made

__all__ = ["KEPT", "embedded", "kept", "write_page"]

HERE = Path(__file__).parent


def write_page(
    path: Path,
    summary: Summary,
    troubles: Iterable[ReportLine],
    made: Made = NOTHING_MADE,
) -> None:
    """Write the page.

    Args:
        path: `report.html` in the folder of the run.
        summary: the run in numbers, which are those of the page.
        troubles: the rows to look at, in input order.
        made: the first collections that were created and updated.

    Raises:
        StorageError: the file cannot be written.
    """
    script = (HERE / "page.js").read_text("utf-8")
    shown = contents(summary, gathered(troubles), path.parent, made)
    page = _template().render(
        shown,
        style=(HERE / "page.css").read_text("utf-8"),
        script=script,
        script_hash=_hash(script),
    )
    with atomic_files.text(path) as stream:
        stream.write(page)


@cache
def _template() -> Template:
    """Compile the template, which takes longer than most pages: once for all runs."""
    # loaded here because a run that is never looked at needs neither
    from jinja2 import (  # noqa: PLC0415
        Environment,
        FileSystemLoader,
        StrictUndefined,
    )

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["embedded"] = embedded
    return environment.get_template("page.html.jinja")


def embedded(value: Any) -> str:  # noqa: ANN401 - JSON
    """Write a value as JSON that cannot end the element it stands in."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja

    text = texts.to_json(value, separators=(",", ":"))
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - no letter of HTML is left in it


def _hash(script: str) -> str:
    """Return the hash by which a browser knows the one script that may run."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
