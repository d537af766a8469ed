"""Any table of any preset, for as long as it is wanted: is a cell of it lost?

Each is edited at random on a workbench as well, which has to say what a check says.
Prints how many tables and cells were tried and, where one is lost, the smallest table
that loses it, which stays in `build/fuzz`. Ends with 1 then. The same seed, and the
same code, try the same tables.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, seed
from hypothesis import settings as trying

sys.path.insert(0, str(Path(__file__).parent))  # what is shared is no package
sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from bench_edits import try_edits
from kept_cells import answer, lost
from planted_losses import LOSSES, planted
from tables_any import Written, tables, write

from importer import settings

FOLDER = Path("build/fuzz")
#: So many tables between two looks at the clock.
ROUND = 200
#: So many edits of each table on a workbench.
EDITS = 10


@dataclass
class Tried:
    """What was tried so far, and the table that was tried last."""

    tables: int = 0
    cells: int = 0
    edits: int = 0
    last: Written | None = None
    lost: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.tables:,} tables, {self.cells:,} cells, {self.edits:,} edits"

    def look(self, table: Written) -> None:
        """Try one table."""
        self.tables += 1
        self.cells += sum(map(len, table.rows))
        self.last, self.lost = table, []
        with tempfile.TemporaryDirectory() as folder:
            path = write(table, Path(folder))
            self.lost = lost(table, answer(path, settings.load(table.options)))
        assert self.lost == []
        try_edits(table, self.tables, EDITS, between=EDITS)
        self.edits += EDITS


def round_of(tried: Tried, number: int) -> None:
    """Try some tables; the smallest one that fails is tried last."""

    @seed(number)
    @trying(
        max_examples=ROUND,
        database=None,
        deadline=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(tables())
    def look(table: Written) -> None:
        tried.look(table)

    look()


def show(tried: Tried, number: int) -> None:
    table = tried.last
    assert table is not None
    print(f"\nLost in round {number} (SEED={number} tries it first). The smallest:")
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"  {write(table, FOLDER)}, preset {table.preset}, {table.options}")
    for cells in (table.title, table.header, *table.rows):
        if cells:
            print(f"  {cells}")
    for cell in tried.lost:
        print(f"  lost: {cell}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--loss", default="", choices=["", *LOSSES])
    given_options = parser.parse_args()
    tried, number = Tried(), given_options.seed
    end = time.monotonic() + given_options.minutes * 60
    print(f"SEED={number}", flush=True)
    with planted(given_options.loss):
        while time.monotonic() < end:
            try:
                round_of(tried, number)
            except Exception as failure:  # noqa: BLE001 - a crash is a finding as well
                if not tried.lost:
                    traceback.print_exception(failure)
                show(tried, number)
                return 1
            number += 1
            if not number % 10:
                print(tried, flush=True)
    print(f"{tried}: none was lost.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
