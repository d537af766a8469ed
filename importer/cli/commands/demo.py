"""`importer demo`: the sample file, run against a sandbox that fails on purpose.

The sandbox is a process of its own. Invariant: the demo talks to its own sandbox
only, whatever the environment says.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import contextmanager, nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, shortage, stages
from importer.errors import InputError
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2]

#: What the demo's sandbox does wrong on purpose.
DEMO_SANDBOX = (
    "--latency", "150ms",
    "--jitter", "50ms",
    "--limit", "100/10s",
    "--faults", "reset_after=0.03,error_after=0.02",
    "--seed", "7",
)  # fmt: skip
#: What is to be known of what it shows, and what comes next.
PLANTED = (
    "The problems above are planted: the sample has wrong rows on purpose, and nothing "
    "has left this computer.\n"
    "Next: importer template collections.xlsx, or, with a table of your own, importer "
    "check FILE"
)
#: A demo that was stopped: its own summary names the resume of a real run.
STOPPED = (
    "This demo was stopped. Its sandbox is gone, and with it what was created, so "
    "there is nothing to resume. Start again: importer demo"
)


@click.command(short_help="Run the sample file against the sandbox.")
@flags.runs_dir
@flags.quiet
def demo(runs_dir: Path | None, *, quiet: bool) -> None:
    """Import the sample data into a local sandbox that fails on purpose.

    Ends with 0 when every row has its answer, nothing is there twice and nothing is
    missing; the sample holds wrong rows, so there are problems to see.

    \b
      importer demo
      importer demo --runs-dir rehearsal
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told():
        sample = _sample()
        shortage.refuse_few_files()
        kept = io.StringIO()
        aside = redirect_stdout(kept) if quiet else nullcontext()
        with aside, _sandbox() as url:
            if not quiet:
                told = f"Sandbox at {url}: it loses answers on purpose."
                click.echo(told, err=True)
            chosen = stages.settings.load(
                {
                    "base_url": url,
                    "token": "demo",
                    "location_id": "",
                    # the user's own locations have no part in it
                    "locations_file": Path(os.devnull),
                    "runs_dir": runs_dir,
                    # nor has their database, nor who is told of their runs
                    "journal": "",
                    "notify_url": "",
                }
            )
            voice = stages.voice.Voice(quiet=quiet, yes=True)
            work = stages.runner.run([str(sample)], chosen, None, voice)
            code = stages.runner.start(work)
            truth = _truth(url)
        ended = code in {Exit.OK, Exit.PROBLEMS}
        finished = ended and not truth["slugs_twice"]
        # what is planted changes no exit code
        if not (quiet and finished):
            click.echo(kept.getvalue(), nl=False)
            _verdict(truth)
        if not ended:
            click.echo(STOPPED, err=True)
        elif not quiet:
            click.echo(PLANTED)
        sys.exit(Exit.OK if finished else code)


def _sample() -> Path:
    """Find the sample file: inside the installed package, beside it in a checkout."""
    # what lies beside an installed package belongs to other packages
    for folder in (PACKAGE, PACKAGE.parent):
        path = folder / "sample_data" / "collections.csv"
        if path.is_file():
            return path
    msg = "The sample data is not installed."
    raise InputError(msg, remedy="Install the program again.")


@contextmanager
def _sandbox() -> Iterator[str]:
    """Run a sandbox in a process of its own, and give its address."""
    command = [sys.executable, "-m", "importer.sandbox", "--exit-with-parent"]
    import subprocess  # noqa: PLC0415 - not loaded by `--help`

    # `-m` looks into its folder first: there is this package, and not whatever has
    # its name, or a library's, where the user happens to be; a Ctrl-C is for the run
    # alone, which waits for the sandbox's last answers
    with subprocess.Popen(  # noqa: S603 - our own module with our own flags
        [*command, *DEMO_SANDBOX],
        cwd=PACKAGE.parent,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as server:
        assert server.stdout is not None  # noqa: S101 - it was asked for
        try:
            texts = server.stdout.readline().split()
            if not texts:
                msg = "The sandbox did not start."
                raise InputError(msg, remedy="Try: importer sandbox")
            yield texts[-1]
        finally:
            server.terminate()


def _truth(url: str) -> dict[str, Any]:
    """Ask what the sandbox holds in the end."""
    import urllib.request  # noqa: PLC0415 - brings ssl and email along

    with urllib.request.urlopen(f"{url}/_sandbox/truth", timeout=10) as answer:  # noqa: S310 - loopback
        truth: dict[str, Any] = json.load(answer)
    return truth


def _verdict(truth: dict[str, Any]) -> None:
    held = sum(len(item["collections"]) for item in truth["locations"].values())
    faults = {name: count for name, count in truth["faults"].items() if count}
    lost = ", ".join(f"{name} {count}" for name, count in faults.items()) or "none"
    click.echo(
        f"\nThe sandbox holds {held} collections, {len(truth['slugs_twice'])} of them "
        f"twice. It failed on purpose: {lost}."
    )
