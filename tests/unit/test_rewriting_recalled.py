"""What a resume learns of a location from the answers that earlier processes got."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from importer import journal, rewrites
from importer.execution.evidence import Evidence
from importer.models import InputFile, Job, Outcome, Place, Row, Status, Table
from importer.rewrites import Way

if TYPE_CHECKING:
    from pathlib import Path


def recalled(path: Path, *shown: dict[str, object]) -> Evidence:
    """The evidence of a journal whose rows were answered so."""
    book = journal.create(path / "journal.db")
    try:
        table = Table("shop.csv", "", ("Name", "Slug"), 1, ())
        told = InputFile("shop.csv", "", "own", 0, ("Body",))
        book.planned.open_input(0, table, told)
        for seq in range(len(shown)):
            place = Place("shop.csv", "", seq + 2, seq + 2)
            job = Job(seq, "LOC", f"Name & {seq}", f"slug-{seq}", "", b"{}")
            book.planned.add_job(0, Row.at(place, ("x", "y")), job, ())
        book.planned.close_input(0, len(shown))
        for seq, fields in enumerate(shown):
            text = orjson.dumps(fields).decode() if fields else ""
            done = Outcome(seq, Status.CREATED, f"c{seq}", attempts=1, shown=text)
            book.delivery.record(done)
        book.delivery.close()
        evidence = Evidence(book.delivery)
        evidence.recall()
        return evidence
    finally:
        book.close()


@pytest.mark.parametrize(
    ("shown", "rewrites_slugs"),
    [
        ([{}], False),
        ([{"name": "Name &amp; 0"}], False),
        ([{"slug": "slug-0", "name": "Name & 0"}], False),
        ([{"slug": "slug-0-1"}], True),
        ([{"slug": 7}], False),
        ([{"name": "Name &amp; 0"}, {"slug": "slug-1-x"}], True),
        ([{"slug": "slug-0-x"}, {"name": "Name &amp; 1"}], True),
    ],
)
def test_a_location_changes_slugs_only_where_one_was_shown_changed(
    tmp_path: Path, shown: list[dict[str, object]], rewrites_slugs: bool
) -> None:
    """An answer without a slug, or with the row's own, contradicts nothing."""
    assert recalled(tmp_path, *shown).rewrites_slugs("LOC") is rewrites_slugs


def test_every_row_teaches_and_each_location_has_its_own_ways(tmp_path: Path) -> None:
    """A row that shows nothing new is no end of what there is to learn."""
    evidence = recalled(tmp_path, {}, {"slug": "s"}, {"name": "Name &amp; 2"})
    assert evidence.ways("LOC").names == {Way.HTML}
    assert evidence.ways("OTHER") == rewrites.NONE
    assert not evidence.rewrites_slugs("OTHER")
