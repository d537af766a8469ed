"""A run watched from outside: its metrics file, its traces, its log."""

from __future__ import annotations

import json
import shutil
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from prometheus_client import parser as prometheus
from prometheus_client.openmetrics import parser as openmetrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.measured


def metrics(importer: Importer, name: str = "importer.prom") -> dict[str, float]:
    """The samples of the file, each by its name and labels."""
    parser = prometheus if name.endswith(".prom") else openmetrics
    text = (importer.folder / name).read_text("utf-8")
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_metrics_of_a_run_that_is_over_are_those_of_its_summary(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit code, rows and calls are the same in both, and the file is valid."""
    server = sandbox("--fault-for", "collection-3=refused_but_created")
    rows = [*importer.rows(6), f"{importer.location},No Slug At All,!!!,manual,x"]
    file = importer.write("seven.csv", rows)

    ended = importer(
        *("run", file, "--base-url", server.url, "--no-audit"),
        *("--metrics-file", "importer.prom", "--run-id", "night"),
    )

    found, summary = metrics(importer), importer.summary()
    assert ended.code == found["importer_run_exit_code"] == summary["exit_code"] == 3
    assert found["importer_run_running"] == 0
    assert found["importer_calls_total"] == summary["calls"]["made"]
    for status, count in summary["counts"].items():
        assert found[f"importer_rows {status}"] == count
    assert (
        found["importer_events_total row.rejected "]
        == summary["events"]["row.rejected"]
        == 1
    )
    assert f"importer_quota_left {importer.location}" in found


def test_the_metrics_of_a_run_that_works_say_so(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Written at the start; after a kill they still say that it works, but grow old."""
    server = sandbox("--latency", "100ms", "--limit", "10/2s")
    file = importer.write("many.csv", importer.rows(100))
    process = importer.start(
        *("run", file, "--base-url", server.url, "--metrics-file", "importer.prom")
    )
    try:
        server.wait_for_creates(3)
        found = metrics(importer)
    finally:
        process.kill()
        process.communicate()

    assert found["importer_run_running"] == 1
    assert "importer_run_exit_code" not in found
    assert time.time() - found["importer_run_updated_timestamp_seconds"] < 60


def test_a_run_that_cannot_begin_says_its_exit_code_too(importer: Importer) -> None:
    """A night without a token must not look like a night without a run."""
    file = importer.write("one.csv", importer.rows(1))

    missing = importer(
        *("run", file, "--metrics-file", "importer.prom"), env={"HIGHLEVEL_TOKEN": ""}
    )
    code = metrics(importer)["importer_run_exit_code"]
    unusable = importer("run", "missing.csv", "--metrics-file", "importer.prom")

    assert missing.code == code == 4
    assert unusable.code == metrics(importer)["importer_run_exit_code"] == 5


@pytest.mark.parametrize("place", ["no/such/folder/importer.prom", "."])
def test_a_metrics_file_that_cannot_be_written_refuses_the_run(
    place: str, importer: Importer
) -> None:
    """Wrong usage, before there is a run: nobody who watches the file would see it."""
    file = importer.write("one.csv", importer.rows(1))

    ended = importer("run", file, "--metrics-file", place)

    assert ended.code == 2
    told = f"The metrics file {importer.folder / place} cannot be written"
    if place == ".":  # which a path cannot be told from that is empty
        told = "The setting metrics_file (flag) cannot be used: it names no file."
    assert told in ended.err
    assert not (importer.folder / "runs").exists()


def test_a_metrics_file_that_goes_away_ends_no_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """It is told once, and every row is created."""
    server = sandbox("--latency", "0.2")
    (importer.folder / "seen").mkdir()
    file = importer.write("some.csv", importer.rows(8))
    flags = ("--concurrency", 1, "--metrics-file", "seen/importer.prom")

    process = importer.start("run", file, "--base-url", server.url, *flags)
    server.wait_for_creates(2)
    shutil.rmtree(importer.folder / "seen")
    ended = importer.stop(process)

    told = [one for one in importer.log() if one["event"] == "metrics.unwritable"]
    assert (ended.code, len(told)) == (0, 1), ended.err
    assert "seen" in told[0]["message"]


# traces


class Collector(ThreadingHTTPServer):
    """Takes spans by OTLP over HTTP, as a collector does."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.service = ""
        super().__init__(("127.0.0.1", 0), Taking)

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for one in resource.resource.attributes:
                if one.key == "service.name":
                    self.service = one.value.string_value
            for scope in resource.scope_spans:
                self.spans += scope.spans


class Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Collector)
        self.server.take(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector on this computer that ends with the test."""
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def attributes(span: Any) -> dict[str, Any]:
    return {
        one.key: one.value.string_value or one.value.int_value
        for one in span.attributes
    }


def test_a_run_sends_a_span_for_itself_each_location_and_each_call(
    importer: Importer, sandbox: Callable[..., Sandbox], collector: Collector
) -> None:
    """Below one another, with location and slug, and without a token or a body."""
    server = sandbox("--fault-for", "collection-1=error_before")
    rows = [*importer.rows(3), *importer.rows(2, importer.other_location)]
    file = importer.write("two.csv", rows)
    port = collector.server_port

    ended = importer(
        *("run", file, "--base-url", server.url, "--run-id", "traced", "--traces"),
        *("--settle-pauses", "100ms", "--no-audit"),
        env={"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"},
    )

    assert ended.code == 0, ended.err
    spans = {span.span_id: span for span in collector.spans}
    by_name: dict[str, list[Any]] = {}
    for span in spans.values():
        by_name.setdefault(span.name.split()[0], []).append(span)
    (run,) = by_name["run"]
    assert collector.service == "highlevel-collection-importer"
    assert attributes(run)["importer.rows.created"] == 5
    assert {span.parent_span_id for span in by_name["location"]} == {run.span_id}
    calls = [*by_name["POST"], *by_name["GET"]]
    assert len(calls) == importer.summary()["calls"]["made"]
    for call in calls:
        parent = spans[call.parent_span_id]
        place = "importer.location_id"
        assert attributes(parent)[place] == attributes(call)[place]
    slugs = [attributes(span)["importer.slug"] for span in by_name["POST"]]
    assert sorted(set(slugs)) == ["collection-0", "collection-1", "collection-2"]
    statuses = {attributes(span)["http.response.status_code"] for span in calls}
    assert statuses == {200, 201, 500}
    assert importer.token not in str(collector.spans)


def test_without_a_collector_the_run_goes_on_and_says_it_once(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Traces are for whoever watches; the rows are for the user."""
    file = importer.write("one.csv", importer.rows(1))

    ended = importer(
        *("run", file, "--base-url", sandbox().url, "--traces"),
        env={
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
        },
    )

    assert ended.code == 0
    assert [one["event"] for one in importer.log()].count("traces.unsent") == 1


def test_without_the_extra_traces_are_a_clear_error(importer: Importer) -> None:
    """Exit 2, what to type, and no run is left behind."""
    file = importer.write("one.csv", importer.rows(1))
    hidden = importer.folder / "hidden" / "opentelemetry"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError\n")
    path = f"{hidden.parent}:{importer.environment['PYTHONPATH']}"

    ended = importer("run", file, "--traces", env={"PYTHONPATH": path})

    assert ended.code == 2
    assert "Traces need OpenTelemetry, which is not installed." in ended.err
    assert "pip install 'highlevel-collection-importer[otel]'" in ended.err
    assert not list((importer.folder / "runs").glob("2*"))


# the log


def test_a_resume_goes_on_in_the_log_of_its_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Begun, ended, resumed, audited, ended: one run id, and the events add up."""
    # a refusal is waited for as long as the window
    url = sandbox("--fault-for", "collection-1=refused*2", "--limit", "100/1s").url
    file = importer.write("shop.csv", importer.rows(3))
    flags = ("--base-url", url, "--max-duration", "1s")
    importer("run", file, "--run-id", "told", *flags)
    first = importer.summary()["events"]["row.limited"]

    ended = importer("resume", "told", "--base-url", url, "--audit")

    events = [one["event"] for one in importer.log()]
    marks = [one for one in events if one.startswith(("run.", "location.audited"))]
    assert ended.code == 0, ended.err
    assert marks == [
        "run.started",
        "run.ended",
        "run.resumed",
        "location.audited",
        "run.ended",
    ]
    assert {one["run_id"] for one in importer.log()} == {"told"}
    assert importer.summary()["events"]["row.limited"] == 2 >= first


def test_every_event_has_its_run_and_every_rows_event_its_place(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Whoever reads one line of the log knows which row of which file it is about."""
    server = sandbox(
        *("--fault-for", "collection-0=refused_but_created"),
        *("--fault-for", "collection-1=error_before"),
        *("--fault-for", "collection-2=refused"),
    )
    file = importer.write("shop.csv", importer.rows(4))

    importer(
        *("run", file, "--base-url", server.url, "--run-id", "told", "--no-audit"),
        *("--settle-pauses", "100ms", "-vv"),
    )

    events = importer.log()
    assert {one.get("run_id") for one in events} == {"told"}
    rows = [one for one in events if one["event"].startswith("row.")]
    kinds = {one["event"] for one in rows}
    assert kinds >= {"row.rejected", "row.unknown", "row.limited", "row.created"}
    for one in rows:
        assert one["location"] == importer.location
        assert one["file"] == "shop.csv"
        assert one["slug"] == f"collection-{one['row'] - 2}"
    counted = importer.summary()["events"]
    noted = [one["event"] for one in rows]
    assert counted["row.rejected"] == noted.count("row.rejected") == 1
    assert counted["row.unknown/HTTP 500"] == counted["row.unknown"]
    assert json.dumps(counted)
