"""The display: what a moment of a run looks like, and that it harms nothing."""

from __future__ import annotations

import io
import os
import pty
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from importer.cli import progress, progress_view
from importer.cli.progress_view import Pace
from importer.models import Lagging, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FULL = Snapshot(
    phase="sending",
    rows_read=1500,
    rows_total=1500,
    rows_done=300,
    problems=12,
    unknown=1,
    calls=310,
    refused=2,
    calls_left=37,
    calls_max=100,
    elapsed_seconds=30.0,
    seconds_left=120.0,
    waiting_for="the limit",
    last_answer_age_seconds=4.2,
)


def shown(snapshot: Snapshot, width: int) -> list[str]:
    pace = Pace()
    pace.see(Snapshot("sending", rows_total=1500, seconds_left=150.0))
    pace.see(snapshot)
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(progress_view.drawing(snapshot, pace, width))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return [line.rstrip() for line in text.splitlines()]


def test_a_wide_window_says_everything_in_few_lines() -> None:
    """In 80 columns all figures stand in four lines at most."""
    lines = shown(FULL, 80)
    text = "\n".join(lines)
    assert len(lines) <= 4
    for part in (
        "Sending",
        "━",
        "300 of 1,500 rows, 20 %",
        "left",
        "10.0 rows/s",
        "12 problems",
        "1 unknown",
        "37 of 100 calls left",
        "2 calls refused",
        "waiting for the limit",
        "last answer 4 s ago",
    ):
        assert part in text


@pytest.mark.parametrize("width", [80, 40, 20, 5, 1])
def test_no_line_is_wider_than_the_window(width: int) -> None:
    """A line that wraps is drawn once more at every refresh."""
    assert max(len(line) for line in shown(FULL, width)) <= max(1, width - 1)


def test_a_narrow_window_still_has_a_bar_and_the_count() -> None:
    """In 40 columns the count is shorter and the bar is there."""
    head = shown(FULL, 40)[0]
    assert "━" in head
    assert head.endswith("300/1,500")


def test_nothing_is_said_that_is_not_known() -> None:
    """Before the first figure there are no zeros, no bar and no guesses."""
    (line,) = shown(Snapshot("reading", rows_read=1), 80)
    assert line == "Reading    1 row"


def test_an_answer_is_only_old_after_three_seconds() -> None:
    """A quick API needs no clock beside it."""
    lines = shown(Snapshot("sending", last_answer_age_seconds=2.9), 80)
    assert "last answer" not in "\n".join(lines)


def test_an_empty_input_has_a_count_without_a_share() -> None:
    """Nothing of nothing is no percentage."""
    assert shown(Snapshot("sending", rows_total=0), 80) == ["Sending    0 of 0 rows"]


def bursts(seconds: int, step: float = 0.25) -> Iterator[Snapshot]:
    """Give the moments of a run that may send 100 rows in every ten seconds."""
    for moment in range(int(seconds / step)):
        elapsed = moment * step
        windows, within = divmod(elapsed, 10)
        done = min(3000, int(windows * 100 + min(1.0, within) * 100))
        yield Snapshot(
            "sending", rows_total=3000, rows_done=done, elapsed_seconds=elapsed
        )


def test_bursts_do_not_make_the_rate_jump() -> None:
    """A budget that is spent at once and then awaited is shown as its mean."""
    pace, rates = Pace(), []
    for moment in bursts(240):
        pace.see(moment)
        if moment.elapsed_seconds > 60:
            assert pace.rows_a_second
            rates.append(pace.rows_a_second)
    assert 8 < min(rates) <= max(rates) < 13


def test_the_time_left_is_right_and_calm() -> None:
    """The figure is near the truth, and never leaps from one look to the next."""
    pace, before = Pace(), None
    for moment in bursts(240):
        pace.see(moment)
        left = pace.seconds_left
        if moment.elapsed_seconds > 60 and left is not None:
            truth = 300 - moment.elapsed_seconds
            assert abs(left - truth) < 0.3 * truth + 10
            assert before is None or abs(left - before) < 0.1 * truth + 5
            before = left
    assert before is not None


def test_what_the_run_foresees_counts_first_and_what_was_measured_later() -> None:
    """The run knows its limit at the start; the measurement knows the truth."""
    pace = Pace()
    pace.see(Snapshot("sending", rows_total=1000, seconds_left=500.0))
    for second in range(1, 60):
        pace.see(
            Snapshot(
                "sending",
                rows_total=1000,
                rows_done=second * 10,
                elapsed_seconds=float(second),
                seconds_left=500.0,
            )
        )
        if second == 2:
            assert pace.seconds_left is not None
            assert pace.seconds_left > 450
    assert pace.seconds_left == pytest.approx(41, abs=8)


