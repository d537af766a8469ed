"""The address of a cluster, how a run is divided, and what becomes of its parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from importer.distributed import packing, versions
from importer.distributed.parts import (
    HELD_SECONDS,
    MOST_DEATHS,
    OUTAGE_SECONDS,
    Parts,
    Waits,
)
from importer.errors import (
    Interrupted,
    LocationHeldError,
    StorageError,
    UsageError,
)
from importer.models import Calls, Flight
from importer.runs.shards import Elsewhere, ShardResult
from importer.settings import clusters
from importer.settings.clusters import Place


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("local:4", Place(processes=4)),
        ("tls://sched.example:8786", Place(address="tls://sched.example:8786")),
        ("tcp://127.0.0.1:8786", Place(address="tcp://127.0.0.1:8786")),
        ("tcp://[::1]:8786", Place(address="tcp://[::1]:8786")),
        ("tcp://localhost:8786", Place(address="tcp://localhost:8786")),
        ("shared/scheduler.json", Place(file=Path("shared/scheduler.json"))),
    ],
)
def test_the_address_of_a_cluster(text: str, found: Place) -> None:
    """Processes of this machine, a scheduler, or a file that has its address."""
    assert clusters.place(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("local", "local:1 to local:64"),
        ("local:0", "local:1 to local:64"),
        ("local:65", "local:1 to local:64"),
        ("tcp://10.0.0.5:8786", "without TLS"),
        ("tcp://sched.example:8786", "without TLS"),
        # other names of this machine may come to mean another one
        ("tcp://0.0.0.0:8786", "without TLS"),
        ("tcp://127.0.0.1.example:8786", "without TLS"),
        ("ucx://10.0.0.5:8786", "tls://HOST:PORT"),
        ("tls://sched.example", "tls://HOST:PORT"),
        ("tls://:8786", "tls://HOST:PORT"),
        ("tls://host:99999", "tls://HOST:PORT"),
        ("sched.example:8786", "tls://HOST:PORT"),
    ],
)
def test_an_address_that_is_none_or_not_to_be_trusted(text: str, said: str) -> None:
    """The message says what to write instead."""
    with pytest.raises(ValueError, match=said):
        clusters.place(text)


def test_large_locations_are_alone_and_first() -> None:
    """No shard of several has more than 1,000 rows or 200 locations."""
    rows = {"large": 5_000, **{f"l{number:04}": 5 for number in range(1_000)}}
    groups = list(packing.packed(rows))
    assert groups[0] == (("large",), 5_000)
    assert sorted(text for group, _ in groups for text in group) == sorted(rows)
    assert all(size <= packing.MOST_ROWS for _, size in groups[1:])
    assert max(len(group) for group, _ in groups) == packing.MOST_LOCATIONS
    sizes = [size for _, size in groups]
    assert sizes == sorted(sizes, reverse=True)


def test_few_rows_are_divided_among_all_processes() -> None:
    """Each has something to do, and nothing to send is no shard."""
    rows = {f"l{number}": 3 for number in range(12)}
    assert len(list(packing.packed(rows, 3))) == 6
    assert list(packing.packed({}, 3)) == []


def result(**more: object) -> ShardResult:
    elsewhere = Elsewhere(**more)  # type: ignore[arg-type]
    return ShardResult(
        {}, Calls(), Flight(), None, {}, {}, frozenset(), elsewhere=elsewhere
    )


def begun(waits: Waits | None = None) -> tuple[Parts, str]:
    """Return the parts of a run of which one is under way, and its key."""
    parts = Parts(waits or Waits())
    parts.fill([(("a", "b", "c"), 9)])
    (part,) = parts.ready(0.0, 5)
    parts.flying["first"] = part
    return parts, "first"


def test_what_another_process_holds_is_due_again() -> None:
    """For these locations alone, as a part of its own, a moment later."""
    parts, key = begun()
    assert parts.ended(key, result(held=frozenset({"b"})), 10.0, 0.0) is not None
    assert parts.ready(10.0, 5) == []
    (again,) = parts.ready(10.0 + HELD_SECONDS, 5)
    assert again.locations == ("b",)
    assert (again.number, again.attempt) != (1, 0)


@pytest.mark.parametrize("waiting", [True, False])
def test_what_another_run_holds_is_waited_for_or_told(*, waiting: bool) -> None:
    """As `on_overlap` says."""
    parts, key = begun(Waits(for_others=waiting))
    held = {"c": LocationHeldError("held")}
    found = parts.ended(key, result(of_others=held), 10.0, 0.0)
    assert found is not None
    assert found.elsewhere is not None
    assert bool(found.elsewhere.of_others) is not waiting
    assert parts.left is waiting


@pytest.mark.parametrize("waiting", [True, False])
def test_a_day_that_is_over_is_waited_for_where_that_is_asked(*, waiting: bool) -> None:
    """Until it begins anew, which the server has said."""
    parts, key = begun(Waits(for_quota=waiting))
    parked = replace(result(), parked=frozenset({"a"}), resets={"a": 1_000.0})
    found = parts.ended(key, parked, 10.0, 400.0)
    assert found is not None
    assert bool(found.parked) is not waiting
    assert parts.ready(609.0, 5) == []
    # a moment late, and not all at once
    later = parts.ready(10_000.0, 5)
    assert [part.locations for part in later] == ([("a",)] if waiting else [])


def test_a_shard_whose_process_is_gone_is_given_to_others() -> None:
    """But for one that ends each process that has it."""
    parts, key = begun()
    for death in range(MOST_DEATHS):
        assert parts.stopped is None
        assert parts.ended(key, None, 1.0 * death, 0.0) is None
        for part in parts.ready(1.0 * death, 5):
            key = f"after {death}"
            parts.flying[key] = part
    assert isinstance(parts.stopped, StorageError)
    assert not parts.left


def test_a_silent_worker_gets_the_shard_no_more_and_its_answer_is_late() -> None:
    """What it may say later is not counted twice."""
    parts, key = begun()
    assert parts.lost([key, "unknown"], 5.0, "tls://frozen") == [key]
    assert parts.ended(key, result(), 6.0, 0.0) is None
    (again,) = parts.ready(6.0, 5)
    assert again.avoided == {"tls://frozen"}
    assert again.locations == ("a", "b", "c")


def test_an_outage_of_the_database_is_outlasted_for_a_while() -> None:
    """Then it ends the run, to be gone on with."""
    parts, key = begun()
    cut_off = replace(result(), stopped=StorageError("away"))
    now, tries = 0.0, 0
    while parts.left:
        found = parts.ended(key, cut_off, now, 0.0)
        assert found is not None
        assert found.stopped is None
        now, tries = now + 5.0, tries + 1
        for part in parts.ready(now, 5):
            key = f"after {now}"
            parts.flying[key] = part
    assert now > OUTAGE_SECONDS
    assert tries > 5
    assert isinstance(parts.stopped, StorageError)


def test_what_ended_one_shard_ends_the_run() -> None:
    """Nothing is handed out again."""
    parts, key = begun()
    stopped = replace(result(held=frozenset({"a"})), stopped=Interrupted("stop"))
    found = parts.ended(key, stopped, 1.0, 0.0)
    assert found is not None
    assert isinstance(parts.stopped, Interrupted)
    assert not parts.left


def test_processes_of_another_version_are_refused() -> None:
    """Before anything is sent; it says which, and where."""
    own = versions.own()
    versions.check(own, "tls://one")
    with pytest.raises(UsageError, match=r"journal is \d+ here, and 1 at tls://one"):
        versions.check(replace(own, journal=1), "tls://one")
    with pytest.raises(UsageError, match=r"the importer is .* and 9\.9 at"):
        versions.check(replace(own, importer="9.9"), "tls://one")
    mine: dict[str, str | None] = {
        versions.IMPORTER: "1",
        "dask": "2",
        "distributed": "2",
    }
    versions.check_packages(mine, dict(mine), "the scheduler")
    with pytest.raises(UsageError, match="distributed is 2 here, and 3 at the sched"):
        versions.check_packages(mine, mine | {"distributed": "3"}, "the scheduler")
    without = mine | {versions.IMPORTER: None}
    with pytest.raises(UsageError, match="not installed at the scheduler"):
        versions.check_packages(mine, without, "the scheduler")
