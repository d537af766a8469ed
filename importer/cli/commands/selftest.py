"""`importer selftest`: prove on this machine that it is exactly once.

Invariant: it talks to its own sandboxes only, whatever the environment says.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from importer.cli import failures, flags, shortage, stages
from importer.errors import UsageError


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
@click.option(
    "--fleet",
    is_flag=True,
    help="A run with --cluster: workers, scheduler, driver and database are killed.",
)
@click.option(
    "--seeds",
    type=click.IntRange(0),
    help="With --fleet: how many trials before the control, from --seed on (10).",
)
@click.option(
    "--journal",
    metavar="URL",
    help="With --fleet: an empty PostgreSQL to use, not killed, instead of its own.",
)
@flags.as_json
def selftest(
    *,
    as_json: bool,
    fleet: bool,
    natures: tuple[str, ...],
    seeds: int | None,
    journal: str | None,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Run the program against a sandbox where everything goes wrong, and kill it.

    It needs no token and no network. Ends with 0 when every row is there exactly
    once and every line of the report is true, else with 1 and how to repeat it.

    With --nature the server is other than the program assumes, or people work beside
    it; then a next run, an audit and, beside people, an undo follow and are judged.

    With --fleet the run has a scheduler and three workers. Each trial kills 3 workers,
    the scheduler, the driver and the database, and freezes 2 workers for twice as long
    as a lease lasts. The last one is the control: without leases it must find more
    than nothing. It needs the extra [fleet] and the programs of PostgreSQL.

    \b
      importer selftest
      importer selftest --rows 200 --kills 5 --seed 7
      importer selftest --minutes 30 --json
      importer selftest --nature short-list --nature deleted
      importer selftest --nature all --seed 2
      importer selftest --fleet --seeds 3
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=as_json):
        shortage.refuse_few_files()
        if fleet:
            _refuse_unmeant(natures, **given)
            chosen = {"seeds": seeds, "journal": journal, **given}
            sys.exit(stages.selftest_view.prove_fleet(chosen, as_json=as_json))
        if seeds is not None or journal:
            msg = "--seeds and --journal are for --fleet."
            raise UsageError(msg, remedy="Add --fleet, or leave them out.")
        options = stages.selftest.Options.of(natures, **given)
        sys.exit(stages.selftest_view.prove(options, as_json=as_json))


def _refuse_unmeant(
    natures: tuple[str, ...],
    *,
    kills: int | None,
    freezes: int | None,
    minutes: float,
    **_: object,
) -> None:
    """Refuse flags that a selftest of a cluster has no use for.

    Raises:
        UsageError: one of them was given.
    """
    given = {
        "--nature": bool(natures),
        "--kills": kills is not None,
        "--freezes": freezes is not None,
        "--minutes": minutes > 0,
    }
    if found := [name for name, is_given in given.items() if is_given]:
        msg = f"{', '.join(found)} cannot be given with --fleet."
        raise UsageError(msg, remedy="Its size is set by --rows, --seed and --seeds.")
