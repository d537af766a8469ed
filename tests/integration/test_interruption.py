"""What a signal does to a run that is only writing its reports any more."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from importer.cli import interruption
from importer.errors import Interrupted
from importer.journal import FolderHome
from importer.runs import new_folders
from importer.runs.session import Session
from importer.settings import load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("phase", "stops"), [("sending", True), ("reporting", False)])
def test_a_signal_stops_what_is_sent_and_nothing_that_is_only_written(
    tmp_path: Path, phase: str, *, stops: bool
) -> None:
    """All is done by then, so the reports are written to their end."""

    async def main() -> None:
        settings = load({"token": "a-token-0123456789"}, environment=False)
        folder = new_folders.make(FolderHome(tmp_path / "runs"), "one", time.time())
        async with Session.begin(settings, folder) as session:
            with interruption.heard(session):
                session.watch.phase = phase
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(0.05)
            assert session.stopping is stops
            assert isinstance(session.stopped, Interrupted) is stops

    before = signal.getsignal(signal.SIGINT)
    try:
        asyncio.run(main())
    finally:
        signal.signal(signal.SIGINT, before)
