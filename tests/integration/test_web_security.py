"""What the page refuses: one test for each way in that there must not be."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from web_client import visit

from importer.errors import UsageError
from importer.web import address, guard, server, uploads
from importer.web.keys import LINK_SECONDS, SESSION_SECONDS, Keys

if TYPE_CHECKING:
    from pathlib import Path

    from web_client import Browser

GOOD = b"name,slug\nBest Sellers,best-sellers\n"
TOKEN = "pit-0a1b2c3d-4e5f-6789-abcd-ef0123456789"  # noqa: S105 - of no shop


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "example.com", "::", ""])  # noqa: S104 - refused
def test_an_address_that_others_reach_is_refused(host: str, tmp_path: Path) -> None:
    """Before anything listens."""
    with pytest.raises(UsageError, match="for this computer only"):
        server.serve(server.Wishes(tmp_path, host=host), print)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_an_address_of_this_computer_is_taken(host: str) -> None:
    """Whichever it is."""
    address.refuse_others(host)


def test_a_foreign_name_is_refused(tmp_path: Path) -> None:
    """A name of somebody else that was made to point here is not ours."""

    async def what(browser: Browser) -> None:
        port = browser.url.rpartition(":")[2]
        for host in (f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1"):
            page = await browser.get("/", headers={"Host": host})
            assert page.status == 421, host
        assert (await browser.get("/")).status == 200

    visit(tmp_path, what)


def test_without_a_session_nothing_is_shown(tmp_path: Path) -> None:
    """Neither pages nor figures; how the page looks is no secret."""

    async def what(browser: Browser) -> None:
        for path in ("/", "/shops", "/template.xlsx", "/d/x", "/d/x/state", "/nowhere"):
            assert (await browser.get(path)).status == 401, path
        assert (await browser.get("/static/page.css")).status == 200
        locked = await browser.get("/")
        assert locked.head == "This page is locked"

    visit(tmp_path, what, let_in=False)


def test_a_link_opens_the_page_once(tmp_path: Path) -> None:
    """Its session stays; the link does not."""

    async def what(browser: Browser) -> None:
        key = browser.site.keys.make_link("Anna")
        assert (await browser.get(f"/enter?k={key}")).status == 200
        browser.session.cookie_jar.clear()
        assert (await browser.get(f"/enter?k={key}")).status == 401
        assert (await browser.get("/enter?k=../../draft")).status == 401

    visit(tmp_path, what, let_in=False)


def test_of_two_that_come_at_once_one_is_let_in(tmp_path: Path) -> None:
    """A link that was seen by two opens one session."""
    keys = Keys(tmp_path)
    key = keys.make_link("Anna")
    assert [bool(keys.begin(key)) for _ in range(3)] == [True, False, False]


def test_links_and_sessions_end(tmp_path: Path) -> None:
    """A link after a day, a session after a month."""
    now = [1e9]
    keys = Keys(tmp_path, lambda: now[0])
    late = keys.make_link("Anna")
    session = keys.begin(keys.make_link("Anna"))
    assert session is not None
    now[0] += LINK_SECONDS
    assert keys.begin(late) is None
    assert keys.session(session) is not None
    now[0] += SESSION_SECONDS - LINK_SECONDS
    assert keys.session(session) is None


def test_no_key_is_kept(tmp_path: Path) -> None:
    """Who reads the folder can open nothing with it."""
    keys = Keys(tmp_path)
    link = keys.make_link("Anna")
    session = keys.begin(keys.make_link("Ben"))
    assert session is not None
    for path in tmp_path.rglob("*.json"):
        assert link not in path.name + path.read_text("utf-8")
        assert session not in path.name + path.read_text("utf-8")


def test_the_cookie_is_for_the_server_alone(tmp_path: Path) -> None:
    """No script reads it, no other site sends it; it lasts a month."""

    async def what(browser: Browser) -> None:
        key = browser.site.keys.make_link("Anna")
        page = await browser.get(f"/enter?k={key}", allow_redirects=False)
        cookie = page.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Max-Age=2592000", "Path=/"):
            assert part in cookie, part

    visit(tmp_path, what, let_in=False)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_of_elsewhere_is_refused(
    headers: dict[str, str], tmp_path: Path
) -> None:
    """Also one that does not say where it is from, with the right key."""

    async def what(browser: Browser) -> None:
        await browser.get("/")
        page = await browser.post("/example", headers=headers)
        assert page.status == 403
        assert not list(browser.site.drafts)

    visit(tmp_path, what)


def test_a_form_without_its_key_is_refused(tmp_path: Path) -> None:
    """The key of another session does not do either."""

    async def what(browser: Browser) -> None:
        await browser.get("/")
        for key in ("", "0" * 64, "ü"):
            assert (await browser.post("/example", key=key)).status == 403
            assert (await browser.upload("a.csv", GOOD, key=key)).status == 403
        assert not list((tmp_path / "web" / "drafts").iterdir())

    visit(tmp_path, what)


def test_every_answer_has_the_policy(tmp_path: Path) -> None:
    """Nothing within a page runs, and nothing from elsewhere loads."""

    async def what(browser: Browser) -> None:
        for path in ("/", "/shops", "/static/page.js", "/nowhere", "/enter?k=x"):
            page = await browser.get(path)
            assert page.headers["Content-Security-Policy"] == guard.POLICY
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            assert page.headers["Referrer-Policy"] == "same-origin"
            assert "<style" not in page.text
            assert " style=" not in page.text
            assert " onclick=" not in page.text
        assert (await browser.get("/")).headers["Cache-Control"] == "no-store"

    visit(tmp_path, what)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """By what it says, before it is read; and by what comes."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("a.csv", b"x" * (uploads.MOST_BYTES + 70_000))
        assert page.status == 413, page.status
        page = await browser.upload("a.csv", b"x" * (uploads.MOST_BYTES + 1))
        assert page.status == 422
        assert "larger than 20 MB" in page.alert
        assert not list((tmp_path / "web" / "drafts").iterdir())

    visit(tmp_path, what)