def test_a_new_phase_begins_with_fresh_figures() -> None:
    """Rows are read a thousand times as fast as they are sent."""
    pace = Pace()
    pace.see(Snapshot("reading", rows_read=0, elapsed_seconds=0))
    pace.see(Snapshot("reading", rows_read=90_000, elapsed_seconds=3))
    assert pace.rows_a_second == 30_000
    for rows in (0, 5):
        pace.see(Snapshot("sending", rows_done=rows, elapsed_seconds=4))
    assert [pace.rows_a_second, pace.seconds_left] == [None, None]


def test_off_a_terminal_each_phase_and_each_interval_has_one_line() -> None:
    """A log of an hour is not filled with the same line."""
    now = [0.0]
    seen = [Snapshot("reading")]
    stream = io.StringIO()
    lines = progress.PlainLines(
        progress.Latest(lambda: seen[0]), stream, 30.0, lambda: now[0]
    )
    for moment, snapshot in (
        (0.0, Snapshot("reading")),
        (4.0, Snapshot("reading", rows_read=10, elapsed_seconds=4)),
        (5.0, Snapshot("reading", rows_read=20, elapsed_seconds=5)),
        (6.0, Snapshot("sending", rows_total=20, rows_done=0, elapsed_seconds=6)),
        (35.9, Snapshot("sending", rows_total=20, rows_done=5, elapsed_seconds=35.9)),
        (36.0, Snapshot("sending", rows_total=20, rows_done=6, elapsed_seconds=36)),
        (40.0, Snapshot("sending", rows_total=20, rows_done=7, elapsed_seconds=40)),
    ):
        now[0], seen[0] = moment, snapshot
        lines.look()
    first, second, third = stream.getvalue().splitlines()
    assert first.startswith("Reading: 10 rows")
    assert second == "Sending: 0 of 20 rows, 0 %"
    assert third.startswith("Sending: 6 of 20 rows, 30 %, about")


def test_no_row_is_told_only_where_it_lasts() -> None:
    """Nobody wants to read that nothing was read yet, unless that goes on for long."""
    now = [0.0]
    stream = io.StringIO()
    lines = progress.PlainLines(
        progress.Latest(lambda: Snapshot("reading")), stream, 30.0, lambda: now[0]
    )
    lines.look()
    now[0] = 29.0
    lines.look()
    assert stream.getvalue() == ""
    now[0] = 30.0
    lines.look()
    assert stream.getvalue() == "Reading: 0 rows\n"


def test_a_plain_display_ends_at_once() -> None:
    """Thirty seconds between two lines must not be thirty seconds at the end."""
    stream = io.StringIO()
    threads = threading.active_count()
    began = time.monotonic()
    with progress.display(lambda: FULL, stream):
        assert threading.active_count() == threads + 1
    assert time.monotonic() - began < 1
    assert threading.active_count() == threads
    assert stream.getvalue().startswith("Sending: 300 of 1,500 rows, 20 %")


def test_later_phases_are_noticed_while_the_run_works() -> None:
    """The display looks by itself; the run tells it nothing."""
    seen = [Snapshot("reading")]
    stream = io.StringIO()
    with progress.display(lambda: seen[0], stream, seconds_between_lines=0.01):
        seen[0] = Snapshot("sending")
        deadline = time.monotonic() + 5
        while "Sending" not in stream.getvalue() and time.monotonic() < deadline:
            threading.Event().wait(0.005)
    assert "Sending" in stream.getvalue()


def test_quiet_shows_nothing() -> None:
    """With `-q` there is neither a line nor a thread."""
    stream = io.StringIO()
    with progress.display(lambda: FULL, stream, quiet=True):
        pass
    assert stream.getvalue() == ""


def test_stderr_is_the_stream_unless_another_is_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Results own stdout."""
    with progress.display(lambda: FULL):
        pass
    out, err = capsys.readouterr()
    assert (out, "Sending" in err) == ("", True)


def broken() -> Snapshot:
    msg = "no snapshot today"
    raise RuntimeError(msg)


def test_a_snapshot_that_cannot_be_had_is_the_one_before() -> None:
    """Counting a run must not be able to end it."""
    stream = io.StringIO()
    with progress.display(broken, stream):
        pass
    assert stream.getvalue() == ""


def test_a_stream_that_is_gone_does_not_stop_the_run() -> None:
    """Somebody may close the pipe that the progress is read from."""
    stream = io.StringIO()
    stream.close()
    latest = progress.Latest(lambda: FULL)
    reached = False
    with progress.Display(progress.PlainLines(latest, stream, 30.0, time.monotonic)):
        reached = True
    assert reached


def test_a_display_that_breaks_does_not_stop_the_run() -> None:
    """Whatever a terminal does to the display, the run is worth more."""

    class Broken:
        def start(self) -> None:
            raise OSError

        def stop(self) -> None:
            raise RuntimeError

        def say(self, text: str) -> None:
            raise ValueError(text)

    reached = False
    with progress.Display(Broken()):
        progress.say("not to be heard")
        reached = True
    assert reached


def on_a_terminal(
    snapshot: Callable[[], Snapshot], *, close_early: bool = False
) -> bytes:
    """Run the display in a real terminal; give what it wrote there."""
    ours, theirs = pty.openpty()
    written = bytearray()

    def read() -> None:
        while True:
            try:
                written.extend(os.read(ours, 4096))
            except OSError:
                return

    reader = threading.Thread(target=read)
    reader.start()
    with (
        open(theirs, "w", encoding="utf-8") as stream,  # noqa: PTH123 - a handle
        progress.display(snapshot, stream),
    ):
        threading.Event().wait(0.3)
        if close_early:
            stream.close()
    reader.join(5)
    os.close(ours)
    return bytes(written)


def test_a_terminal_is_drawn_on_and_left_clean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cursor is hidden while the display lives and shown again after it."""
    monkeypatch.setenv("TERM", "xterm-256color")
    written = on_a_terminal(lambda: FULL).decode()
    assert "300 of 1,500 rows" in written
    assert written.count("300 of 1,500 rows") >= 2
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")
    assert "\x1b[2K" in written[written.rindex("300 of") :]


