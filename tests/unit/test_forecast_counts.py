"""The calls that a comparison foresees: of every row, in each location of its own."""

from __future__ import annotations

from typing import Any, cast

from importer.models import Create, Job, Leave, Refuse, Update
from importer.runs.comparison import Comparison
from importer.runs.other_runs import Kin


def test_each_row_adds_its_calls_to_those_of_its_location() -> None:
    """A create takes one and an update two; what is left alone takes none."""
    nothing: Any = None
    comparison = Comparison(nothing, nothing, nothing, nothing, Kin)
    actions = (Create, Create, Update, Leave, Refuse)
    for location in ("a", "b"):
        for seq, action in enumerate(actions[: 5 if location == "a" else 1]):
            job = Job(seq, location, "Name", "slug", "", b"{}")
            comparison._count(job, cast("Any", action))
    assert comparison._to_send == {"a": 4, "b": 1}
    job = Job(9, "left", "Name", "slug", "", b"{}")
    comparison._count(job, Leave)
    assert "left" not in comparison._to_send
