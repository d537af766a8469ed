"""The end of a run by location: a few as a table, the worst of many."""

from __future__ import annotations

import io

from rich.console import Console

from importer.cli import breakdown
from importer.exit_codes import Exit
from importer.models import Calls, State, Summary


def shown(
    locations: dict[str, dict[str, int]],
    stops: dict[str, str] | None = None,
    names: dict[str, str] | None = None,
    *,
    terminal: bool = False,
    width: int = 80,
) -> list[str]:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=terminal, _environ={}
    )
    summary = Summary(
        "r-1", State.STOPPED, Exit.OK, (), {}, locations, Calls(), 0.0, 1.0,
        location_names=names or {}, location_stops=stops or {},
    )  # fmt: skip
    breakdown.print_locations(summary, console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return [line.rstrip() for line in text.splitlines()]


def test_a_run_of_one_location_says_nothing_more() -> None:
    """The sums say it all."""
    assert shown({"L1": {"created": 3}}) == []
    assert shown({}) == []


def test_a_few_have_a_line_each_what_wants_attention_first() -> None:
    """Left before open, open before bad, then by name; the reason comes last."""
    found = shown(
        {
            "L1": {"created": 1200, "updated": 34},
            "L2": {"created": 1, "invalid": 1, "rejected": 1},
            "L3": {"not_attempted": 2, "unknown": 1},
            "L4": {"not_attempted": 1, "existing": 2},
            "L5": {"existing": 1},
        },
        {"L4": "The API refuses\nthe token."},
        {"L1": "zoo", "L5": "Aachen"},
    )
    assert found == [
        "",
        " rows  created  existing  problems  not sent  location",
        "    3        -         2         -         1  L4: The API refuses the token.",
        "    3        -         -         -         3  L3",
        "    3        1         -         2         -  L2",
        "    1        -         1         -         -  Aachen",
        "1,234    1,234         -         -         -  zoo",
    ]


def test_of_many_only_the_worst_have_a_line() -> None:
    """A screenful, however many thousands there are."""
    locations = {f"L{number:04}": {"created": 2} for number in range(5000)}
    stops = {}
    for number in range(12):
        locations[f"L{number:04}"] = {"not_attempted": 1}
    stops["L0011"] = "no token"
    found = shown(locations, stops)
    assert found[1] == "4,988 of 5,000 locations are complete."
    assert found[3].endswith("L0011: no token")
    assert found[4].endswith("L0000")
    assert len(found) == 3 + breakdown.WORST + 1
    assert found[-1] == "… and 2 more that are not, see the report."


def test_many_that_are_all_complete_need_no_table() -> None:
    """One line says it."""
    found = shown({f"L{number}": {"existing": 1} for number in range(21)})
    assert found == ["", "21 of 21 locations are complete."]


def test_texts_of_others_break_nothing_on_a_terminal() -> None:
    """Names and reasons are cut, cleaned, no markup, and folded in their column."""
    found = shown(
        {"L1": {"created": 1}, "": {"invalid": 1}},
        {"L1": "[red]why[/red] " + "and why " * 8},
        {"L1": "a\x1b[2Jb\u202e" + "x" * 60},
        terminal=True,
        width=70,
    )
    text = "\n".join(found)
    assert "\x1b[2J" not in text
    assert "\u202e" not in text
    assert "[red]why[/red]" in text
    assert "…" in text
    assert "(none)" in text
    assert len(found) > 4
