"""The server of the page: made of its parts, served until it is told to end.

Invariants: it listens on this computer alone; a signal ends it within five seconds, and
the runs that go on are stopped so that they can be gone on with.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from importer.errors import StorageError, UsageError
from importer.web import (
    address,
    brand,
    columns,
    entrance,
    fix_pages,
    guide,
    home,
    neighbour,
    notes,
    reading,
    results,
    sending,
    shop_pages,
    show,
)
from importer.web.desks import Desks
from importer.web.drafts import Drafts
from importer.web.guard import guard
from importer.web.imports import Imports
from importer.web.keys import Keys
from importer.web.pages import HERE
from importer.web.practice import Practice
from importer.web.shops import Shops
from importer.web.site import SITE, Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

#: Below the folder that is served.
FOLDER = "web"
#: Forms are short; a file is measured by its handler.
_FORM_BYTES = 1 << 20
_KEPT_DAYS = 30.0
#: How long a browser's connection is waited for, at the end.
_CLOSE_SECONDS = 0.5
#: How long the first page is waited for before the rest is loaded beside it.
_FIRST_SECONDS = 1.5
#: Those before do not measure every part of an upload.
AIOHTTP = (3, 14, 4)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is served, and how. `port` is None where any will do."""

    folder: Path
    host: str = "127.0.0.1"
    port: int | None = None
    person: str = ""
    config: Path | None = None
    brand: Path | None = None
    keep_days: float = _KEPT_DAYS


def build(wishes: Wishes, port: int, **options: object) -> web.Application:
    """Make the application that serves a folder.

    Args:
        wishes: what is served.
        port: where it listens.
        options: settings that go before those of the settings file.

    Raises:
        UsageError: the brand, or a setting, cannot be used.
    """
    kept = wishes.folder / FOLDER
    _made(kept)
    shops = Shops(wishes.folder, wishes.config, **options)
    practice = Practice(kept / "practice")
    desks = Desks(shops, practice)
    own = hashlib.sha256(str(wishes.folder.absolute()).encode()).hexdigest()[:8]
    drafts = Drafts(kept / "drafts")
    drafts.forget(wishes.keep_days)
    site = Site(
        kept,
        address.names(wishes.host, port),
        f"importer_{own}",
        secrets.token_urlsafe(16),
        brand.load(wishes.brand, wishes.folder),
        Keys(kept),
        drafts,
        shops,
        practice,
        Imports(desks),
        desks,
    )
    app = web.Application(middlewares=[guard], client_max_size=_FORM_BYTES)
    app[SITE] = site
    app.add_routes(_ROUTES)
    app.router.add_static("/static", HERE / "static")
    app.cleanup_ctx.append(_open)
    return app


_ROUTES = [
    web.get("/", home.home),
    web.get("/enter", entrance.enter),
    web.get("/here", entrance.here),
    web.get("/brand.css", entrance.style),
    web.get("/logo", entrance.logo),
    web.get("/guide", guide.show),
    web.post("/language", entrance.speak),
    web.post("/upload", home.upload),
    web.post("/example", home.example),
    web.get("/template.xlsx", home.template),
    web.get("/shops", shop_pages.shops),
    web.post("/shops", shop_pages.add),
    web.get("/shops/{shop}", shop_pages.look),
    web.post("/shops/{shop}/token", shop_pages.renew),
    web.get("/d/{draft}", show.show),
    web.get("/d/{draft}/state", sending.state),
    web.get("/d/{draft}/columns", columns.show),
    web.post("/d/{draft}/columns", columns.keep),
    web.post("/d/{draft}/reading", reading.choose),
    web.post("/d/{draft}/sheet", reading.sheet),
    web.post("/d/{draft}/fix/edit", fix_pages.edit),
    web.post("/d/{draft}/fix/accept", fix_pages.accept),
    web.post("/d/{draft}/fix/apply", fix_pages.apply),
    web.post("/d/{draft}/fix/out", fix_pages.leave_out),
    web.post("/d/{draft}/fix/in", fix_pages.take_in),
    web.post("/d/{draft}/fix/back", fix_pages.take_back),
    web.post("/d/{draft}/compare", fix_pages.compare),
    web.post("/d/{draft}/back", sending.back),
    web.post("/d/{draft}/run", sending.run),
    web.post("/d/{draft}/stop", sending.stop),
    web.post("/d/{draft}/continue", sending.go_on),
    web.post("/d/{draft}/rest", results.rest),
    web.post("/d/{draft}/again", results.again),
    web.get("/d/{draft}/undo-look", results.undo_look),
    web.post("/d/{draft}/undo", results.undo),
    web.get("/d/{draft}/files/{name}", results.download),
]


