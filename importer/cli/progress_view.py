"""A moment of a run as text: the lines of the display, fitted to the width.

Pure: a snapshot in, text out; how fast the rows go, and how long the rest will take, is
told from one snapshot to the next. Invariants: no line is wider than the window, a
figure appears once there is something to tell it from, and what matters most stands
first; a pace moves smoothly although the calls come in bursts.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from importer import texts, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType
    from rich.text import Text

    from importer.models import Lagging, Snapshot


# The budget is spent in bursts of ten seconds: a mean over much less would jump
# between nothing and a hundred.
_MEMORY_SECONDS = 45.0

# Within this time the shown time left follows a change of the estimate.
_CALM_SECONDS = 4.0

# Before this the figures would be guesses.
_FIRST_FIGURE_SECONDS = 1.5


class Pace:
    """Rows a second and seconds left, kept up from snapshot to snapshot."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._phase = ""
        self._first_rows = self._rows = 0
        self._since = self._elapsed = 0.0
        self._rate = 0.0
        self._left: float | None = None

    @property
    def rows_a_second(self) -> float | None:
        """Rows done a second of late, or None while there is nothing to tell from."""
        seen = self._elapsed - self._since
        return self._rate if self._rate > 0 and seen >= _FIRST_FIGURE_SECONDS else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the last row, or None while there is nothing to tell from."""
        return self._left

    def see(self, snapshot: Snapshot) -> None:
        """Take in a moment of the run; one that is no later changes nothing."""
        rows = moved(snapshot)
        if snapshot.phase != self._phase or rows < self._rows:
            self._phase = snapshot.phase
            self._forget(rows, snapshot.elapsed_seconds)
            return
        passed = snapshot.elapsed_seconds - self._elapsed
        if passed <= 0:
            return
        self._see_rate((rows - self._rows) / passed, passed)
        self._rows, self._elapsed = rows, snapshot.elapsed_seconds
        self._see_left(snapshot, passed)

    def _forget(self, rows: int, elapsed: float) -> None:
        self._first_rows = self._rows = rows
        self._since = self._elapsed = elapsed
        self._rate = 0.0
        self._left = None

    def _see_rate(self, rate: float, passed: float) -> None:
        """Mix the newest rate in: first a plain mean, later one that forgets."""
        seen = self._elapsed + passed - self._since
        weight = min(1.0, passed / min(seen, _MEMORY_SECONDS))
        self._rate += weight * (rate - self._rate)

    def _see_left(self, snapshot: Snapshot, passed: float) -> None:
        """Let the shown figure run down like a clock and lean to the estimate."""
        estimate = self._estimate(snapshot)
        if estimate is None or self._left is None:
            self._left = estimate
            return
        running_down = max(0.0, self._left - passed)
        weight = 1 - exp(-passed / _CALM_SECONDS)
        self._left = running_down + weight * (estimate - running_down)

    def _estimate(self, snapshot: Snapshot) -> float | None:
        """Give what the run itself foresees, and more and more what was measured."""
        foreseen, rate = snapshot.seconds_left, self.rows_a_second
        if not snapshot.rows_total or rate is None:
            return foreseen
        measured = max(0, snapshot.rows_total - self._rows) / rate
        if foreseen is None:
            return measured
        trust = min(1.0, 2 * (self._rows - self._first_rows) / snapshot.rows_total)
        return foreseen + trust * (measured - foreseen)


def moved(snapshot: Snapshot) -> int:
    """Give the figure that grows in this phase: rows read, or rows done."""
    return snapshot.rows_read if snapshot.phase == "reading" else snapshot.rows_done


# An answer that takes this long is worth mentioning.
_SLOW_ANSWER_SECONDS = 3.0
_NARROWEST_BAR = 6
_WIDEST_BAR = 40
_PHASE_WIDTH = 10
_WIDE_ENOUGH = 60  # for a count in words beside a bar

_LONGEST_NAME = 30
_SLOWEST_ON_A_LINE = 3

_PHASES = {
    "starting": "Starting",
    "reading": "Reading",
    "comparing": "Comparing",
    "asking": "Asking",
    "sending": "Sending",
    "settling": "Settling",
    "auditing": "Auditing",
    "reporting": "Reporting",
}


def drawing(snapshot: Snapshot, pace: Pace, width: int) -> RenderableType:
    """Draw the display for a window of that width: a bar, and figures below it."""
    from rich.console import Group  # noqa: PLC0415 - only where there is a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    # One column stays free: a full one makes some terminals wrap.
    width = max(1, width - 1)
    below = flow(_figures(snapshot, pace), width)
    lines = [Text(text, style="dim") for text in below]
    if waiting := _waiting(snapshot):
        lines += [Text(text, style="yellow") for text in flow(waiting, width)]
    lines += [Text(text, style="dim") for text in _slowest(snapshot.slowest, width)]
    for text in lines:
        text.truncate(width)
    return Group(_head(snapshot, width, Text(no_wrap=True, overflow="crop")), *lines)


def line(snapshot: Snapshot, pace: Pace) -> str:
    """Say the same on one line, for logs and pipes."""
    parts = [f"{_phase(snapshot)}: {_count(snapshot)}", *_figures(snapshot, pace)]
    last = [
        f"{texts.plain(item.name)} {item.done:,}/{item.rows:,}{_why(item, ' (', ')')}"
        for item in snapshot.slowest[:_SLOWEST_ON_A_LINE]
    ]
    slowest = [f"slowest: {'; '.join(last)}"] if last else []
    return ", ".join([*parts, *_waiting(snapshot), *slowest])


def flow(parts: Sequence[str], width: int) -> list[str]:
    """Set phrases side by side, as many lines as the width makes necessary."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) + 3 <= width:
            lines[-1] += f" · {part}"
        else:
            lines.append(part)
    return lines


