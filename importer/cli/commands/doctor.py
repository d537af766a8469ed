"""The command that says what is wrong, and how to fix it: `doctor`.

Shows what `importer.doctor` finds, a line for each look; nothing is created or
changed. Invariant: the sign, the word and the way out say the same with colours and
without them.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from importer.cli import failures, flags, shortage, stages, termination
from importer.texts import plain

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator
    from pathlib import Path

    from rich.text import Text

    from importer.doctor import Check, Examination

Result = TypeVar("Result")

#: Sign, sign where the terminal has no such letters, and colour, by verdict.
SIGNS = {
    "ok": ("✓", "+", "green"),
    "warning": ("!", "!", "yellow"),
    "wrong": ("✗", "x", "red"),
    "skipped": ("-", "-", "bright_black"),
}
#: Of more locations than these only those are shown with which something is not ok.
SHOWN_WHOLE = 5
_WORD, _NAME = 7, 11
_INDENT = " " * (2 + _WORD + 1)


@click.command(short_help="What is wrong with token, location or network; the way out.")
@flags.location_id
@flags.locations_file
@flags.runs
@flags.connecting
@click.option(
    "--bundle",
    type=flags.PATH,
    metavar="FILE.zip",
    help="Write a support archive too: no token, no cells.",
)
@click.option(
    "--with-cells", is_flag=True, help="Let the archive have the rows of runs."
)
@flags.force
@flags.as_json
@flags.config
def doctor(
    bundle: Path | None,
    config: Path | None,
    *,
    with_cells: bool,
    force: bool,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Look at settings, disk, network, token, scopes, location, limit and clock.

    Each line is a verdict, with the way out where something is not in order. Two
    calls for each location; nothing is created or changed. The exit code is the one
    that a run would end with.

    \b
      importer doctor
      importer doctor --location-id Z4Bxl8J4SaPEPLq9IQ8g --json
      importer doctor --bundle support.zip
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=as_json):
        import asyncio  # noqa: PLC0415 - not loaded by `--help`

        shortage.refuse_few_files()
        gather = partial(stages.settings.load, given, file=config)
        found, chosen = asyncio.run(_examined(stages.doctor.examine(gather)))
        packed: list[str] = []
        if bundle is not None:
            packed = stages.doctor.write_bundle(
                bundle, found, chosen, cells=with_cells, force=force
            )
        if as_json:
            document = found.document() | {
                "bundle": {"path": str(bundle), "holds": packed} if bundle else None
            }
            click.echo(json.dumps(document, ensure_ascii=False))
        else:
            _tell(found)
            _tell_bundle(bundle, packed)
        sys.exit(int(found.exit_code))


async def _examined(work: Coroutine[Any, Any, Result]) -> Result:
    """Wait for the looks; a signal ends them."""
    with termination.awaited():
        return await work


def _tell(found: Examination) -> None:

    console = stages.progress.console_for(sys.stdout)
    for check in _worth_showing(found):
        for line in _lines(check, found):
            console.print(line, soft_wrap=True)
    counts = [
        f"{count:,} {word}"
        for word in ("wrong", "warning", "ok", "skipped")
        if (count := sum(item.grade == word for item in found.checks))
    ]
    console.print(f"\n{', '.join(counts)}.", soft_wrap=True)


def _worth_showing(found: Examination) -> Iterable[Check]:
    locations = {check.location for check in found.checks if check.location}
    if len(locations) <= SHOWN_WHOLE:
        return found.checks
    return [
        check
        for check in found.checks
        if not check.location or check.grade in {"warning", "wrong"}
    ]


def _lines(one: Check, found: Examination) -> Iterator[Text]:
    """Yield the verdict as one line, and the way out as the next."""
    from rich.text import Text  # noqa: PLC0415 - as above

    sign, simple, colour = SIGNS[one.grade]
    if not _can_print(sign):
        sign = simple
    position = found.names.get(one.location, one.location)
    # of several locations each line says which; of one it would only be noise
    several = len({check.location for check in found.checks if check.location}) > 1
    place = f"{plain(position)}: " if several and position else ""
    text = f" {one.name:<{_NAME}} {place}{plain(one.message)}"
    yield Text.assemble((f"{sign} {one.grade:<{_WORD}}", f"bold {colour}"), text)
    if one.remedy:
        yield Text(f"{_INDENT}{'':<{_NAME}} {plain(one.remedy)}")


def _can_print(sign: str) -> bool:
    try:
        sign.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _tell_bundle(bundle: Path | None, packed: list[str]) -> None:
    if bundle is None:
        return
    click.echo(f"\nBundle    {bundle}")
    for name in packed:
        click.echo(f"          {name}")
    click.echo(
        "Its README.txt says what is in it and what is not; look before sending."
    )
