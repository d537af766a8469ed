"""Which column is what, and the rows that need a correction, by forms alone."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import web_client
import xlsxwriter  # type: ignore[import-untyped]
from web_client import visit

from importer.web import extent
from importer.web.drafts import Step

if TYPE_CHECKING:
    from web_client import Browser, Page

EXPORTS = Path(__file__).parents[2] / "sample_data" / "exports"
ODD = b"Bezeichnung,Kurzname,Regal\nSommer,sommer,A1\nWinter,winter,B2\n"
UNKNOWN = b"Spalte A,Spalte B\nSommer,sommer\nWinter,winter\n"
BAD = b"""Title,Handle,type,rules
Sale,Big Sale,smart,title contains a
Tents,tents,smart,title contains b
More Tents,tents,smart,title contains c
Boots,Boots!,smart,title contains d
"""


def steps_of(folder: Path) -> list[dict[str, Any]]:
    """What was done with the table of the only draft."""
    (history,) = folder.rglob("history.jsonl")
    return [json.loads(line) for line in history.read_text().splitlines()]


def forms(page: Page, path: str) -> list[dict[str, str]]:
    """The fields of each form of a page that goes to a path."""
    found = re.findall(
        rf'<form method="post" action="[^"]*{path}[^"]*".*?</form>',
        page.text,
        re.DOTALL,
    )
    field = re.compile(r'name="([^"]+)"(?: type="text")? value="([^"]*)"')
    pairs = (field.findall(form) for form in found)
    return [{name: unescape(text) for name, text in each} for each in pairs]


def test_a_cell_is_corrected_by_hand(tmp_path: Path) -> None:
    """By hand, and taken back; who did what is written down."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("shop.csv", BAD)
        here = page.path
        assert page.head == "3 rows need a correction"
        # the merchant's own header stands beside a cell
        assert ">Handle</label>" in page.text
        (first, *_) = forms(page, "/fix/edit")
        (cell,) = (name for name in first if name.startswith("is-"))
        page = await browser.post(f"{here}/fix/edit", **first | {cell: "big-sale"})
        assert "Big Sale" not in page.text
        # at the next row that is wrong, which a browser goes to and has in focus
        assert page.place == "r4"
        assert '<h3 id="r4" tabindex="-1">' in page.text
        page = await browser.post(f"{here}/fix/back")
        assert "Big Sale" in page.text
        (draft,) = browser.site.drafts
        assert draft.edited_by == ["Anna"]
        deeds = (draft.folder / "audit.jsonl").read_text("utf-8").splitlines()
        edited = next(one for one in map(json.loads, deeds) if one["deed"] == "edited")
        assert edited["did"] == [[2, "Handle", "Big Sale", "big-sale"]]

    visit(tmp_path, what)


NOTICED = b"""Titel,Handle,type,product_ids,image
Hats &amp; Caps,hats,manual,655b33a82209e60b6adb87a5,
2026-04-03,spring,manual,655b33a82209e60b6adb87a5,
Plain,plain,,655b33a82209e60b6adb87a5,
"""


