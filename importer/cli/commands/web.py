"""The command for people without a terminal: `web`.

It serves a page on this computer and opens it. Invariant: it prints the link, which is
used once, and nothing that is secret beside it.
"""

from __future__ import annotations

import getpass
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, shortage, stages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.web.server import Wishes

#: How long a browser that begins is waited for.
_BROWSER_SECONDS = 5.0


@click.command(short_help="Open a page that imports tables, for people at a browser.")
@click.option(
    "--folder",
    type=flags.PATH,
    default=Path(),
    show_default="this folder",
    help="Where tables, runs and tokens are kept.",
)
@click.option("--port", type=click.IntRange(0, 65535), help="Port; else one is found.")
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="An address of this computer; no other is taken.",
)
@click.option("--for", "person", metavar="NAME", help="Who the link is for.")
@click.option(
    "--brand", type=flags.PATH, help="File with name, logo, colour; default web.toml."
)
@click.option(
    "--keep",
    "keep_days",
    type=click.FloatRange(min=1),
    default=30,
    show_default=True,
    metavar="DAYS",
    help="How long tables are kept.",
)
@click.option(
    "--open/--no-open", "opens", default=True, help="Whether a browser is opened."
)
@click.option(
    "--starter", is_flag=True, help="Write a file for the desktop that opens it."
)
@flags.config
def web(
    *,
    opens: bool,
    starter: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Serve a page on this computer: drop a table, correct it, import it.

    The link that is printed opens the page once, in one browser, which is then let in
    for 30 days. Given again, the command makes a new link: for a second person, too.
    Nothing listens for other computers. Environment and .env are not read.

    \b
      importer web
      importer web --folder ~/shop --for Anna
      importer web --folder ~/shop --starter
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told():
        shortage.refuse_few_files()
        wishes = _wishes(given)
        if starter:
            _write_starter(wishes)
            return

        opening: list[threading.Thread] = []

        def ready(url: str) -> None:
            click.echo(f"The page is open at this address, once: {url}")
            click.echo("It works until this program ends (Ctrl-C).", err=True)
            if opens:
                opening.append(_open(url))

        stages.web_server.serve(wishes, ready)
        for thread in opening:  # where another program serves, this one ends at once
            thread.join(_BROWSER_SECONDS)


def _wishes(given: Mapping[str, Any]) -> Wishes:
    """Return what the flags say of the page, with paths that hold in every folder."""
    config, brand = given["config"], given["brand"]
    return stages.web_server.Wishes(
        given["folder"].expanduser().absolute(),
        given["host"],
        given["port"],
        given["person"] or _user(),
        config.absolute() if config else None,
        brand.absolute() if brand else None,
        given["keep_days"],
    )


def _write_starter(wishes: Wishes) -> None:
    """Write a file that gives this command, for a double click."""
    words = [sys.executable, "-m", "importer", "web", "--folder", str(wishes.folder)]
    for flag, path in (("--config", wishes.config), ("--brand", wishes.brand)):
        if path is not None:
            words += [flag, str(path)]
    if wishes.port is not None:
        words += ["--port", str(wishes.port)]
    path = stages.web_starter.write(words)
    click.echo(f"A double click on this file opens the page: {path}")


def _open(url: str) -> threading.Thread:
    """Open a browser; some take seconds to begin, and the page waits for none."""
    import webbrowser  # noqa: PLC0415 - not loaded by `--help`

    opening = threading.Thread(target=webbrowser.open, args=(url,), daemon=True)
    opening.start()
    return opening


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user, or no such notion
        return ""
