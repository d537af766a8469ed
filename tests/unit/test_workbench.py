"""A table on the workbench: edited, corrected, taken back, and read as it is now."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import importer
from importer.errors import EditOutdated, InputError, UsageError
from importer.intake.workbench.sheet import Sheet
from importer.models import Code
from importer.repair import Kind

if TYPE_CHECKING:
    from pathlib import Path

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
ID, OTHER = "655b33a82209e60b6adb87a5", "655b33a82209e60b6adb87a6"
HEADER = "name,slug,type,product_ids"
ROWS = [
    f"Hats,hats,manual,{ID}",
    f"Shoes,Shoes & Boots,manual,{ID}",
    f"Caps,hats,manual,{OTHER}",
    "Bags,bags,manual,x",
    f"Belts,belts,manual,{ID}",
]


def written(folder: Path, *rows: str, name: str = "spring.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *(rows or ROWS)]) + "\n", "utf-8")
    return path


def opened(path: Path, **more: Any) -> importer.Workbench:
    return importer.open(path, location_id=LOCATION, env=False, **more)


def checked(*inputs: Any, **more: Any) -> importer.CheckResult:
    found: importer.CheckResult = importer.sync.check(*inputs, env=False, **more)
    return found


def statuses(bench: importer.Workbench, count: int = 5) -> list[str]:
    return [bench.row(number).status for number in range(2, 2 + count)]


def test_an_edit_judges_its_row_and_those_of_its_slug_alone(tmp_path: Path) -> None:
    """A slug that is freed goes to the next row that has it."""
    with opened(written(tmp_path)) as bench:
        first = statuses(bench)
        assert first == ["valid", "invalid", "duplicate", "invalid", "valid"]
        assert bench.counts == {"valid": 2, "invalid": 2, "duplicate": 1}
        bench.edit(2, "slug", "bags")
        # row 5 would repeat row 2 now, were it fixed
        assert statuses(bench) == ["valid", "invalid", "valid", "invalid", "valid"]
        assert bench.codes[Code.DUPLICATE_IN_INPUT] == 1
        bench.edit(5, "product_ids", ID)
        assert bench.row(5).status == "duplicate"
        assert "row 2" in bench.row(5).problems[0].message
        assert [row.row for row in bench.problems()] == [3, 5]
        assert [row.row for row in bench.problems(after=3, count=1)] == [5]
        assert [row.row for row in bench.problems(Code.SLUG_INVALID)] == [3]


def test_corrected_at_once_is_what_needs_no_question(tmp_path: Path) -> None:
    """A repeated slug is asked: two collections, or the same twice?"""
    with opened(written(tmp_path)) as bench:
        assert bench.offered() == {Kind.SLUG: 1}
        assert bench.apply(by="Ann") == 1
        assert bench.row(3).slug == "shoes-boots"
        assert statuses(bench) == ["valid", "valid", "duplicate", "invalid", "valid"]
        (offer,) = bench.offers(4)
        assert (offer.kind, offer.asks, offer.twin) == (Kind.REPEATED_SLUG, True, 2)
        assert offer.question.startswith("Row 2 says hats as well.")
        with pytest.raises(UsageError, match="has to be asked"):
            bench.apply(Kind.REPEATED_SLUG)
        assert bench.accept(offer) == 1
        assert (bench.row(4).slug, bench.row(4).status) == ("hats-2", "valid")
        with pytest.raises(EditOutdated):
            bench.accept(offer)


def test_rows_that_say_the_same_of_everything_are_told_so(tmp_path: Path) -> None:
    """The same twice, probably: the answer is to leave one out."""
    rows = [ROWS[0], ROWS[0].replace("Hats", "Hats ")]
    with opened(written(tmp_path, *rows)) as bench:
        (offer,) = bench.offers(3)
        assert offer.alike
        bench.leave_out(3, by="Ann")
        assert bench.counts == {"valid": 1, "invalid": 0, "duplicate": 0}
        assert (bench.left_out, bench.row(3).status) == ((3,), "left_out")
        bench.take_in(3)
        assert bench.counts["duplicate"] == 1


def test_a_slug_that_is_made_safe_is_asked_where_a_good_row_has_it(
    tmp_path: Path,
) -> None:
    """Corrected, two rows must not become one without a word."""
    rows = [ROWS[0], f"Caps,HATS,manual,{OTHER}", f"Berets,hats!!,manual,{ID}"]
    with opened(written(tmp_path, *rows)) as bench:
        (offer,) = bench.offers(3)
        assert (offer.asks, offer.before, offer.after) == (True, "HATS", "hats-2")
        assert bench.apply() == 0
        # it is asked once: what was wrong with the slug is right then, too
        assert bench.accept(offer) == 1
        assert (bench.row(3).slug, bench.row(3).status) == ("hats-2", "valid")
        assert [one.after for one in bench.offers(4)] == ["hats-3"]
    # of two that would be one, the first is corrected alone
    with opened(written(tmp_path, *rows[1:])) as bench:
        assert bench.apply() == 1
        assert statuses(bench, 2) == ["valid", "invalid"]


def test_what_was_done_is_taken_back_and_stays_in_the_history(tmp_path: Path) -> None:
    """Who changed what, before and after; a step back is a step."""
    with opened(written(tmp_path)) as bench:
        before = checked(bench)
        bench.edit(5, "product_ids", ID, by="Ann")
        bench.apply(by="Bob")
        bench.leave_out(2)
        for _ in range(3):
            assert bench.undo(by="Cid")
        assert bench.undo() is None
        assert [*checked(bench).bad] == [*before.bad]
        steps = bench.history()
        assert [step.what for step in steps] == [
            *("opened", "edit", "apply", "leave_out", "undo", "undo", "undo")
        ]
        assert steps[1].by == "Ann"
        assert steps[1].cells == ((5, "product_ids", 4, "x", ID),)
        assert steps[2].cells == ((3, "slug", 2, "Shoes & Boots", "shoes-boots"),)
        assert [step.takes_back for step in steps[4:]] == [4, 3, 2]


def test_an_edit_of_what_was_changed_meanwhile_is_told(tmp_path: Path) -> None:
    """Two people: the second learns what the first has written."""
    with opened(written(tmp_path)) as bench:
        bench.edit(5, "product_ids", ID, by="Ann", expected="x")
        with pytest.raises(EditOutdated, match="by Ann") as told:
            bench.edit(5, "product_ids", OTHER, by="Bob", expected="x")
        assert (told.value.now, told.value.by) == (ID, "Ann")
        assert bench.row(5).cells[0][3] == ID


def test_a_draft_is_opened_again_after_a_kill(tmp_path: Path) -> None:
    """Half a line at the end was told to no one; another file is refused."""
    path, draft = written(tmp_path), tmp_path / "draft"
    code = (
        "import importer, time\n"
        f"bench = importer.open({str(path)!r}, draft={str(draft)!r}, env=False)\n"
        "bench.edit(5, 'product_ids', 'y', by='Ann')\n"
        "bench.apply()\n"
        "bench.undo()\n"
        "print('done', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", code], stdout=subprocess.PIPE
    ) as it:
        assert it.stdout
        assert it.stdout.readline().strip() == b"done"
        it.send_signal(signal.SIGKILL)
    history = draft / "history.jsonl"
    with history.open("a", encoding="ascii") as stream:
        stream.write('{"number": 9, "what": "ed')
    with opened(path, draft=draft) as bench:
        assert bench.row(5).cells[0][3] == "y"
        assert bench.row(3).slug == "Shoes & Boots"
        bench.edit(2, "name", "Caps")
    lines = [json.loads(line) for line in history.read_text("ascii").splitlines()]
    assert [line["what"] for line in lines] == [
        *("opened", "edit", "apply", "undo", "edit")
    ]
    with pytest.raises(InputError, match="draft is of another file"):
        opened(written(tmp_path, ROWS[0]), draft=draft)


def test_headers_and_samples_are_there_where_no_column_is_known(
    tmp_path: Path,
) -> None:
    """A guess is a hint; what a person says is what counts."""
    path = tmp_path / "regal.csv"
    path.write_text(
        "Export,,\nGruppe,Kurz,Regal\nHüte,huete,A1\nSchuhe,schuhe,A2\n", "utf-8"
    )
    with opened(path, require_product_ids=False) as bench:
        assert bench.failure
        assert bench.counts == {"valid": 0, "invalid": 0, "duplicate": 0}
        (table,) = bench.tables
        assert [column.header for column in table.columns] == [
            "Gruppe",
            "Kurz",
            "Regal",
        ]
        assert table.columns[0].samples == ("Hüte", "Schuhe")
        assert {column.field for column in table.columns} == {""}
        with pytest.raises(UsageError, match="not understood"):
            bench.edit(3, "Kurz", "x")
        with pytest.raises(UsageError, match="no field 'nam'"):
            bench.map({"Gruppe": "nam"})
        bench.map({"Gruppe": "name", "Kurz": "slug", "Regal": ""}, by="Ann")
        assert bench.counts["valid"] == 2
        columns = bench.tables[0].columns
        assert [c.why for c in columns] == ["mapped", "mapped", "ignored"]
        assert bench.row(3).slug == "huete"
        assert [*checked(bench).bad] == [
            bad for row in (3, 4) for bad in bench._bench.standing.refused(row)
        ]
        bench.undo()
        assert str(bench.failure)


def test_a_column_that_is_mapped_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    """The table stays one of its program."""
    header = "Handle,Title,Must Match,Nickname"
    path = tmp_path / "shop.csv"
    path.write_text(f"{header}\nhats,Hats,all conditions,Fine hats\n", "utf-8")
    with opened(path) as bench:
        preset = bench.tables[0].preset
        known = {c.header: c.field for c in bench.tables[0].columns}
        assert known["Nickname"] == ""
        bench.map({"Nickname": "seo_title"})
        now = {c.header: c.field for c in bench.tables[0].columns}
        assert now == known | {"Nickname": "seo_title"}
        bench.map({})
        assert bench.tables[0].preset == preset


def test_it_is_an_input_that_keeps_file_and_rows(tmp_path: Path) -> None:
    """A title above the header and rows left out move no number."""
    path = tmp_path / "titled.csv"
    path.write_text("\n".join(["My shop,,,", "", HEADER, *ROWS]) + "\n", "utf-8")
    with opened(path) as bench:
        bench.leave_out(5)
        found = checked(bench)
        places = [(bad.row.place.file, bad.row.place.row) for _, bad in found.bad]
        assert places == [("titled.csv", 6), ("titled.csv", 7)]
        assert dict(found.counts) == bench.counts
        assert found.files == bench.files
        # what a verb is given goes before what the bench was opened with
        other = checked(bench, location_id="A" * 20)
        assert {bad.location_id for _, bad in other.bad} == {"A" * 20}


@pytest.mark.parametrize("name", ["copy.csv", "copy.xlsx"])
def test_a_saved_copy_is_checked_to_the_same(tmp_path: Path, name: str) -> None:
    """Its rows, without those left out; the file that was opened stays."""
    path = written(tmp_path, *ROWS, "short,row", f"{ROWS[0]},more,cells")
    with opened(path) as bench:
        bench.edit(5, "name", 'A "b", c;\nd')
        bench.leave_out(3)
        copy = bench.save(tmp_path / name)
        again = checked(copy, location_id=LOCATION)
        assert dict(again.counts) == bench.counts
        assert len(again.bad) == len(bench.problems())
        with pytest.raises(UsageError, match="never replaced"):
            bench.save(path, force=True)


def test_rows_of_one_collection_are_edited_together(tmp_path: Path) -> None:
    """A product is moved to another collection; a good slug is said in every row."""
    rows = [f"Hats,Big Hats,manual,{ID}", f"Hats,Big Hats,manual,{OTHER}", ROWS[4]]
    with opened(written(tmp_path, *rows)) as bench:
        row = bench.row(3)
        assert (row.row, row.lines, row.status) == (2, (2, 3), "invalid")
        (offer,) = bench.offers(2)
        assert offer.cells == ((2, 2, "big-hats"), (3, 2, "big-hats"))
        bench.apply()
        assert bench.row(2).status == "valid"
        bench.edit(3, "name", "Belts")
        bench.edit(3, "slug", "belts")
        assert bench.row(3).lines == (3, 4)
        assert bench.counts == dict(checked(bench).counts)


def test_what_tells_collections_apart_is_edited_without_judging_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are joined, parted and left out; rows that say no key go on with others."""
    rows = [
        f"90{at:02},hats-{at},Hats {at},{line}" for at in range(30) for line in "ab"
    ]
    rows[2:2] = [",,Hats 0,c", ",,Hats 7,d"]
    header = "ID,Handle,Title,Rule: Condition"
    path = tmp_path / "export.csv"
    path.write_text("\n".join([header, *rows, ""]), "utf-8")
    with opened(path, preset="matrixify", require_product_ids=False) as bench:
        assert [bench.row(at).lines for at in (4, 5, 6)] == [(2, 3, 4), (5,), (6, 7)]
        judged: list[int] = []
        judge = Sheet.judge

        def noted(sheet: Sheet, first: int) -> Any:
            judged.append(first)
            return judge(sheet, first)

        monkeypatch.setattr(Sheet, "judge", noted)
        monkeypatch.setattr(Sheet, "judge_all", None)
        edits = [
            (6, "Handle", "hats-9"),
            (6, "ID", "9009"),
            (7, "ID", ""),
            (4, "ID", ""),
        ]
        edits += [(3, "Title", "Hats 7"), (9, "Title", "Else"), (5, "Handle", "hats-3")]
        for row, column, text in edits:
            bench.edit(row, column, text)
            assert bench.counts == dict(checked(bench).counts)
        for leave in (bench.leave_out, bench.take_in):
            leave(3)
            assert bench.counts == dict(checked(bench).counts)
        while bench.undo():
            assert bench.counts == dict(checked(bench).counts)
        assert len(judged) < 100  # of 32 collections, in 18 steps
        assert [bench.row(at).lines for at in (4, 5, 6)] == [(2, 3, 4), (5,), (6, 7)]


