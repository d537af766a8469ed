"""The selftest's own judgement: a selftest that cannot fail would prove nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from importer.cli import selftest_view
from importer.errors import InputError
from importer.sandbox import Fault, options_from_argv
from importer.selftest import Options, lives, processes, run, scene, verdict
from importer.selftest.lives import Blow, Life, Strike, Tally
from importer.selftest.processes import environment, running
from importer.selftest.scene import Kind, Line, Scene
from importer.selftest.verdict import Figures, Rules, Verdict, compare

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from pathlib import Path

PLACE = "Loc"
OLD = {"altId": PLACE, "slug": "old", "name": "Old"}


def line(slug: str, kind: Kind = Kind.VALID) -> Line:
    """A row of the input."""
    return Line((PLACE, slug), kind, ())


SCENE = Scene(
    (
        line("a"),
        line("b"),
        line("old"),
        line("a", Kind.DUPLICATE),
        line("x", Kind.INVALID),
    ),
    (OLD,),
    (),
)


def told(slug: str, status: str, collection_id: str = "") -> dict[str, str]:
    """A line of the report."""
    return {
        "row": "2",
        "location_id": PLACE,
        "slug": slug,
        "status": status,
        "collection_id": collection_id,
        "code": "",
    }


def held(slug: str, collection_id: str, *, own: bool = True) -> dict[str, Any]:
    """A collection in the sandbox's truth."""
    name = "Old" if slug == "old" else slug
    return {
        "_id": collection_id,
        "altId": PLACE,
        "slug": slug,
        "name": name,
        "created_by_call": 3 if own else None,
    }


GOOD_REPORT = [
    told("a", "created", "1"),
    told("b", "created", "2"),
    told("old", "existing", "9"),
    told("a", "duplicate"),
    told("x", "invalid"),
]
GOOD_TRUTH = [held("a", "1"), held("b", "2"), held("old", "9", own=False)]


def judge(
    report: list[dict[str, str]] = GOOD_REPORT,
    there: list[dict[str, Any]] = GOOD_TRUTH,
    rules: Rules = verdict.USUAL,
) -> dict[str, int]:
    """The figures of a comparison that are not zero."""
    truth = {"locations": {PLACE: {"collections": there}}}
    rows = [line | {"row": str(row)} for row, line in enumerate(report, 2)]
    figures = compare(SCENE, rows, verdict.held(truth), {"9": OLD}, rules)
    counts = {name: getattr(figures, name) for name in selftest_view.MUST_BE_ZERO}
    assert len(figures.examples) == sum(counts.values())
    return {name: count for name, count in counts.items() if count}


def test_a_true_report_of_collections_that_are_there_once_is_good() -> None:
    """Nothing is counted where nothing is wrong."""
    assert judge() == {}


def test_a_second_copy_is_a_duplicate_and_the_report_not_true() -> None:
    """The report names one id where there are two."""
    there = [*GOOD_TRUTH, held("a", "5")]
    assert judge(there=there) == {"duplicates": 1, "wrong": 1}


def test_a_copy_of_what_was_there_before_is_a_duplicate() -> None:
    """A row that existed must not be created."""
    there = [*GOOD_TRUTH, held("old", "5")]
    assert judge(there=there) == {"duplicates": 1, "wrong": 1}


def test_a_collection_that_nobody_asked_for_is_a_duplicate() -> None:
    """An invalid row must not be sent."""
    assert judge(there=[*GOOD_TRUTH, held("x", "5")]) == {"duplicates": 1}


def test_a_row_without_a_collection_is_missing_and_its_line_not_true() -> None:
    """Reported as created, but not there."""
    assert judge(there=GOOD_TRUTH[1:]) == {"missing": 1, "wrong": 1}


def test_what_others_made_meanwhile_is_no_duplicate() -> None:
    """A rival's collection with the same slug stands beside the row's own."""
    assert judge(there=[*GOOD_TRUTH, held("a", "7", own=False)]) == {}


def test_a_row_that_a_rival_made_instead_is_neither_missing_nor_wrong() -> None:
    """If the report says so, with the rival's id."""
    there = [held("a", "7", own=False), *GOOD_TRUTH[1:]]
    report = [told("a", "existing", "7"), *GOOD_REPORT[1:]]
    assert judge(report, there) == {}


@pytest.mark.parametrize(
    ("number", "lie"),
    [
        (0, told("a", "created", "2")),  # another's id
        (0, told("a", "created")),  # no id
        (0, told("a", "existing", "1")),  # the run has made it
        (0, told("a", "rejected")),
        (0, told("a", "unknown")),
        (0, told("b", "created", "1")),  # another row's line
        (2, told("old", "created", "9")),  # it was there
        (2, told("old", "existing", "8")),
        (3, told("a", "created", "1")),  # the earlier row has made it
        (4, told("x", "created", "1")),
        (4, told("x", "not_attempted")),
    ],
)
def test_a_line_that_is_not_true_is_wrong(number: int, lie: dict[str, str]) -> None:
    """Status and id must both be so."""
    report = [*GOOD_REPORT]
    report[number] = lie
    assert judge(report) == {"wrong": 1}