def test_a_part_that_would_unpack_is_refused(tmp_path: Path) -> None:
    """Base64 passes a measure that counts what is sent."""

    async def what(browser: Browser) -> None:
        home = await browser.get("/")
        for header in ("Content-Transfer-Encoding: base64", "Content-Encoding: gzip"):
            body = (
                '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n'
                f"{home.hidden('key')}\r\n--x\r\nContent-Disposition: form-data; "
                f'name="file"; filename="a.csv"\r\n{header}\r\n\r\nYQ==\r\n--x--\r\n'
            )
            answer = await browser.session.post(
                f"{browser.url}/upload",
                data=body.encode(),
                headers={
                    "Origin": browser.url,
                    "Content-Type": "multipart/form-data; boundary=x",
                },
            )
            assert answer.status == 415, header

    visit(tmp_path, what)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\spring.csv", "spring.csv"),
        ("a\x00b\u202e.csv", "a b .csv"),
        ("x" * 300 + ".csv", "x" * 116 + ".csv"),
        ("a%22b%0D%0A.csv", 'a"b  .csv'),
        ("", ""),
        ("/", ""),
        ("..", ""),
    ],
)
def test_the_name_of_a_file_is_text(name: str, shown: str) -> None:
    """It names what people see, and never a place."""
    assert uploads.shown_name(name) == shown


def test_a_file_is_kept_under_our_name_for_its_user_alone(tmp_path: Path) -> None:
    """Whatever it is called."""

    async def what(browser: Browser) -> None:
        await browser.upload("../../../naughty.csv", GOOD)
        (draft,) = browser.site.drafts
        assert draft.filename == "naughty.csv"
        assert draft.table == tmp_path / "web" / "drafts" / draft.id / "table.csv"
        modes = [
            stat.S_IMODE(path.stat().st_mode)
            for path in (draft.table, draft.folder, draft.folder / "draft.json")
        ]
        assert modes == [0o600, 0o700, 0o600]

    visit(tmp_path, what)


@pytest.mark.parametrize("name", ["a.exe", "a.html", "a", "a.csv.svg", ".csv"])
def test_what_is_no_table_is_not_kept(name: str, tmp_path: Path) -> None:
    """By its ending; nothing of it is left."""

    async def what(browser: Browser) -> None:
        page = await browser.upload(name, GOOD)
        assert page.status == 422
        assert not list((tmp_path / "web" / "drafts").iterdir())

    visit(tmp_path, what)


def test_only_the_files_of_a_run_are_given(tmp_path: Path) -> None:
    """By their names; no path leads anywhere."""

    async def what(browser: Browser) -> None:
        page = await browser.upload("a.csv", GOOD)
        for path in (
            f"{page.path}/files/report.csv",
            f"{page.path}/files/..%2fdraft.json",
            f"{page.path}/files/draft.json",
            "/d/..%2f..%2fetc/files/report.csv",
            "/static/..%2fguard.py",
            "/static/../server.py",
        ):
            assert (await browser.get(path)).status == 404, path

    visit(tmp_path, what)


def test_a_token_comes_in_and_does_not_come_out(tmp_path: Path) -> None:
    """It is in one file, for its user alone, and in no answer and no other file."""

    async def what(browser: Browser) -> None:
        seen = []
        await browser.get("/shops")
        place = "https://app.gohighlevel.com/v2/location/ve9EPM428h8vShlRW1KT/settings"
        refused = await browser.post("/shops", place=place, token=TOKEN, name="")
        assert "Give the sub-account a name" in refused.alert
        assert place in refused.text
        seen.append(refused)
        answer = await browser.post(
            "/shops", place=place, token=f" {TOKEN}\n", name="Berlin"
        )
        seen += [answer, *[await browser.get(path) for path in ("/", "/shops")]]
        assert not any(TOKEN in page.text + page.path for page in seen)
        assert TOKEN not in str([page.headers for page in seen])

    # nothing listens there, so the look at the new sub-account ends at once
    (tmp_path / "importer.toml").write_text('base_url = "http://127.0.0.1:9"\n')
    visit(tmp_path, what)
    holding = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and TOKEN.encode() in path.read_bytes()
    ]
    assert [path.name for path in holding] == ["ve9EPM428h8vShlRW1KT.token"]
    if os.name != "nt":
        assert stat.S_IMODE(holding[0].stat().st_mode) == 0o600
