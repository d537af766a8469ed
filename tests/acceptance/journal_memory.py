"""A journal filled, sent through and read to its end, and the memory that it took.

    python journal_memory.py ADDRESS ROWS [keep]

It prints the most memory that the process has had, in kilobytes; `keep` keeps all lines
of the history, which shows what a journal that reads them all at once would take.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from importer import journal
from importer.models import InputFile, Outcome, Status, Table

AT_ONCE = 64
BODY = b'{"name":"A collection","slug":"a-collection","productIds":["655b33a8"]}'
CELLS = ["A collection", "a-collection", "manual", "655b33a82209e60b6adb87a5"]


def load(book: journal.Journal, count: int) -> None:
    """Take up the rows of an input."""
    parts = {"location_id": "a", "name": CELLS[0], "slug": CELLS[1], "type": "manual"}
    table = Table("f.csv", "", ("name", "slug", "type", "product_ids"), 1, ())
    book.planned.start_anew()
    book.planned.open_input(0, table, InputFile("f.csv", "", "own", 0, ()))
    for seq in range(count):
        book.planned.add_plain(seq, 0, (seq + 2, CELLS, parts), BODY)
    book.planned.close_input(0, count)
    book.planned.all_in()


async def deliver(book: journal.Journal, count: int) -> None:
    """Announce and answer every row."""
    waiting = iter(range(count))

    async def send() -> None:
        for seq in waiting:
            await book.delivery.sending(seq, 1)
            made = f"6578278e879ad{seq:011d}"
            book.delivery.record(
                Outcome(seq, Status.CREATED, made, attempts=1, finished_at=1.0)
            )

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(send())
    await book.delivery.flush()


def peak_kilobytes() -> int:
    """Return the most memory that this process alone has had."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise NotImplementedError


def main() -> None:
    place, rows, *kept = sys.argv[1:]
    count = int(rows)
    book = journal.create(place, run_id="long")
    load(book, count)
    asyncio.run(deliver(book, count))
    lines: list[object] | None = [] if kept else None
    read = 0
    for line in book.history.lines():
        read += 1
        if lines is not None:
            lines.append(line)
    assert read == count
    assert book.history.counts() == {"a": {"created": count}}
    book.close()
    print(peak_kilobytes())  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main()
