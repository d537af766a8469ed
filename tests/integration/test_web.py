"""The page from a file to the result, by forms alone."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import pytest
from web_client import visit

from importer.web.drafts import NOTE, Drafts, Step

if TYPE_CHECKING:
    from pathlib import Path

    from web_client import Browser, Page

GOOD = b"""name,slug,type,product_ids
Best Sellers,best-sellers,manual,655b33a82209e60b6adb87a5
Gift Ideas,gift-ideas,manual,655b33a82209e60b6adb87a6
"""
ONE = b"name,slug,type,rules\nTents,tents,smart,title contains tent\n"


async def looked(browser: Browser, content: bytes, name: str = "spring.csv") -> Page:
    """Choose a file, and go on to the last look."""
    page = await browser.upload(name, content)
    assert page.status == 200, page.alert
    await browser.post(f"{page.path}/compare")
    return await browser.until("created")


async def done(browser: Browser, content: bytes = ONE) -> Page:
    """Choose a file, and import it."""
    page = await looked(browser, content)
    await browser.post(f"{page.path}/run", digest=page.hidden("digest"))
    return await browser.until("Done")


async def taken_back(browser: Browser) -> None:
    """Take back the import that has ended."""
    end = browser.last
    asked = await browser.get(f"{end.path}/undo-look")
    assert asked.head == "Take back 2 collections?"
    await browser.post(f"{end.path}/undo")
    await browser.get(end.path)
    back = await browser.until("Taken back")
    assert "taken back" in back.text


async def once_more(browser: Browser, head: str) -> None:
    """Begin again with a table whose import was taken back, as it was corrected."""
    back = browser.last
    page = await browser.post(f"{back.path}/again")
    assert (page.path != back.path, page.head) == (True, "All 2 rows are fine")
    steps = {(one.folder / "history.jsonl").read_bytes() for one in browser.site.drafts}
    assert len(steps) == 1
    await browser.post(f"{page.path}/compare")
    assert (await browser.until("will be created")).head == head


def test_a_table_becomes_collections_in_the_practice_shop(tmp_path: Path) -> None:
    """From the file to the answers, and back again, without a script."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("spring.csv", GOOD)
        assert page.head == "All 2 rows are fine"
        await browser.post(f"{page.path}/compare")
        ready = await browser.until("will be created")
        assert ready.head == "2 collections will be created"
        await browser.post(f"{ready.path}/run", digest=ready.hidden("digest"))
        end = await browser.until("Done")
        assert end.head == "Done: 2 collections were created"
        answers = await browser.get(f"{end.path}/files/report.csv")
        assert answers.text.count(",created,") == 2
        assert (await browser.get(f"{end.path}/files/report.xlsx")).status == 200
        record = await browser.get(f"{end.path}/files/report.html")
        assert record.headers["Content-Security-Policy"].startswith("sandbox ")
        home = await browser.get("/")
        assert "done: 2 collections created" in home.text

        await browser.get(end.path)
        await taken_back(browser)
        await once_more(browser, ready.head)

    visit(tmp_path, what)
    kept, again = sorted(
        (tmp_path / "web" / "drafts").iterdir(),
        key=lambda one: '"again"' in (one / "audit.jsonl").read_text(),
    )
    assert '"again"' in (again / "audit.jsonl").read_text()
    deeds = [
        json.loads(line) for line in (kept / "audit.jsonl").read_text().splitlines()
    ]
    assert [(one["person"], one["deed"]) for one in deeds] == [
        ("Anna", "uploaded"),
        ("Anna", "confirmed"),
        ("Anna", "undo_confirmed"),
    ]
    # a log for each run, in its folder
    (log,) = tmp_path.glob("web/practice/runs/*/run.log")
    assert log.read_text("utf-8").count("\n") > 3


