"""A notebook that runs, is interrupted, and runs again: nothing twice, and tables."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

from importer.sandbox import Options, running

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

pytestmark = pytest.mark.slow

ROWS = 120
PATIENCE_SECONDS = 120
CELLS = (
    """import importer
shop = importer.Settings(env=False, base_url={url!r}, token="any-token-will-do",
    location_id="Z4Bxl8J4SaPEPLq9IQ8g", concurrency=2, settle_pauses="0.05s")""",
    """try:
    await importer.start("rows.csv", settings=shop).show(0.05)
except BaseException as interruption:
    print(type(interruption).__name__)""",
    """result = await importer.resume(settings=shop)
result""",
    """again = await importer.start("rows.csv", settings=shop).show(0.05)
again""",
)


def held(sandbox: Sandbox) -> int:
    located = sandbox.truth()["locations"].values()
    return sum(len(one["collections"]) for one in located)


def executed(url: str, sandbox: Sandbox) -> Any:
    """Execute the cells; the second is interrupted when some rows are created."""
    made: Any = nbformat.v4
    cells = [made.new_code_cell(cell.replace("{url!r}", repr(url))) for cell in CELLS]
    book = made.new_notebook(cells=cells)
    client: Any = NotebookClient(book, timeout=PATIENCE_SECONDS)

    def interrupt() -> None:
        while held(sandbox) < 5:
            threading.Event().wait(0.02)
        asyncio.run(client.km.interrupt_kernel())

    with client.setup_kernel():
        for number, cell in enumerate(cells):
            hand = threading.Thread(target=interrupt, daemon=True)
            if number == 1:
                hand.start()
            client.execute_cell(cell, number)
            if number == 1:
                hand.join(PATIENCE_SECONDS)
    return cells


@pytest.mark.filterwarnings(
    # what the client of notebooks leaves to be collected is not ours
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::ResourceWarning",
    "ignore::DeprecationWarning",
)
@pytest.mark.skipif(os.name == "nt", reason="kernels are interrupted by signals")
def test_a_notebook_that_is_interrupted_and_run_again_creates_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its outputs are a bar, and tables with counts and links, not dumps."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    lines = "".join(
        f"Row {n},row-{n},manual,655b33a82209e60b6adb87a5\n" for n in range(ROWS)
    )
    Path("rows.csv").write_text(f"name,slug,type,product_ids\n{lines}", "utf-8")

    async def main() -> None:
        async with running(Options(latency_seconds=0.05)) as sandbox:
            _, interrupted, resumed, again = await asyncio.to_thread(
                executed, sandbox.url, sandbox
            )
            assert held(sandbox) == ROWS
            assert sandbox.truth()["slugs_twice"] == []
            bar, told = interrupted.outputs[0], interrupted.outputs[-1]
            assert "<progress" in bar.data["text/html"]
            assert told.text.strip() in {"CancelledError", "KeyboardInterrupt"}
            shown = resumed.outputs[-1].data
            assert f"<td>{ROWS}</td>" in shown["text/html"]
            assert "report.html" in shown["text/html"]
            assert len(shown["text/plain"]) < 200
            assert "existing" in again.outputs[-1].data["text/html"]

    asyncio.run(main())
    gc.collect()  # so that it is remarked on here, and in no other test
