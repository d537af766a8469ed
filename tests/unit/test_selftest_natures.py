"""The judgement of a trial with a nature: every kind of lie is caught, no truth is.

Truths and reports are forged here, one mistake at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.cli import selftest_view
from importer.errors import UsageError
from importer.sandbox import options_from_argv
from importer.sandbox.natures import Nature
from importer.selftest import Options, afterwards, natures, processes, scene
from importer.selftest.people import People
from importer.selftest.scene import Kind, Line, Scene
from importer.selftest.verdict import Figures, Rules, compare, held

if TYPE_CHECKING:
    from pathlib import Path

PLACE = "Loc"
NEXT_CALL = 50
SCENE = Scene(
    (
        Line((PLACE, "a--1"), Kind.VALID, ()),
        Line((PLACE, "b"), Kind.VALID, ()),
        Line((PLACE, "long"), Kind.REFUSED, ()),
        Line((PLACE, "b"), Kind.DUPLICATE, ()),
    ),
    (),
    (),
)
USUAL = Rules()
OPEN = Rules(may_stay_unknown=True)


def own(sent: str, collection_id: str, *, call: int = 3, **now: Any) -> dict[str, Any]:
    """A collection that the program made, with what became of it."""
    fields = {"_id": collection_id, "slug": sent, "name": sent, "sent_slug": sent}
    return {**fields, "created_by_call": call, **now}


def others(slug: str, collection_id: str) -> dict[str, Any]:
    """A collection that a person made."""
    fields = {"_id": collection_id, "slug": slug, "name": slug, "sent_slug": None}
    return {**fields, "created_by_call": None}


def truth(
    *there: dict[str, Any], gone: tuple[dict[str, Any], ...] = ()
) -> dict[str, Any]:
    """What the sandbox would tell; `gone` was removed by a person."""
    removed = [{**one, "removed_by_call": None} for one in gone]
    return {"locations": {PLACE: {"collections": list(there), "removed": removed}}}


def told(
    slug: str, status: str, collection_id: str = "", **more: str
) -> dict[str, str]:
    """A line of a report."""
    line = {"location_id": PLACE, "slug": slug, "status": status}
    line |= {"collection_id": collection_id, "code": "", "message": ""}
    return {**line, "http_status": "", **more}


def report(*lines: dict[str, str], **places: dict[str, str]) -> list[dict[str, str]]:
    """A good report, with these lines in place of its first ones, or by number."""
    good = [
        told("a-1", "created", "1"),
        told("b", "created", "2"),
        told("long", "rejected"),
        told("b", "duplicate"),
    ]
    good[: len(lines)] = lines
    for number, line in places.items():
        good[int(number.removeprefix("n"))] = line
    return [{"row": str(row), **line} for row, line in enumerate(good, 2)]


A, B = own("a--1", "1", slug="a-1"), own("b", "2")


def counted(figures: Figures) -> dict[str, int]:
    """The figures that are not zero."""
    counts = {name: getattr(figures, name) for name in selftest_view.MUST_BE_ZERO}
    return {name: count for name, count in counts.items() if count}


def judge(
    lines: list[dict[str, str]] | None = None,
    there: dict[str, Any] | None = None,
    rules: Rules = USUAL,
) -> dict[str, int]:
    """What a comparison of the run comes to."""
    lines, there = lines or report(), there or truth(A, B)
    return counted(compare(SCENE, lines, held(there), {}, rules))


# the run


def test_a_rewritten_slug_is_matched_by_what_was_sent_and_told_as_it_is() -> None:
    """The report shows what is there; the slug that was sent is a lie then."""
    assert judge() == {}
    assert judge(report(told("a--1", "created", "1"))) == {"wrong": 1}


def test_a_second_copy_under_another_rewritten_slug_is_a_duplicate() -> None:
    """Two suffixes do not make two collections of one row."""
    twin = own("a--1", "9", slug="a-1-x7k2")
    assert judge(there=truth(A, B, twin)) == {"duplicates": 1, "wrong": 1}


def test_lines_in_each_others_places_are_wrong() -> None:
    """Lines are matched by row, and each must be of its row."""
    lines = report()
    lines[0], lines[1] = lines[1], lines[0]
    assert judge(lines) == {"wrong": 2}


@pytest.mark.parametrize("status", ["unknown", "not_attempted"])
def test_an_open_row_is_true_only_where_it_is_allowed(status: str) -> None:
    """And then it is not missing; an unknown one may be there as well."""
    lines = report(told("a--1", status))
    assert judge(lines, truth(B), OPEN) == {}
    assert judge(lines, truth(B)) == {"missing": 1, "wrong": 1}
    sent_after_all = {} if status == "unknown" else {"wrong": 1}
    assert judge(lines, rules=OPEN) == sent_after_all


def test_a_row_that_is_said_to_be_done_is_missing_also_where_rows_stay_open() -> None:
    """Only the rows that the report calls open are excused."""
    assert judge(there=truth(B), rules=OPEN) == {"missing": 1, "wrong": 1}


def test_answers_that_were_believed_to_be_of_the_wrong_row_are_lies() -> None:
    """Each row has the other's id."""
    mixed = report(told("a-1", "created", "2"), told("b", "created", "1"))
    assert judge(mixed, rules=OPEN) == {"wrong": 2}


