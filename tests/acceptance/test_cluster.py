"""A run by several processes: its command, and what ends it before it begins.

Real processes, a real PostgreSQL; the sandbox says what was created.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

LOCATIONS = [f"loc00000000000000{number:03}" for number in range(12)]
ROWS = 20


@pytest.fixture
def several(importer: Importer, sandbox: Callable[..., Sandbox]) -> Sandbox:
    """A file of rows in many locations, and the server for them."""
    rows = [
        row.replace("collection-", f"c{place[-3:]}-")
        for place in LOCATIONS
        for row in importer.rows(ROWS, place)
    ]
    importer.write("rows.csv", rows)
    return sandbox("--limit", "none", "--latency", "20ms")


def flags(server: Sandbox, cluster: str) -> tuple[str, ...]:
    """Name the server and the cluster, and do not settle for long."""
    fast = ("--rate", "none", "--settle-pauses", "0.1s,0.3s")
    return ("--base-url", server.url, *fast, "--cluster", cluster)


@pytest.mark.slow
def test_a_run_by_two_processes_sends_everything_once(
    importer: Importer, several: Sandbox, database: str
) -> None:
    """A canary goes first, and the log of the processes is beside that of the run."""
    importer.environment["IMPORTER_JOURNAL"] = database
    named = flags(several, "local:2")
    ended = importer("run", "rows.csv", "--canary", "2", *named)
    assert ended.code == 0, ended.err
    assert several.creates() == len(LOCATIONS) * ROWS
    assert {len(ids) for ids in several.held().values()} == {1}
    assert importer.summary()["counts"]["created"] == len(LOCATIONS) * ROWS
    log = (importer.run_folder() / "workers.log").read_text("utf-8")
    assert "shard.ended" in log
    assert len({line.partition('"holder": ')[2][:3] for line in log.splitlines()}) > 1


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        ("tcp://10.0.0.5:8786", "without TLS"),
        ("local:0", "local:1 to local:64"),
        ("local:2", "IMPORTER_JOURNAL"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_refused(
    importer: Importer, several: Sandbox, cluster: str, said: str
) -> None:
    """Before anything is sent, and it says what to write instead."""
    ended = importer("run", "rows.csv", *flags(several, cluster))
    assert ended.code == Exit.USAGE
    assert said in ended.err
    assert several.truth()["by_method"] == {}
