"""A run by several processes: its command, and what ends it before it begins.

Real processes, a real PostgreSQL; the sandbox says what was created.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

LOCATIONS = [f"loc00000000000000{number:03}" for number in range(12)]
ROWS = 20
#: So long nothing is heard of a process until it is told as silent.
SILENT_SECONDS = 10
LEASE_SECONDS = 4
#: For every process that begins in such an environment.
SHORT_LEASES = f"""
from importer.journal.postgres import lives
lives.TTL_SECONDS = {LEASE_SECONDS}.0
"""


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


@pytest.fixture
def slow(several: Sandbox, sandbox: Callable[..., Sandbox]) -> Sandbox:
    """The same, where a process has a while to do."""
    several.end()
    return sandbox("--limit", "none", "--latency", "100ms")


def longest_pause_ended(server: Sandbox) -> float:
    """Return after how many seconds creates went on that had paused longest."""
    began = last = time.monotonic()
    made, longest, ended = server.creates(), 0.0, 0.0
    while made < len(LOCATIONS) * ROWS:
        time.sleep(0.05)  # noqa: TID251 - another process is waited for
        now, count = time.monotonic(), server.creates()
        assert now - began < 60, "it does not go on"
        if count > made:
            if now - last > longest:
                longest, ended = now - last, now - began
            made, last = count, now
    return ended


def flags(server: Sandbox, cluster: str) -> tuple[str, ...]:
    """Name the server and the cluster, and do not settle for long."""
    fast = ("--rate", "none", "--settle-pauses", "0.1s,0.3s")
    return ("--base-url", server.url, *fast, "--cluster", cluster)


@pytest.mark.slow
def test_two_processes_send_everything_once_and_take_it_back(
    importer: Importer, several: Sandbox, database: str
) -> None:
    """A canary goes first, and they audit it; their log is beside that of the run.

    Two others delete it again.
    """
    importer.environment["IMPORTER_JOURNAL"] = database
    named = flags(several, "local:2")
    ended = importer("run", "rows.csv", "--canary", "2", *named)
    assert ended.code == 0, ended.err
    assert several.creates() == len(LOCATIONS) * ROWS
    assert {len(ids) for ids in several.held().values()} == {1}
    assert importer.summary()["counts"]["created"] == len(LOCATIONS) * ROWS
    log = (importer.run_folder() / "workers.log").read_text("utf-8")
    assert '"work": "audit"' in log
    assert len({line.partition('"holder": ')[2][:3] for line in log.splitlines()}) > 1
    at = ("--json", "--base-url", several.url, "--cluster")
    name = importer.run_folder().name
    undone = importer("undo", name, "--yes", "--unseen-products", *at, "local:2")
    assert undone.code == 0, undone.err
    assert json.loads(undone.out)["counts"] == {"deleted": len(LOCATIONS) * ROWS}
    assert not any(several.held().values())
    assert '"work": "undo"' in (importer.run_folder() / "workers.log").read_text(
        "utf-8"
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are frozen by signals")
def test_what_a_frozen_process_had_goes_on_elsewhere(
    importer: Importer, slow: Sandbox, database: str
) -> None:
    """While it is frozen, and nothing twice."""
    importer.environment["IMPORTER_JOURNAL"] = database
    importer.environment["PYTHONPATH"] += f"{os.pathsep}{importer.folder}"
    (importer.folder / "sitecustomize.py").write_text(SHORT_LEASES, encoding="utf-8")
    named = (*flags(slow, "local:2"), "--timeout", "1s", "--concurrency", "2")
    running = importer.start("run", "rows.csv", *named, fresh=True)
    slow.wait_for_creates(10)
    frozen, _ = (
        one
        for one in psutil.Process(running.pid).children()
        if "importer.distributed.child" in one.cmdline()
    )
    frozen.suspend()
    took = longest_pause_ended(slow)
    frozen.resume()
    ended = importer.stop(running)
    assert ended.code == 0, ended.err
    # one whose rows went on sooner was thawed before it was missed
    assert "worker.silent" in ended.err or took < SILENT_SECONDS + 2
    assert {len(ids) for ids in slow.held().values()} == {1}
    assert importer.summary()["counts"]["created"] == len(LOCATIONS) * ROWS


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