def test_rows_that_stand_apart_from_their_collection_are_judged_with_it(
    tmp_path: Path,
) -> None:
    """What a row further down says is known once all are read."""
    rows = ["Handle,Title,Command", "hats,Hats,NEW", "caps,,NEW", "bags,Bags,"]
    rows += ["hats,Other hats,", "caps,Caps,", "bags,Bags,DELETE", "hats,Hats,"]
    path = tmp_path / "export.csv"
    path.write_text("\n".join([*rows, ""]), "utf-8")
    with opened(path, preset="matrixify", require_product_ids=False) as bench:
        fresh = checked(bench)
        assert bench.counts == dict(fresh.counts)
        assert bench.remarks == dict(fresh.remarks) != {}
        assert [bench.row(at).lines for at in (5, 6)] == [(2, 5, 8), (3, 6)]
        assert [bench.row(at).name for at in (8, 3)] == ["Hats", "Caps"]
        assert bench.row(7).status == "left_out"


def test_tables_of_a_folder_are_one_bench(tmp_path: Path) -> None:
    """Rows of the second are called by larger numbers; a slug counts in both."""
    (tmp_path / "both").mkdir()
    written(tmp_path / "both", ROWS[0], name="a.csv")
    written(tmp_path / "both", ROWS[0], name="b.csv")
    with opened(tmp_path / "both") as bench:
        (bad,) = bench.problems()
        assert (bad.place.file, bad.place.row, bad.status) == ("b.csv", 2, "duplicate")
        bench.edit(bad.row, "slug", "others")
        assert bench.counts == {"valid": 2, "invalid": 0, "duplicate": 0}
        assert dict(checked(bench).counts) == bench.counts


