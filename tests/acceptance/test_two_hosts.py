"""Two machines that share a database and nothing else: who sends, and what both know.

Each has a folder of runs of its own. One sends slowly while the other one comes.
"""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest
from frozen_holder import TTL_SECONDS
from hosts import Host

from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.slow

ROWS = 200


@pytest.fixture
def hosts(
    importer: Importer, sandbox: Callable[..., Sandbox], database: str
) -> Iterator[tuple[Host, Host, Sandbox]]:
    """Two, and the server that both send to."""
    server = sandbox("--limit", "none", "--latency", "200ms")
    # it still sends when the second one has started, however slow the computer is
    first = Host(importer, database, server, "a", rate="20/1s")
    second = Host(importer, database, server, "b")
    yield first, second, server
    first.end()
    second.end()


def test_a_location_that_another_host_works_on_is_refused(
    hosts: tuple[Host, Host, Sandbox], importer: Importer
) -> None:
    """The message says where to look, and nothing was sent."""
    first, second, server = hosts
    name = importer.write("rows.csv", importer.rows(ROWS))
    sending = first.start("none", "run", name, "--run-id", "mine")
    server.wait_for_creates(10)
    refused = second.run("run", name, "--run-id", "yours", "--on-overlap", "fail")
    assert refused.returncode == Exit.HELD
    assert f"Run mine (process {sending.pid} on " in refused.stderr
    assert f"working on location {importer.location}" in refused.stderr
    assert sending.wait(60) == 0
    assert server.creates() == ROWS


def test_a_run_that_waits_goes_on_when_the_other_host_has_ended(
    hosts: tuple[Host, Host, Sandbox], importer: Importer
) -> None:
    """It makes nothing twice, and does what the other did not have."""
    first, second, server = hosts
    name = importer.write("rows.csv", importer.rows(ROWS))
    more = importer.write("more.csv", importer.rows(ROWS + 5))
    sending = first.start("none", "run", name, "--run-id", "mine")
    server.wait_for_creates(10)
    waited = second.run("run", more, "--run-id", "yours", "--on-overlap", "wait")
    assert waited.returncode == 0, waited.stderr
    assert sending.wait(60) == 0
    assert server.creates() == ROWS + 5
    assert {len(ids) for ids in server.held().values()} == {1}


def test_a_run_that_skips_leaves_the_other_hosts_locations(
    hosts: tuple[Host, Host, Sandbox], importer: Importer
) -> None:
    """And does the rest."""
    first, second, server = hosts
    name = importer.write("rows.csv", importer.rows(ROWS))
    own = importer.rows(5, importer.other_location, first=500)
    both = importer.write("both.csv", [*importer.rows(ROWS + 5), *own])
    sending = first.start("none", "run", name, "--run-id", "mine")
    server.wait_for_creates(10)
    skipped = second.run("run", both, "--run-id", "yours", "--on-overlap", "skip")
    assert skipped.returncode == Exit.LEFT, skipped.stderr
    assert sending.wait(60) == 0
    assert server.creates() == ROWS + 5
    assert {len(ids) for ids in server.held().values()} == {1}


def test_what_another_host_has_just_created_is_known_before_a_list_shows_it(
    importer: Importer, sandbox: Callable[..., Sandbox], database: str
) -> None:
    """Its journal is asked, as one of the same folder would be."""
    server = sandbox("--limit", "none", "--list-lag", "60s")
    first, second = (Host(importer, database, server, name) for name in ("a", "b"))
    name = importer.write("rows.csv", importer.rows(30))
    assert first.run("run", name, "--run-id", "mine", "--no-audit").returncode == 0
    again = second.run("run", name, "--run-id", "yours", "--no-audit")
    assert again.returncode == 0, again.stderr
    assert server.creates() == 30


@pytest.mark.parametrize("accident", [signal.SIGKILL, signal.SIGSTOP])
def test_a_run_of_another_host_takes_over_what_a_dead_one_held(
    accident: signal.Signals, hosts: tuple[Host, Host, Sandbox], importer: Importer
) -> None:
    """It looks for what was being sent, and nothing is there twice after a thaw."""
    first, second, server = hosts
    name = importer.write("rows.csv", importer.rows(ROWS))
    sending = first.start("none", "run", name, "--run-id", "mine")
    server.wait_for_creates(20)
    sending.send_signal(accident)
    taken = second.run("run", name, "--run-id", "yours", "--on-overlap", "wait")
    assert taken.returncode == 0, taken.stderr
    if accident is signal.SIGSTOP:
        ended_with = server.creates()
        sending.send_signal(signal.SIGCONT)
        _, err = sending.communicate(timeout=60)
        assert sending.returncode == Exit.STORAGE, err
        assert server.creates() == ended_with
    held = server.held()
    assert len(held) == ROWS
    assert {len(ids) for ids in held.values()} == {1}


def test_a_run_whose_database_is_away_for_a_while_waits_and_goes_on(
    hosts: tuple[Host, Host, Sandbox], importer: Importer
) -> None:
    """For longer than its lease: nothing leaves meanwhile, and none took it over."""
    first, _, server = hosts
    name = importer.write("rows.csv", importer.rows(ROWS))
    sending = first.start("none", "run", name, "--run-id", "mine")
    server.wait_for_creates(20)
    with first.cut_off():
        time.sleep(TTL_SECONDS)  # noqa: TID251 - the lease runs out
        ended_with = server.creates()
        time.sleep(TTL_SECONDS)  # noqa: TID251 - nothing may come meanwhile
        assert server.creates() == ended_with < ROWS
        assert sending.poll() is None
    out, err = sending.communicate(timeout=60)
    assert sending.returncode == 0, (out, err)
    held = server.held()
    assert len(held) == ROWS
    assert {len(ids) for ids in held.values()} == {1}


def test_a_run_whose_database_stays_away_ends_and_can_be_gone_on_with(
    hosts: tuple[Host, Host, Sandbox], importer: Importer
) -> None:
    """What is under way is waited for, and nothing follows it."""
    first, _, server = hosts
    name = importer.write("rows.csv", importer.rows(ROWS))
    sending = first.start("none", "run", name, "--run-id", "mine")
    server.wait_for_creates(20)
    with first.cut_off():
        out, err = sending.communicate(timeout=80)
        assert sending.returncode == Exit.STORAGE, (out, err)
        assert "importer resume" in err
        assert server.creates() < ROWS
    resumed = first.run("resume", "mine", "--on-overlap", "wait")
    assert resumed.returncode == 0, resumed.stderr
    held = server.held()
    assert len(held) == ROWS
    assert {len(ids) for ids in held.values()} == {1}