def test_a_conflict_is_true_where_another_holds_the_slug() -> None:
    """And only as a 409, of a server that answers so."""
    conflict = report(told("a--1", "rejected", http_status="409"))
    there = truth(others("a--1", "7"), B)
    assert judge(conflict, there, Rules(conflicts=True)) == {}
    assert judge(conflict, there) == {"wrong": 1}
    refused = report(told("a--1", "rejected", http_status="422"))
    assert judge(refused, there, Rules(conflicts=True)) == {"wrong": 1}
    assert judge(conflict, truth(A, B), Rules(conflicts=True)) == {"wrong": 1}


def test_a_line_without_an_id_is_true_only_where_ids_are_hidden() -> None:
    """And only if the collection is there."""
    lines = report(told("a--1", "created"))
    assert judge(lines, rules=Rules(hides_ids=True)) == {}
    assert judge(lines) == {"wrong": 1}
    gone = judge(lines, truth(B), Rules(hides_ids=True))
    assert gone == {"missing": 1, "wrong": 1}


@pytest.mark.parametrize("code", ["missing_at_server", "created_twice"])
def test_what_an_audit_says_must_be_so(code: str) -> None:
    """Nothing is missing or twice that is there once."""
    assert judge(report(told("a-1", "created", "1", code=code))) == {"wrong": 1}


def test_what_was_made_by_hand_after_a_refusal_is_never_the_runs() -> None:
    """Rejected, or existing with the person's id; never created, never made."""
    there = truth(A, B, others("long", "7"))
    assert judge(there=there) == {}
    assert judge(report(n2=told("long", "existing", "7")), there) == {}
    assert judge(report(n2=told("long", "created", "7")), there) == {"wrong": 1}
    made = judge(there=truth(A, B, own("long", "7")))
    assert made == {"duplicates": 1, "wrong": 1}


# the next run, an audit, an undo


def next_run(
    lines: list[dict[str, str]],
    before: dict[str, Any],
    after: dict[str, Any],
    rules: Rules = USUAL,
) -> dict[str, int]:
    """What a next run comes to."""
    figures = Figures()
    afterwards.next_run(SCENE, lines, held(before), held(after), rules, figures)
    return counted(figures)


EXISTING = report(told("a-1", "existing", "1"), told("b", "existing", "2"))


def test_a_next_run_that_finds_everything_is_good() -> None:
    """Nothing is new, and every line names what is there."""
    assert next_run(EXISTING, truth(A, B), truth(A, B)) == {}


def test_a_next_run_that_creates_again_is_caught() -> None:
    """Whatever its report says, and whatever slug the server made of it."""
    again = own("a--1", "8", call=60, slug="a-1-zzzz")
    lines = report(told("a-1-zzzz", "created", "8"), EXISTING[1])
    assert next_run(lines, truth(A, B), truth(A, B, again)) == {"duplicates": 1}
    rival = others("a--1", "7")
    lines = report(told("a-1-zzzz", "created", "8"), EXISTING[1])
    beside = next_run(lines, truth(rival, B), truth(rival, B, again))
    assert beside == {"duplicates": 1}


def test_a_next_run_may_create_what_was_left_open_or_removed() -> None:
    """Nothing stood for the row."""
    again = own("a--1", "8", call=60, slug="a-1")
    lines = report(told("a-1", "created", "8"), EXISTING[1])
    assert next_run(lines, truth(B), truth(B, again)) == {}


def test_a_next_run_says_why_it_takes_for_existing_what_no_list_shows() -> None:
    """An id that a person has removed, without a word, is a lie."""
    there = truth(B, gone=(A,))
    line = told("a--1", "existing", "1")
    assert next_run(report(line, EXISTING[1]), there, there) == {"wrong": 1}
    line = told("a--1", "existing", "1", message="trial-1 made it a minute ago")
    assert next_run(report(line, EXISTING[1]), there, there) == {}


def audit(lines: list[dict[str, str]], there: dict[str, Any]) -> dict[str, int]:
    """What a report comes to after an audit."""
    figures = Figures()
    afterwards.audit(SCENE, lines, held(there, NEXT_CALL), USUAL, figures)
    return counted(figures)


def test_what_a_person_removed_is_created_until_an_audit_has_looked() -> None:
    """The run's own report is true; after the audit the line must say so."""
    there = truth(B, gone=(A,))
    assert judge(report(told("a--1", "created", "1")), there) == {}
    assert audit(report(told("a--1", "created", "1")), there) == {"wrong": 1}
    missing = told("a--1", "created", "1", code="missing_at_server")
    assert audit(report(missing), there) == {}


