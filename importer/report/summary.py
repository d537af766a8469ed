"""`summary.json`: a run in numbers, for the programs that started it.

The same document is what `run --json` prints; of how the calls went it has figures, not
the timeline, which would be most of it. Invariants: `schema` names the shape; within
one number keys are added, never renamed or removed, and `counts` has every final
status, zeros too; a figure that was not measured is null; there are as many answers as
rows, or no result at all.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from importer import atomic_files, flight, texts
from importer.errors import AccountingError
from importer.models import FINAL_STATUSES, Code
from importer.report.columns import iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.models import Flight, InputFile, Summary, Traffic


SCHEMA = 1

#: What an audit can find.
AUDIT_CODES = (
    Code.MISSING_AT_SERVER,
    Code.CREATED_TWICE,
    Code.COPY_UNCLAIMED,
    Code.COPY_OF_OTHERS,
    Code.CREATED_ALL_THE_SAME,
    Code.SURPLUS_REMOVED,
)


def write_summary(path: Path, summary: Summary) -> None:
    """Write the document, indented, UTF-8.

    Raises:
        StorageError: the file cannot be written.
    """
    with atomic_files.text(path) as stream:
        document = summary_document(summary)
        stream.write(texts.to_json(document, indent=2) + "\n")


def summary_document(summary: Summary) -> dict[str, Any]:
    """Give the summary as the JSON object of schema 1."""
    counts = _every_status(summary.counts)
    elapsed = round(summary.finished_at - summary.started_at, 3)
    return {
        "schema": SCHEMA,
        "run_id": summary.run_id,
        "state": summary.state,
        "exit_code": int(summary.exit_code),
        "stopped_because": summary.stopped_because,
        "rows": sum(counts.values()),
        "skipped": sum(count for file in summary.files for _, count in file.skipped),
        "counts": counts,
        "codes": {str(code): count for code, count in summary.codes.items()},
        "locations": {
            location: _every_status(per_status)
            for location, per_status in summary.locations.items()
        },
        "location_names": dict(summary.location_names),
        "location_stops": dict(summary.location_stops),
        "location_calls": dict(summary.location_calls),
        "location_remarks": {
            location: dict(said) for location, said in summary.location_remarks.items()
        },
        "canary": summary.canary and summary.canary.document(),
        "files": [_file(file) for file in summary.files],
        "calls": {
            "made": summary.calls.made,
            "refused": summary.calls.refused,
            "retried": summary.calls.retried,
        },
        "flight": flown(summary.flight),
        "events": dict(sorted(summary.events.items())),
        "audit": {
            "locations": summary.audited,
            "findings": {
                code: summary.codes[code]
                for code in AUDIT_CODES
                if summary.codes.get(code)
            },
        },
        "started_at": iso(summary.started_at),
        "finished_at": iso(summary.finished_at),
        "duration_seconds": max(0.0, elapsed),
        "work_seconds": max(0.0, round(elapsed - summary.between_seconds, 3)),
        "between_seconds": summary.between_seconds,
    }


def _every_status(counts: Mapping[str, int]) -> dict[str, int]:
    return {status.value: counts.get(status, 0) for status in FINAL_STATUSES}


def _file(file: InputFile) -> dict[str, Any]:
    return {
        "file": file.file,
        "sheet": file.sheet,
        "preset": file.preset,
        "rows": file.rows,
        "columns_left_out": list(file.columns_left_out),
        "columns_unknown": [asdict(column) for column in file.columns_unknown],
        "notes": list(file.notes),
        "skipped": dict(file.skipped),
    }


def account(rows_in: int, counts: Mapping[str, int]) -> None:
    """Compare the rows that were read with the answers that were given.

    Args:
        rows_in: the collections that the input holds.
        counts: rows by status; statuses that no finished report may show are
            not answers and count as missing.

    Raises:
        AccountingError: the two differ, which can only be a bug.
    """
    answers = sum(counts.get(status, 0) for status in FINAL_STATUSES)
    if answers == rows_in:
        return
    shown = ", ".join(f"{status} {count:,}" for status, count in counts.items())
    msg = (
        f"The report does not add up: the input has {rows_in:,} rows, but "
        f"{answers:,} have an answer ({shown or 'none'}). This is a bug in this "
        "program; what was sent and answered is safe in the run folder."
    )
    raise AccountingError(
        msg, remedy="Keep the run folder and report the bug before running again."
    )


#: The share of the answers that came within the figure of that name.
SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def flown(record: Flight) -> dict[str, Any]:
    """Return the value of the key `flight`."""
    fullest, scarcest = flight.fullest(record), flight.scarcest(record)
    return {
        "window_seconds": record.window_seconds,
        "busiest_window": fullest and _window(*fullest),
        "quota": scarcest and _quota(*scarcest),
        "latency_ms": {
            "answers": sum(record.latency),
            **{name: _ms(flight.quantile(record, at)) for name, at in SHARES.items()},
            "max": _ms(record.slowest_seconds) if sum(record.latency) else None,
        },
        "unanswered": record.unanswered,
        "retries": dict(record.retries),
        "doubts": dict(record.doubts),
        "worst_locations": [
            {
                "location_id": location,
                "calls": traffic.calls,
                "refused": traffic.refused,
                "busiest_window": traffic.peak,
                "limit": traffic.limit,
                "quota_left": traffic.quota_left,
            }
            for location, traffic in flight.worst(record).items()
        ],
    }


def _window(location_id: str, traffic: Traffic) -> dict[str, Any]:
    return {"location_id": location_id, "calls": traffic.peak, "limit": traffic.limit}


def _quota(location_id: str, traffic: Traffic) -> dict[str, Any]:
    return {
        "location_id": location_id,
        "left": traffic.quota_left,
        "of": traffic.quota_of,
    }


def _ms(seconds: float | None) -> float | None:
    """Return milliseconds, with as many digits as the counting is good for."""
    return None if seconds is None else float(f"{seconds * 1000:.3g}")
