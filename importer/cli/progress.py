"""What is seen while a run works: a live display, or a plain line now and then.

Asks for snapshots and shows them, in threads of its own that end with the display;
it changes nothing of the run. Invariant: whatever happens to the screen, the window
or the snapshot, the run goes on, and nothing half drawn is left behind.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol

import click

from importer.cli import progress_view, streams
from importer.models import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Self, TextIO

    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

_REFRESHES_A_SECOND = 8
_SECONDS_BETWEEN_LINES = 30.0
_SECONDS_BETWEEN_LOOKS = 0.25
_ROOM_FOR_KEYS = 4


class _Screen(Protocol):
    """One way of showing the run."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def say(self, text: str) -> None: ...


class Display:
    """Shows a run from entering to leaving; never raises because of what it shows."""

    def __init__(self, screen: _Screen | None) -> None:
        """Show on `screen`, or nothing where there is none."""
        self._screen = screen

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._screen:
            with contextlib.suppress(Exception):
                self._screen.start()
            _shown.append(self._screen)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and leave the screen as it was before."""
        if self._screen:
            _shown.remove(self._screen)
            with contextlib.suppress(Exception):
                self._screen.stop()


#: The displays that are shown now; the last is on the screen.
_shown: list[_Screen] = []


def say(text: str) -> None:
    """Write a line to stderr that stays there, above a display if there is one.

    A display moves the cursor over what it drew last, so a line that is written past it
    would be drawn over, and a line of the display would stay.
    """
    with contextlib.suppress(Exception):  # the run goes on, said or not
        if _shown:
            _shown[-1].say(text)
        else:
            click.echo(text, err=True)


def display(
    snapshot: Callable[[], Snapshot],
    stream: TextIO | None = None,
    *,
    quiet: bool = False,
    seconds_between_lines: float = _SECONDS_BETWEEN_LINES,
    clock: Callable[[], float] = time.monotonic,
) -> Display:
    """Make the display that fits the stream, stderr by default.

    A terminal gets a live one. Anything else, a terminal that cannot move its cursor
    (TERM=dumb) among it, gets one line at the start of each phase and then one every
    `seconds_between_lines`. `quiet` gets nothing.
    """
    if quiet:
        return Display(None)
    stream = stream or sys.stderr
    latest = Latest(snapshot)
    if stream.isatty():
        console = console_for(stream)
        if not console.is_dumb_terminal:
            return Display(_Animated(latest, console))
    return Display(PlainLines(latest, stream, seconds_between_lines, clock))


class Latest:
    """The newest snapshot; when none can be had, the one before."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        """Ask `snapshot` each time."""
        self._ask = snapshot
        self._last = Snapshot(phase="starting")
        self._pace = progress_view.Pace()

    def __call__(self) -> tuple[Snapshot, progress_view.Pace]:
        """Give the moment, and the pace that it and those before make."""
        # Counting a run must not be able to end it, whatever goes wrong there.
        with contextlib.suppress(Exception):
            self._last = self._ask()
            self._pace.see(self._last)
        return self._last, self._pace


class _Animated:
    """A few lines that rich draws again and again, and takes away at the end."""

    def __init__(self, latest: Latest, console: Console) -> None:
        from rich.live import Live  # noqa: PLC0415 - loaded when a run starts

        self._latest = latest
        self._console = console
        # stdout is left alone: it may be a pipe that waits for one JSON object.
        self._live = Live(
            console=console,
            get_renderable=self._draw,
            refresh_per_second=_REFRESHES_A_SECOND,
            redirect_stdout=False,
            transient=True,
        )

    def start(self) -> None:
        self._live.start(refresh=True)

    def stop(self) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)

    def _draw(self) -> RenderableType:
        # a terminal shows Ctrl-C as ^C behind the last line, and must not wrap it
        return progress_view.drawing(
            *self._latest(), self._console.width - _ROOM_FOR_KEYS
        )


class PlainLines:
    """One line at the start of each phase, then one at every interval."""

    def __init__(
        self,
        latest: Latest,
        stream: TextIO,
        seconds_between_lines: float,
        clock: Callable[[], float],
    ) -> None:
        """Write to `stream`, a line at least every `seconds_between_lines`."""
        self._latest = latest
        self._stream = stream
        self._interval = seconds_between_lines
        self._clock = clock
        self._phase = ""
        self._next = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(
            target=self._watch, name="progress", daemon=True
        )

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, without waiting for the next line."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        # A stream that is gone stays gone: then there is no reader left.
        with contextlib.suppress(OSError, ValueError):
            self.look()
            while not self._over.wait(min(_SECONDS_BETWEEN_LOOKS, self._interval)):
                self.look()

    def say(self, text: str) -> None:
        """Write a line of its own."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def look(self) -> None:
        """Write a line if one is due."""
        snapshot, pace_now = self._latest()
        now = self._clock()
        self._next = self._next or now + self._interval
        # no row yet: that is worth a line only where it lasts
        if not (snapshot.rows_read or snapshot.rows_total) and now < self._next:
            return
        if snapshot.phase == self._phase and now < self._next:
            return
        self._phase, self._next = snapshot.phase, now + self._interval
        self._stream.write(progress_view.line(snapshot, pace_now) + "\n")
        self._stream.flush()


def console_for(stream: TextIO) -> Console:
    """Make a console that obeys no text that it writes and never ends the process."""
    from rich.console import Console  # noqa: PLC0415 - loaded when a run starts

    class PatientConsole(Console):
        """A console that goes quiet where rich would end the process."""

        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                if segment.control:  # rich's own, which move the cursor
                    yield segment
                else:
                    yield segment._replace(text=streams.harmless(segment.text))

        def on_broken_pipe(self) -> None:
            self.quiet = True

    stream = streams.beneath(stream)
    return PatientConsole(file=stream, highlight=False, emoji=False, markup=False)