def test_a_report_that_lacks_a_line_is_wrong() -> None:
    """As many lines as rows."""
    assert judge(GOOD_REPORT[:4]) == {"wrong": 1}


def test_what_was_there_before_must_be_as_it_was() -> None:
    """Removed, or changed."""
    changed = held("old", "9", own=False) | {"name": "New"}
    assert judge(there=[*GOOD_TRUTH[:2], changed]) == {"touched": 1}
    gone = judge(there=GOOD_TRUTH[:2])
    assert gone == {"missing": 1, "touched": 1, "wrong": 1}


# what a trial is made of


@pytest.mark.parametrize("kills", [0, 1, 3, 20, 77])
@pytest.mark.parametrize("freezes", [0, 2])
def test_a_plan_has_as_many_blows_as_were_asked_for(kills: int, freezes: int) -> None:
    """In the order in which they fall, the same for the same seed."""
    plan = lives.plan(kills, freezes, 7)
    blows = Counter(strike.blow for strike in plan)
    assert blows[Blow.KILL] == kills
    assert blows[Blow.FREEZE] == freezes
    assert list(plan) == sorted(plan, key=lambda strike: strike.progress)
    assert plan == lives.plan(kills, freezes, 7)
    assert not kills or plan != lives.plan(kills, freezes, 8)


def test_kills_are_spread_from_the_start_to_the_audit() -> None:
    """Some before anything is there, some when everything is, the rest between."""
    plan = lives.plan(20, 0, 1)
    progress = [strike.progress for strike in plan]
    assert progress.count(0.0) == 2
    assert progress.count(lives.END) == 4
    between = [share for share in progress if 0 < share < lives.END]
    assert between == sorted(set(between))
    assert between[0] < 0.1
    assert between[-1] > 0.8


def test_a_scene_holds_every_kind_of_row_and_every_fault() -> None:
    """A thousand rows: wrong ones, repeated ones, existing ones, rivals, all faults."""
    made = scene.build(1000, 3)
    kinds = Counter(row.kind for row in made.lines)
    assert sum(kinds.values()) == 1000
    assert min(kinds[Kind.INVALID], kinds[Kind.DUPLICATE]) > 10
    assert len(made.keys) == kinds[Kind.VALID]
    assert made.to_create == kinds[Kind.VALID] - kinds[Kind.VALID] // scene.EXISTING
    faults = Counter(made.scripts.values())
    assert set(faults) == {str(fault) for fault in Fault}
    assert min(faults.values()) >= 15
    rivals = {(one["altId"], one["slug"]) for _, one in made.others} & made.keys
    assert len(rivals) > 10
    names = [row.cells[1] for row in made.lines if row.kind is Kind.VALID]
    assert len(set(names)) == len(names)
    assert scene.build(1000, 3) == made


def test_the_smallest_scene_is_a_scene() -> None:
    """One row is enough."""
    assert len(scene.build(1, 1).keys) == 1


def test_the_last_look_comes_after_the_latest_commit_and_the_longest_lag() -> None:
    """Otherwise a trial would ask for what no client can do."""
    latest = scene.SLOW_COMMIT_SECONDS + scene.LIST_LAG_SECONDS
    assert sum(scene.SETTLE_PAUSES) > latest
    assert scene.SLOW_COMMIT_SECONDS > scene.TIMEOUT_SECONDS
    assert scene.FREEZE_SECONDS > scene.TIMEOUT_SECONDS


def test_the_sandbox_takes_its_flags(tmp_path: Path) -> None:
    """Every fault at a rate, and the limit that makes the sending last."""
    script = tmp_path / "faults.json"
    script.write_text("[]")
    taken = options_from_argv(
        processes.sandbox_command(Options(rows=1000), 4, str(script))
    )
    assert taken.faults.keys() == set(Fault)
    assert taken.fault_calls == "all"
    assert taken.seed == 4
    assert taken.limit is not None
    assert taken.limit.calls == Options(rows=1000).calls_a_second < 100


def test_children_get_nothing_of_the_users_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No token, no address, no folder of the user's."""
    monkeypatch.setenv("HIGHLEVEL_TOKEN", "pit-real")
    monkeypatch.setenv("HIGHLEVEL_LOCATION_ID", "real")
    monkeypatch.setenv("IMPORTER_BASE_URL", "https://elsewhere.example")
    given = environment()
    assert given["HIGHLEVEL_TOKEN"] != "pit-real"  # noqa: S105 - made up
    assert not [name for name in given if name.startswith("IMPORTER_")]
    assert "HIGHLEVEL_LOCATION_ID" not in given


def test_the_children_load_nothing_from_the_folder_of_the_trial(tmp_path: Path) -> None:
    """A file of `--keep FOLDER` that has a module's name is not run."""
    for name in ("importer.py", "csv.py"):
        (tmp_path / name).write_text("raise SystemExit(1)\n", "utf-8")

    async def version() -> tuple[str, int]:
        async with running("importer", ["--version"], tmp_path) as process:
            out, _ = await process.communicate()
            return out.decode(), process.returncode or 0

    out, code = asyncio.run(version())

    assert code == 0
    assert out.startswith("importer, version ")


