"""What stands around the page: brand, starter, log, tokens, a process beside."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shlex
import stat
import zipfile
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import web_client

from importer import logs
from importer.errors import HeadlessError, UsageError
from importer.sandbox import Options, running
from importer.web import apart, brand, extent, neighbour, notes, server, starter
from importer.web.shops import Shops

if TYPE_CHECKING:
    from web_client import Browser

PLACE = "ve9EPM428h8vShlRW1KT"
TOKEN = "pit-0a1b2c3d-4e5f-6789-abcd-ef0123456789"  # noqa: S105 - of no shop


def test_a_brand_has_a_name_a_logo_a_colour_and_an_address(tmp_path: Path) -> None:
    """They stand on every page, and the colour in the dark is another one."""
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    (tmp_path / "web.toml").write_text(
        'name = "Acme & Sons"\nlogo = "logo.png"\naccent = "#7a1f5c"\n'
        'help = "mailto:help@acme.example"\n'
    )

    async def main() -> None:
        async with web_client.served(tmp_path) as browser:
            page = await browser.enter()
            assert 'alt="Acme &amp; Sons"' in page.text
            assert 'href="mailto:help@acme.example"' in page.text
            assert (await browser.get("/logo")).headers["Content-Type"] == "image/png"
            style = (await browser.get("/brand.css")).text
            assert "--accent: #7a1f5c; --on: #ffffff" in style
            assert style.count("--accent") == 2

    asyncio.run(main())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('accent = "#9ecbff"', r"its contrast on white is 1\.\d to 1"),
        ('accent = "blue"', "is no colour"),
        ('help = "javascript:alert(1)"', "address for help"),
        ('logo = "logo.exe"', "is no picture"),
        ("colour = 1", "has colour, which cannot be used"),
        ("name", "is not TOML"),
    ],
)
def test_a_brand_that_cannot_be_used_is_refused(
    content: str, said: str, tmp_path: Path
) -> None:
    """Before anything is served."""
    (tmp_path / "web.toml").write_text(content)
    with pytest.raises(UsageError, match=said):
        brand.load(None, tmp_path)


@pytest.mark.parametrize("text", ["#9ecbff", "#00ff00", "#ffffff", "#767676"])
def test_the_darker_colour_that_is_offered_is_taken(text: str, tmp_path: Path) -> None:
    """Whoever writes what the sentence says is not refused again."""
    named = tmp_path / "web.toml"
    named.write_text(f'accent = "{text}"')
    with pytest.raises(UsageError) as refused:
        brand.load(None, tmp_path)
    named.write_text(refused.value.remedy.removeprefix("A darker one: ").rstrip("."))
    found = brand.load(None, tmp_path).accent
    assert found is not None
    assert brand.contrast(found, (255, 255, 255)) >= 4.5


ODD = ["/opt/my py/bin/python", "-m", "importer", "web", "--folder", '/a$b`c"d\\e 9%']


def test_a_starter_gives_the_command_as_it_is() -> None:
    """Whatever the folder is called."""
    mac = starter.text(ODD, "darwin").splitlines()
    assert (mac[0], shlex.split(mac[2])) == ("#!/bin/sh", ["exec", *ODD])
    entry = starter.text(ODD, "linux")
    (line,) = (one for one in entry.splitlines() if one.startswith("Exec="))
    value = line.removeprefix("Exec=").replace("\\\\", "\\").replace("%%", "%")
    words = re.findall(r'"((?:\\.|[^"\\])*)"', value)
    assert [re.sub(r"\\(.)", r"\1", word) for word in words] == ODD
    assert "Terminal=true" in entry
    windows = starter.text([r"C:\Program Files\py.exe", "web", "9%"], "win32")
    assert '\r\n"C:\\Program Files\\py.exe" web 9%%\r\n' in windows


def test_a_starter_is_on_the_desktop_and_replaces_its_own_kind_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder may have another name, as the system says."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert starter.write(ODD, "darwin").parent == tmp_path
    desk = tmp_path / "Schreibtisch"
    desk.mkdir()
    (tmp_path / ".config").mkdir()
    names = 'XDG_DESKTOP_DIR="$HOME/Schreibtisch"\n'
    (tmp_path / ".config" / "user-dirs.dirs").write_text(names)
    path = starter.write(ODD, "linux")
    assert path == desk / "Import collections.desktop"
    assert path == starter.write(ODD, "linux")
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) & stat.S_IXUSR
    path.write_text("[Desktop Entry]\n")
    with pytest.raises(UsageError, match="was not made by this program"):
        starter.write(ODD, "linux")


def test_the_log_of_the_server_has_no_secret(tmp_path: Path) -> None:
    """What goes wrong stands in it, for its user alone."""
    logs.hide(TOKEN)
    with notes.kept(tmp_path):
        try:
            int(TOKEN)
        except ValueError:
            logging.getLogger("importer").exception("web.request_failed")
    path = tmp_path / notes.NAME
    text = path.read_text("utf-8")
    assert "web.request_failed" in text
    assert "ValueError" in text
    assert TOKEN not in text
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_has_one_server(tmp_path: Path) -> None:
    """Another start of the program gets a link of the one that is there."""

    async def main() -> None:
        with neighbour.alone(tmp_path / "web") as other:
            assert other == ""
            async with web_client.served(tmp_path) as browser:
                site = browser.site
                neighbour.note(tmp_path / "web", browser.url, site.mark)
                links: list[str] = []
                wishes = server.Wishes(tmp_path, person="Ben")
                await asyncio.to_thread(server.serve, wishes, links.append)
                (link,) = links
                await browser.get(link.removeprefix(browser.url))
                assert browser.last.status == 200
                assert link.startswith(browser.url)

    (tmp_path / "web").mkdir()
    asyncio.run(main())


def test_an_old_aiohttp_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its uploads pass the measure."""
    monkeypatch.setattr("aiohttp.__version__", "3.14.3")
    with pytest.raises(UsageError, match=r"needs aiohttp 3\.14\.4 or later"):
        server.serve(server.Wishes(tmp_path), print)