def test_what_was_noticed_in_good_rows_stands_before_the_button(tmp_path: Path) -> None:
    """With the merchant's header and a way to the row; and as a count on the plan."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("shop.csv", NOTICED)
        here = page.path
        before, after = page.text.split('id="next"')
        assert "What was noticed: 2 things" in before
        assert re.search("</a> · Titel: .*Hats &amp; Caps.* is sent", unescape(before))
        assert "If it was another text, write that." in before
        assert "noticed" not in after
        await browser.post(f"{here}/compare")
        page = await browser.until("will be created")
        assert "2 things were noticed" in page.text
        page = await browser.post(f"{here}/back", to="noticed")
        assert page.place == "noticed"
        page = await browser.get(f"{here}?row=2")
        (form,) = forms(page, "/fix/edit")
        assert form["is-2-1"] == "Hats &amp; Caps"
        page = await browser.post(f"{here}/fix/edit", **form | {"is-2-1": "Hats"})
        assert "What was noticed: 1 thing<" in page.text
        assert (await browser.get(f"{here}?row=99")).status == 200

    visit(tmp_path, what)


def test_only_the_first_of_many_are_listed(tmp_path: Path) -> None:
    """And how many more there are."""
    rows = "".join(f"A &amp; {n},a-{n},smart,title contains a\n" for n in range(60))

    async def what(browser: Browser) -> None:
        page = await browser.upload("a.csv", f"name,slug,type,rules\n{rows}".encode())
        assert "What was noticed: 60 things" in page.text
        assert '<p class="soft">10 more</p>' in page.text

    visit(tmp_path, what)


def test_what_was_typed_and_not_kept_goes_along(tmp_path: Path) -> None:
    """With a button of another row, with one for all rows, and on the way on."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("shop.csv", BAD)
        here = page.path
        cells = [
            {name: text for name, text in form.items() if name[:3] in {"is-", "was"}}
            for form in forms(page, "/fix/edit")
        ]
        said = ("big-sale", "more-tents", "boots")
        one, two, three = (
            {name: text if name[:2] == "is" else was for name, was in each.items()}
            for each, text in zip(cells, said, strict=True)
        )
        (out,) = forms(page, "/fix/out")[:1]
        page = await browser.post(f"{here}/fix/out", **out | two)
        assert page.head == "1 row needs a correction"
        page = await browser.post(f"{here}/fix/in", row=out["row"], **three)
        assert page.head == "1 row needs a correction"
        # somebody else has changed it meanwhile: it is told, and the page stays
        await browser.post(f"{here}/compare", **two)
        assert "Somebody else has changed this" in browser.last.alert
        page = await browser.post(f"{here}/compare", **one)
        assert page.head != "1 row needs a correction"

    visit(tmp_path, what)
    assert [step["what"] for step in steps_of(tmp_path)].count("edit") == 3


def test_where_no_column_can_hold_what_is_missing_none_is_shown(tmp_path: Path) -> None:
    """An export without products: what can be done is said, and no field misleads."""

    async def what(browser: Browser) -> None:
        name = "shopify-rest.csv"
        page = await browser.upload(name, (EXPORTS / name).read_bytes())
        assert page.head == "3 rows need a correction"
        assert "Have such collections created without products" in page.text
        assert len(forms(page, "/fix/edit")) == 2
        # rules give way to products only where the file lists some
        assert 'name="as_manual"' not in page.text
        name = "matrixify-smart.csv"
        page = await browser.upload(name, (EXPORTS / name).read_bytes())
        assert 'name="as_manual"' in page.text

    visit(tmp_path, what)


def test_a_text_of_several_lines_stays_as_it_is_beside_what_is_corrected(
    tmp_path: Path,
) -> None:
    """A field of one line would lose its line ends."""

    async def what(browser: Browser) -> None:
        lines = b'name,slug,type,rules\n"One\nTwo","a\nb",wrong,title contains a\n'
        page = await browser.upload("lines.csv", lines)
        # the number of lines that a row of the file takes is not that of its row
        assert 'rows="3"' in page.text
        slug = re.search(r'name="(is-\d+-2)"[^>]*>\n([^<]*)</textarea>', page.text)
        kind = re.search(r'name="(is-\d+-3)" type="text" value="wrong"', page.text)
        assert slug, page.text
        assert kind, page.text
        # as browsers send it
        fields = {slug[1]: "a\r\nb", f"was{slug[1][2:]}": "a\r\nb"}
        fields |= {kind[1]: "smart", f"was{kind[1][2:]}": "wrong"}
        page = await browser.post(f"{page.path}/fix/edit", **fields)
        assert "wrong" not in page.text
        steps = steps_of(tmp_path)
        (changed,) = [step["cells"] for step in steps if step["what"] == "edit"]
        assert len(changed) == 1

    visit(tmp_path, what)


