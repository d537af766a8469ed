"""A process that is frozen while it sends, and thaws when another one has taken over.

Its journal and its claims are in a database. Nothing of it may reach the server then,
wherever it stood. The same without fence and gate is the control: there it must.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from hosts import PATIENCE_SECONDS, Host

from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.slow

ROWS = 90
NAMED = ("before_commit", "after_commit", "connected", "renewing", "in_flight")
#: Where a transaction of the frozen process is open, which the takeover must end.
INSIDE = ("in_transaction", "in_renewal", "behind_fence")


def frozen(process: subprocess.Popen[str]) -> None:
    """Return when the process has stopped itself."""
    end = time.monotonic() + 60
    while True:
        pid, status = os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)
        if pid and os.WIFSTOPPED(status):
            return
        assert not pid, process.communicate()
        assert time.monotonic() < end, "it never came to the point"
        time.sleep(0.02)  # noqa: TID251 - another process is waited for


def calls(server: Sandbox) -> dict[str, Any]:
    return dict(server.truth()["by_method"])


def taken_over(
    point: str, importer: Importer, database: str, server: Sandbox
) -> tuple[dict[str, Any], dict[str, Any], subprocess.CompletedProcess[str]]:
    """Freeze one, let another finish, thaw the first.

    Returns:
        The calls that had reached the server before the thaw, and after the end of
        the first; and how that ended.
    """
    name = importer.write("rows.csv", importer.rows(ROWS))
    # a short window: whoever takes over waits for the end of one
    host = Host(importer, database, server, rate="1000/1s")
    first = host.start(point, "run", name, "--run-id", "mine")
    try:
        server.wait_for_creates(1)
        second = host.start("none", "resume", "mine", "--on-overlap", "wait")
        frozen(first)
        out, err = second.communicate(timeout=PATIENCE_SECONDS)
        assert second.returncode == 0, err
        time.sleep(0.5)  # noqa: TID251 - what had left before the freeze arrives
        before = calls(server)
        first.send_signal(signal.SIGCONT)
        out, err = first.communicate(timeout=60)
    finally:
        host.end()
    ended = subprocess.CompletedProcess[str]([], first.returncode, out, err)
    return before, calls(server), ended


@pytest.mark.parametrize("point", [*NAMED, *INSIDE])
def test_a_buried_process_sends_nothing_when_it_thaws(
    point: str, importer: Importer, sandbox: Callable[..., Sandbox], database: str
) -> None:
    """Wherever it stood; and every row is there once."""
    server = sandbox("--limit", "none", "--latency", "200ms")
    before, after, ended = taken_over(point, importer, database, server)
    assert after == before, ended.stderr
    assert ended.returncode == Exit.STORAGE, ended.stderr
    assert "importer resume mine" in ended.stderr
    held = server.held()
    assert len(held) == ROWS
    assert {len(ids) for ids in held.values()} == {1}


@pytest.mark.parametrize("point", NAMED)
def test_without_fence_and_gate_it_does(
    point: str, importer: Importer, sandbox: Callable[..., Sandbox], database: str
) -> None:
    """The control: else the test above would show nothing."""
    server = sandbox("--limit", "none", "--latency", "200ms")
    before, after, _ = taken_over(f"{point}/unguarded", importer, database, server)
    assert after["POST"] > before["POST"]
