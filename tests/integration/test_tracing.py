"""Traces by the SDK's own exporter in memory: what a program with a provider gets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import importer
from importer.client import Client
from importer.errors import InputError, Interrupted
from importer.exit_codes import Exit
from importer.runs import observers
from importer.sandbox import Options, running

if TYPE_CHECKING:
    from pathlib import Path

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
TOKEN = "pit-tracing-0123456789"  # noqa: S105 - of a sandbox


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What a provider of the process is given; the real one can be set only once."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    return exporter


def run(folder: Path, *faults: str, traces: bool = False) -> importer.RunResult:
    """A run of two rows in its own sandbox."""
    file = folder / "two.csv"
    file.write_text(
        "name,slug,type,product_ids\n"
        "One,one,manual,655b33a82209e60b6adb87a5\n"
        "Two,two,manual,655b33a82209e60b6adb87a5\n"
    )

    async def main() -> importer.RunResult:
        async with running(Options(fault_for={"two": faults})) as sandbox:
            return await importer.run(
                file,
                base_url=sandbox.url,
                token=TOKEN,
                location_id=LOCATION,
                runs_dir=folder / "runs",
                settle_pauses=(0.05,),
                audit=False,
                traces=traces,
            )

    return asyncio.run(main())


def test_each_call_is_a_span_below_its_location(
    tmp_path: Path, spans: InMemorySpanExporter
) -> None:
    """Two creates below one location, below one run, with what became of it."""
    result = run(tmp_path, traces=True)

    found = {span.name: span for span in spans.get_finished_spans()}
    calls = [one for one in spans.get_finished_spans() if one.name.startswith("POST")]
    run_span, location = found["run"], found["location"]
    assert len(calls) == 2
    assert {one.parent and one.parent.span_id for one in calls} == {
        location.context.span_id
    }
    assert location.parent is not None
    assert location.parent.span_id == run_span.context.span_id
    for one in (location, run_span):
        assert dict(one.attributes or {})["importer.rows.created"] == 2
    assert dict(run_span.attributes or {})["importer.run_id"] == result.summary.run_id
    slugs = {str(dict(one.attributes or {})["importer.slug"]) for one in calls}
    assert slugs == {"one", "two"}
    assert TOKEN not in "".join(one.to_json() for one in spans.get_finished_spans())


def test_a_call_without_an_answer_says_so(
    tmp_path: Path, spans: InMemorySpanExporter
) -> None:
    """A reset has no status, but a reason; the run settles and goes on."""
    run(tmp_path, "reset_before", traces=True)

    lost = [
        dict(one.attributes or {})["error.type"]
        for one in spans.get_finished_spans()
        if "error.type" in (one.attributes or {})
    ]
    assert lost == ["the connection was lost before the answer came"]


def test_where_traces_are_off_nothing_is_traced(
    tmp_path: Path, spans: InMemorySpanExporter
) -> None:
    """The client is the plain one, and no span is made."""
    run(tmp_path)
    assert observers.Observers().client is Client
    assert spans.get_finished_spans() == ()


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (InputError("unusable"), Exit.INPUT),
        (Interrupted("by a person"), Exit.INTERRUPTED),
        (asyncio.CancelledError(), Exit.INTERRUPTED),
        (ValueError("unforeseen"), Exit.BUG),
    ],
)
def test_what_ends_a_run_is_known_to_whoever_watches(
    failure: BaseException, code: Exit
) -> None:
    """The same exit code as the process has."""
    assert observers.exit_code(failure) is code
