"""What stands on the flight record, without a browser: words, charts and escaping."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pages
import pytest

from importer.models import (
    Canary,
    Code,
    Flight,
    InputFile,
    ReportLine,
    State,
    Status,
    Summary,
    UnknownColumn,
    Window,
)
from importer.report.page import charts, embedded, kept, write_page
from importer.report.page.contents import (
    NOTHING_MADE,
    canary,
    contents,
    gathered,
    headline,
    mood,
    steps,
)
from importer.report.page.room import KEPT, LETTERS, LONGEST, OF_A_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.models import MadeCollection
    from importer.report.page.made import Made

RUN = Path("runs/spring")


class Elements(HTMLParser):
    """The elements of a page, as a browser would find them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def written(
    folder: Path, summary: Summary, rows: list[ReportLine], made: Made = NOTHING_MADE
) -> str:
    write_page(folder / "report.html", summary, rows, made)
    return (folder / "report.html").read_text("utf-8")


def ended(**counts: int) -> Summary:
    """A run that ended with so many rows of each status."""
    return replace(pages.summary(()), counts=counts, locations={}, codes={})


def test_no_cell_becomes_an_element(tmp_path: Path) -> None:
    """The elements of a page do not depend on what the cells say."""
    rows = pages.hostile()
    tame = [replace(row, name="a", slug="b", message="c") for row in rows]
    hurt, calm = (
        Elements(written(tmp_path, pages.summary(rows), which)).found
        for which in (rows, tame)
    )

    assert [tag for tag, _ in hurt if tag != "small"] == [
        tag for tag, _ in calm if tag != "small"
    ]
    assert not [name for _, attrs in hurt for name in attrs if name.startswith("on")]


def test_no_value_of_a_collection_becomes_an_element(tmp_path: Path) -> None:
    """Old and new values, ids and slugs are nothing but text on the page."""
    summary, hostile = pages.summary((), 1, updated=16), pages.hurt()
    tame = [
        replace(
            made,
            name="a",
            slug="b",
            location_id="c",
            collection_id="d",
            changes={"name": ("a", "ab"), "product_ids": ("a", "b")},
        )
        for made in hostile
    ]
    hurt, calm = (
        Elements(written(tmp_path, summary, [], kept(which, which))).found
        for which in (hostile, tame)
    )

    known = {tag for tag, _ in calm} | {"script"}
    assert {tag for tag, _ in hurt} <= known
    assert len([tag for tag, _ in hurt if tag == "script"]) == 2
    assert not [name for _, attrs in hurt for name in attrs if name.startswith("on")]


def test_problems_stand_before_what_was_made_and_that_before_charts(
    tmp_path: Path,
) -> None:
    """Whoever reads from the top meets first what there is to do."""
    rows = list(pages.lines(3))
    summary = pages.summary(rows, 2, pages.flown(2), updated=1)
    page = written(tmp_path, summary, rows, kept(pages.created(1), pages.updated(1)))

    found = Elements(page).found
    assert [attrs["id"] for tag, attrs in found if tag == "h2"] == [
        "next",
        "rows",
        "problems",
        "remarks",
        "created",
        "updated",
        "places",
        "calls",
        "answers",
        "day",
        "files",
    ]
    # no level is left out on the way down
    levels = [int(tag[1]) for tag, _ in found if re.fullmatch("h[1-6]", tag)]
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
    assert levels[0] == 1
    assert page.index("<h2") < page.index("<svg")
    assert page.index('id="updated"') < page.index("<svg")


def test_the_head_of_every_table_says_what_it_is_the_head_of(tmp_path: Path) -> None:
    """Each cell of a head has a scope, and each row is named by one."""
    rows = list(pages.lines(3))
    summary = pages.summary(rows, 2, pages.flown(2), updated=2)
    made = kept(pages.created(2), pages.updated(2))

    found = Elements(written(tmp_path, summary, rows, made)).found

    heads = [attrs for tag, attrs in found if tag == "th"]
    scopes = {attrs.get("scope") for attrs in heads}
    assert scopes == {"col", "row", "rowgroup"}


