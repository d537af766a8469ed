"""The verdict of a trial: the report against what the server truly holds.

Pure: the scene, the report's lines and the sandbox's truth go in, figures come out.
It shares no code with the importer's own audit, which is among what is tried here.
Invariant: a trial is good only if every figure that counts something wrong is zero,
nothing surprising happened; a blow that did not fall is a surprise.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from importer.selftest.scene import Key, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.selftest.scene import Line, Scene

#: How many examples of each kind of mistake are told.
EXAMPLES = 5


#: States that say that a row is not done; with a code that says why.
OPEN = ("unknown", "not_attempted")
#: What `http_status` says of a slug that is there.
CONFLICT = "409"
#: Codes of an audit that say something of the server.
MISSING, TWICE = "missing_at_server", "created_twice"


@dataclass(frozen=True, slots=True)
class Rules:
    """Which ends are true of a server, besides the usual ones.

    `may_stay_unknown`: rows may be left open, if the report says so. `conflicts`: a
    row may be refused for a slug that is there. `hides_ids`: some collections have
    no id that a reader could see.
    """

    may_stay_unknown: bool = False
    conflicts: bool = False
    hides_ids: bool = False


USUAL = Rules()


@dataclass(frozen=True, slots=True)
class Held:
    """What the server holds: ids that the program made, and those of others.

    `removed` are ids that the program made and a person has removed. Keys are those
    that were sent, whatever the server has made of them.
    """

    own: Mapping[Key, Sequence[str]]
    foreign: Mapping[Key, Sequence[str]]
    removed: Mapping[Key, Sequence[str]]
    by_id: Mapping[str, Mapping[str, Any]]

    def ids(self, key: Key) -> tuple[str, ...]:
        """Return all ids that stand for a key, own and foreign."""
        return (*self.own.get(key, ()), *self.foreign.get(key, ()))


@dataclass(slots=True)
class Figures:
    """What a comparison came to, with a few examples in words."""

    duplicates: int = 0
    missing: int = 0
    wrong: int = 0
    touched: int = 0
    over: int = 0
    examples: list[str] = field(default_factory=list)

    def note(self, figure: str, text: str) -> None:
        """Count one mistake."""
        count = getattr(self, figure) + 1
        setattr(self, figure, count)
        if count <= EXAMPLES:
            self.examples.append(f"{figure}: {text}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """All there is to say of one trial, in figures.

    `collections` is how many there must be in the end; `killed_while` counts kills
    by what the program was doing; `held_off` other programs that were refused while
    one was frozen. `exits` are the exit codes of a trial with a nature, by command.
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
    nature: str = ""
    exits: Mapping[str, int] = field(default_factory=dict)

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


def held(truth: Mapping[str, Any], before_call: float = inf) -> Held:
    """Sort what `/_sandbox/truth` says by who made it.

    What calls from `before_call` on have made is left out.
    """
    own: dict[Key, list[str]] = defaultdict(list)
    foreign: dict[Key, list[str]] = defaultdict(list)
    removed: dict[Key, list[str]] = defaultdict(list)
    by_id = {}
    for location_id, place in truth["locations"].items():
        for item in place["collections"]:
            call = item["created_by_call"]
            if call is not None and call >= before_call:
                continue
            by_id[item["_id"]] = item
            held_by = foreign if call is None else own
            held_by[sent_key(location_id, item)].append(item["_id"])
        for item in place.get("removed", ()):
            by_person = item["removed_by_call"] is None
            if by_person and item["created_by_call"] is not None:
                removed[sent_key(location_id, item)].append(item["_id"])
    return Held(own, foreign, removed, by_id)


def sent_key(location_id: str, sent: Mapping[str, Any]) -> Key:
    """Return which row a collection is of: by its slug as it was sent."""
    return location_id, sent.get("sent_slug") or sent["slug"]


def compare(
    scene: Scene,
    report: Sequence[Mapping[str, str]],
    there: Held,
    seeded: Mapping[str, Mapping[str, Any]],
    rules: Rules = USUAL,
) -> Figures:
    """Count what is wrong.

    Args:
        scene: what was asked for.
        report: the lines of `report.csv`, by column.
        there: what the sandbox holds when everything is over.
        seeded: what was put there as if by others, by id.
        rules: which ends are true.
    """
    figures = Figures()
    before = {(item["altId"], item["slug"]) for item in scene.before}
    _count_copies(scene, there, before, figures)
    _count_missing(scene, report, there, rules, figures)
    check_others(there, seeded, figures)
    check_lines(scene, report, there, rules, figures)
    return figures


