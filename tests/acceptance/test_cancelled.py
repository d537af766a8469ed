"""A library's task is cancelled: never a crash, and never half a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

DRIVER = Path(__file__).with_name("cancelling.py")
MOMENTS = 8


@pytest.mark.parametrize("way", ["cancel", "ctrl-c"])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_cancelling_at_any_moment_crashes_nothing_and_leaves_whole_runs_or_nothing(
    importer: Importer, sandbox: Callable[..., Sandbox], loop: str, way: str
) -> None:
    """A run that had begun to send can be resumed; all else has left nothing."""
    server = sandbox("--limit", "100000/10s")
    importer.write("large.csv", importer.rows(20_000))
    importer.write("collections.csv", importer.rows(2000))
    temporary = importer.folder / "tmp"
    temporary.mkdir()

    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(DRIVER), loop, way, str(MOMENTS), server.url],
        cwd=importer.folder,
        env=importer.environment | {"TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=110,
        check=False,
    )

    assert ended.returncode == 0, (ended.returncode, ended.stderr[-2000:])
    said = json.loads(ended.stdout)
    assert not all(said["ends"])
    assert set(said["states"].values()) <= {"running", "stopped", "finished"}
    runs = [one for one in said["folders"] if not one.startswith(".")]
    assert runs == sorted(said["states"])
    assert not any(one.startswith("large") for one in runs)
    assert said["temporary"] == []
    assert "reading" not in said["threads"]
    assert server.truth()["slugs_twice"] == []
