"""The input on its way into the journal: whichever way a row takes, it is the same."""

from __future__ import annotations

import csv
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from importer import journal, settings
from importer.background import Hold
from importer.intake import claims, judged, tables
from importer.models import Status
from importer.runs import loader
from importer.runs.monitor import Watch

if TYPE_CHECKING:
    from pathlib import Path

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
ID, OTHER = "655b33a82209e60b6adb87a5", "0055b33a82209e60b6adb87a"
RULES = '{"logic": "AND", "conditions": [{"field": "title"}]}'
HEADER = (
    *("location_id", "name", "slug", "type", "product_ids", "rules", "image"),
    *("seo_title", "seo_description", "rule_version", "stats", "Note", "rule_hash"),
)
ROWS = [
    (LOCATION, " Best ", "best", "Manual", f"{ID}, {OTHER}", *[""] * 6, "a note"),
    (LOCATION, "Smart", "smart", "SMART", "", RULES, "https://a.example/a.png"),
    (LOCATION, "Words", "words", "manual", f"{ID}|{OTHER}", "", "", "T", "D"),
    (LOCATION, "Half", "half", "manual", f'["{ID}"]', "", "", "", "D", "3", "{}"),
    (LOCATION, "Again", "best", "manual", ID),
    (LOCATION, "No product", "none", "manual"),
    (LOCATION, "No slug", "", "manual", ID),
    (LOCATION, "No type", "untyped", "", ID),
    ("", "No location", "nowhere", "manual", ID),
    (LOCATION, "Largo \U0001f45f", "largo", "manual", ID, *[""] * 7, "1f45f"),
]


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def table(path: Path, *rows: tuple[str, ...]) -> Path:
    full = [(*row, *[""] * (len(HEADER) - len(row))) for row in rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *full])
    return path


def taken(folder: Path, *files: Path, **options: Any) -> tuple[Watch, dict[str, Any]]:
    """What a reading counts, and what it leaves in the journal."""
    folder.mkdir()
    book, watch = journal.create(folder / "journal.db"), Watch()
    chosen = settings.load(options)
    loader.take_in(files, chosen, book, watch, lambda: False, Hold())
    book.planned.all_in()
    facts = book.noted()
    book.close()
    connection = sqlite3.connect(folder / "journal.db")
    left = {
        name: connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - ours
        for name in ("inputs", "records", "states")
    }
    connection.close()
    return watch, {**left, "facts": facts}


@pytest.mark.parametrize("metadata", [False, True])
def test_a_plain_row_leaves_what_it_would_leave_if_it_were_looked_at_closely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metadata: bool
) -> None:
    """Cells, body, name and state are the same to the byte."""
    path = table(tmp_path / "shop.csv", *ROWS)
    options = {"send_rule_metadata": metadata}
    short, quickly = taken(tmp_path / "a", path, **options)
    monkeypatch.setattr(tables.Opened, "simple", False)
    long, closely = taken(tmp_path / "b", path, **options)
    assert quickly == closely
    assert (short.decided, short.problems) == (long.decided, long.problems) == (3, 3)


def test_a_good_row_of_a_simple_table_comes_as_it_was_read(tmp_path: Path) -> None:
    """Nothing is made of it that would be taken apart at once."""
    path = table(tmp_path / "shop.csv", *ROWS)
    chosen, seen = settings.load({}), claims.Seen()
    (opened,) = tables.open_inputs([path], chosen)
    found = list(judged.rows(opened, seen, chosen.checking))
    plain = [row[0] for _, row in found if isinstance(row, tuple)]
    # rows 5 and 11 fill what is not sent, which is told
    assert plain == [2, 3, 4]
    assert [status for status, _ in found].count(Status.DUPLICATE) == 1


def test_rows_are_numbered_through_all_tables_as_far_as_the_limit(
    tmp_path: Path,
) -> None:
    """Without a gap; a table that the limit leaves out is there with no row."""
    files = [
        table(tmp_path / f"{name}.csv", (LOCATION, name, name, "manual", ID), *more)
        for name, more in (("a", ROWS[:2]), ("b", ROWS[5:]), ("c", ()))
    ]
    watch, left = taken(tmp_path / "run", *files, limit=5)
    assert watch.rows_read == 5
    assert [row[:3] for row in left["records"]] == [
        *((0, 0, 2), (1, 0, 3), (2, 0, 4)),
        *((3, 1, 2), (4, 1, 3)),
    ]
    assert [row[-1] for row in left["inputs"]] == [3, 2, 0]


def test_what_tables_say_of_themselves_is_kept_by_their_numbers(
    tmp_path: Path,
) -> None:
    """Only of those that have something to say."""
    good = table(tmp_path / "good.csv", ROWS[0])
    odd = tmp_path / "odd.csv"
    odd.write_bytes(table(tmp_path / "x.csv", ROWS[1], ("", "#REF!")).read_bytes())
    _, left = taken(tmp_path / "run", good, odd)
    assert list(left["facts"]["notes"]) == ["1"]
    assert "skipped" not in left["facts"]
