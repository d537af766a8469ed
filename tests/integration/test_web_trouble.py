"""What goes wrong around the page: one sentence, nothing sent, and a way to go on."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING, NoReturn

from web_client import visit

from importer.errors import StorageError
from importer.sandbox import Options, running
from importer.web import record, server
from importer.web.drafts import Draft, Step

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from web_client import Browser

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
FINE = b"name,slug,type,rules\nA,a,smart,title contains a\nB,b,smart,title is b\n"
UNUSABLE = "The settings of this program cannot be used."


async def at_rest(browser: Browser) -> Draft:
    """The only draft, when nothing goes on with it."""
    (draft,) = browser.site.drafts
    for _ in range(1000):
        if not browser.site.imports.at_work(draft):
            break
        await asyncio.sleep(0.02)
    return draft


def test_a_settings_file_that_is_broken_meanwhile_sends_nothing(tmp_path: Path) -> None:
    """One that is written while the page is served holds; so does its mending."""
    config = tmp_path / "importer.toml"
    token = tmp_path / "token"
    token.write_text("pit-0123456789abcdef")
    token.chmod(0o600)
    entry = f'[[locations]]\nid = "{LOCATION}"\ntoken_file = "{token}"\n'

    async def what(browser: Browser) -> None:
        async with running(Options()) as sandbox:
            (tmp_path / "locations.toml").write_text(entry)
            config.write_text(f'base_url = "{sandbox.url}"\n')
            page = await browser.upload("a.csv", FINE, shop=LOCATION)
            here = page.path
            await browser.post(f"{here}/compare")
            page = await browser.until("2 collections will be created")
            digest = page.hidden("digest")
            config.write_text("base_url = \n")
            page = await browser.upload("b.csv", FINE, shop=LOCATION)
            assert (page.status, UNUSABLE in page.text) == (409, True)
            await browser.get(here)
            await browser.post(f"{here}/run", digest=digest)
            draft = await at_rest(browser)
            assert (draft.step, draft.said) == (Step.FIXING, "settings")
            config.write_text(f'base_url = "{sandbox.url}"\n')
            page = await browser.get(here)
            assert UNUSABLE in page.alert
            await browser.post(f"{here}/compare")
            await browser.until("2 collections will be created")

    visit(tmp_path, what)


def test_a_disk_that_is_full_is_told_and_nothing_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it was told, it can be tried again."""

    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    def unkept(_: Draft) -> NoReturn:
        msg = "There is no room."
        raise StorageError(msg, remedy="Make room.")

    async def what(browser: Browser) -> None:
        page = await browser.upload("a.csv", FINE)
        here = page.path
        with monkeypatch.context() as disk:
            disk.setattr(record, "add", full)
            page = await browser.post(f"{here}/fix/out", row="2")
            assert (page.status, page.head) == (507, "There is no room")
        with monkeypatch.context() as disk:
            disk.setattr(Draft, "keep", unkept)
            await browser.get("/")
            page = await browser.post(f"{here}/compare")
            assert (page.status, page.head) == (507, "There is no room")
        draft = await at_rest(browser)
        assert draft.step is Step.FIXING
        await browser.get(here)
        await browser.post(f"{here}/compare")
        await browser.until("will be created")

    visit(tmp_path, what)


def test_a_yes_to_what_another_tab_has_changed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a form that is too large, and a table that is not there any more."""
    monkeypatch.setattr(server, "_FORM_BYTES", 2000)

    async def what(browser: Browser) -> None:
        page = await browser.upload("a.csv", FINE)
        here = page.path
        await browser.post(f"{here}/compare")
        page = await browser.until("2 collections will be created")
        digest = page.hidden("digest")
        await browser.post(f"{here}/fix/out", row="3")
        page = await browser.post(f"{here}/run", digest=digest)
        assert "The table has changed since this was shown." in page.alert
        page = await browser.post(f"{here}/fix/edit", x="x" * 5000)
        assert (page.status, page.head) == (413, "That was too much at once")
        draft = await at_rest(browser)
        assert draft.run_id == ""
        browser.site.desks.put_away(draft)
        draft.table.unlink()
        for path in (here, f"{here}/columns"):
            page = await browser.get(path)
            assert "The table of this import is not as it was." in page.alert

    visit(tmp_path, what)
