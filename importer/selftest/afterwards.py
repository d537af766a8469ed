"""What must be true after the run: at the next run, after an audit, after an undo.

Pure, like `verdict`: reports and truths go in, mistakes are counted into figures.
Invariants: a next run of the same input creates nothing that was there; an audit
calls nothing created that people had removed; an undo leaves what people have added
something to, and nothing else of the run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.selftest import verdict
from importer.selftest.scene import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.selftest.scene import Line, Scene
    from importer.selftest.verdict import Figures, Held, Rules


@dataclass(slots=True)
class People:
    """What people have done: collections that they made, and what they changed.

    `seeded` holds what they made, by id; `enriched` the fields that they gave to the
    run's own collections.
    """

    seeded: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    enriched: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def next_run(
    scene: Scene,
    report: Sequence[Mapping[str, str]],
    before: Held,
    after: Held,
    rules: Rules,
    figures: Figures,
) -> None:
    """Judge a new run of the same input by what was held before and after it."""
    earlier = {collection_id for ids in before.own.values() for collection_id in ids}
    for key, ids in after.own.items():
        new = [collection_id for collection_id in ids if collection_id not in earlier]
        if new and (key not in scene.keys or before.ids(key)):
            figures.note("duplicates", f"{key}: made again by the next run: {new}")
    verdict.check_lines(scene, report, after, rules, figures, _lie_at_the_next_run)


def _lie_at_the_next_run(
    line: Line, told: Mapping[str, str], there: Held, rules: Rules
) -> bool:
    """Return whether a line of the next run is untrue.

    What is there already is existing for it.
    """
    status, collection_id = told["status"], told["collection_id"]
    held = there.ids(line.key)
    match line.kind, status:
        case ((Kind.INVALID | Kind.DUPLICATE), _):
            return status != line.kind.value
        case _, "existing" if collection_id in there.removed.get(line.key, ()):
            # not seen in the list, but made a moment ago: the reason must be said
            return not (told["code"] or told["message"])
        case _, "existing" | "created":
            return not verdict.is_one_of(collection_id, held, rules)
        case Kind.REFUSED, "rejected":
            return bool(held)
        case _, "rejected":
            return not (rules.conflicts and told["http_status"] == verdict.CONFLICT)
        case _:
            return not (rules.may_stay_unknown and status in verdict.OPEN)


def audit(
    scene: Scene,
    report: Sequence[Mapping[str, str]],
    held: Held,
    rules: Rules,
    figures: Figures,
) -> None:
    """Judge the report of the run, as an audit has corrected it."""
    verdict.check_lines(scene, report, held, rules, figures)
    for line, told in zip(scene.lines, report, strict=False):
        gone = told["collection_id"] in held.removed.get(line.key, ())
        if told["status"] == "created" and gone and told["code"] != verdict.MISSING:
            text = f"row {told['row']} ({line.key[1]}): created, but it was removed"
            figures.note("wrong", text)


def undo(
    people: People, before: Held, after: Held, own: Held, figures: Figures
) -> None:
    """Judge what an undo of the run has left, and what it has taken.

    Args:
        people: what they did.
        before: what was held before the undo.
        after: what is held after it.
        own: what the run that is undone had made, of what was held before.
        figures: where mistakes are counted.
    """
    of_the_run = {item for ids in own.own.values() for item in ids}
    for collection_id in sorted(of_the_run - people.enriched.keys()):
        if collection_id in after.by_id:
            figures.note("wrong", f"the undo has left {collection_id}")
    for collection_id in before.by_id.keys() - of_the_run - people.seeded.keys():
        if collection_id not in after.by_id:
            figures.note("touched", f"the undo removed {collection_id}, of another run")
    verdict.check_others(after, people.seeded | people.enriched, figures)
