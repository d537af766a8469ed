"""A run whose database is killed in the middle of it, and comes back.

The server is this file's own, as the others' would be killed with it.
"""

from __future__ import annotations

import csv
import time
from typing import TYPE_CHECKING

import postgres_server
import pytest

from importer.sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.slow

ROWS = 3000
LOCATIONS = 6
#: When the database is killed: so many POSTs have reached the server by then.
KILLS = (300, 1500)
AWAY_SECONDS = 1.0
QUICK = ("--settle-pauses", "0.3,0.7,1.5", "--rate", "none", "--timeout", "2s")


@pytest.fixture
def server() -> Iterator[postgres_server.Server]:
    if reason := postgres_server.missing():
        pytest.skip(reason)
    made = postgres_server.Server()
    try:
        made.start()
        yield made
    finally:
        made.stop()


def test_a_run_outlives_its_database(
    server: postgres_server.Server,
    importer: Importer,
    sandbox: Callable[..., Sandbox],
) -> None:
    """With every fault: nothing twice, nothing missing, and the report is true."""
    faults = ",".join(f"{fault}=0.003" for fault in Fault)
    late = ("--slow-commit", "500ms", "--list-lag", "500ms")
    api = sandbox("--limit", "none", "--faults", faults, *late, "--seed", 18)
    importer.environment["IMPORTER_JOURNAL"] = server.loopback(server.new_database())
    rows = [
        row
        for number in range(LOCATIONS)
        for row in importer.rows(
            ROWS // LOCATIONS, f"location{number:016d}", number * ROWS
        )
    ]
    name = importer.write("rows.csv", rows)
    flags = ("--base-url", api.url, "--run-id", "mine", "--yes", *QUICK)
    process = importer.start("run", name, *flags)
    for creates in KILLS:
        api.wait_for_creates(creates)
        server.kill()
        time.sleep(AWAY_SECONDS)  # noqa: TID251 - it is away for a while
        server.start()
    out, err = process.communicate(timeout=150)

    assert process.returncode == 0, (out, err)
    told = [line["event"] for line in importer.log() if "journal." in line["event"]]
    assert "journal.away" in told
    assert "journal.back" in told
    held = api.held()
    assert api.truth()["slugs_twice"] == []
    path = importer.folder / "runs" / "mine" / "report.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == len(held) == ROWS
    for line in lines:
        assert line["status"] == "created", line
        assert [line["collection_id"]] == held[line["location_id"], line["slug"]]
