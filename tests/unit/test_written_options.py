"""Options of a sandbox in the notation of its command line."""

from __future__ import annotations

from typing import Any

import pytest

from importer.sandbox.traffic import Limit
from importer.sandbox.written_options import read


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({"limit": "100/10s"}, {"limit": Limit(100, 10.0)}),
        ({"limit": "none"}, {"limit": None}),
        ({"limit": None, "seed": 7}, {"limit": None, "seed": 7}),
        ({"limit": Limit(3, 1.0)}, {"limit": Limit(3, 1.0)}),
        ({"daily": "500"}, {"daily": 500}),
        ({"latency_seconds": "200ms"}, {"latency_seconds": 0.2}),
        (
            {"slow_share": 0.1, "slow_seconds": "5s"},
            {"slow_share": 0.1, "slow_seconds": 5},
        ),
        ({"clock_offset_seconds": "-1h"}, {"clock_offset_seconds": -3600.0}),
        ({"faults": "error_after=0.5"}, {"faults": {"error_after": 0.5}}),
        ({"faults": {"error_after": 0.5}}, {"faults": {"error_after": 0.5}}),
        ({"fault_for": {"a": "refused*2"}}, {"fault_for": {"a": ("refused",) * 2}}),
        ({"fault_for": {"a": ["refused"]}}, {"fault_for": {"a": ["refused"]}}),
        ({"location_limits": {"L": "25/s"}}, {"location_limits": {"L": Limit(25, 1)}}),
        ({"foreign_calls": {"L": "3/s"}}, {"foreign_calls": {"L": 3.0}}),
        ({"tokens": {"t": "A,B"}}, {"tokens": {"t": frozenset("AB")}}),
        ({"natures": "short-list"}, {"natures": frozenset({"short-list"})}),
        ({"list_hides": "productIds"}, {"list_hides": frozenset({"productIds"})}),
        ({"window": "sliding", "strict": True}, {"window": "sliding", "strict": True}),
    ],
)
def test_texts_are_read_as_flags_read_them(
    given: dict[str, Any], options: dict[str, Any]
) -> None:
    """Values of their own types stay as they are."""
    assert read(given) == options


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"limit": "many"}, 'limit="100/10s"'),
        ({"limit": 5}, 'limit="100/10s"'),
        ({"limit": (100, 10)}, 'limit="100/10s"'),
        ({"daily": "many"}, "daily=500"),
        ({"daily": True}, "daily=500"),
        ({"faults": "nonsense=1"}, 'faults="reset_after=0.05"'),
        ({"faults": ["refused"]}, 'faults="reset_after=0.05"'),
        ({"latency_seconds": "soon"}, 'latency_seconds="200ms"'),
        ({"fault_for": "refused"}, "fault_for={"),
        ({"fault_for": {"a": "nonsense"}}, "fault_for={"),
        ({"location_limits": {"L": "x"}}, "location_limits={"),
        ({"window": "open"}, "sliding"),
        ({"seed": "x"}, "seed="),
        ({"limits": "100/10s"}, "There is no option limits"),
        ({"faults": {"nonsense": 1}}, "nonsense"),
    ],
)
def test_what_cannot_be_used_is_named_with_an_example(
    given: dict[str, Any], told: str
) -> None:
    """Before anything listens."""
    with pytest.raises(ValueError, match=next(iter(given))) as refused:
        read(given)
    assert told in str(refused.value)