async def _open(app: web.Application) -> AsyncIterator[None]:
    """End what goes on when the server ends."""
    yield
    site = app[SITE]
    await site.imports.close()
    site.desks.close()
    await site.practice.close()


def serve(wishes: Wishes, ready: Callable[[str], None]) -> None:
    """Serve until a signal; `ready` gets the address that opens the page.

    Where the folder is served already, `ready` gets a new link of that server, and
    nothing else happens.

    Raises:
        UsageError: it cannot listen there, or something cannot be used.
    """
    address.refuse_others(wishes.host)
    _refuse_old()
    kept = wishes.folder / FOLDER
    _made(kept)
    with neighbour.alone(kept) as other:
        if other:
            ready(_link(other, Keys(kept), wishes.person))
            return
        with notes.kept(kept), asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(wishes, ready))


def _made(folder: Path) -> None:
    """Make the folder of the page, for its user alone.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as failure:
        msg = f"The folder {folder} cannot be made: {failure.strerror}."
        raise StorageError(msg, remedy="Name another one: --folder PATH.") from None


def _refuse_old() -> None:
    """Refuse an aiohttp that does not measure every part of an upload.

    Raises:
        UsageError: it is older.
    """
    found = tuple(int(part) for part in re.findall(r"\d+", aiohttp.__version__)[:3])
    if found < AIOHTTP:
        msg = f"The page needs aiohttp {'.'.join(map(str, AIOHTTP))} or later; "
        msg += f"{aiohttp.__version__} is installed."
        remedy = "pip install 'highlevel-collection-importer[web]'"
        raise UsageError(msg, remedy=remedy)


async def _serve(wishes: Wishes, ready: Callable[[str], None]) -> None:
    listening = address.listen(wishes.host, wishes.port)
    port = listening.getsockname()[1]
    runner = web.AppRunner(
        build(wishes, port),
        access_log=None,
        shutdown_timeout=_CLOSE_SECONDS,
        handle_signals=False,
    )
    await runner.setup()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C ends it all the same
            loop.add_signal_handler(number, stop.set)
    try:
        await web.SockSite(runner, listening).start()
        site = runner.app[SITE]
        url = _url(wishes.host, port)
        neighbour.note(site.folder, url, site.mark)
        ready(_link(url, site.keys, wishes.person))
        await _once_seen(site, stop)
        # loaded after the first page: it takes a second
        loading = asyncio.create_task(asyncio.to_thread(_load))
        await stop.wait()
        loading.cancel()
    finally:
        await runner.cleanup()


async def _once_seen(site: Site, stop: asyncio.Event) -> None:
    """Wait for the first page, not for long."""
    waits = [asyncio.create_task(one.wait()) for one in (site.seen, stop)]
    await asyncio.wait(
        waits, timeout=_FIRST_SECONDS, return_when=asyncio.FIRST_COMPLETED
    )
    for wait in waits:
        wait.cancel()


def _load() -> None:
    from importer import api  # noqa: PLC0415 - see above

    _ = (api.start, api.check)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _link(url: str, keys: Keys, person: str) -> str:
    return f"{url}/enter?k={keys.make_link(person)}"


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    try:
        import uvloop  # noqa: PLC0415 - not available everywhere
    except ImportError:
        return None
    return uvloop.new_event_loop
