"""A moment of a run as OpenMetrics text, for node_exporter's textfile collector.

Pure. Only gauges and counters, no timestamps, so that readers of the older text
format of Prometheus take it too. Invariant: a family appears once, with its type in
front, and a label holds any text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer import texts
from importer.report import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.models import Snapshot, Summary

#: Of more locations than these a file would be larger than what anybody looks at.
MOST_LOCATIONS = 200

Sample = tuple["Mapping[str, str]", float]
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}


@dataclass(frozen=True, slots=True)
class Watched:
    """What is written: a run, its moment, and its end where it has come.

    `exit_code` is None while it works. `quotas` are what is left of the day and all
    of it, by location. Times are seconds since the epoch.
    """

    run_id: str
    version: str
    started_at: float
    at: float
    moment: Snapshot
    quotas: Mapping[str, tuple[int, int]]
    exit_code: int | None = None
    summary: Summary | None = None


def write_metrics(path: Path, watched: Watched) -> None:
    """Write the file, for everybody to read.

    Raises:
        StorageError: it cannot be written.
    """
    # what collects metrics is another user
    with files.text(path, private=False) as stream:
        stream.write(text(watched))


def text(watched: Watched) -> str:
    """The whole file."""
    lines: list[str] = []
    for name, kind, words, samples in _families(watched):
        found = list(samples)
        if not found:
            continue
        lines += (f"# HELP {name} {words}", f"# TYPE {name} {kind}")
        suffix = "_total" if kind == "counter" else ""
        lines += (f"{name}{suffix}{_labels(one)} {_number(n)}" for one, n in found)
    return "\n".join([*lines, "# EOF", ""])


def _families(watched: Watched) -> Iterator[tuple[str, str, str, Sequence[Sample]]]:
    yield from _run(watched)
    yield from _rows(watched)
    yield from _calls(watched)


def _run(watched: Watched) -> Iterator[tuple[str, str, str, Sequence[Sample]]]:
    over = watched.exit_code is not None
    moment = watched.moment
    run = {"run_id": watched.run_id, "version": watched.version}
    yield "importer_run_info", "gauge", "The run that this is of.", [(run, 1)]
    name = "importer_run_running"
    yield name, "gauge", "1 while the run works.", _one(not over)
    name = "importer_run_phase"
    phase = [] if over else [({"phase": moment.phase}, 1.0)]
    yield name, "gauge", "What it is doing.", phase
    name = "importer_run_exit_code"
    yield name, "gauge", "What it ended with; absent before.", _one(watched.exit_code)
    name = "importer_run_started_timestamp_seconds"
    yield name, "gauge", "When it began.", _one(watched.started_at)
    name = "importer_run_finished_timestamp_seconds"
    ended = watched.at if over else None
    yield name, "gauge", "When it ended; absent before.", _one(ended)
    name = "importer_run_updated_timestamp_seconds"
    yield name, "gauge", "When this was written.", _one(watched.at)
    name = "importer_run_left_seconds"
    left = None if over else moment.seconds_left
    yield name, "gauge", "How much longer it will take.", _one(left)


def _rows(watched: Watched) -> Iterator[tuple[str, str, str, Sequence[Sample]]]:
    moment, summary = watched.moment, watched.summary
    name = "importer_rows_expected"
    yield (
        name,
        "gauge",
        "Rows of the input, once all are read.",
        _one(moment.rows_total),
    )
    yield "importer_rows_done", "gauge", "Rows with an answer.", _one(moment.rows_done)
    counts = summary.counts if summary else moment.counts
    by_status = [({"status": str(one)}, float(count)) for one, count in counts.items()]
    yield "importer_rows", "gauge", "Rows by what became of them.", by_status
    places = summary.locations if summary else {}
    by_location = [
        ({"location_id": place, "status": str(status)}, float(count))
        for place, statuses in places.items()
        for status, count in statuses.items()
    ]
    if len(places) > MOST_LOCATIONS:
        by_location = []
    name = "importer_location_rows"
    yield name, "gauge", "The same by location, at the end.", by_location


def _calls(watched: Watched) -> Iterator[tuple[str, str, str, Sequence[Sample]]]:
    moment, summary = watched.moment, watched.summary
    made, refused, retried = moment.calls, moment.refused, moment.retried
    if summary:
        calls = summary.calls
        made, refused, retried = calls.made, calls.refused, calls.retried
    yield "importer_calls", "counter", "Calls made.", _one(made)
    name = "importer_calls_refused"
    yield name, "counter", "Calls answered 429.", _one(refused)
    yield "importer_calls_retried", "counter", "Calls repeated.", _one(retried)
    name = "importer_events"
    yield name, "counter", "What happened to rows on the way.", _events(moment.events)
    name = "importer_window_calls_left"
    yield name, "gauge", "Calls left in the windows now.", _one(moment.calls_left)
    name = "importer_window_calls_limit"
    yield name, "gauge", "Calls that the windows hold.", _one(moment.calls_max)
    name = "importer_last_answer_age_seconds"
    age = None if summary else moment.last_answer_age_seconds
    yield name, "gauge", "How long ago the last answer came.", _one(age)
    quotas = watched.quotas if len(watched.quotas) <= MOST_LOCATIONS else {}
    for position, word, words in ((0, "left", "left today"), (1, "limit", "of a day")):
        samples = [
            ({"location_id": one}, float(figures[position]))
            for one, figures in quotas.items()
        ]
        yield f"importer_quota_{word}", "gauge", f"Calls {words}.", samples


def _events(events: Mapping[str, int]) -> list[Sample]:
    """Events by name and reason; the sum of a name is not counted twice."""
    found: list[Sample] = []
    explained: dict[str, int] = {}
    for key, count in events.items():
        name, slash, reason = key.partition("/")
        if slash:
            explained[name] = explained.get(name, 0) + count
            found.append(({"event": name, "reason": reason}, float(count)))
    for name, count in events.items():
        rest = count - explained.get(name, 0)
        if "/" not in name and rest > 0:
            found.append(({"event": name, "reason": ""}, float(rest)))
    return found


def _one(value: float | None) -> list[Sample]:
    """A family of one sample, or of none where there is nothing to tell."""
    return [] if value is None else [({}, float(value))]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{','.join(pairs)}}}"


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(one, one) for one in texts.escaped(text))


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"