def _count_copies(
    scene: Scene, there: Held, before: set[Key], figures: Figures
) -> None:
    """Count a key that is there twice; what others make does not count."""
    for key in scene.keys:
        own = len(there.own.get(key, ()))
        allowed = 0 if key in before else 1
        for _ in range(own - allowed):
            which = f"is there {own} times" if allowed else "was there before"
            figures.note("duplicates", f"{key} {which}")
    for key in there.own.keys() - scene.keys:
        figures.note("duplicates", f"{key} was never asked for")


def _count_missing(
    scene: Scene,
    report: Sequence[Mapping[str, str]],
    there: Held,
    rules: Rules,
    figures: Figures,
) -> None:
    """Count a key that is not there, unless a person removed it or it is open."""
    told = zip(scene.lines, report, strict=False)
    open_keys = {line.key for line, text in told if text["status"] in OPEN}
    for key in scene.keys:
        if there.ids(key) or there.removed.get(key):
            continue
        if not (rules.may_stay_unknown and key in open_keys):
            figures.note("missing", f"{key}")


def check_others(
    there: Held, seeded: Mapping[str, Mapping[str, Any]], figures: Figures
) -> None:
    """Check that what was there before, and what others made, is as it was."""
    for collection_id, fields in seeded.items():
        now = there.by_id.get(collection_id, {})
        if any(now.get(name) != value for name, value in fields.items()):
            figures.note("touched", f"{collection_id}: {fields} is now {now}")


def check_lines(
    scene: Scene,
    report: Sequence[Mapping[str, str]],
    there: Held,
    rules: Rules,
    figures: Figures,
    lie: Callable[[Line, Mapping[str, str], Held, Rules], bool] | None = None,
) -> None:
    """Check that every line of a report is of its row, and true.

    `lie` judges lines of another kind of run.
    """
    if len(report) != len(scene.lines):
        text = f"{len(report)} lines for {len(scene.lines)} rows"
        figures.note("wrong", text)
    for number, (line, told) in enumerate(zip(scene.lines, report, strict=False), 2):
        text = _misplaced(number, line, told, there)
        if not text and (lie or _lie)(line, told, there, rules):
            ended = f"{told['status']} {told['collection_id']} {told['code']}".strip()
            own = [*there.own.get(line.key, ())]
            text = f"reported as {ended}, the program made {own or 'none'}"
        if text:
            figures.note("wrong", f"row {told['row']} ({line.key[1]}): {text}")


def _misplaced(number: int, line: Line, told: Mapping[str, str], there: Held) -> str:
    """Say whose line it is, if not its row's; blank where it is.

    A collection's slug is the one that it has now.
    """
    now = there.by_id.get(told["collection_id"], {}).get("slug")
    slugs = {now} if now and told["status"] == "created" else {now, line.key[1]}
    if told["row"] != str(number) or told["location_id"] != line.key[0]:
        return f"the report has row {told['row']}, {told['location_id']} in its place"
    if told["slug"] not in slugs:
        return f"the report has the slug {told['slug']}, the server {now}"
    return ""


def _lie(line: Line, told: Mapping[str, str], there: Held, rules: Rules) -> bool:
    """Return whether a line says something of its row that is not so."""
    status = told["status"]
    match line.kind:
        case Kind.INVALID | Kind.DUPLICATE:
            return status != line.kind.value
        case Kind.REFUSED if status == "rejected":
            return bool(told["collection_id"] or there.own.get(line.key))
        case _:
            return not _true_of_one(line.key, told, there, rules)


def _true_of_one(key: Key, told: Mapping[str, str], there: Held, rules: Rules) -> bool:
    """Return whether a line of a row that was to be created is true."""
    own, foreign = there.own.get(key, ()), there.foreign.get(key, ())
    match told["status"]:
        case "created":
            return _true_of_created(told, own, there.removed.get(key, ()), rules)
        case "existing":
            return not own and is_one_of(told["collection_id"], foreign, rules)
        case "rejected":
            # what a 422 created, and a person removed before it was looked for
            unseen = not told["collection_id"] and key in there.removed
            conflict = rules.conflicts and told["http_status"] == CONFLICT
            return not own and (unseen or (conflict and bool(foreign)))
        case "unknown":
            return rules.may_stay_unknown
        case "not_attempted":
            return rules.may_stay_unknown and not own
        case _:
            return False


def _true_of_created(
    told: Mapping[str, str], own: Sequence[str], removed: Sequence[str], rules: Rules
) -> bool:
    """Return whether its id is the one made, and an audit's word of it is true."""
    collection_id, code = told["collection_id"], told["code"]
    if collection_id in removed:
        return True
    if code == MISSING or (code == TWICE and len(own) < 2):  # noqa: PLR2004 - twice
        return False
    return len(own) == 1 and is_one_of(collection_id, own, rules)


def is_one_of(collection_id: str, ids: Sequence[str], rules: Rules) -> bool:
    """Return whether an id is among these; where ids are hidden, if there are any."""
    if rules.hides_ids and not collection_id:
        return bool(ids)
    return collection_id in ids
