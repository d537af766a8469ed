"""A page that is served, and a browser without a screen that fills in its forms."""

from __future__ import annotations

import asyncio
import io
import re
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from importer.web import practice, server
from importer.web.site import SITE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from importer.web.site import Site


@dataclass
class Page:
    """An answer that was read to its end; `place` is where on it a browser goes."""

    status: int
    text: str
    path: str
    place: str
    headers: Any = field(repr=False)

    @property
    def head(self) -> str:
        """The heading, as it is read."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.DOTALL)
        return _text(found[1]) if found else ""

    @property
    def alert(self) -> str:
        """What the page tells first of all."""
        found = re.search(r'role="alert">(.*?)</div>', self.text, re.DOTALL)
        return _text(found[1]) if found else ""

    def hidden(self, name: str) -> str:
        """A field of its forms that is not seen."""
        found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', self.text)
        assert found, f"no {name}"
        return unescape(found[1])


def _text(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


class Browser:
    """Keeps cookies, follows redirects, and says where a form comes from."""

    def __init__(self, url: str, site: Site | None = None) -> None:
        self.url, self._site = url, site
        jar = aiohttp.CookieJar(unsafe=True)
        self.session = aiohttp.ClientSession(cookie_jar=jar)
        self.last: Page

    @property
    def site(self) -> Site:
        """What is served, where that is in this process."""
        assert self._site is not None
        return self._site

    async def enter(self, person: str = "Anna") -> Page:
        """Come in by a link of its own."""
        key = self.site.keys.make_link(person)
        return await self.get(f"/enter?k={key}")

    async def get(self, path: str, **more: Any) -> Page:
        """Look at a page."""
        return await self._read(self.session.get(self.url + path, **more))

    async def post(self, path: str, headers: Any = None, **fields: str) -> Page:
        """Press the button of a form of the last page."""
        own = {"Origin": self.url} if headers is None else headers
        if "key" not in fields:
            fields["key"] = self.last.hidden("key")
        return await self._read(
            self.session.post(self.url + path, data=fields, headers=own)
        )

    async def upload(
        self, name: str, content: bytes, shop: str = "practice", key: str | None = None
    ) -> Page:
        """Choose a file on the first screen."""
        home = await self.get("/")
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("key", home.hidden("key") if key is None else key)
        form.add_field("shop", shop)
        form.add_field("file", io.BytesIO(content), filename=name)
        # a browser says how long its form is
        body = await form().as_bytes()
        headers = {"Origin": self.url, "Content-Type": form().content_type}
        return await self._read(
            self.session.post(
                self.url + "/upload", data=io.BytesIO(body), headers=headers
            )
        )

    async def until(self, heading: str, seconds: float = 20) -> Page:
        """Look again until the heading has a text."""
        end = asyncio.get_running_loop().time() + seconds
        while heading not in self.last.head:
            assert asyncio.get_running_loop().time() < end, self.last.text
            await asyncio.sleep(0.05)
            await self.get(self.last.path)
        return self.last

    async def _read(self, asked: Any) -> Page:
        async with asked as answer:
            page = Page(
                answer.status,
                await answer.text(errors="replace"),
                answer.url.path,
                answer.real_url.fragment,
                answer.headers,
            )
        if "<h1" in page.text:
            self.last = page
        return page


@asynccontextmanager
async def served(
    folder: Path, wishes: Any = None, **options: Any
) -> AsyncIterator[Browser]:
    """Serve a folder, and give a browser that is not let in yet."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    app = server.build(wishes or server.Wishes(folder), port, **options)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    browser = Browser(f"http://127.0.0.1:{port}", app[SITE])
    try:
        yield browser
    finally:
        await browser.session.close()
        await runner.cleanup()


def visit(
    folder: Path, what: Callable[[Browser], Awaitable[None]], *, let_in: bool = True
) -> None:
    """Serve a folder, and do something with a browser; the practice shop is quick."""

    async def main() -> None:
        async with served(folder) as browser:
            if let_in:
                await browser.enter()
            await what(browser)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(practice, "LATENCY_SECONDS", 0.001)
        asyncio.run(main())