def test_a_verb_reads_what_was_there_when_it_began(tmp_path: Path) -> None:
    """An edit meanwhile belongs to the next one."""
    with opened(written(tmp_path)) as bench:
        (table,) = bench.read()
        records = iter(table.records)
        next(records)
        bench.edit(6, "name", "Others")
        assert [cells[0] for _, cells in records][-1] == "Belts"


def test_an_empty_table_has_a_header_to_look_at(tmp_path: Path) -> None:
    """There is nothing to judge, and that is told."""
    path = tmp_path / "empty.csv"
    path.write_text(HEADER + "\n", "utf-8")
    with opened(path) as bench:
        assert "no rows" in str(bench.failure)
        assert [c.header for c in bench.tables[0].columns] == HEADER.split(",")


def test_what_cannot_be_done_is_told(tmp_path: Path) -> None:
    """Rows, columns and settings that are not there."""
    with opened(written(tmp_path)) as bench:
        for wrong in (lambda: bench.row(99), lambda: bench.edit(99, "name", "x")):
            with pytest.raises(UsageError, match="no row 99"):
                wrong()
        with pytest.raises(UsageError, match="no column 'nam'"):
            bench.edit(2, "nam", "x")
        with pytest.raises(UsageError, match="no correction"):
            bench.apply("everything")
        with pytest.raises(UsageError, match="limit"):
            opened(written(tmp_path), limit=2)
        with pytest.raises(UsageError, match="no input of one"):
            importer.open(bench)