# when a blow falls


def life(**calls: int) -> Life:
    """A life in which these calls were made."""
    made = Life(cast("Process", None), {"GET": 5, "POST": 5}, 0.0)
    seen = {"GET": 5 + calls.get("GET", 0), "POST": 5 + calls.get("POST", 0)}
    made.notice(seen, 0.5)
    return made


def test_a_blow_falls_when_enough_is_there_and_its_pause_is_over() -> None:
    """Not before the share is reached, and not before the pause has passed."""
    one = life(POST=1)
    assert not one.is_due(Strike(0.6, 0.0), 10.0, finished=False)
    assert not one.is_due(Strike(0.5, 2.0), 10.0, finished=False)
    assert not one.is_due(Strike(0.5, 2.0), 11.9, finished=False)
    assert one.is_due(Strike(0.5, 2.0), 12.0, finished=False)


def test_a_freeze_waits_until_the_program_holds_its_locations() -> None:
    """Before its first call another program would be right to go on."""
    freeze = Strike(0.1, 0.0, Blow.FREEZE)
    assert not life().is_due(freeze, 10.0, finished=False)
    assert life(GET=1).is_due(freeze, 10.0, finished=False)


def test_a_blow_of_a_finished_run_falls_soon() -> None:
    """Whatever it waits for will not come any more."""
    one = life()
    assert not one.is_due(Strike(0.97, 3.0), 10.0, finished=True)
    assert one.is_due(Strike(0.97, 3.0), 10.4, finished=True)


def test_what_the_program_does_is_told_by_its_calls() -> None:
    """For the figures only."""
    assert life().phase == "starting"
    assert life(GET=1).phase == "listing"
    assert life(GET=1, POST=1).phase == "sending"
    late = life(GET=1)
    late.progress = 1.0
    assert late.phase == "finishing"


# what is told


VERDICT = Verdict(
    seed=7,
    rows=1000,
    collections=950,
    calls=1234,
    faults={"refused": 12, "null_body": 0},
    killed_while={"sending": 18, "starting": 2},
    freezes=2,
    held_off=2,
    resumes=20,
    figures=Figures(),
    surprises=(),
    seconds=61.4,
)


def test_a_good_verdict_is_told_in_figures() -> None:
    """All of them, and that all is well."""
    text = selftest_view.table(VERDICT)
    for words in (
        "seed 7",
        "1,000  rows, for 950 collections",
        "20  kills, while sending 18, starting 2",
        "refused 12",
        "0  duplicates",
    ):
        assert words in text
    assert "null_body" not in text
    assert selftest_view.last_words([VERDICT], None).startswith("All is well")
    assert "2,000 rows and 40 kills" in selftest_view.last_words(
        [VERDICT, VERDICT], None
    )


def test_a_bad_verdict_says_what_is_wrong_and_how_to_repeat_it(tmp_path: Path) -> None:
    """The seed, the folder, and examples."""
    figures = Figures(duplicates=1, examples=["duplicates: a is there 2 times"])
    bad = replace(VERDICT, figures=figures, surprises=("it hung",))
    assert not bad.good
    assert "a is there 2 times" in selftest_view.table(bad)
    assert "it hung" in selftest_view.table(bad)
    words = selftest_view.last_words([VERDICT, bad], tmp_path)
    assert "NOT GOOD with seed 7" in words
    assert "--seed 7" in words
    assert str(tmp_path) in words
    document = selftest_view.document([VERDICT, bad], tmp_path)
    assert (document["good"], document["exit_code"]) == (False, 1)
    assert [trial["good"] for trial in document["trials"]] == [True, False]
    assert document["trials"][1]["duplicates"] == 1


@pytest.mark.parametrize("figure", selftest_view.MUST_BE_ZERO)
def test_each_figure_that_must_be_zero_makes_a_verdict_bad(figure: str) -> None:
    """One is enough."""
    assert VERDICT.good
    figures = Figures()
    figures.note(figure, "an example")
    assert not replace(VERDICT, figures=figures).good


def test_blows_that_did_not_fall_are_a_surprise() -> None:
    """A trial that killed less than it was asked to proves less than it says."""
    truth = {"calls": 5, "faults": {}}
    chosen = Options(rows=5, kills=2, freezes=1)
    tally = Tally(Counter(sending=1), freezes=0)
    judged = tally.verdict(chosen, 1, SCENE, truth, Figures(), 1.0)
    assert len(judged.surprises) == 2
    assert not judged.good


def test_a_folder_that_holds_such_a_trial_already_is_refused(tmp_path: Path) -> None:
    """It would be judged by what an earlier one wrote."""
    (tmp_path / "seed-1").mkdir()
    chosen = Options(rows=5, keep=tmp_path)
    with pytest.raises(InputError, match="cannot be made"):
        asyncio.run(run(chosen, print, print))
