"""The commands to rehearse with: `sandbox` serves, `demo` shows, `selftest` proves.

The sandbox is a process of its own and knows nothing of the importer. Invariant: the
demo and the selftest talk to their own sandbox only, whatever the environment says.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, shortage
from importer.errors import Exit, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[1]
#: What the demo's sandbox does wrong on purpose.
DEMO_SANDBOX = (
    "--latency", "150ms",
    "--jitter", "50ms",
    "--limit", "100/10s",
    "--faults", "reset_after=0.03,error_after=0.02",
    "--seed", "7",
)  # fmt: skip


@click.command(
    short_help="Serve the local stand-in of the API.",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Serve a local stand-in of the API; `importer sandbox --help` lists its flags."""
    from importer.sandbox.__main__ import main  # noqa: PLC0415 - loads the server

    shortage.refuse_few_files()
    sys.exit(main(list(arguments)))


@click.command(short_help="Run the sample file against the sandbox.")
@flags.runs_dir
@click.option("-q", "--quiet", is_flag=True, help="No progress, only the result.")
def demo(runs_dir: Path | None, *, quiet: bool) -> None:
    """Import the sample data into a local sandbox that fails on purpose.

    Ends with 0 when every row has its answer, nothing is there twice and nothing is
    missing; the sample holds wrong rows, so there are problems to see.

    \b
      importer demo
      importer demo --runs-dir rehearsal
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told():
        from importer import settings  # noqa: PLC0415 - loads the stages
        from importer.cli import runner  # noqa: PLC0415 - the same
        from importer.cli.voice import Voice  # noqa: PLC0415 - the same

        sample = _sample()
        shortage.refuse_few_files()
        with _sandbox() as url:
            click.echo(f"Sandbox at {url}: it loses answers on purpose.", err=True)
            chosen = settings.load(
                {
                    "base_url": url,
                    "token": "demo",
                    "location_id": "",
                    # the user's own locations have no part in it
                    "locations_file": Path(os.devnull),
                    "runs_dir": runs_dir,
                }
            )
            voice = Voice(quiet=quiet, yes=True)
            work = runner.run([str(sample)], chosen, None, voice)
            code = runner.start(work)
            truth = _truth(url)
        _verdict(truth)
        finished = code in {Exit.OK, Exit.PROBLEMS} and not truth["slugs_twice"]
        sys.exit(Exit.OK if finished else code)


@click.command(short_help="Prove on this machine that it is exactly once.")
@click.option(
    "--nature",
    "natures",
    multiple=True,
    metavar="NAME",
    help="A server or people other than assumed; all, or one of those in "
    "docs/exactly-once.md; repeat.",
)
@click.option(
    "--rows",
    type=click.IntRange(1),
    help="Rows of the input (1000, with a nature 120).",
)
@click.option(
    "--kills",
    type=click.IntRange(0),
    help="How often the program is killed, kill -9 (20, with a nature 3).",
)
@click.option(
    "--freezes",
    type=click.IntRange(0),
    help="How often it is frozen, while another one is started (2, with a nature 0).",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Decides all accidents."
)
@click.option(
    "--minutes",
    type=click.FloatRange(0),
    default=0.0,
    help="Repeat with the next seeds until this time is over.",
)
@click.option("--keep", type=flags.PATH, help="Folder to keep what was written.")
@flags.as_json
def selftest(
    *,
    as_json: bool,
    natures: tuple[str, ...],
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Run the program against a sandbox where everything goes wrong, and kill it.

    It needs no token and no network. Ends with 0 when every row is there exactly
    once and every line of the report is true, else with 1 and how to repeat it.

    With --nature the server is other than the program assumes, or people work beside
    it; then a next run, an audit and, beside people, an undo follow and are judged.

    \b
      importer selftest
      importer selftest --rows 200 --kills 5 --seed 7
      importer selftest --minutes 30 --json
      importer selftest --nature short-list --nature deleted
      importer selftest --nature all --seed 2
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=as_json):
        from importer import selftest as trials  # noqa: PLC0415 - loads the server
        from importer.cli import selftest_view  # noqa: PLC0415 - the same

        shortage.refuse_few_files()
        options = trials.Options.of(natures, **given)
        sys.exit(selftest_view.prove(options, as_json=as_json))


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
    """A sandbox of its own process; its address."""
    command = [sys.executable, "-m", "importer.sandbox", "--exit-with-parent"]
    import subprocess  # noqa: PLC0415 - not loaded by `--help`

    # `-m` looks into its folder first: there is this package, and not whatever has
    # its name, or a library's, where the user happens to be
    with subprocess.Popen(  # noqa: S603 - our own module with our own flags
        [*command, *DEMO_SANDBOX], cwd=PACKAGE.parent, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None  # noqa: S101 - it was asked for
        try:
            words = server.stdout.readline().split()
            if not words:
                msg = "The sandbox did not start."
                raise InputError(msg, remedy="Try: importer sandbox")
            yield words[-1]
        finally:
            server.terminate()


def _truth(url: str) -> dict[str, Any]:
    """What the sandbox holds in the end."""
    import urllib.request  # noqa: PLC0415 - brings ssl and email along

    with urllib.request.urlopen(f"{url}/_sandbox/truth", timeout=10) as answer:  # noqa: S310 - loopback
        truth: dict[str, Any] = json.load(answer)
    return truth


def _verdict(truth: dict[str, Any]) -> None:
    held = sum(len(one["collections"]) for one in truth["locations"].values())
    faults = {name: count for name, count in truth["faults"].items() if count}
    lost = ", ".join(f"{name} {count}" for name, count in faults.items()) or "none"
    click.echo(
        f"\nThe sandbox holds {held} collections, {len(truth['slugs_twice'])} of them "
        f"twice. It failed on purpose: {lost}."
    )