def test_created_collections_are_listed_with_their_ids(tmp_path: Path) -> None:
    """And with name, slug, place and location, as it is called."""
    summary = pages.summary((), 2)
    page = written(tmp_path, summary, [], kept(pages.created(2, 2), ()))

    for text in ("Lamps 1", "lamps-1", f"6578278e{1:016}", "shop.csv, row 3", "Berlin"):
        assert f">{text}<" in page


@pytest.mark.parametrize(
    ("undo", "code", "words"),
    [
        ("deleted", "", "deleted again by undo"),
        ("changed", Code.MISSING_AT_SERVER, "changed since, so undo left it"),
        ("later", "", "later"),
        ("", Code.MISSING_AT_SERVER, "the location does not show it"),
        ("", Code.SLUG_MADE, ""),
    ],
)
def test_what_is_gone_again_is_said_beside_its_id(
    undo: str, code: str, words: str
) -> None:
    """An undo and an audit have the last word."""
    (made,) = pages.created(1)
    (row,) = kept([replace(made, undo=undo, code=str(code))], ()).created
    assert row[-1] == words


def test_an_update_is_told_field_by_field(tmp_path: Path) -> None:
    """What was there and what is there now; what was not shown is said to be so."""
    changes = {
        "rules": ('{"a": 1}', '{"a": 2}'),
        "seo_title": ("", "New"),
        "name": ("Summer lamps", "Winter lamps"),
        "product_ids": ("a b", "b c"),
        "later": ("x", "y"),
    }
    made = kept((), pages.updated(1, changes))
    assert made.unshown
    ((*_, told),) = made.updated
    assert [field for field, _, _ in told] == [
        "Name",
        "SEO title",
        "Products",
        "Rules",
        "later",
    ]

    page = written(tmp_path, pages.summary((), 1, updated=1), [], made)

    assert "<del>Summer</del> lamps" in page
    assert "<ins>Winter</ins> lamps" in page
    assert "<del>a</del><small>1 in both</small>" in page
    assert "<em>nothing shown</em>" in page
    assert "was empty, or that it does not show" in page
    # an update of which nothing is known is not passed over
    bare = kept((), [replace(one, changes={}) for one in pages.updated(1)])
    assert not bare.unshown
    page = written(tmp_path, pages.summary((), 1, updated=1), [], bare)
    assert "The journal does not say what was changed." in page


def test_an_undone_run_says_that_updates_stay(tmp_path: Path) -> None:
    """An undo deletes what was created, and nothing else."""
    undone = replace(pages.summary((), 1, updated=1), state=State.UNDONE)
    made = kept(pages.created(1), pages.updated(1))

    assert "An undo takes no change back" in written(tmp_path, undone, [], made)


def test_a_hundred_thousand_collections_do_not_make_a_larger_page(
    tmp_path: Path,
) -> None:
    """No more are read than are kept, and the page says where the others are."""
    summary = pages.summary((), 1, created=99_970, updated=100_000)
    created, updated = pages.created(100_000), pages.updated(100_000)

    page = written(tmp_path, summary, [], kept(created, updated))

    assert next(created).name == f"Lamps {KEPT + 1}"
    assert len(page) < 500_000
    assert page.count("The first 1,000 are here; report.csv has all 100,000.") == 2
    assert len(Elements(page).found) < 600


def test_long_texts_do_not_make_a_larger_page(tmp_path: Path) -> None:
    """So many letters are kept in all, and a first turn whatever it is."""
    text = "x" * 50_000

    def long() -> Iterator[MadeCollection]:
        fields = ("name", "image", "seo_title", "seo_description", "rules")
        changes = dict.fromkeys(fields, (f"{text}a {text}", f"b {text}"))
        for made in pages.updated(KEPT, changes):
            yield replace(made, name=text, slug=text)

    made = kept(long(), long())

    assert OF_A_GROUP < len(made.updated) < KEPT
    page = written(tmp_path, pages.summary((), 1, updated=KEPT), [], made)
    assert len(page) < 3 * LETTERS
    assert f"The first {len(made.updated)} are here; report.csv has all 1,000." in page
    # of a problem, too
    rows = [
        replace(row, name=text, slug=text, message=text, code=str(nth % 20))
        for nth, row in enumerate(pages.lines(2_000))
    ]
    groups = gathered(rows)
    assert sum(group.count for group in groups) == 2_000
    assert {len(group.rows) for group in groups} <= {*range(OF_A_GROUP, 100)}


