"""How the calls of a run went, as the figures of `summary.json`.

The timeline itself is not among them: it would be most of the document. Invariant: a
figure that nobody measured is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer import flight

if TYPE_CHECKING:
    from importer.models import Flight, Traffic

#: The share of the answers that came within the figure of that name.
SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def flown(record: Flight) -> dict[str, Any]:
    """The value of the key `flight`."""
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
                "calls": one.calls,
                "refused": one.refused,
                "busiest_window": one.peak,
                "limit": one.limit,
                "quota_left": one.quota_left,
            }
            for location, one in flight.worst(record).items()
        ],
    }


def _window(location_id: str, one: Traffic) -> dict[str, Any]:
    return {"location_id": location_id, "calls": one.peak, "limit": one.limit}


def _quota(location_id: str, one: Traffic) -> dict[str, Any]:
    return {"location_id": location_id, "left": one.quota_left, "of": one.quota_of}


def _ms(seconds: float | None) -> float | None:
    """Milliseconds, with as many digits as the counting is good for."""
    return None if seconds is None else float(f"{seconds * 1000:.3g}")
