"""The language of the page: chosen or the browser's, and all of it, on every screen.

A language that is none writes its letters wide: what is not wide is said in English, or
is somebody's own.
"""

from __future__ import annotations

import asyncio
import re
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
import web_client
from web_client import visit

from importer.models import Note, NoteCode
from importer.sentences import language as library
from importer.web import language, pages, remarks
from importer.web.drafts import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from web_client import Browser

    from importer.web.drafts import Draft

BAD = """Name,Handle,Type,Rules,Image,Regal
Sale,Big Sale,smart,title contains a,,
Tents,tents,smart,title contains b,,
More Tents,tents,smart,title contains c,,
Boots,Boots!,clever,title about d,nowhere,A1
,nameless,manual,,https://example.com/a b.png,
"""
ODD = "sep=;\n;;\nOld Stock;;\nTitle;Handle;Shelf\nSale;sale;A1\n"
#: What stays as it is: what calls itself so, what is written into a cell or a box.
NAMES = {
    *("Anna", "Deutsch", "spring.csv", "odd.csv", "big-sale", "boots"),
    *("manual", "smart", "logic", "AND", "conditions"),
    *("https", "app.gohighlevel.com", "location"),
}
#: What may be translated, of a text with places for others.
_KEPT = re.compile(
    r"%\(\w+\)s|%%|\{(?P<to>\w+:(?:counted|plural|header):)(?P<words>[^}]*)\}|\{[^}]*\}"
)
_LATIN = re.compile(r"[A-Za-z][A-Za-z.-]*")
_SEEN = frozenset({"aria-label", "title", "placeholder", "alt", "data-lost"})


def wide(text: str) -> str:
    """Write letters wide, and what stands for others as it is."""
    made, end = "", 0
    for found in _KEPT.finditer(text):
        made += _widened(text[end : found.start()])
        words = found["words"] and f"{{{found['to']}{_widened(found['words'])}}}"
        made, end = made + (words or found[0]), found.end()
    return made + _widened(text[end:])


def _widened(text: str) -> str:
    letters = {n: n + 0xFEE0 for n in range(0x41, 0x7B) if chr(n).isalpha()}
    return text.translate(letters)