def test_a_terminal_that_is_gone_does_not_stop_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A window can be closed while the run goes on."""
    monkeypatch.setenv("TERM", "xterm-256color")
    assert b"300 of 1,500" in on_a_terminal(lambda: FULL, close_early=True)


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR set the display moves, but in one colour."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    written = on_a_terminal(lambda: FULL)
    assert b"300 of 1,500 rows" in written
    assert b"\x1b[32m" not in written


def test_a_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cursor cannot move, nothing tries to move it."""
    monkeypatch.setenv("TERM", "dumb")
    written = on_a_terminal(lambda: FULL)
    assert written.startswith(b"Sending: 300 of 1,500 rows")
    assert b"\x1b" not in written


def test_a_broken_pipe_makes_the_console_quiet() -> None:
    """Rich would end the process here, in the middle of a run."""
    console = progress.console_for(io.StringIO())
    console.on_broken_pipe()
    assert console.quiet


# is it stuck?


BUSY = replace(
    FULL,
    waiting_seconds=6.4,
    trouble="no connection to the server",
    trouble_age_seconds=2.0,
    in_flight=64,
    locations=20,
    locations_done=3,
    slowest=(
        Lagging("Berlin", 12, 160, "the pause after a 429", 4.0, 64.0),
        Lagging(
            "A location with a very long name indeed, Ltd.", 30, 1500, "", None, 147
        ),
        Lagging("Done soon", 9, 10),
    ),
)


def test_what_is_waited_for_is_said_with_how_much_longer() -> None:
    """And what went wrong last, and how many calls are out."""
    text = "\n".join(shown(BUSY, 80))
    for part in (
        "waiting for the limit, 6 s more",
        "last trouble 2 s ago: no connection to the server",
        "64 under way",
        "3 of 20 locations done",
    ):
        assert part in text


def test_the_slowest_locations_have_a_line_each() -> None:
    """Name, rows, and what it waits for or the least that it takes."""
    lines = shown(BUSY, 90)[-3:]
    berlin = "  Berlin                            12/160  "
    assert lines == [
        f"{berlin}waiting for the pause after a 429, 4 s more",
        "  A location with a very long n…  30/1,500  2 min 27 s at least",
        "  Done soon                           9/10",
    ]
    assert shown(BUSY, 80)[-3].endswith("…")


def test_a_plain_line_names_the_three_slowest() -> None:
    """Ten would be more than a line."""
    text = progress_view.line(BUSY, Pace())
    assert text.endswith(
        "slowest: Berlin 12/160 (waiting for the pause after a 429, 4 s more); "
        "A location with a very long name indeed, Ltd. 30/1,500 (2 min 27 s at least); "
        "Done soon 9/10"
    )


def test_locations_have_no_lines_where_there_is_no_room() -> None:
    """A narrow window keeps what matters most."""
    assert "Berlin" not in "\n".join(shown(BUSY, 50))


def test_nobody_is_told_how_long_a_day_takes() -> None:
    """While a reset is waited for, a time left would be a guess."""
    assert " left" in progress_view.line(FULL, pace_of(FULL)).replace("calls left", "")
    unknown = replace(FULL, time_unknown=True)
    assert " left" not in progress_view.line(unknown, pace_of(unknown)).replace(
        "calls left", ""
    )


def test_a_server_that_never_answered_is_told_from_one_that_went_away() -> None:
    """The age counts from the first call then."""
    silent = replace(FULL, answered=False, phase="comparing")
    assert "no answer for 4 s" in progress_view.line(silent, Pace())
    assert "compared" in progress_view.line(
        replace(silent, locations=5, locations_done=1), Pace()
    )


def pace_of(snapshot: Snapshot) -> Pace:
    pace = Pace()
    pace.see(Snapshot("sending", rows_total=1500, seconds_left=150.0))
    pace.see(snapshot)
    return pace