def _head(snapshot: Snapshot, width: int, text: Text) -> Text:
    """Give the first line: phase, bar, count; the bar takes what room there is."""
    count, share = _count(snapshot), _share(snapshot)
    text.append(f"{_phase(snapshot):<{_PHASE_WIDTH}} ", style="bold")
    if width < _WIDE_ENOUGH and share is not None:
        count = f"{moved(snapshot):,}/{snapshot.rows_total:,}"
    room = min(_WIDEST_BAR, width - _PHASE_WIDTH - 2 - len(count))
    if share is not None and room >= _NARROWEST_BAR:
        full = int(share * room)
        text.append("━" * full, style="green")
        text.append("─" * (room - full) + " ", style="dim")
    text.append(count)
    text.truncate(width)
    return text


def _phase(snapshot: Snapshot) -> str:
    return _PHASES.get(snapshot.phase, snapshot.phase.capitalize())


def _share(snapshot: Snapshot) -> float | None:
    if not snapshot.rows_total:
        return None
    return min(1.0, moved(snapshot) / snapshot.rows_total)


def _count(snapshot: Snapshot) -> str:
    rows = moved(snapshot)
    if snapshot.rows_total is None:
        return f"{wording.counted(rows, 'row')}"
    share = _share(snapshot)
    percent = "" if share is None else f", {int(share * 100)} %"
    return f"{rows:,} of {snapshot.rows_total:,} rows{percent}"


def _figures(snapshot: Snapshot, pace: Pace) -> list[str]:
    """Give what there is to say, the most wanted first."""
    parts: list[str] = []
    left = None if snapshot.time_unknown else pace.seconds_left
    if left is not None and round(left):
        parts.append(f"about {_duration(left)} left")
    if pace.rows_a_second is not None:
        parts.append(f"{pace.rows_a_second:,.1f} rows/s")
    if snapshot.locations_done is not None and snapshot.locations > 1:
        done, all_ = snapshot.locations_done, snapshot.locations
        word = "compared" if snapshot.phase == "comparing" else "done"
        parts.append(f"{done:,} of {all_:,} locations {word}")
    if snapshot.problems:
        parts.append(f"{wording.counted(snapshot.problems, 'problem')}")
    if snapshot.unknown:
        parts.append(f"{snapshot.unknown:,} unknown")
    return parts + _calls(snapshot)


def _calls(snapshot: Snapshot) -> list[str]:
    """Give what is known of calls: left in the window, under way, refused."""
    parts: list[str] = []
    if snapshot.calls_left is not None and snapshot.calls_max is not None:
        parts.append(f"{snapshot.calls_left:,} of {snapshot.calls_max:,} calls left")
    if snapshot.in_flight:
        parts.append(f"{snapshot.in_flight:,} under way")
    if snapshot.refused:
        parts.append(f"{wording.counted(snapshot.refused, 'call')} refused")
    return parts


def _waiting(snapshot: Snapshot) -> list[str]:
    """Say what is waited for, how much longer, and whether the server still answers."""
    parts: list[str] = []
    if snapshot.waiting_for:
        more = _more(snapshot.waiting_seconds)
        parts.append(f"waiting for {snapshot.waiting_for}{more}")
    age = snapshot.last_answer_age_seconds
    if age is not None and age > _SLOW_ANSWER_SECONDS:
        quiet = _duration(age)
        parts.append(
            f"last answer {quiet} ago"
            if snapshot.answered
            else f"no answer for {quiet}"
        )
    if snapshot.trouble:
        ago = _duration(snapshot.trouble_age_seconds or 0.0)
        parts.append(f"last trouble {ago} ago: {texts.plain(snapshot.trouble)}")
    return parts


def _slowest(locations: Sequence[Lagging], width: int) -> list[str]:
    """Give a line for each location that will be done last, where there is room."""
    if not locations or width < _WIDE_ENOUGH:
        return []
    names = [
        wording.cut(texts.plain(location.name), _LONGEST_NAME) for location in locations
    ]
    counts = [f"{location.done:,}/{location.rows:,}" for location in locations]
    wide, broad = max(map(len, names)), max(map(len, counts))
    return [
        wording.cut(f"  {name:<{wide}}  {count:>{broad}}  {_why(one)}".rstrip(), width)
        for one, name, count in zip(locations, names, counts, strict=True)
    ]


def _why(lagging: Lagging, before: str = "", after: str = "") -> str:
    """Say what a location waits for, or how long it has to go."""
    if lagging.waiting_for:
        waits = f"waiting for {lagging.waiting_for}{_more(lagging.waiting_seconds)}"
        return f"{before}{waits}{after}"
    if not round(lagging.seconds_left):
        return ""
    return f"{before}{_duration(lagging.seconds_left)} at least{after}"


def _more(seconds: float | None) -> str:
    return f", {_duration(seconds)} more" if seconds and seconds >= 1 else ""


def _duration(seconds: float) -> str:
    return wording.duration(seconds, steady=True)
