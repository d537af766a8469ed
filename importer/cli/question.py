"""A question to the person at the terminal, answered by what is typed after it is seen.

Decides nothing. Invariant: a key that was pressed before the question stood there is
no answer to it.
"""

from __future__ import annotations

import sys

import click


def confirmed(question: str, *, default: bool) -> bool:
    """Ask for a yes or a no; an empty answer is the one that is shown in capitals.

    Raises:
        Abort: Ctrl-C, or the terminal has gone.
    """
    forget_typed()
    return click.confirm(question, default=default, err=True)


def forget_typed() -> None:
    """Drop what has been typed so far and nobody has read; on a terminal only."""
    if not sys.stdin.isatty():
        return
    try:
        import termios  # noqa: PLC0415 - not on every system
    except ImportError:  # pragma: no cover - Windows
        _forget_on_windows()
        return
    termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _forget_on_windows() -> None:  # pragma: no cover - Windows
    import msvcrt  # noqa: PLC0415 - only there

    while msvcrt.kbhit():  # type: ignore[attr-defined,unused-ignore]
        msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore]
