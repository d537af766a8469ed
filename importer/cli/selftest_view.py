"""A selftest with a person in front of it: what is heard meanwhile, and the verdict.

Progress goes to stderr, verdicts to stdout. Invariant: Ctrl-C, SIGTERM and SIGHUP
end every process that was started.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import click

from importer import selftest
from importer.cli import termination
from importer.errors import UsageError
from importer.exit_codes import Exit
from importer.selftest import notation

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.selftest import Options, Result
    from importer.selftest.verdict import Verdict


def prove(options: Options, *, as_json: bool) -> int:
    """Run the trials and tell what came of them; the exit code.

    Raises:
        InputError: the folder to keep cannot be used.
        Terminated: SIGTERM or SIGHUP came; every child has ended.
        UsageError: this system cannot freeze a process.
    """
    if sys.platform == "win32":  # pragma: no cover - not there
        msg = "The selftest kills and freezes processes in ways that Windows lacks."
        raise UsageError(msg, remedy="Run it on Linux, on macOS or inside WSL.")

    def judged(verdict: Verdict) -> None:
        if not as_json:
            click.echo(notation.table(verdict))

    result = asyncio.run(_until_told(options, judged))
    if as_json:
        document = notation.document(result.verdicts, result.kept)
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        click.echo(notation.last_words(result.verdicts, result.kept))
    return Exit.OK if result.good else Exit.BUG


async def _until_told(options: Options, judged: Callable[[Verdict], None]) -> Result:
    """The trials; whatever signal ends them, they clean up, and once more is late."""
    with termination.awaited(termination.STOPPED, by_hand=True):
        return await selftest.run(options, _tell, judged)


def _tell(text: str) -> None:
    click.echo(text, err=True)