def test_what_is_pressed_in_several_tabs_at_once_happens_once(tmp_path: Path) -> None:
    """Eight tabs, one yes in each: what was planned is there, nothing is twice."""

    async def what(browser: Browser) -> None:
        page = await looked(browser, GOOD)
        digest, key = page.hidden("digest"), page.hidden("key")
        await asyncio.gather(
            *(
                browser.post(f"{page.path}/run", digest=digest, key=key)
                for _ in range(8)
            )
        )
        await browser.get(page.path)
        end = await browser.until("Done")
        assert end.head == "Done: 2 collections were created"
        # the button for going back, and one more yes of an old page
        again = await browser.post(f"{page.path}/run", digest=digest)
        assert again.head == end.head

    visit(tmp_path, what)
    assert len(list((tmp_path / "web" / "practice" / "runs").glob("2*"))) == 1


def test_a_plan_that_does_not_hold_any_more_sends_nothing(tmp_path: Path) -> None:
    """The shop has changed since: one sentence, and no call that creates."""

    async def what(browser: Browser) -> None:
        first = await looked(browser, ONE)
        await done(browser, ONE)
        await browser.get(first.path)
        await browser.post(f"{first.path}/run", digest=first.hidden("digest"))
        page = await browser.until("fine")
        assert page.alert.startswith("Nothing was sent: the shop or the table")
        # looked at once more: it is there already
        await browser.post(f"{first.path}/compare")
        assert (await browser.until("Nothing is left to create")).status == 200

    visit(tmp_path, what)


def test_a_yes_to_another_plan_sends_nothing(tmp_path: Path) -> None:
    """What was shown is done, or nothing is."""

    async def what(browser: Browser) -> None:
        page = await looked(browser, ONE)
        told = await browser.post(f"{page.path}/run", digest="0" * 64)
        assert told.alert.startswith("The table has changed since this was shown")
        (draft,) = browser.site.drafts
        assert (draft.run_id, draft.step) == ("", Step.FIXING)

    visit(tmp_path, what)


def test_the_rows_that_are_left_are_a_draft_of_their_own(tmp_path: Path) -> None:
    """The example has three rows that need a correction."""

    async def what(browser: Browser) -> None:
        await browser.get("/")
        page = await browser.post("/example")
        assert page.head == "3 rows need a correction"
        await browser.post(f"{page.path}/compare")
        ready = await browser.until("will be created")
        await browser.post(f"{ready.path}/run", digest=ready.hidden("digest"))
        end = await browser.until("Done")
        assert end.head == "Done: 7 collections were created"
        left = await browser.post(f"{end.path}/rest")
        assert (left.head, left.path == end.path) == ("3 rows need a correction", False)

    visit(tmp_path, what)


def test_who_hands_in_does_not_say_yes_and_the_digest_stays(tmp_path: Path) -> None:
    """The state that a merchant's link will leave a draft in."""

    async def what(browser: Browser) -> None:
        page = await looked(browser, ONE)
        (draft,) = browser.site.drafts
        digest = draft.digest
        draft.note_edit("Ben")
        draft.note_edit("Ben")
        draft.hand_in("Ben")
        draft.keep()
        (found,) = Drafts(tmp_path / "web" / "drafts")
        assert (found.step, found.digest) == (Step.SUBMITTED, digest)
        assert (found.edited_by, found.submitted_by) == (["Ben"], "Ben")
        # nothing that was handed in can be compared anew; it can be sent
        await browser.post(f"{page.path}/compare")
        assert draft.digest == digest
        await browser.get(page.path)
        await browser.post(f"{page.path}/run", digest=digest)
        await browser.until("Done")
        assert (draft.submitted_by, draft.confirmed_by) == ("Ben", "Anna")

    visit(tmp_path, what)


def test_after_the_server_was_killed_each_draft_is_found(tmp_path: Path) -> None:
    """One that was sending can be gone on with, one that compared begins anew."""

    async def what(browser: Browser) -> None:
        await done(browser)

    visit(tmp_path, what)
    folder = tmp_path / "web" / "drafts"
    (note,) = folder.glob(f"*/{NOTE}")
    kept = json.loads(note.read_text("utf-8"))
    for left, step, said in (
        (Step.COMPARING, Step.FIXING, ""),
        (Step.RUNNING, Step.STOPPED, "server_gone"),
        (Step.UNDOING, Step.DONE, "undo_left"),
    ):
        note.write_text(json.dumps(kept | {"step": left}))
        (draft,) = Drafts(folder)
        assert (draft.step, draft.said) == (step, said)
    # half a note, or one of another version, hides no other draft
    broken = folder / "abc"
    broken.mkdir()
    (broken / NOTE).write_text('{"id": "abc"')
    upload = folder / "upload"
    upload.mkdir()
    (upload / "table.csv").write_bytes(b"na")
    assert len(list(Drafts(folder))) == 1
    assert (broken.exists(), upload.exists()) == (True, False)