def test_a_refused_row_is_true_where_a_person_removed_what_it_had_created() -> None:
    """Nobody could have seen it; without that the row is missing, and a lie."""
    refused = report(told("a--1", "rejected", http_status="422"))
    assert judge(refused, truth(B, gone=(A,))) == {}
    assert judge(refused, truth(A, B, gone=(A,))) == {"wrong": 1}
    assert judge(refused, truth(B)) == {"missing": 1, "wrong": 1}


def test_an_audit_is_judged_by_what_its_own_run_has_made() -> None:
    """What a later run made in its place is not this run's."""
    later = own("a--1", "8", call=NEXT_CALL + 1, slug="a-1")
    there = truth(B, later, gone=(A,))
    missing = told("a--1", "created", "1", code="missing_at_server")
    assert audit(report(missing), there) == {}
    assert audit(report(told("a-1", "created", "8")), there) == {"wrong": 1}


def undo(
    people: People, before: dict[str, Any], after: dict[str, Any]
) -> dict[str, int]:
    """What an undo of the run comes to."""
    figures = Figures()
    of_the_run = held(before, NEXT_CALL)
    afterwards.undo(people, held(before), held(after), of_the_run, figures)
    return counted(figures)


def test_an_undo_takes_what_the_run_made_and_nothing_else() -> None:
    """What it left, and what it took of others and of other runs, is counted."""
    later = own("c", "8", call=NEXT_CALL + 1)
    rival = others("long", "7")
    people = People(seeded={"7": {"slug": "long"}})
    before = truth(A, B, later, rival)
    assert undo(people, before, truth(later, rival)) == {}
    assert undo(people, before, truth(B, later, rival)) == {"wrong": 1}
    assert undo(people, before, truth(rival)) == {"touched": 1}
    assert undo(people, before, truth(later)) == {"touched": 1}


def test_an_undo_keeps_what_a_person_added_something_to() -> None:
    """As it is, with what was added."""
    image = {"image": "https://people.example/1.png"}
    people = People(enriched={"1": image})
    before = truth({**A, **image}, B)
    assert undo(people, before, truth({**A, **image})) == {}
    assert undo(people, before, truth(A)) == {"touched": 1}
    assert undo(people, before, truth()) == {"touched": 1}


# what a trial with a nature is made of


def test_all_natures_are_those_of_the_sandbox_and_of_people() -> None:
    """`all` runs each once; only two may leave rows open."""
    profiles = natures.chosen(("all", "short-list"))
    assert [one.name for one in profiles] == list(natures.NAMES)
    assert len(profiles) == len(Nature) + 3
    open_ends = {one.name for one in profiles if one.rules.may_stay_unknown}
    assert open_ends == {"ignores-offset", "mixed-answers"}
    with pytest.raises(UsageError, match="no nature 'kind'"):
        natures.chosen(("kind",))


@pytest.mark.parametrize("name", natures.NAMES)
def test_the_sandbox_of_each_nature_takes_its_flags(name: str, tmp_path: Path) -> None:
    """A server's nature is passed on; faults are few, and lists meet none."""
    script = tmp_path / "faults.json"
    script.write_text("[]")
    profile = natures.find(name)
    chosen = Options.of((name,), rows=None)
    taken = options_from_argv(processes.sandbox_of(profile, chosen, 4, str(script)))
    assert taken.natures == ({name} if name in list(Nature) else set())
    assert taken.fault_calls == "writes"
    assert sum(taken.faults.values()) < 0.2


def test_a_trial_with_a_nature_is_smaller_unless_more_is_asked_for() -> None:
    """And without one it is what it always was."""
    assert Options.of((), rows=None, kills=None, freezes=None) == Options()
    small = Options.of(("deleted",), rows=None, kills=7, freezes=None)
    assert (small.rows, small.kills, small.freezes) == (120, 7, 0)


def test_rows_that_are_refused_are_so_by_the_server_alone() -> None:
    """Their names are too long, in every location; no other row's is."""
    made = scene.build(120, 1, natures.find("handmade").style)
    refused = [row for row in made.lines if row.kind is Kind.REFUSED]
    assert len(refused) >= 9
    assert {row.key[0] for row in refused} == set(scene.LOCATIONS)
    for row in made.lines:
        too_long = len(row.cells[1]) > natures.LONGEST_NAME
        assert too_long == (row.kind is Kind.REFUSED)
    assert not {row.key for row in refused} & made.keys


def test_slugs_and_names_of_a_rewriting_server_give_it_something_to_rewrite() -> None:
    """And stay apart when they are rewritten."""
    slugs = scene.build(120, 1, natures.find("rewrites-slug").style).keys
    assert any("--" in slug for _, slug in slugs)
    plain = {
        (place, slug.replace("---", "-").replace("--", "-")) for place, slug in slugs
    }
    assert len(plain) == len(slugs)
    names = scene.build(120, 1, natures.find("rewrites-name").style).lines
    assert any(len(row.cells[1]) > 40 for row in names)
    assert any("&" in row.cells[1] for row in names)