def test_the_page_names_no_address_and_allows_one_script(tmp_path: Path) -> None:
    """Nothing is fetched, and its own policy says so to the browser."""
    page = written(tmp_path, pages.summary((), 2, pages.flown(2)), [])

    assert re.findall(r"https?://[^\"' <]+", page) == []
    assert "default-src 'none'" in page
    attrs = [attrs for _, attrs in Elements(page).found]
    assert not [one for one in attrs if {"src", "href"} & one.keys()]


def test_what_is_embedded_cannot_end_its_element() -> None:
    """And is the same when it is read."""
    value = [*pages.HOSTILE, {"a&b": None}]
    text = embedded(value)

    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == value


def test_a_million_alike_are_counted_and_a_thousand_kept() -> None:
    """Neither memory nor page grows with them."""
    groups = gathered(pages.lines(4 * KEPT))

    assert sum(group.count for group in groups) == 4 * KEPT
    assert {len(group.rows) for group in groups} == {KEPT}
    assert groups[0].count >= groups[-1].count


def test_a_text_is_cut_where_nobody_reads_on() -> None:
    """A cell of ten thousand letters is not shown whole."""
    (row,) = pages.lines(1)
    ((kept,),) = (g.rows for g in gathered([replace(row, name="x" * 10_000, code="")]))

    assert len(kept[1]) == LONGEST
    assert kept[1].endswith("…")


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "The input had no rows, so nothing was sent."),
        ({"created": 1}, "The one collection is in HighLevel."),
        ({"created": 2, "existing": 1000}, "All 1,002 collections are in HighLevel."),
        (
            {"created": 2, "invalid": 1, "unknown": 1, "failed": 1},
            (
                "2 of 5 collections are in HighLevel; 1 row to fix; "
                "2 rows are still to be done."
            ),
        ),
        (
            {"not_attempted": 1},
            "0 of 1 collection are in HighLevel; 1 row is still to be done.",
        ),
    ],
)
def test_the_first_sentence_says_what_became_of_the_rows(
    counts: dict[str, int], words: str
) -> None:
    """Whoever reads no further knows whether there is something to do."""
    assert headline(ended(**counts)) == words


def test_an_undone_run_says_that_it_was_undone() -> None:
    """Its counts are those from before."""
    said = headline(replace(ended(created=3), state=State.UNDONE))
    assert said == "What this run created was deleted again."


def test_the_mood_is_that_of_the_worst_rows() -> None:
    """Colour at first sight, never without the word beside it."""
    assert mood(ended(created=1)) == "good"
    assert mood(ended(created=1, invalid=1)) == "mixed"
    assert mood(replace(ended(created=1), state=State.STOPPED)) == "stopped"


def test_a_run_with_nothing_left_to_do_has_no_steps() -> None:
    """Remarks are no work."""
    assert steps(pages.summary(()), RUN) == []


def test_copies_that_may_be_the_runs_are_to_be_compared() -> None:
    """They are not removed by any command: a person has to look."""
    codes = {str(Code.CREATED_TWICE): 1, str(Code.COPY_UNCLAIMED): 2}
    found = steps(replace(ended(created=3), codes=codes), Path("runs/r"))
    assert [one.title for one in found] == [
        "Remove the surplus of 1 collection",
        "Compare 2 collections with another one like it",
    ]


def test_rows_of_a_workbook_are_fixed_in_one() -> None:
    """Whoever works in a spreadsheet goes on in one."""
    summary = ended(created=1, invalid=1)
    files = (replace(summary.files[0], sheet="Spring"),)
    (step,) = steps(replace(summary, files=files), RUN)

    assert step.command == "importer run runs/spring/report.xlsx"


def test_rows_to_fix_are_run_from_their_file() -> None:
    """The command can be typed as it stands, whatever the folder is called."""
    (step,) = steps(ended(created=1, invalid=2, duplicate=1), Path("my runs/x"))

    assert step.title == "Fix 3 rows"
    assert step.command == "importer run 'my runs/x/failed.csv'"


