"""The server of the page is killed, ended, and asked by many: nothing is twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
import web_client

from importer.sandbox.threaded import LOCATION, ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from web_client import Page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="processes are forked"),
]

INCUBATOR = Path(__file__).parent / "incubator.py"
KILLS, ROWS = 20, 40
#: So many tables are brought to their end meanwhile.
LEAST = 2
FAULTS = {"reset_after": 0.04, "error_before": 0.03, "error_after": 0.02}
SLOW_SERVER_SECONDS = 20.0


def set_up(folder: Path, url: str, *more: str) -> None:
    """Write the settings and a sub-account, as they are after the first screen."""
    lines = [f'base_url = "{url}"', 'settle_pauses = "0.05s,0.2s"', *more, ""]
    (folder / "importer.toml").write_text("\n".join(lines))
    (folder / "token").write_text("pit-of-no-shop-0123456789\n")
    (folder / "locations.toml").write_text(
        f'[[locations]]\nid = "{LOCATION}"\nname = "Berlin"\ntoken_file = "token"\n'
    )


def table(name: str, rows: int) -> bytes:
    """Rows that are all good, and those of no other name."""
    lines = (f"{name} {n},{name}-{n},smart,title contains x" for n in range(rows))
    return "\n".join(["name,slug,type,rules", *lines, ""]).encode()


class Server:
    """Servers of one folder at one port, one after the other."""

    def __init__(self, incubator: subprocess.Popen[str]) -> None:
        self._incubator, self._pid = incubator, 0

    def start(self) -> str:
        """Begin one, and return the link that opens its page."""
        assert self._incubator.stdin is not None
        assert self._incubator.stdout is not None
        self._incubator.stdin.write("\n")
        self._incubator.stdin.flush()
        pid, link = self._incubator.stdout.readline().split()
        self._pid = int(pid)
        return link

    def end(self, number: int = signal.SIGKILL) -> float:
        """Give a signal, and return after how long the server was gone."""
        begun = time.monotonic()
        os.kill(self._pid, number)
        while time.monotonic() < begun + SLOW_SERVER_SECONDS:
            try:
                os.kill(self._pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.005)  # noqa: TID251 - of a real process
        return time.monotonic() - begun


@contextmanager
def servers(folder: Path) -> Iterator[Server]:
    """What starts servers, with nothing left of them afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    incubator = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, str(INCUBATOR), str(folder), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Server(incubator)
    finally:
        os.killpg(incubator.pid, signal.SIGKILL)
        incubator.communicate()


class Person:
    """Brings tables to their end, whatever the page says, and begins the next one."""

    def __init__(self, browser: web_client.Browser, rows: int = ROWS) -> None:
        self._browser, self._rows = browser, rows
        self.begun = 1
        self.path = ""

    async def work(self) -> None:
        """Do the next thing, again and again."""
        while True:
            await self.step()

    async def bring_to_its_end(self) -> None:
        """Do all that a table needs."""
        done = False
        while not done:
            done = await self.step()

    async def step(self) -> bool:
        """Do the next thing; say whether a table is done."""
        browser = self._browser
        if not self.path:
            page = await browser.upload(
                "a.csv", table(f"t{self.begun}", self._rows), LOCATION
            )
            self.path = page.path if page.path.startswith("/d/") else ""
            return False
        page = await browser.get(self.path)
        if page.head.startswith("Done") and 'id="continue"' not in page.text:
            self.path, self.begun = "", self.begun + 1
            return True
        await self._press(page)
        return False

    async def close(self) -> None:
        """Close the browser."""
        await self._browser.session.close()

    async def _press(self, page: Page) -> None:
        for button, path, named in (
            ("next", "compare", ()),
            ("send", "run", ("digest",)),
            ("continue", "continue", ()),
        ):
            if f'id="{button}"' in page.text:
                fields = {name: page.hidden(name) for name in named}
                await self._browser.post(f"{self.path}/{path}", **fields)
                return
        if page.head.startswith("Nothing is left"):
            # a first yes did all of it, and its answer was lost with the server
            self.path, self.begun = "", self.begun + 1
        await asyncio.sleep(0.02)


