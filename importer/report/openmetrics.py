"""A moment of a run as text of Prometheus or OpenMetrics, by the file's name.

prometheus_client writes the text; here stands what is told. A file named `.prom` has
the text format of Prometheus, which node_exporter's textfile collector reads; any
other name has OpenMetrics. Only gauges and counters, no timestamps. Invariants:
a family appears once, and not at all where it has nothing to tell; a label holds any
text; the file is replaced whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer import atomic_files, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from prometheus_client import Metric

    from importer.models import Snapshot, Summary

#: How a file's name ends whose format is that of Prometheus.
PROMETHEUS = ".prom"
#: Of more locations than these a file would be larger than what is looked at.
MOST_LOCATIONS = 200

Sample = tuple["Mapping[str, str]", float]
#: A name, what it means, and its value, its samples with their labels, or neither.
Told = tuple[str, str, "float | Iterable[Sample] | None"]


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
    """Write the file, readable by all.

    Raises:
        StorageError: it cannot be written.
    """
    # what collects metrics is another user
    with atomic_files.text(path, private=False) as stream:
        stream.write(text(watched, prometheus=path.suffix.lower() == PROMETHEUS))


def text(watched: Watched, *, prometheus: bool = False) -> str:
    """Return the whole file, in the format of Prometheus or in OpenMetrics."""
    # only a run of which a metrics file is asked loads it
    from prometheus_client import exposition as older  # noqa: PLC0415
    from prometheus_client.openmetrics import exposition  # noqa: PLC0415

    writer = older if prometheus else exposition
    written: bytes = writer.generate_latest(_Families(watched))
    return written.decode()


@dataclass(frozen=True, slots=True)
class _Families:
    """What the library asks for its families, as it does a registry."""

    watched: Watched

    def collect(self) -> Iterator[Metric]:
        """Yield each family that has a sample."""
        from prometheus_client import Metric  # noqa: PLC0415 - as in `text`

        figures = {"gauge": (_run, _rows, _window), "counter": (_calls,)}
        for kind, groups in figures.items():
            suffix = "_total" if kind == "counter" else ""
            for name, message, value in (
                item for of in groups for item in of(self.watched)
            ):
                family = Metric(name, message, kind)
                for labels, figure in _samples(value):
                    shown = {key: texts.escaped(text) for key, text in labels.items()}
                    family.add_sample(name + suffix, shown, round(figure, 3))
                if family.samples:
                    yield family


def _samples(value: float | Iterable[Sample] | None) -> Iterable[Sample]:
    if value is None:
        return ()
    return [({}, value)] if isinstance(value, int | float) else value


def _run(watched: Watched) -> Iterator[Told]:
    over, moment = watched.exit_code is not None, watched.moment
    run = {"run_id": watched.run_id, "version": watched.version}
    phase = [({"phase": moment.phase}, 1)]
    ended = watched.at if over else None
    left = None if over else moment.seconds_left
    at = "timestamp_seconds"
    yield "importer_run_info", "The run that this is of.", [(run, 1)]
    yield "importer_run_running", "1 while the run works.", not over
    yield "importer_run_phase", "What it is doing.", None if over else phase
    code = watched.exit_code
    yield "importer_run_exit_code", "What it ended with; absent before.", code
    yield f"importer_run_started_{at}", "When it began.", watched.started_at
    yield f"importer_run_finished_{at}", "When it ended; absent before.", ended
    yield f"importer_run_updated_{at}", "When this was written.", watched.at
    yield "importer_run_left_seconds", "How much longer it will take.", left


def _rows(watched: Watched) -> Iterator[Told]:
    moment, summary = watched.moment, watched.summary
    expected = moment.rows_total
    yield "importer_rows_expected", "Rows of the input, once all are read.", expected
    yield "importer_rows_done", "Rows with an answer.", moment.rows_done
    counts = summary.counts if summary else moment.counts
    by_status = [({"status": str(status)}, n) for status, n in counts.items()]
    yield "importer_rows", "Rows by what became of them.", by_status
    places = summary.locations if summary else {}
    by_location = (
        ({"location_id": place, "status": str(status)}, count)
        for place, statuses in places.items()
        for status, count in statuses.items()
        if len(places) <= MOST_LOCATIONS
    )
    yield "importer_location_rows", "The same by location, at the end.", by_location


def _window(watched: Watched) -> Iterator[Told]:
    moment = watched.moment
    left, limit = moment.calls_left, moment.calls_max
    age = None if watched.summary else moment.last_answer_age_seconds
    yield "importer_window_calls_left", "Calls left in the windows now.", left
    yield "importer_window_calls_limit", "Calls that the windows hold.", limit
    name = "importer_last_answer_age_seconds"
    yield name, "How long ago the last answer came.", age
    quotas = watched.quotas if len(watched.quotas) <= MOST_LOCATIONS else {}
    for position, word, message in (
        (0, "left", "left today"),
        (1, "limit", "of a day"),
    ):
        samples = [({"location_id": one}, of[position]) for one, of in quotas.items()]
        yield f"importer_quota_{word}", f"Calls {message}.", samples


def _calls(watched: Watched) -> Iterator[Told]:
    moment, summary = watched.moment, watched.summary
    made, refused, retried = moment.calls, moment.refused, moment.retried
    if summary:
        calls = summary.calls
        made, refused, retried = calls.made, calls.refused, calls.retried
    yield "importer_calls", "Calls made.", made
    yield "importer_calls_refused", "Calls answered 429.", refused
    yield "importer_calls_retried", "Calls repeated.", retried
    events = _events(moment.events)
    yield "importer_events", "What happened to rows on the way.", events


def _events(events: Mapping[str, int]) -> Iterator[Sample]:
    """Yield events by name and reason; the sum of a name is not counted twice."""
    rest = dict(events)
    for key, count in events.items():
        name, slash, reason = key.partition("/")
        if slash:
            rest[name] = rest.get(name, 0) - count
            yield {"event": name, "reason": reason}, count
    for name, count in rest.items():
        if "/" not in name and count > 0:
            yield {"event": name, "reason": ""}, count
