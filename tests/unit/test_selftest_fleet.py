"""The selftest of a cluster: its plan, its scene, and a judgement that can fail."""

from __future__ import annotations

import importlib.util
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from importer.cli import selftest_view
from importer.errors import UsageError
from importer.selftest import fleet
from importer.selftest.fleet import accidents, database, leases, scenery, verdicts
from importer.selftest.fleet.accidents import Kind
from importer.selftest.verdict import Figures

GOOD = verdicts.FleetVerdict(
    seed=7,
    fence=True,
    rows=3000,
    collections=2872,
    locations=40,
    calls=3600,
    faults={"refused": 3},
    accidents={"worker": 3, "freeze": 2},
    starts={"worker-0": 2},
    ends=(3,),
    figures=Figures(),
    seconds=70.0,
)
CONTROL = replace(GOOD, fence=False, figures=Figures(duplicates=4))


@pytest.mark.parametrize("seed", range(1, 11))
def test_every_trial_has_all_accidents_while_there_is_work(seed: int) -> None:
    """3 workers, 2 freezes, one each of the others; the same seed gives the same."""
    planned = accidents.plan(accidents.USUAL, seed)
    assert Counter(accident.kind for accident in planned) == {
        Kind.WORKER: 3,
        Kind.FREEZE: 2,
        Kind.SCHEDULER: 1,
        Kind.DRIVER: 1,
        Kind.DATABASE: 1,
    }
    shares = [accident.progress for accident in planned]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= accidents.LAST
    assert planned == accidents.plan(accidents.USUAL, seed)
    assert planned != accidents.plan(accidents.USUAL, seed + 1)


def test_a_freeze_lasts_twice_as_long_as_a_lease() -> None:
    """Else the worker would hold what it holds, and nothing would be tried."""
    assert leases.FREEZE_SECONDS == 2 * leases.LEASE_SECONDS


def test_locations_are_of_very_unequal_size() -> None:
    """The largest has many times the rows of the smallest; names are unique."""
    built = scenery.build(3000, 1)
    sizes = Counter(line.key[0] for line in built.lines)
    assert len(sizes) == scenery.LOCATIONS
    assert max(sizes.values()) > 10 * min(sizes.values())
    assert len({line.cells[1] for line in built.lines}) == 3000
    assert built == scenery.build(3000, 1)


@pytest.mark.parametrize("figure", verdicts.COUNTED)
def test_whatever_is_wrong_is_not_good(figure: str) -> None:
    """Each figure alone is enough."""
    figures = Figures()
    setattr(figures, figure, 1)
    assert GOOD.good
    assert not replace(GOOD, figures=figures).good
    assert not replace(GOOD, surprises=("it hung",)).good


def test_a_control_that_finds_nothing_is_not_good() -> None:
    """A trial that cannot find anything proves nothing."""
    assert CONTROL.good
    assert not replace(CONTROL, figures=Figures()).good
    bad = [GOOD, replace(CONTROL, figures=Figures())]
    assert "it proves nothing" in selftest_view.fleet_words(bad, None)


def test_more_calls_in_a_window_than_the_limit_are_counted() -> None:
    """Each location once."""
    figures = Figures()
    most = {"a": 25, "b": 26, "c": 3}
    truth = {"locations": {name: {"max_in_window": n} for name, n in most.items()}}
    verdicts.check_limit(truth, 25, figures)
    assert figures.over == 1
    assert figures.examples == ["over: b: 26 calls where 25 are allowed"]


def test_table_and_object_say_the_same() -> None:
    """And how a trial that is not good can be repeated."""
    bad = replace(GOOD, figures=Figures(missing=2, examples=["missing: x"]))
    text = selftest_view.fleet_table(bad)
    assert "Selftest of a cluster, seed 7" in text
    assert "2  missing: rows without a collection" in text
    assert "accidents: freeze 2, worker 3" in text
    document: dict[str, Any] = selftest_view.fleet_document([bad, CONTROL], None)
    trial, control = document["trials"]
    assert (document["good"], trial["missing"], trial["control"]) == (False, 2, False)
    assert (control["duplicates"], control["good"]) == (4, True)
    assert "--fleet --seeds 1 --seed 7" in selftest_view.fleet_words([bad], None)
    assert "All is well" in selftest_view.fleet_words([GOOD, CONTROL], None)


def test_without_a_postgresql_it_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is started."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    with pytest.raises(UsageError) as refused:
        database.programs()
    assert "--journal" in str(refused.value.remedy)


def test_options_leave_out_what_is_none() -> None:
    """Flags of another selftest, too."""
    chosen = fleet.FleetOptions.of(seeds=3, journal=None, rows=None, kills=None)
    assert chosen == fleet.FleetOptions(seeds=3)