def test_the_environment_sets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a token nor a location, nor where runs are kept."""
    monkeypatch.setenv("HIGHLEVEL_TOKEN", TOKEN)
    monkeypatch.setenv("HIGHLEVEL_LOCATION_ID", PLACE)
    monkeypatch.setenv("IMPORTER_RUNS_DIR", "elsewhere")
    (tmp_path / ".env").write_text(f"HIGHLEVEL_TOKEN={TOKEN}\n")
    monkeypatch.chdir(tmp_path)
    shown = Shops(tmp_path).settings().shown()
    origins = {name: origin for name, (_, origin) in shown.items()}
    assert not {"environment", ".env"} & {*origins.values()}
    assert shown["runs_dir"][0] == str(tmp_path / "runs")
    assert shown["on_overlap"][0] == "wait"


def test_all_runs_may_be_kept_in_one_database(tmp_path: Path) -> None:
    """Where the settings file says so."""
    (tmp_path / "importer.toml").write_text('journal = "postgresql://h/importer"\n')
    assert Shops(tmp_path).settings().shown()["journal"][0].startswith("postgresql://")


def test_a_sub_account_is_looked_at_in_words(tmp_path: Path) -> None:
    """With a token that is known, and with one that is not."""

    async def main() -> None:
        tokens = {TOKEN: frozenset({PLACE})}
        async with running(Options(tokens=tokens)) as sandbox:
            (tmp_path / "importer.toml").write_text(f'base_url = "{sandbox.url}"\n')
            async with web_client.served(tmp_path) as browser:
                await _set_up(browser)

    asyncio.run(main())


async def _set_up(browser: Browser) -> None:
    await browser.enter()
    await browser.get("/shops")
    place = f"https://app.gohighlevel.com/v2/location/{PLACE}/dashboard"
    wrong = TOKEN.replace("pit-0", "pit-1")
    page = await browser.post("/shops", place=place, token=wrong, name="Berlin")
    assert page.head == "Berlin"
    assert "HighLevel does not know this token." in page.text
    page = await browser.post(f"/shops/{PLACE}/token", token=TOKEN)
    assert "All is in order: you can import into this sub-account." in page.text
    home = await browser.get("/")
    assert f'<option value="{PLACE}"' in home.text
    # a second one of the same name or place is told
    await browser.get("/shops")
    page = await browser.post("/shops", place=place, token=TOKEN, name="Wien")
    assert page.alert == "There is a sub-account with this name or address already."
    for fields, said in (
        ({"place": "example.com", "token": TOKEN, "name": "W"}, "neither the address"),
        ({"place": "x" * 20, "token": "ö", "name": "W"}, "does not look like a token"),
        ({"place": "x" * 20, "token": TOKEN, "name": " "}, "Give the sub-account"),
    ):
        page = await browser.post("/shops", **fields)
        assert said in page.alert


@pytest.mark.parametrize(
    ("name", "content", "large"),
    [
        ("a.csv", b"a,b\n" * 50_001, True),
        ("a.csv", b"a,b\r" * 50_001, True),
        ("a.csv", b"a,b\r\n" * 49_000, False),
        ("a.xlsx", b"no workbook" * 10_000, True),
        ("a.xlsx", b"no workbook", False),
        ("a.xls", b"x" * 1000, False),
    ],
)
def test_a_large_table_is_known_before_it_is_read(
    name: str, content: bytes, large: bool, tmp_path: Path
) -> None:
    """By its line ends, or its rows."""
    path = tmp_path / name
    path.write_bytes(content)
    assert extent.is_large(path) is large


@pytest.mark.parametrize(("rows", "large"), [(49_000, False), (50_001, True)])
def test_the_rows_of_a_workbook_are_counted(
    rows: int, large: bool, tmp_path: Path
) -> None:
    """Without reading a cell."""
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", '<row r="1"></row>' * rows)
        book.writestr("xl/sharedStrings.xml", "<row " * 60_000)
    assert extent.is_large(path) is large


def test_a_process_beside_answers_fails_and_begins_again() -> None:
    """What fails there fails here; one that has ended is followed by another."""

    async def main() -> None:
        beside = apart.Apart()
        try:
            first = await beside.do(os.getpid)
            assert first not in {os.getpid(), 0}
            with pytest.raises(ValueError, match="invalid literal"):
                await beside.do(int, "x")
            with pytest.raises(HeadlessError) as failure:
                await beside.do(_headless)
            assert failure.value.remedy == "Write one."
            assert await beside.do(os.getpid) == first
            with pytest.raises(BrokenProcessPool):
                await beside.do(os.abort)
            assert await beside.do(os.getpid) != first
        finally:
            beside.end()

    asyncio.run(main())


def _headless() -> None:
    msg = "There is no header."
    raise HeadlessError(msg, remedy="Write one.")