class Wide(NullTranslations):
    """A language in wide letters."""

    def gettext(self, message: str) -> str:
        """Write it wide."""
        return wide(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Write one of them wide."""
        return wide(msgid1 if n == 1 else msgid2)


class Read(HTMLParser):
    """Reads what a page says, and in which language it says that it does."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.others: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element; what it says by attributes is said, too."""
        told = dict(attrs)
        inner = told.get("lang") or (self._open[-1][1] if self._open else "")
        if tag not in {"meta", "link", "input", "br", "img"}:
            self._open.append((tag, inner))
        self.said += [text for name, text in attrs if name in _SEEN and text]

    def handle_endtag(self, tag: str) -> None:
        """Come out again."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Hear a text."""
        tag, code = self._open[-1] if self._open else ("", "")
        if tag not in {"style", "script"} and data.strip():
            (self.said if code in {"", "de"} else self.others).append(data)


@pytest.fixture
def wide_letters(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever language is asked for, the one in wide letters is spoken."""
    speech = language.Speech("de", Wide())
    spoken = library.Language("de", Wide(), library.STYLES["de"])
    monkeypatch.setattr(spoken, "_form", lambda number: int(number != 1))
    monkeypatch.setattr(language, "spoken", lambda _: speech)
    monkeypatch.setattr(library, "named", lambda _: spoken)
    pages._environment.cache_clear()
    yield
    pages._environment.cache_clear()


def english(markup: str, own: str) -> set[str]:
    """What a page says in letters that are not wide, and that nobody wrote."""
    written = {*NAMES, *_LATIN.findall(own)}
    words = {word.strip(".-") for text in Read(markup).said for word in _words(text)}
    return {word for word in words if word not in written and len(word) > 1}


def _words(text: str) -> list[str]:
    return _LATIN.findall(text)


@pytest.mark.usefixtures("wide_letters")
def test_no_screen_says_a_word_of_english(tmp_path: Path) -> None:
    """From the locked door to what was taken back, with all that is told on the way."""
    heard: dict[str, set[str]] = {}

    async def what(browser: Browser) -> None:
        own = BAD + ODD

        def hear(name: str, markup: str) -> None:
            if found := english(markup, own):
                heard[name] = found

        locked = web_client.Browser(browser.url)
        hear("locked", (await locked.get("/")).text)
        await locked.session.close()
        hear("home", (await browser.get("/")).text)
        hear("no kind", (await browser.upload("a.exe", b"x")).text)
        hear("no rows", (await browser.upload("odd.csv", b"name\n")).text)
        hear("guide", (await browser.get("/guide")).text)
        hear("shops", (await browser.get("/shops")).text)
        wrong = await browser.post("/shops", name="", place="", token="")
        hear("shops, wrong", wrong.text)
        hear("nothing there", (await browser.get("/d/none")).text)
        forged = await browser.post("/example", headers={"Origin": "http://x"})
        hear("forged", forged.text)
        await _columns(browser, hear)
        await _rows(browser, hear)
        hear("history", (await browser.get("/")).text)

    visit(tmp_path, what)
    assert heard == {}


async def _past(draft: Draft, step: Step) -> None:
    """Wait until a draft is no longer at a step."""
    for _ in range(1000):
        if draft.step is not step:
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"it is {step} for 20 seconds")


async def _columns(browser: Browser, hear: Callable[[str, str], None]) -> None:
    page = await browser.upload("odd.csv", ODD.replace("Title", "A").encode())
    hear("columns", page.text)
    page = await browser.post(f"{page.path}/columns", **{"column-1": ""})
    hear("columns, no name", page.text)
    page = await browser.upload("odd.csv", ODD.encode())
    hear("remarks", page.text)
    assert wide("headings are in row") in page.text
    hear("columns, understood", (await browser.get(f"{page.path}/columns")).text)


async def _rows(browser: Browser, hear: Callable[[str, str], None]) -> None:
    page = await browser.upload("spring.csv", BAD.encode())
    hear("rows", page.text)
    assert page.text.count('class="why"') >= 6
    (draft,) = [one for one in browser.site.drafts if one.filename == "spring.csv"]
    here = page.path
    hear("left out", (await browser.post(f"{here}/fix/out", row="4")).text)
    await browser.post(f"{here}/fix/accept", row="2", nth="9", text="")
    hear("stale", (await browser.get(here)).text)
    await browser.post(f"{here}/compare")
    await _past(draft, Step.COMPARING)
    ready = await browser.get(here)
    hear("ready", ready.text)
    await browser.post(f"{here}/run", digest=ready.hidden("digest"))
    await _past(draft, Step.RUNNING)
    hear("done", (await browser.get(here)).text)
    for step in (Step.COMPARING, Step.RUNNING, Step.UNDOING, Step.STOPPED):
        draft.step = step
        hear(step, (await browser.get(here)).text)
        hear(f"history, {step}", (await browser.get("/")).text)
        state = await browser.session.get(f"{browser.url}{here}/state")
        told = (await state.json()).values()
        hear(f"state, {step}", " ".join(one for one in told if isinstance(one, str)))
    draft.step = Step.DONE
    await browser.get(here)
    hear("undo?", (await browser.get(f"{here}/undo-look")).text)
    await browser.post(f"{here}/undo")
    await _past(draft, Step.UNDOING)
    hear("undone", (await browser.get(here)).text)


def test_a_language_is_chosen_and_kept(tmp_path: Path) -> None:
    """On the page where somebody is; without a choice it is the browser's."""

    async def what(browser: Browser) -> None:
        spanish = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.8"}
        assert '<html lang="es">' in (await browser.get("/", headers=spanish)).text
        await browser.get("/shops")
        page = await browser.post("/language", language="de", back="/shops?a=1")
        assert (page.path, page.head) == ("/shops", "Sub-Accounts")
        page = await browser.get("/", headers=spanish)
        assert '<html lang="de">' in page.text
        assert page.hidden("back") == "/"
        # a page that answers a form is looked at again where it can be
        page = await browser.upload("a.exe", b"x")
        assert page.hidden("back") == "/"
        for back in ("//evil.example", "https://evil.example", "/\\evil.example", ""):
            page = await browser.post("/language", language="fr", back=back)
            assert (page.path, '<html lang="de">' in page.text) == ("/", True)

    visit(tmp_path, what)


def test_answers_are_told_in_the_language_of_whoever_said_yes(tmp_path: Path) -> None:
    """Those of the files, too; and texts stand in the marks of the language."""

    async def what(browser: Browser) -> None:
        await browser.post("/language", language="de")
        page = await browser.upload("odd.csv", ODD.replace("Title", "A").encode())
        assert "„Sale“" in page.text
        page = await browser.upload("spring.csv", BAD.encode())
        await browser.post(f"{page.path}/compare")
        ready = await browser.until("Kollektion")
        await browser.post(f"{ready.path}/run", digest=ready.hidden("digest"))
        end = await browser.until("Fertig")
        answers = await browser.get(f"{end.path}/files/report.csv")
        assert "Schreiben Sie" in answers.text

    visit(tmp_path, what)


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (
            Note(NoteCode.COLUMNS_HIDDEN, count=1200, columns=("C", "D"), more=1198),
            "Ausgeblendete Spalten werden wie die anderen gelesen: C, D, 1.198 weite",
        ),
        (
            Note(NoteCode.ERRORS_AS_BLANK, cells=("B2 (#N/A)",), more=0),
            "Einige Zellen enthalten einen Fehler des Tabellenprogramms: B2 (#N/A).",
        ),
        (
            Note(NoteCode.COLUMN_UNCLEAR, column="Art", fields="type"),
            "Die Spalte Art kann mehreres sein und wird nicht gelesen.",
        ),
    ],
)
def test_a_remark_on_a_file_is_said_in_the_words_of_the_page(
    note: Note, said: str
) -> None:
    """Lists and figures, too; what was kept as a text is marked as English."""
    speech = language.spoken("de")
    told = remarks.said(speech, note)
    assert (told.text.startswith(said), told.code) == (True, ""), told
    kept = Note.read(note)
    assert remarks.said(speech, kept) == remarks.Remark(note, "en")
    assert remarks.said(language.spoken("en"), kept).code == ""