def test_what_is_clear_is_corrected_and_the_rest_is_asked(tmp_path: Path) -> None:
    """A repeated row: two collections, or the same twice, which is left out."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("shop.csv", BAD)
        here = page.path
        page = await browser.post(f"{here}/fix/apply")
        assert "Boots!" not in page.text
        # what makes a second collection is asked, never corrected with the others
        assert page.head == "1 row needs a correction"
        assert "Are these two collections, or the same one twice?" in page.text
        (offer,) = forms(page, "/fix/accept")
        fine = await browser.post(f"{here}/fix/accept", **offer)
        assert fine.head == "All 4 rows are fine"
        page = await browser.post(f"{here}/fix/back")
        (out,) = forms(page, "/fix/out")
        page = await browser.post(f"{here}/fix/out", **out)
        assert page.head == "All 3 rows are fine"
        assert page.place == ""
        (again,) = forms(page, "/fix/in")
        page = await browser.post(f"{here}/fix/in", **again)
        assert page.head == "1 row needs a correction"

    visit(tmp_path, what)


def test_what_somebody_else_has_changed_is_told_and_stays(tmp_path: Path) -> None:
    """Two people in one draft: the second sees the first's, a stale edit is told."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("shop.csv", BAD)
        here = page.path
        (stale, *_) = forms(page, "/fix/edit")
        (cell,) = (name for name in stale if name.startswith("is-"))
        ben = web_client.Browser(browser.url, browser.site)
        await ben.enter("Ben")
        seen = await ben.get(here)
        (mine, *_) = forms(seen, "/fix/edit")
        await ben.post(f"{here}/fix/edit", **mine | {cell: "bens"})
        page = await browser.post(f"{here}/fix/edit", **stale | {cell: "annas"})
        assert page.alert.startswith("Somebody else has changed this in the meantime.")
        page = await browser.get(here)
        assert "annas" not in page.text
        await ben.session.close()
        (draft,) = browser.site.drafts
        assert draft.edited_by == ["Ben"]

    visit(tmp_path, what)


def test_nothing_is_changed_once_the_import_has_begun(tmp_path: Path) -> None:
    """And a plan that was shown does not survive a correction."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("shop.csv", BAD)
        here = page.path
        (late, *_) = forms(page, "/fix/edit")
        await browser.post(f"{here}/compare")
        ready = await browser.until("created")
        digest = ready.hidden("digest")
        await browser.post(f"{here}/fix/apply")
        (draft,) = browser.site.drafts
        assert draft.step is Step.FIXING
        await browser.post(f"{here}/run", digest=digest)
        assert draft.run_id == ""
        draft.step = Step.DONE
        await browser.post(f"{here}/fix/edit", **late)
        assert draft.said == "busy"

    visit(tmp_path, what)


@pytest.mark.parametrize("name", ["map.csv", "unknown.csv"])
def test_columns_that_are_not_understood_are_asked(name: str, tmp_path: Path) -> None:
    """With what stands in them; a guess is a hint, and nothing is chosen before."""

    async def what(browser: Browser) -> None:
        content = ODD if name == "map.csv" else UNKNOWN
        page = await browser.upload(name, content)
        if name == "map.csv":
            assert "These columns are not read: Kurzname, Regal." in page.text
            page = await browser.get(f"{page.path}/columns")
            assert "Perhaps: Name of the collection?" in page.text
            assert page.text.count(" selected") == 1
        else:
            assert " selected" not in page.text
        assert page.head == "Which column is what?"
        assert "“Sommer”" in page.text
        here = page.path.removesuffix("/columns")
        page = await browser.post(f"{here}/columns", **{"column-2": "nonsense"})
        assert page.status == 422
        twice = {"column-1": "name", "column-2": "name"}
        page = await browser.post(f"{here}/columns", **twice)
        assert "Two columns cannot be the same." in page.alert
        told = {"column-1": "name", "column-2": "slug"}
        page = await browser.post(f"{here}/columns", **told)
        assert page.head == "All 2 rows are fine"
        # a server that was killed goes on with the same draft
        (draft,) = browser.site.drafts
        browser.site.desks.put_away(draft)
        assert (await browser.get(here)).head == "All 2 rows are fine"

    visit(tmp_path, what)


SHAPES = b"""Title,Handle,Type,Rules
Hats,hats,smart
Caps,caps,smart,title contains b,,surplus
Fine,fine,smart,title contains c
"""


def test_a_row_of_another_width_is_right_once_somebody_keeps_it(tmp_path: Path) -> None:
    """Its cells are shown with those behind the last heading."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("a.csv", SHAPES)
        assert page.head == "2 rows need a correction"
        assert "This row has 3 cells, and the table has 4 columns." in page.text
        short, long = forms(page, f"{page.path}/fix/edit")
        short["is-2-4"] = "title contains a"
        page = await browser.post(f"{page.path}/fix/edit", **short)
        assert page.head == "1 row needs a correction"
        assert long["is-3-6"] == "surplus"
        long["is-3-6"] = ""
        page = await browser.post(f"{page.path}/fix/edit", **long)
        assert page.head == "All 3 rows are fine"

    visit(tmp_path, what)


