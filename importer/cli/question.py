"""A question to the person at the terminal, answered by what is typed after it is seen.

Decides nothing. Invariant: a key that was pressed before the question stood there is
no answer to it.
"""

from __future__ import annotations

import os
import select
import sys

import click

if sys.platform == "win32":  # pragma: no cover - not there
    import msvcrt
else:
    import termios

#: A signal that comes just before the reading begins does not interrupt it, so it is
#: looked for so often while nothing is typed.
LOOK_EVERY_SECONDS = 0.3
ANSWERS = {"y": True, "yes": True, "n": False, "no": False}


def confirmed(question: str, *, default: bool) -> bool:
    """Ask for a yes or a no; an empty answer is the one that is shown in capitals.

    Raises:
        Abort: Ctrl-C, or the terminal has gone.
    """
    forget_typed()
    choice = "Y/n" if default else "y/N"
    while True:
        click.echo(f"{question} [{choice}]: ", nl=False, err=True)
        typed = _line().strip().lower()
        if not typed:
            return default
        if typed in ANSWERS:
            return ANSWERS[typed]
        click.echo("Type y or n, or only Enter for the one in capitals.", err=True)


def _line() -> str:
    """Read the next line that is typed.

    Raises:
        Abort: the terminal has gone.
    """
    if os.name == "posix":
        while not select.select([sys.stdin], [], [], LOOK_EVERY_SECONDS)[0]:
            pass  # what a signal asks for is done between two looks
    try:
        line = sys.stdin.readline()
    except OSError:
        line = ""
    if not line:
        raise click.Abort
    return line


def forget_typed() -> None:
    """Drop what has been typed and was not read; on a terminal only."""
    if not sys.stdin.isatty():
        return
    if sys.platform == "win32":  # pragma: no cover - not there
        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
