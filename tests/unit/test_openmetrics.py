"""The metrics file: what two independent readers of it make of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from prometheus_client import parser as older
from prometheus_client.openmetrics import parser as openmetrics

from importer import report
from importer.exit_codes import Exit
from importer.models import FINAL_STATUSES, Calls, Snapshot, State, Summary
from importer.report.openmetrics import MOST_LOCATIONS, Watched, text

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = Snapshot(
    phase="sending",
    rows_total=400,
    rows_done=120,
    calls=140,
    refused=2,
    retried=3,
    calls_left=20,
    calls_max=100,
    seconds_left=27.5,
    last_answer_age_seconds=0.25,
    counts={"created": 120, "not_attempted": 280},
    events={"row.retried": 3, "row.retried/HTTP 500": 2, "row.absent": 1},
)


def working(run_id: str = "first", places: int = 1) -> Watched:
    quotas = {f"Location{number}": (150_000, 200_000) for number in range(places)}
    return Watched(run_id, "1.2.3", 1000.0, 1030.5, MOMENT, quotas)


def over(places: int = 1) -> Watched:
    counts = dict.fromkeys(FINAL_STATUSES, 0) | {FINAL_STATUSES[0]: 400}
    named = {str(status): count for status, count in counts.items()}
    summary = Summary(
        run_id="first",
        state=State.FINISHED,
        exit_code=Exit.PROBLEMS,
        files=(),
        counts=named,
        locations={f"Location{number}": named for number in range(places)},
        calls=Calls(450, 2, 3),
        started_at=1000.0,
        finished_at=1060.0,
    )
    return Watched("first", "1.2.3", 1000.0, 1060.0, MOMENT, {}, 3, summary)


Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read_older(written: str) -> Samples:
    """The samples as the reader of Prometheus's text format gives them."""
    return {
        (sample.name, tuple(sample.labels.items())): sample.value
        for family in older.text_string_to_metric_families(written)
        for sample in family.samples
    }


def read(watched: Watched) -> Samples:
    """The samples as the strict reader of OpenMetrics gives them."""
    families = list(openmetrics.text_string_to_metric_families(text(watched)))
    assert len({one.name for one in families}) == len(families)
    return {
        (sample.name, tuple(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.mark.parametrize("watched", [working(), over()], ids=["working", "over"])
def test_both_readers_of_prometheus_take_every_sample(watched: Watched) -> None:
    """node_exporter reads the older format, where a counter is of no known type."""
    assert read_older(text(watched)) == read(watched)
    assert text(watched).endswith("\n# EOF\n")


@pytest.mark.parametrize("watched", [working(), over()], ids=["working", "over"])
def test_a_counter_of_the_prometheus_format_is_a_counter(watched: Watched) -> None:
    """Its type stands under the name of its samples, which OpenMetrics has not."""
    written = text(watched, prometheus=True)
    assert read_older(written) == read(watched)
    kinds = {
        sample.name: family.type
        for family in older.text_string_to_metric_families(written)
        for sample in family.samples
    }
    assert kinds["importer_calls_total"] == "counter"
    assert kinds["importer_rows_done"] == "gauge"
    assert "unknown" not in kinds.values()
    assert "# EOF" not in written


@pytest.mark.parametrize(
    ("name", "prometheus"),
    [
        ("importer.prom", True),
        ("night.1.PROM", True),
        ("importer.om", False),
        ("importer.openmetrics", False),
        ("metrics.txt", False),
        ("prom", False),
    ],
)
def test_the_name_of_the_file_tells_its_format(
    name: str, prometheus: bool, tmp_path: Path
) -> None:
    """node_exporter reads only files named .prom, and no OpenMetrics."""
    path = tmp_path / name
    report.write_metrics(path, over())
    written = path.read_text("utf-8")
    assert written == text(over(), prometheus=prometheus)
    assert written.endswith("# EOF\n") is not prometheus


def test_a_run_that_works_says_how_far_it_is() -> None:
    """Rows, calls, windows, quota, time left, and no exit code yet."""
    found = read(working())
    assert found["importer_run_running", ()] == 1
    assert found["importer_run_phase", (("phase", "sending"),)] == 1
    assert found["importer_rows", (("status", "created"),)] == 120
    assert found["importer_calls_total", ()] == 140
    assert found["importer_run_left_seconds", ()] == 27.5
    assert found["importer_quota_left", (("location_id", "Location0"),)] == 150_000
    assert not [name for name, _ in found if "exit" in name or "finished" in name]


def test_a_run_that_is_over_says_its_exit_code_and_the_whole_runs_calls() -> None:
    """What an alarm goes by."""
    found = read(over())
    assert found["importer_run_running", ()] == 0
    assert found["importer_run_exit_code", ()] == 3
    assert found["importer_run_finished_timestamp_seconds", ()] == 1060
    assert found["importer_calls_total", ()] == 450
    assert ("importer_last_answer_age_seconds", ()) not in found


def test_an_event_with_a_reason_is_counted_once() -> None:
    """The sum over the reasons is the number of events."""
    found = read(working())
    events = {
        labels: n
        for (name, labels), n in found.items()
        if name == "importer_events_total"
    }
    assert events == {
        (("event", "row.retried"), ("reason", "HTTP 500")): 2,
        (("event", "row.retried"), ("reason", "")): 1,
        (("event", "row.absent"), ("reason", "")): 1,
    }


def test_a_label_holds_any_text() -> None:
    """Quotes, backslashes and line ends come back as they were."""
    odd = 'a "quoted" \\ name\nof two lines'
    sample = ("importer_run_info", (("run_id", odd), ("version", "1.2.3")))
    assert sample in read(working(odd))
    assert sample in read_older(text(working(odd), prometheus=True))


def test_a_label_of_half_a_character_can_be_written() -> None:
    """What no encoding takes becomes a question mark."""
    labels = (("run_id", "half ?"), ("version", "1.2.3"))
    assert ("importer_run_info", labels) in read(working("half \ud83d"))


def test_the_library_that_writes_it_is_loaded_where_a_file_is_asked_for() -> None:
    """A run without a metrics file starts without it."""
    script = (
        "import sys, importer.report.openmetrics;"
        "sys.exit('prometheus_client' in sys.modules)"
    )
    command = [sys.executable, "-c", script]
    assert not subprocess.run(command, check=False).returncode  # noqa: S603 - our own


def test_thousands_of_locations_do_not_make_a_file_of_thousands_of_lines() -> None:
    """Past a number nobody looks at each of them there."""
    many = MOST_LOCATIONS + 1
    names = {name for name, _ in [*read(working(places=many)), *read(over(many))]}
    assert not {"importer_quota_left", "importer_location_rows"} & names
    assert text(working(places=many)).count("\n") < 60


def test_the_file_can_be_read_by_everybody(tmp_path: Path) -> None:
    """node_exporter is another user."""
    path = tmp_path / "importer.prom"
    report.write_metrics(path, working())
    assert path.stat().st_mode & 0o044 == 0o044
    assert path.read_text("utf-8") == text(working(), prometheus=True)