def test_killed_at_random_moments_each_row_is_there_once(tmp_path: Path) -> None:
    """Twenty kills, with faults: created is what the tables say, and nothing twice."""
    moments = random.Random(20)  # noqa: S311 - of no secret

    async def main(server: Server) -> int:
        url = server.start()
        browser = web_client.Browser(url.partition("/enter")[0])
        await browser.get(f"/enter{url.partition('/enter')[2]}")
        person = Person(browser)
        for number in range(3 * KILLS):
            # a slow computer takes more of them for as many tables
            if number >= KILLS and person.begun > LEAST:
                break
            # and more time in each of them
            longest = 1.1 * max(1, number / KILLS)
            with suppress(TimeoutError, aiohttp.ClientError):
                await asyncio.wait_for(person.work(), moments.uniform(0.05, longest))
            await asyncio.to_thread(server.end)
            await asyncio.to_thread(server.start)
        await person.bring_to_its_end()
        await browser.session.close()
        return person.begun - 1

    with ThreadedSandbox(
        tmp_path, faults=FAULTS, limit=None, latency_seconds=0.02
    ) as sandbox:
        set_up(tmp_path, sandbox.url, 'rate = "5000/10s"', "concurrency = 4")
        with servers(tmp_path) as server:
            tables = asyncio.run(main(server))
        truth = sandbox.truth(LOCATION)
    slugs = [one["slug"] for one in truth["locations"][LOCATION]["collections"]]
    wanted = {f"t{nth}-{n}" for nth in range(1, tables + 1) for n in range(ROWS)}
    assert len(slugs) == len(set(slugs))
    assert set(slugs) == wanted
    assert sum(truth["faults"].values()) > 0
    assert tables >= LEAST


def test_a_signal_ends_it_within_five_seconds_with_tabs_open(tmp_path: Path) -> None:
    """Eight tabs ask how far it is; what was begun is gone on with afterwards."""

    async def main(server: Server) -> None:
        url = server.start()
        browser = web_client.Browser(url.partition("/enter")[0])
        await browser.get(f"/enter{url.partition('/enter')[2]}")
        person = Person(browser, rows=130)
        while browser.last.head != "Creating your collections":
            await person.step()
        asked: list[float] = []
        tabs = [
            asyncio.create_task(_tab(browser, person.path, asked)) for _ in range(8)
        ]
        await asyncio.sleep(1)
        assert all(not tab.done() for tab in tabs)
        gone = await asyncio.to_thread(server.end, signal.SIGTERM)
        await asyncio.gather(*tabs, return_exceptions=True)
        assert len(asked) > 40
        assert sorted(asked)[len(asked) * 95 // 100] < 0.5
        assert gone < 5
        await asyncio.to_thread(server.start)
        page = await browser.get(person.path)
        assert page.head.startswith("Stopped: ")
        await browser.session.close()

    with ThreadedSandbox(tmp_path, latency_seconds=0.05) as sandbox:
        set_up(tmp_path, sandbox.url)
        with servers(tmp_path) as server:
            asyncio.run(main(server))


async def _tab(browser: web_client.Browser, path: str, asked: list[float]) -> None:
    while True:
        begun = time.monotonic()
        page = await browser.get(f"{path}/state")
        asked.append(time.monotonic() - begun)
        assert '"going": true' in page.text
        await asyncio.sleep(0.1)


def test_two_tables_in_one_sub_account_keep_its_limit(tmp_path: Path) -> None:
    """The second waits for the first: never 100 calls in 10 s, and none refused."""

    async def main() -> None:
        async with web_client.served(tmp_path) as browser:
            await browser.enter()
            people = []
            for name in ("Anna", "Ben"):
                own = web_client.Browser(browser.url, browser.site)
                await own.enter(name)
                people.append(Person(own, rows=51))
            people[1].begun = 2
            await asyncio.gather(*(person.bring_to_its_end() for person in people))
            home = await browser.get("/")
            assert home.text.count("done: 51 collections created") == 2
            for person in people:
                await person.close()

    with ThreadedSandbox(tmp_path, window="sliding") as sandbox:
        set_up(tmp_path, sandbox.url)
        asyncio.run(main())
        seen = sandbox.truth(LOCATION)["locations"][LOCATION]
    assert len(seen["collections"]) == 102
    assert (seen["refused"], seen["max_in_window"] <= 100) == (0, True)