def test_a_row_that_is_kept_as_it_is_has_been_looked_at(tmp_path: Path) -> None:
    """A quotation mark that is not closed says only that it may be read wrongly."""

    async def what(browser: Browser) -> None:
        content = b'name,slug,type,rules\nA,a,smart,title is a\n"B,b,smart,title is b\n'
        page = await browser.upload("a.csv", content)
        assert "opens in line 3 of the file and is not closed" in page.text
        (form,) = forms(page, f"{page.path}/fix/edit")
        page = await browser.post(f"{page.path}/fix/edit", **form)
        assert page.head == "All 2 rows are fine"

    visit(tmp_path, what)


def test_a_row_that_another_tab_left_out_is_not_written(tmp_path: Path) -> None:
    """Nor is any cell of a row of which one has changed meanwhile."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("a.csv", b"name,slug,type\n,A b,smart\nC,c,smart\n")
        here = page.path
        first, _ = forms(page, f"{here}/fix/edit")
        await browser.post(f"{here}/fix/edit", **{**first, "is-2-1": "Hats"})
        await browser.post(
            f"{here}/fix/edit", **{**first, "is-2-1": "Caps", "is-2-2": "caps"}
        )
        assert "Somebody else has changed this" in browser.last.alert
        texts = [
            cell[4] for step in steps_of(tmp_path) for cell in step.get("cells", ())
        ]
        assert texts == ["Hats"]
        await browser.post(f"{here}/fix/out", row="3")
        late = {"was-3-1": "C", "is-3-1": "D"}
        await browser.post(f"{here}/fix/edit", **late)
        assert "Somebody else has changed this" in browser.last.alert

    visit(tmp_path, what)


def test_another_sheet_is_a_draft_of_its_own(tmp_path: Path) -> None:
    """What was corrected in the first is not lost; a sheet that is none is not read."""
    rows = [["name", "slug", "type", "rules"], ["A", "A!", "smart", "title is a"]]
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        for name in ("Women", "Men"):
            sheet = book.add_worksheet(name)
            for nth, row in enumerate(rows):
                sheet.write_row(nth, 0, row)

    async def what(browser: Browser) -> None:
        page = await browser.upload("a.xlsx", made.getvalue())
        first = page.path
        assert "Sheets with collections that are not read: Men." in page.text
        page = await browser.post(f"{first}/sheet", sheet="Women")
        assert page.path == first
        page = await browser.post(f"{first}/sheet", sheet="Men")
        assert page.path != first
        assert "a.xlsx, Men" in page.text
        assert "/sheet" not in page.text

    visit(tmp_path, what)


def test_how_a_table_is_read_can_be_chosen(tmp_path: Path) -> None:
    """Collections without products, where somebody says so; and not any more."""

    async def what(browser: Browser) -> None:
        page = await browser.upload(
            "a.csv", b"name,slug,type\nA,a,manual\nB,b b,manual\n"
        )
        assert page.head == "2 rows need a correction"
        page = await browser.post(f"{page.path}/reading", unfilled="on")
        assert page.head == "1 row needs a correction"
        page = await browser.post(f"{page.path}/fix/apply")
        page = await browser.post(f"{page.path}/compare")
        await browser.until("2 collections will be created")
        page = await browser.post(f"{page.path}/reading")
        assert page.head == "2 rows need a correction"
        await browser.post(f"{page.path}/reading", unfilled="on")
        await browser.post(f"{page.path}/compare")
        ready = await browser.until("2 collections will be created")
        await browser.post(f"{page.path}/run", digest=ready.hidden("digest"))
        end = await browser.until("Done")
        assert end.head == "Done: 2 collections were created"

    visit(tmp_path, what)


@pytest.mark.slow
def test_a_large_table_is_corrected_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own, with the same forms."""
    monkeypatch.setattr(extent, "LARGE", 3)

    async def what(browser: Browser) -> None:
        page = await browser.upload("shop.csv", BAD)
        (draft,) = browser.site.drafts
        assert draft.large
        page = await browser.post(f"{page.path}/fix/apply")
        assert page.head == "1 row needs a correction"
        await browser.post(f"{page.path}/compare")
        ready = await browser.until("will be created")
        await browser.post(f"{ready.path}/run", digest=ready.hidden("digest"))
        assert (await browser.until("Done")).head.startswith("Done: 3 collections")
        assert "Corrections that were made" in browser.last.text

    visit(tmp_path, what)
