"""Exports of other programs, read as `check` reads them; what several tests share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer import settings
from importer.intake import claims, judged, tables
from importer.intake.check import check_inputs
from importer.models import DoneBefore, Invalid, Valid

if TYPE_CHECKING:
    from importer.intake.check import CheckResult
    from importer.models import Checked, Plain, Table

FOLDER = Path(__file__).parents[2] / "sample_data" / "exports"
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(name: str, **options: Any) -> list[Checked]:
    chosen = settings.load({"location_id": LOCATION, **options})
    seen = claims.Seen()
    return [
        checked
        for opened in tables.open_inputs([FOLDER / name], chosen)
        for _, found in judged.rows(opened, seen, chosen.checking)
        if not isinstance(checked := whole(opened.table, found), DoneBefore)
    ]


def whole(table: Table, found: Checked | DoneBefore | Plain) -> Checked | DoneBefore:
    """A row that was read, also where nothing was made of it because it is plain."""
    if isinstance(found, tuple):
        number, cells, parts = found
        return Valid(table.row(number, cells), parts)
    return found


def checked(name: str, **options: Any) -> CheckResult:
    chosen = settings.load({"location_id": LOCATION, **options})
    return check_inputs((FOLDER / name,), chosen)


def valid(name: str, **options: Any) -> dict[str, Valid]:
    found = [one for one in read(name, **options) if not isinstance(one, Invalid)]
    return {one.definition.slug: one for one in found}
