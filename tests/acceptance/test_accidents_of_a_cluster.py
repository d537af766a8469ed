"""Accidents of a run by several processes, as the selftest makes them happen.

`make fleet` runs it: it takes minutes, and needs the processors for itself.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import postgres_server
import pytest

from importer.sandbox import Fault

if TYPE_CHECKING:
    from conftest import Importer

SEEDS = 3
LONGEST_SECONDS = 1500
#: What each trial has to show. A call over the limit was seen once, and is open
#: (docs/exactly-once.md): it fails here, too.
NOTHING = ("duplicates", "missing", "wrong", "touched", "over")


@pytest.mark.fleet
@pytest.mark.slow
def test_a_run_by_several_processes_outlives_the_end_of_each(
    importer: Importer,
) -> None:
    """Workers, scheduler, driver, database: nothing twice, nothing missing, no lie.

    The control, whose workers heed no lease, finds collections that are there twice.
    """
    if reason := postgres_server.missing():
        pytest.skip(reason)

    ended = subprocess.run(  # noqa: S603 - our own command
        importer.command("selftest", "--fleet", "--seeds", SEEDS, "--json"),
        cwd=importer.folder,
        env=importer.environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )

    *trials, control = json.loads(ended.stdout)["trials"]
    assert len(trials) == SEEDS
    for trial in trials:
        assert [trial[name] for name in NOTHING] == [0] * len(NOTHING), trial
        assert trial["surprises"] == []
        assert trial["rows"] == 3000
        assert trial["faults"].keys() == {str(fault) for fault in Fault}
        happened = {"worker": 3, "freeze": 2, "scheduler": 1, "driver": 1}
        assert trial["accidents"] == happened | {"database": 1}
    assert control["control"]
    assert control["duplicates"] > 0