@pytest.mark.parametrize(
    ("counts", "why", "words"),
    [
        ({"unknown": 1}, "", "It looks first whether"),
        ({"not_attempted": 1}, "Ctrl-C.", "Ctrl-C. What is done already"),
    ],
)
def test_a_run_that_was_stopped_is_gone_on_with(
    counts: dict[str, int], why: str, words: str
) -> None:
    """It says why it ended, and that nothing is done twice."""
    stopped = replace(ended(**counts), state=State.STOPPED, stopped_because=why)
    (step,) = steps(stopped, RUN)

    assert step.title == "Finish 1 row"
    assert step.words.startswith(words)
    assert step.command == "importer resume spring"


def test_locations_that_were_left_are_named_first() -> None:
    """The first with its reason, of the others how many."""
    stops = {"location-00001": "The token is missing.", "other": "The day is over."}
    summary = pages.summary((), 2)
    several = replace(summary, location_stops=stops)
    one = replace(summary, location_stops={"other": "The day is over."})

    assert steps(several, RUN)[0].words == (
        "Berlin: The token is missing. The table below says it of 1 other."
    )
    assert steps(one, RUN)[0].title == "See why 1 location was left"
    assert mood(one) == "stopped"


def test_what_an_audit_found_has_a_command_each() -> None:
    """Surplus copies are removed, what is missing is looked for."""
    codes: dict[str, int] = {Code.CREATED_TWICE: 2, Code.MISSING_AT_SERVER: 1}
    found = steps(replace(pages.summary(()), codes=codes), RUN)

    assert [step.command for step in found] == [
        "importer audit spring --repair",
        "importer audit spring",
    ]


def test_remarks_are_told_apart_from_problems() -> None:
    """A code stands in one of the two lists."""
    rows = list(pages.lines(3))
    shown = contents(pages.summary(rows), gathered(rows), RUN)

    assert [code for code, _, _ in shown["remarks"]] == ["slug_made"]


def test_a_refusal_by_the_limit_is_a_setback_of_its_own() -> None:
    """Its number is that of all refused calls."""
    shown = contents(pages.summary((), 1, pages.flown(1)), [], RUN)

    assert shown["setbacks"] == [
        ("HTTP 429", "waited as long as the limit asks", 1),
        ("no connection within 10 s", "sent again", 2),
        ("HTTP 502", "looked whether it was created", 3),
    ]


def run(*windows: Window) -> Flight:
    return Flight(windows=windows)


def drawings(folder: Path, made: Flight) -> list[ET.Element]:
    """The charts of a page, wide and narrow by turns."""
    page = written(folder, replace(pages.summary(()), flight=made), [])
    return [
        ET.fromstring(svg)  # noqa: S314 - our own
        for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    ]


def test_a_chart_is_drawn_for_each_shape_and_painted_by_the_page(
    tmp_path: Path,
) -> None:
    """No style, script or name of its own, and no colour: it has both themes."""
    drawn = drawings(tmp_path, pages.flown(2))
    assert [svg.attrib["class"] for svg in drawn] == [
        f"chart {name}"
        for name in ("timeline", "timeline", "latencies", "latencies", "quota", "quota")
    ]
    elements = [element for svg in drawn for element in svg.iter()]
    assert {one.tag for one in elements} == {"svg", "path", "text", "circle"}
    assert not [
        one for one in elements if {"style", "id", "fill", "stroke"} & one.attrib.keys()
    ]


def test_what_is_drawn_stays_on_its_drawing(tmp_path: Path) -> None:
    """Neither marks of many figures nor the last bar reach over the edge."""
    windows = [Window(10.0 * nth, 10, 9, peak=130_000 * nth) for nth in range(30)]
    for svg in drawings(tmp_path, run(*windows)):
        _, _, width, height = map(float, svg.attrib["viewBox"].split())
        for path in svg.iter("path"):
            points = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.attrib["d"])
            assert all(0 <= float(x) <= width for x, _ in points)
            assert all(0 <= float(y) <= height for _, y in points)
        for text in svg.iter("text"):
            if text.attrib["class"] == "height":
                assert float(text.attrib["x"]) >= 7 * len(text.text or "")


