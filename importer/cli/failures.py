"""How a failure is told: what went wrong, what to do, and the exit code.

Turns every `FatalError` into words on stderr, or an object on stdout with `--json`,
and everything else into a plain sentence with the traceback kept in a file.
Invariant: nobody sees a traceback, and no message holds a token.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from importer.errors import Exit, FatalError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def told(*, as_json: bool = False) -> Iterator[None]:
    """End the process with the exit code of whatever goes wrong in the block."""
    try:
        yield
    except FatalError as failure:
        _tell(str(failure), failure.remedy, failure.exit_code, as_json=as_json)
    except KeyboardInterrupt:
        _tell("Interrupted.", "", Exit.INTERRUPTED, as_json=as_json)
    except BrokenPipeError:
        # whoever read our output has gone, which is their business
        sys.stderr.close()
        sys.exit(Exit.OK)
    except (click.ClickException, click.exceptions.Exit):
        raise
    except Exception as bug:  # noqa: BLE001 - the last net under everything
        _tell(*_bug(bug), Exit.BUG, as_json=as_json)


def _bug(bug: Exception) -> tuple[str, str]:
    from importer import logs  # noqa: PLC0415 - not loaded by `--help`

    logs.get("cli").error("bug", exc_info=True)
    message = f"This is a bug in the program: {type(bug).__name__}."
    remedy = (
        "Please report it with the run's run.log, where the details are. What was "
        "sent is in the journal; importer resume goes on from there."
    )
    return message, remedy


def _tell(message: str, remedy: str, code: Exit, *, as_json: bool) -> None:
    if as_json:
        error = {"message": message, "remedy": remedy}
        document = {"schema": 1, "exit_code": int(code), "error": error}
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        click.echo(click.style(f"Error: {message}", fg="red"), err=True)
        if remedy:
            click.echo(remedy, err=True)
    sys.exit(int(code))
