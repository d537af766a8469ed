"""The verdict of a trial: the report against what the server truly holds.

Pure: the scene, the report's lines and the sandbox's truth go in, figures come out.
It shares no code with the importer's own audit, which is among what is tried here.
Invariant: a trial is good only if every figure that counts something wrong is zero,
nothing surprising happened; a blow that did not fall is a surprise.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.selftest.scene import Key, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.selftest.scene import Line, Scene

#: How many examples of each kind of mistake are told.
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Held:
    """What the server holds: ids that the program made, and those of others."""

    own: Mapping[Key, Sequence[str]]
    foreign: Mapping[Key, Sequence[str]]
    by_id: Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Figures:
    """What a comparison came to, with a few examples in words."""

    duplicates: int = 0
    missing: int = 0
    wrong: int = 0
    touched: int = 0
    examples: list[str] = field(default_factory=list)

    def note(self, figure: str, words: str) -> None:
        """Count one mistake."""
        count = getattr(self, figure) + 1
        setattr(self, figure, count)
        if count <= EXAMPLES:
            self.examples.append(f"{figure}: {words}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """All there is to say of one trial, in figures.

    `collections` is how many there must be in the end; `killed_while` counts kills
    by what the program was doing; `held_off` other programs that were refused while
    one was frozen.
    """

    seed: int
    rows: int
    collections: int
    calls: int
    faults: Mapping[str, int]
    killed_while: Mapping[str, int]
    freezes: int
    held_off: int
    resumes: int
    figures: Figures
    surprises: tuple[str, ...]
    seconds: float

    @property
    def kills(self) -> int:
        """How often the program was killed."""
        return sum(self.killed_while.values())

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        figures = self.figures
        wrong = (figures.duplicates, figures.missing, figures.wrong, figures.touched)
        return not any(wrong) and not self.surprises


def held(truth: Mapping[str, Any]) -> Held:
    """What `/_sandbox/truth` says, sorted by who made it."""
    own: dict[Key, list[str]] = defaultdict(list)
    foreign: dict[Key, list[str]] = defaultdict(list)
    by_id = {}
    for location_id, place in truth["locations"].items():
        for one in place["collections"]:
            by_id[one["_id"]] = one
            theirs = one["created_by_call"] is None
            (foreign if theirs else own)[location_id, one["slug"]].append(one["_id"])
    return Held(own, foreign, by_id)


def compare(
    scene: Scene,
    report: Sequence[Mapping[str, str]],
    truth: Mapping[str, Any],
    seeded: Mapping[str, Mapping[str, Any]],
) -> Figures:
    """Count what is wrong.

    Args:
        scene: what was asked for.
        report: the lines of `report.csv`, by column.
        truth: what the sandbox tells when everything is over.
        seeded: what was put there as if by others, by id.
    """
    figures = Figures()
    there = held(truth)
    before = {(one["altId"], one["slug"]) for one in scene.before}
    _count_copies(scene, there, before, figures)
    _check_others(there, seeded, figures)
    if len(report) != len(scene.lines):
        words = f"{len(report)} lines for {len(scene.lines)} rows"
        figures.note("wrong", words)
    for line, told in zip(scene.lines, report, strict=False):
        lie = _lie(line, told, there)
        if lie:
            figures.note("wrong", f"row {told['row']} ({line.key[1]}): {lie}")
    return figures


def _count_copies(
    scene: Scene, there: Held, before: set[Key], figures: Figures
) -> None:
    """Every key exactly once; what others make meanwhile is not the program's doing."""
    for key in scene.keys:
        own = len(there.own.get(key, ()))
        allowed = 0 if key in before else 1
        for _ in range(own - allowed):
            figures.note("duplicates", f"{key} is there {own} times")
        if not own and not there.foreign.get(key):
            figures.note("missing", f"{key}")
    for key in there.own.keys() - scene.keys:
        figures.note("duplicates", f"{key} was never asked for")


def _check_others(
    there: Held, seeded: Mapping[str, Mapping[str, Any]], figures: Figures
) -> None:
    """What was there before, and what others made, is as it was."""
    for collection_id, fields in seeded.items():
        now = there.by_id.get(collection_id, {})
        if any(now.get(name) != value for name, value in fields.items()):
            figures.note("touched", f"{collection_id}: {fields} is now {now}")


def _lie(line: Line, told: Mapping[str, str], there: Held) -> str:
    """What a line of the report says that is not so; empty where it is true."""
    status, collection_id = told["status"], told["collection_id"]
    if (told["location_id"], told["slug"]) != line.key:
        return f"the report has {told['location_id']}, {told['slug']} in its place"
    own = list(there.own.get(line.key, ()))
    match line.kind, status:
        case (Kind.INVALID, "invalid") | (Kind.DUPLICATE, "duplicate"):
            return ""
        case Kind.VALID, "created":
            true = own == [collection_id]
        case Kind.VALID, "existing":
            true = not own and collection_id in there.foreign.get(line.key, ())
        case _:
            true = False
    if true:
        return ""
    words = f"{status} {collection_id} {told['code']}".strip()
    return f"reported as {words}, the program made {own or 'none'}"