def test_nothing_measured_is_no_chart() -> None:
    """An axis without anything on it says nothing."""
    assert charts.timeline(Flight()) == {}
    assert charts.latencies(Flight()) == {}
    assert charts.quota(Flight()) == {}
    # a quota that hardly moved is told in figures
    assert charts.quota(run(Window(0, 10, 1, quota=1.0), Window(10, 10, 1))) == {}


def test_a_limit_that_changes_is_drawn_as_it_was(tmp_path: Path) -> None:
    """Steps down where it became smaller; where none is known, no line."""
    made = run(
        Window(0, 10, 90, peak=90, limit=100),
        Window(10, 10, 90, peak=90, limit=100),
        Window(20, 10, 20, peak=20, limit=25),
        Window(30, 10, 20, peak=20),
    )
    (line,) = drawings(tmp_path, made)[0].findall("path[@class='limit']")

    # four corners: along, down, along
    assert len(re.findall(r"-?[\d.]+ -?[\d.]+", line.attrib["d"])) == 4


def test_a_limit_that_stays_has_a_mark_of_its_own(tmp_path: Path) -> None:
    """However round the other marks are."""
    made = run(Window(0, 10, 96, peak=96, limit=96), Window(10, 10, 1, peak=1))
    texts = [text.text for text in drawings(tmp_path, made)[0].iter("text")]

    assert texts[:6] == ["0", "20", "40", "60", "80", "96"]


def test_a_long_pause_is_drawn_short() -> None:
    """A resume on the next day does not squeeze the calls into two lines."""
    made = run(*(Window(at, 10, 5, peak=5) for at in (0, 10, 86_400, 86_410)))
    spans = list(charts._starts(made.windows))

    assert spans == [0, 10, 80, 90]
    shown = contents(replace(pages.summary(()), flight=made), [], RUN)
    assert shown["timeline_words"] == (
        "Calls in 4 windows: from 5 to 5 in a window; none refused."
    )
    assert set(charts.timeline(made)) == {"wide", "narrow"}


def test_many_windows_stand_without_gaps(tmp_path: Path) -> None:
    """Bars that would be thinner than their gaps become one shape."""
    windows = [Window(10.0 * nth, 10, 3, peak=3 + nth % 2) for nth in range(300)]
    _, narrow = drawings(tmp_path, run(*windows))

    assert len(list(narrow.iter("text"))) < 12
    (area,) = narrow.findall("path[@class='area']")
    assert area.attrib["d"].count("L") == 2 * 300 + 1


@pytest.mark.parametrize("top", [1, 3, 7, 24, 60, 100, 999, 5_000, 130_000])
def test_the_marks_of_an_axis_are_few_and_round(top: int) -> None:
    """Nobody counts in steps of 37."""
    marks = [at for at, _ in charts._marks(top)]

    assert 2 <= len(marks) <= 7
    assert marks[0] == 0


def test_rows_without_names_are_said_to_be_so(tmp_path: Path) -> None:
    """An empty cell is not an empty line."""
    (row,) = pages.lines(1)
    bare = replace(row, name="", slug="", status=Status.INVALID)

    assert "without a name" in written(tmp_path, pages.summary([bare]), [bare])


def test_a_column_that_is_not_read_stands_with_its_hint(tmp_path: Path) -> None:
    """As on the screen: what it may have meant, and which are known and not sent."""
    unknown = UnknownColumn("<b>imgae", "image", ("image",))
    file = InputFile("a.csv", "", "own", 1, ("<b>imgae", "shelf"))
    file = replace(file, columns_unknown=(unknown,))
    summary = replace(pages.summary(()), files=(file,))
    page = written(tmp_path, summary, [])
    assert "ignored: <bdi>&lt;b&gt;imgae (did you mean image?)</bdi>" in page
    assert "known, and not sent: <bdi>shelf</bdi>" in page


def test_the_page_names_the_locations_that_went_first() -> None:
    """The first few of them, and whether the others followed."""
    summary = pages.summary(())
    few = Canary(tuple("abcdefg"))
    waiting = canary(replace(summary, canary=few, location_names={"a": "Berlin"}))
    assert "Berlin, b, c, d, e and 2 more locations. That has not" in waiting
    assert canary(replace(summary, canary=few.fine())).endswith("others followed.")
    assert canary(summary) == ""