def test_old_drafts_are_removed_and_those_at_work_stay(tmp_path: Path) -> None:
    """After thirty days, or what --keep says."""
    now = [1e9]
    drafts = Drafts(tmp_path, lambda: now[0])
    for step in (Step.DONE, Step.STOPPED):
        draft = drafts.make("a.csv", ".csv", "Anna")
        draft.step = step
        drafts.add(draft)
    now[0] += 29 * 86400
    drafts.forget(30)
    assert len(list(drafts)) == 2
    now[0] += 2 * 86400
    drafts.forget(30)
    assert [draft.step for draft in drafts] == [Step.STOPPED]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "This file is empty."),
        ("a.csv", b"\n \n", "This file is empty."),
        ("a.csv", b"name,slug\n", "The table has headings and no rows below them."),
        ("a.xlsx", b"PK\x03\x04 no workbook", "This file is broken"),
        ("a.xlsx", b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, "This is no table that can be"),
        ("a.pdf", b"%PDF", "This is no table that can be read here."),
    ],
)
def test_a_file_that_cannot_be_read_leaves_a_sentence(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    """And nothing else: no path, no draft."""

    async def what(browser: Browser) -> None:
        page = await browser.upload(name, content)
        assert page.status == 422
        assert said in page.alert
        assert str(tmp_path) not in page.text
        assert not list((tmp_path / "web" / "drafts").iterdir())

    visit(tmp_path, what)


def test_an_archive_that_is_no_workbook_is_told_as_that(tmp_path: Path) -> None:
    """A zip with a text in it, under the name of a workbook."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("readme.txt", "hello there")

    async def what(browser: Browser) -> None:
        page = await browser.upload("a.xlsx", content.getvalue())
        assert (page.status, "archive (ZIP)" in page.alert) == (422, True)

    visit(tmp_path, what)


def test_pages_are_small(tmp_path: Path) -> None:
    """A first page below 60 KB with all that it loads; a hundred rows below 200."""

    async def what(browser: Browser) -> None:
        home = await browser.get("/")
        paths = re.findall(r'(?:src|href)="(/[^"]*\.(?:css|js|png|svg))"', home.text)
        loads = [await browser.get(path) for path in paths]
        assert 1 + len(loads) <= 5  # what a browser asks for
        assert sum(len(page.text.encode()) for page in (home, *loads)) < 60_000
        rows = "".join(f"Thing {n},Thing {n},manual,\n" for n in range(3000))
        page = await browser.upload("a.csv", f"name,slug,type,image\n{rows}".encode())
        assert page.head == "3,000 rows need a correction"
        more = await browser.get(f"{page.path}?after=51")
        hundred = [each.text.encode() for each in (page, more)]  # fifty on each
        assert [each.count(b'name="was-') for each in hundred] == [50, 50]
        assert sum(map(len, hundred)) < 200_000
        (script,) = (one for one in loads if one.path.endswith(".js"))
        assert len(script.text.splitlines()) <= 150

    visit(tmp_path, what)


def test_a_page_speaks_the_language_that_its_browser_asks_for(tmp_path: Path) -> None:
    """Request by request; and it says in which language it is."""

    async def what(browser: Browser) -> None:
        for wish in ("de-AT,de;q=0.9,en;q=0.5", "fr,es;q=0.4", "fr", "", "x;q=y,,;"):
            page = await browser.get("/", headers={"Accept-Language": wish})
            (said,) = re.findall(r'<html lang="(..)">', page.text)
            assert ("Your imports" in page.text or "Nothing to begin" in page.text) == (
                said == "en"
            )

    visit(tmp_path, what)