@pytest.mark.slow
def test_an_edit_of_many_rows_takes_no_time(tmp_path: Path) -> None:
    """20,000 rows, 200 edits that move slugs about: 20 ms each at most, mostly."""
    rows = [f"Hats {n},hats-{n % 15_000},manual,{ID}" for n in range(20_000)]
    with opened(written(tmp_path, *rows)) as bench:
        assert bench.counts["duplicate"] == 5_000
        took = []
        for number in range(200):
            begin = time.thread_time()
            bench.edit(2 + number * 97, "slug", f"hats-{number * 31}")
            assert bench.counts
            took.append(time.thread_time() - begin)
        assert sorted(took)[190] < 0.1
        assert bench.counts == dict(checked(bench).counts)


def test_an_edit_after_which_two_columns_are_the_name_can_be_taken_back(
    tmp_path: Path,
) -> None:
    """The table is judged no more, which is told at once, and then again."""
    names = "name(en-gb),name(de-de),name(de-de)"
    header = f"category_id,parent_id,top,columns,sort_order,{names}"
    path = tmp_path / "table.csv"
    path.write_text(f"{header}\n1,,1,1,1,Hats,A,B\n", "utf-8")
    with importer.open(path, location_id=LOCATION) as bench:
        before = bench.counts
        assert bench.failure is None
        bench.edit(2, 6, "")
        assert "both are the name" in str(bench.failure)
        _ = bench.counts
        bench.undo()
        assert bench.failure is None
        assert bench.counts == before
