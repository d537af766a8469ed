"""Rows that an earlier run has done, and those that only look like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.intake import check, earlier
from importer.models import Code, Invalid, Place, Problem, Row, Status, Valid
from importer.models.annotations import ANNOTATIONS
from importer.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from importer.models import Checked, DoneBefore

HIGHLEVEL = "https://services.leadconnectorhq.com"
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
ID = "6" * 24
HEADER = ("name", *ANNOTATIONS)


def judged(
    status: str = "created",
    collection_id: str = ID,
    location: str = LOCATION,
    base_url: str = HIGHLEVEL,
) -> tuple[Status, Checked | DoneBefore]:
    marks = earlier.marks(HEADER, base_url)
    assert marks is not None
    row = Row.at(Place("r.xlsx", "s", 2, 2), ("N", status, collection_id, "", location))
    parts = {"location_id": LOCATION, "name": "N", "slug": "n"}
    return marks.judge(Status.PLANNED, Valid(row, parts))


@pytest.mark.parametrize("status", ["created", "updated", "existing", " Created "])
def test_a_row_with_status_and_id_is_done(status: str) -> None:
    """It is answered as existing, with the id that the table has."""
    found, done = judged(status, f" {ID} ")
    assert found is Status.EXISTING
    assert not isinstance(done, Valid | Invalid)
    assert (done.collection_id, done.remark.code) == (ID, Code.DONE_BEFORE)
    assert (done.location_id, done.name, done.slug) == (LOCATION, "N", "n")


@pytest.mark.parametrize(
    ("status", "collection_id", "location", "base_url"),
    [
        ("", ID, LOCATION, HIGHLEVEL),
        ("invalid", ID, LOCATION, HIGHLEVEL),
        ("unknown", ID, LOCATION, HIGHLEVEL),
        ("created", " ", LOCATION, HIGHLEVEL),
        ("created", ID, "", HIGHLEVEL),
        ("created", ID, "another", HIGHLEVEL),
        ("created", ID, LOCATION, "http://127.0.0.1:1"),
        ("created", ID, f"{LOCATION} at http://127.0.0.1:1", HIGHLEVEL),
        ("created", ID, f"{LOCATION} at http://127.0.0.1:1", "http://127.0.0.1:2"),
    ],
)
def test_a_row_that_lacks_one_of_them_is_like_any_other(
    status: str, collection_id: str, location: str, base_url: str
) -> None:
    """Without status or id, in another location or of a sandbox, it is looked at."""
    found, checked = judged(status, collection_id, location, base_url)
    assert found is Status.PLANNED
    assert isinstance(checked, Valid)


def test_what_was_done_at_a_sandbox_is_done_there() -> None:
    """The same address, with or without a slash at its end, is the same server."""
    location = f"{LOCATION} at http://127.0.0.1:1"
    assert judged(location=location, base_url="http://127.0.0.1:1/")[0] == "existing"
    assert judged(base_url=HIGHLEVEL + "/")[0] == "existing"


def test_a_row_that_is_done_needs_no_other_virtue() -> None:
    """What was created before is not refused now because the check has got stricter."""
    marks = earlier.marks(ANNOTATIONS, HIGHLEVEL)
    assert marks is not None
    row = Row.at(Place("r.csv", "", 2, 2), ("created", ID, "", LOCATION))
    bad = Invalid(
        row, (Problem(Code.SLUG_INVALID, {"proposal": "n"}),), LOCATION, "N", "N!"
    )
    assert marks.judge(Status.INVALID, bad)[0] is Status.EXISTING
    short = Invalid(Row.at(row.place, ("created",)), bad.problems, LOCATION)
    assert marks.judge(Status.INVALID, short) == (Status.INVALID, short)


@pytest.mark.parametrize("missing", ["import_status", "import_id", "import_location"])
def test_a_table_without_one_of_the_columns_has_no_marks(missing: str) -> None:
    """Nothing is skipped where the table does not say all of it."""
    header = [one for one in HEADER if one != missing]
    assert earlier.marks(header, HIGHLEVEL) is None
    assert earlier.marks([*header, f" {missing.upper()} "], HIGHLEVEL) is not None


def test_a_check_counts_what_is_done_and_names_no_column_of_ours(
    tmp_path: Path,
) -> None:
    """Done rows are no problem, and a row like one of them is a duplicate."""
    path = tmp_path / "again.csv"
    rows = [
        f"{LOCATION},A,a,manual,{ID},created,{ID},,{LOCATION}",
        f"{LOCATION},A,a,manual,{ID},,,,",
        f"{LOCATION},B,b,manual,{ID},invalid,,it was bad,{LOCATION}",
    ]
    header = ",".join(("location_id,name,Handle,type,product_ids", *ANNOTATIONS))
    path.write_text("\n".join((header, *rows)), "utf-8")

    result = check.check_inputs((path,), load())

    assert result.counts == {"valid": 2, "invalid": 0, "duplicate": 1}
    assert result.remarks == {"done_before": 1}
    assert result.files[0].columns_left_out == ()
    (bad,) = result.lines()
    assert bad.message.startswith('Handle: "Handle" a stands in row 2 already')
