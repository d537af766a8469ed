"""Files whose names are no UTF-8, as old archives and disks hold them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="names of files are text there"
)

NAME, FIXED = os.fsdecode(b"caf\xe9.csv"), os.fsdecode(b"fix\xe9.csv")
SHOWN = "caf\\udce9.csv"


def test_a_file_whose_name_is_no_utf_8_works_in_every_command(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Its name is written with an escape wherever it is printed or kept."""
    name = importer.write(NAME, [*importer.rows(3), f"{importer.location},,bad,,,,"])

    importer.environment["IMPORTER_BASE_URL"] = sandbox().url
    ended = importer("check", name, "--json")
    document: Any = ended.document
    assert (ended.code, document["files"][0]["file"]) == (3, SHOWN)
    assert SHOWN in importer("check", name).out
    assert importer("check", name, "--fix", FIXED).code == 3
    assert (importer.folder / FIXED).exists()
    assert importer("plan", name, "--output", "plan.json").code == 3

    assert importer("run", "--plan", "plan.json", "--run-id", "odd").code == 3
    assert importer("run", name, "--run-id", "again").code == 3
    kinds = ("--format", "csv,xlsx,html,jsonl")
    for command in (("report", "odd", *kinds), ("runs",), ("audit", "odd")):
        assert importer(*command).code == 0
    assert importer("resume", "odd").code == 3
    folder = importer.folder / "runs" / "odd"
    for report in ("report.csv", "report.jsonl", "report.html"):
        written = (folder / report).read_text("utf-8").replace("\\\\", "\\")
        assert SHOWN in written
    assert importer("undo", "odd", "--yes").code == 0
