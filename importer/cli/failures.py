"""How a failure is told: what went wrong, what to do, and the exit code.

Turns every `FatalError` into words on stderr, or an object on stdout with `--json`,
and everything else into a plain sentence with the traceback kept in a file.
Invariant: no traceback is shown, no message holds a token, and a caller who asked for
JSON gets one object whatever goes wrong.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from importer import texts
from importer.cli import shortage, streams, termination
from importer.errors import LONGEST_REMEDY, FatalError
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The process was asked to end, which its exit code says whatever else fails.
ENDED = frozenset({Exit.INTERRUPTED, Exit.TERMINATED})
#: Memory that is given back, in bytes, when something fails: to tell it takes some.
RESERVE = 500_000


class Commands(click.Group):
    """The group of all commands; tells wrong usage the way every failure is told."""

    @streams.kept()
    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        *rest: Any,  # noqa: ANN401 - click's own
        **extra: Any,  # noqa: ANN401 - click's own
    ) -> NoReturn:
        """Run the command line and end the process."""
        streams.make_usable()
        shortage.allow_files()
        given = list(sys.argv[1:] if args is None else args)
        code: object = Exit.OK
        stdout = sys.stdout
        try:
            with (
                told(as_json="--json" in given),
                termination.raised(termination.STOPPED),
            ):
                code = super().main(
                    given,
                    prog_name or "importer",
                    *rest,
                    **{**extra, "standalone_mode": False},
                )
        except SystemExit as end:
            # where the reader of a help has gone, click puts another stream in the
            # place of stdout and ends with 1
            code = end.code if sys.stdout is stdout else Exit.OK
        with unheard():
            # a closed stdout is None
            getattr(sys.stdout, "flush", bool)()
        sys.exit(code if isinstance(code, int) else Exit.OK)


@contextmanager
def told(*, as_json: bool = False) -> Iterator[None]:
    """End the process with the exit code of whatever goes wrong in the block."""
    reserve = bytearray(RESERVE)
    try:
        yield
    except FatalError as failure:
        _tell(str(failure), failure.remedy, failure.exit_code, as_json=as_json)
    except (KeyboardInterrupt, click.Abort):
        _tell("Interrupted.", "", Exit.INTERRUPTED, as_json=as_json)
    except BrokenPipeError:
        # the reader of our output has gone, which is no failure of ours
        _silence()
        sys.exit(Exit.OK)
    except click.exceptions.NoArgsIsHelpError as bare:
        click.echo(bare.format_message(), err=True)
        sys.exit(Exit.USAGE)
    except click.UsageError as wrong:
        context = wrong.ctx or click.get_current_context(silent=True)
        remedy = f"Try: {context.command_path} --help" if context else ""
        _tell(wrong.format_message(), remedy, Exit.USAGE, as_json=as_json)
    except click.exceptions.Exit:
        raise
    except Exception as unforeseen:  # noqa: BLE001 - the last net under everything
        del reserve
        _tell(*_unforeseen(unforeseen), as_json=as_json)


@contextmanager
def unheard() -> Iterator[None]:
    """Go on where what is printed is not read any more."""
    try:
        yield
    except OSError:
        _silence()


class Handover:
    """Whether what a command has to say after its work could be written."""

    def __init__(self) -> None:
        """Begin with nothing failed."""
        self.failed = False

    def code(self, done: int) -> int:
        """Return the work's exit code, unless only the output has failed."""
        return Exit.STORAGE if self.failed and done not in ENDED else done


@contextmanager
def handed_over(kept: Path | None) -> Iterator[Handover]:
    """Say on stderr where the output of the block could not be written.

    The work is done, so nothing is raised: what ends the process is `Handover.code`. A
    reader that has gone has all that it wants, and is no failure.

    Args:
        kept: where the same can be read; None where it was only to be printed.
    """
    handover = Handover()
    try:
        yield handover
    except BrokenPipeError:
        _silence()
    except OSError as failure:
        handover.failed = True
        message = f"The output cannot be written: {failure.strerror or failure}."
        remedy = "Check the disk and its permissions, and give the command again."
        if kept is not None:
            remedy = f"The work itself is done; what came of it is in {kept}."
        _tell_stderr(message, remedy, Exit.STORAGE)
        _silence(sys.stdout)


def _silence(*outputs: TextIO) -> None:
    """Let what is left in the buffers go nowhere, instead of failing at the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in outputs or (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(nowhere, stream.fileno())


def _unforeseen(failure: Exception) -> tuple[str, str, Exit]:
    """Put a refusal of the system into its own words; everything else is a bug."""
    for leave in _leaves(failure):
        if isinstance(leave, FatalError):
            return str(leave), leave.remedy, leave.exit_code
        if (refused := shortage.found(leave)) is not None:
            return *refused, Exit.STORAGE
    if isinstance(failure, OSError) and failure.errno == errno.ENAMETOOLONG:
        message = f"{failure.filename} cannot be used: the name is too long."
        return message, "Use shorter names for files and folders.", Exit.USAGE
    if isinstance(failure, OSError):
        position = f"{failure.filename} " if failure.filename else "The output "
        message = f"{position}cannot be read or written: {failure.strerror or failure}."
        return message, "Check the disk and its permissions.", Exit.STORAGE
    place = _keep_traceback()
    message = f"This is a bug in the program: {type(failure).__name__}."
    remedy = (
        f"Please report it with the last lines of {place}. What was sent is in the "
        "run's journal; importer resume goes on from there."
    )
    return message, remedy, Exit.BUG


def _leaves(failure: BaseException) -> Iterator[BaseException]:
    """Yield the failures of several tasks that ended together, or the only one."""
    if isinstance(failure, BaseExceptionGroup):
        for inner in failure.exceptions:
            yield from _leaves(inner)
    else:
        yield failure


def _keep_traceback() -> Path:
    """Write the traceback into the run's log, or into a file where there is none."""
    import tempfile  # noqa: PLC0415 - not loaded by `--help`

    from importer import logs  # noqa: PLC0415 - as above

    place = logs.place()
    if place is None:
        handle, name = tempfile.mkstemp(prefix="importer-bug-", suffix=".log")
        os.close(handle)
        place = Path(name)
        logs.configure(run_log=place)
    logs.get("cli").error("bug", exc_info=True)
    return place


def _name(code: Exit) -> str:
    """Return what the failure is called where codes are words."""
    from importer.codebook import exits  # noqa: PLC0415 - not loaded by `--help`

    return exits.name(code)


def _tell(message: str, remedy: str, code: Exit, *, as_json: bool) -> NoReturn:
    # what click says, or the system, holds values as they were given
    message, remedy = texts.message(message), texts.message(remedy, LONGEST_REMEDY)
    if as_json:
        error = {"code": _name(code), "message": message, "remedy": remedy}
        document = {"schema": 1, "exit_code": int(code), "error": error}
        try:
            click.echo(json.dumps(document, ensure_ascii=False))
        except OSError:  # it is the output that cannot be written
            _tell_stderr(message, remedy, code)
            _silence()
    else:
        _tell_stderr(message, remedy, code)
    sys.exit(int(code))


def _tell_stderr(message: str, remedy: str, code: Exit) -> None:
    # to stop the program is no error
    word = "" if code in ENDED else "Error: "
    with unheard():
        click.echo(f"{word}{message}", err=True)
        if remedy:
            click.echo(remedy, err=True)
        if word:
            click.echo(f"Code: {_name(code)}  (importer explain {int(code)})", err=True)
