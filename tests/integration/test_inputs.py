"""What a program hands over: files, frames of any library, dicts; each by its name."""

from __future__ import annotations

import asyncio
import io
import re
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb
import orjson
import pandas as pd  # noqa: TID251 - what a user of the library brings
import polars as pl
import pyarrow as pa
import pytest
from library_user import LOCATION, with_sandbox
from small_server import Answered, Asked, serving

import importer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from importer.sandbox import Sandbox

PRODUCT = "655b33a82209e60b6adb87a5"
ROWS = 1_000
UNLIMITED = {
    "X-RateLimit-Max": "100000",
    "X-RateLimit-Remaining": "99999",
    "X-RateLimit-Interval-Milliseconds": "1000",
}
RULES = '{"logic": "AND", "conditions": [{"field": "Title", "value": "ä"}]}'


def row(number: int) -> dict[str, str | None]:
    """A row whose cells differ in kind from those of its neighbours."""
    smart = number % 7 == 0
    return {
        "name": f"Größe {number} · „{'Äpfel' if number % 2 else 'a, b'}“",
        "slug": f"row-{number}",
        "type": "smart" if smart else "manual",
        "product_ids": None if smart else PRODUCT,
        "rules": RULES if smart else None,
        "image": f"https://example.com/{number}.png" if number % 3 else None,
        "seo_title": f"{number}.50" if number % 5 == 0 else None,
    }


def accepted(asked: Asked) -> Answered:
    """What HighLevel answers to a list and to a creation."""
    if asked.method == "GET":
        return Answered(200, {"data": [], "total": 0}, UNLIMITED)
    made = {**asked.body, "_id": f"{abs(hash(asked.raw)):024x}"}
    return Answered(201, {"data": made}, UNLIMITED)


async def some(rows: list[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    """The rows as they arrive."""
    for found in rows:
        yield found


class OnlyExchanged:
    """A frame of a library that speaks the interchange protocol and nothing else."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        return self._frame.__dataframe__(allow_copy=allow_copy)


class OnlyArrow:
    """A frame of a library that has the Arrow C stream and nothing else."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


class OnlyRows:
    """A frame of a library that gives its columns' names and its rows."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.columns = list(rows[0])
        self._rows = rows

    def iter_rows(self) -> Iterator[tuple[Any, ...]]:
        return (tuple(found.values()) for found in self._rows)


def inputs(folder: Path, rows: list[dict[str, Any]]) -> dict[str, Callable[[], Any]]:
    """The rows in every shape that is taken, each made when it is asked for."""
    table = pd.DataFrame(rows)
    table.to_csv(folder / "rows.csv", index=False)
    content = (folder / "rows.csv").read_bytes()
    workbook = io.BytesIO()
    table.to_excel(workbook, index=False)
    lines = b"\n".join(map(orjson.dumps, rows))
    arrow = pa.Table.from_pylist(rows)
    return {
        "CSV": lambda: folder / "rows.csv",
        "text": lambda: str(folder / "rows.csv"),
        "open file": lambda: (folder / "rows.csv").open("rb"),
        "BytesIO": lambda: io.BytesIO(content),
        "BytesIO of a workbook": lambda: io.BytesIO(workbook.getvalue()),
        "BytesIO of JSON Lines": lambda: io.BytesIO(lines),
        "pandas": lambda: table,
        "polars": lambda: pl.DataFrame(rows),
        "pyarrow": lambda: arrow,
        "pyarrow, many batches": lambda: pa.Table.from_batches(arrow.to_batches(7)),
        "batch": lambda: arrow.to_batches()[0],
        "DuckDB": lambda: duckdb.from_arrow(arrow),
        "interchange": lambda: OnlyExchanged(arrow),
        "own rows": lambda: OnlyRows(rows),
        "dicts": lambda: rows,
        "generator": lambda: iter(rows),
        "async dicts": lambda: some(rows),
    }


SHAPES = (
    *("CSV", "text", "open file", "BytesIO", "BytesIO of a workbook"),
    *("BytesIO of JSON Lines", "pandas", "polars", "pyarrow", "pyarrow, many batches"),
    *("batch", "DuckDB", "interchange", "own rows", "dicts", "generator"),
    "async dicts",
)
MEASURED = ("CSV", "pandas", "polars", "pyarrow", "dicts", "BytesIO", "async dicts")


async def requests(given: Any, folder: Path) -> Counter[tuple[str, str, bytes]]:
    """Run an input, and return every request that a server got."""
    async with serving(accepted) as server:
        result = await importer.run(
            given,
            location_id=LOCATION,
            base_url=server.url,
            token="a-token-0123456789",  # noqa: S106 - of no server
            runs_dir=folder,
            rate="none",
            audit=False,
        )
        assert result.summary.counts["created"] == ROWS
        return Counter((item.method, item.path, item.raw) for item in server.asked)


@pytest.mark.slow
def test_the_same_thousand_rows_are_the_same_requests_in_every_shape(
    tmp_path: Path,
) -> None:
    """Byte for byte, whatever library holds them."""
    shapes = inputs(tmp_path, [row(number) for number in range(ROWS)])

    async def work() -> None:
        first = await requests(shapes["CSV"](), tmp_path / "runs")
        assert sum(method == "POST" for method, _, _ in first) == ROWS
        for shape in (*MEASURED[1:], "DuckDB"):
            found = await requests(shapes[shape](), tmp_path / "runs")
            assert found == first, shape

    asyncio.run(work())


def test_every_shape_is_read_as_the_file_is(tmp_path: Path) -> None:
    """The same cells and the same remarks, and problems at the same rows."""
    rows = [row(number) for number in range(30)]
    rows[4] = {**rows[4], "slug": "Not A Slug"}
    rows[9] = {**rows[9], "slug": rows[3]["slug"]}
    shapes = inputs(tmp_path, rows)
    assert shapes.keys() == set(SHAPES)

    async def found(shape: str) -> list[dict[str, Any]]:
        given = shapes[shape]()
        checked = await importer.check(given, location_id=LOCATION)
        if isinstance(given, io.IOBase):
            given.close()
        assert checked.counts == {"valid": 28, "invalid": 1, "duplicate": 1}
        problems = list(checked.document()["problems"])
        counted_from_1 = shape == "BytesIO of JSON Lines"
        return [
            {name: one[name] for name in ("column", "code", "status", "value")}
            | {"row": one["row"] + counted_from_1}
            for one in problems
        ]

    first = asyncio.run(found("CSV"))
    assert [one["row"] for one in first] == [6, 11]
    for shape in SHAPES:
        assert asyncio.run(found(shape)) == first, shape


def test_each_of_three_frames_has_a_name(tmp_path: Path) -> None:
    """So that row 2 says of which: by Input, else with a number."""
    bad = [{"name": "Shoes", "slug": "No Slug!", "type": "manual"}]
    (tmp_path / "upload-81.tmp").write_text("name,slug\nShoes,No Slug!\n", "utf-8")

    async def names(*given: Any) -> list[str]:
        checked = await importer.check(*given, location_id=LOCATION)
        lines = [line.place.file for line in checked.lines()]
        assert lines == [file.file for file in checked.files]
        return lines

    async def work() -> None:
        frame, table = pd.DataFrame(bad), pl.DataFrame(bad)
        named = (
            importer.Input(frame, name="spring"),
            importer.Input(table, name="summer"),
            importer.Input(some(bad), name="autumn"),
        )
        assert await names(*named) == ["spring", "summer", "autumn"]
        numbered = ["DataFrame", "DataFrame 2", "rows", "rows 2"]
        assert await names(frame, table, bad, some(bad)) == numbered
        path = importer.Input(tmp_path / "upload-81.tmp", name="winter.csv")
        assert await names(path, tmp_path / "upload-81.tmp") == [
            "winter.csv",
            "upload-81.tmp",
        ]
        upload = io.BytesIO(b"name,slug\nShoes,No Slug!\n")
        assert await names(importer.Input(upload, name="a.csv")) == ["a.csv"]
        with (tmp_path / "upload-81.tmp").open("rb") as file:
            assert await names(file) == ["upload-81.tmp"]

    asyncio.run(work())


def test_a_file_that_was_checked_can_be_run(tmp_path: Path) -> None:
    """An open file is left where it stood, so that a service checks it first."""
    content = b"ignored" + pd.DataFrame([row(1), row(2)]).to_csv(index=False).encode()

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        file = io.BytesIO(content)
        file.seek(len(b"ignored"))
        assert (await importer.check(file, **given)).counts["valid"] == 2
        assert (await importer.plan(file, **given)).forecast.create == 2
        result = await importer.run(file, **given)
        assert result.summary.counts["created"] == 2
        assert file.tell() == len(b"ignored")

    with_sandbox(work, runs_dir=tmp_path)


class Upload:
    """An upload of a web server: it is read in the event loop only."""

    filename = "spring.csv"

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    async def read(self, size: int = -1, /) -> bytes:
        await asyncio.sleep(0)
        return self._file.read(size)


def test_an_async_file_is_read_in_the_event_loop() -> None:
    """Such as an upload of FastAPI or a file of aiofiles."""
    upload = Upload(pd.DataFrame([row(1)]).to_csv(index=False).encode())
    checked = asyncio.run(importer.check(upload, location_id=LOCATION))
    assert checked.counts["valid"] == 1
    assert checked.files[0].file == "spring.csv"


def endless() -> Iterator[dict[str, Any]]:
    """Rows that never end."""
    number = 0
    while True:
        number += 1
        yield row(number)


async def arriving() -> AsyncIterator[dict[str, Any]]:
    """Such rows in the event loop."""
    for found in endless():
        yield found


@pytest.mark.parametrize("rows", [endless, arriving])
def test_rows_that_never_end_can_be_stopped(
    rows: Callable[[], Any], tmp_path: Path
) -> None:
    """Whether they arrive in the event loop or in the thread that reads them."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(), **given)
        async for moment in run.watch(0.01):
            if moment.phase == "reading":
                run.stop()
        with pytest.raises(importer.Interrupted):
            await run.result()
        assert not sandbox.truth()["by_method"]

    with_sandbox(work, runs_dir=tmp_path)


def test_what_the_rows_raise_is_raised_and_nothing_is_sent(tmp_path: Path) -> None:
    """It is the program's own, so it comes as it is."""

    def breaking() -> Iterator[dict[str, Any]]:
        yield row(1)
        raise LookupError

    async def breaking_later() -> AsyncIterator[dict[str, Any]]:
        for found in breaking():
            yield found

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        for rows in (breaking, breaking_later):
            for verb in (importer.check, importer.plan, importer.run):
                with pytest.raises(LookupError):
                    await verb(rows(), **given)
        assert not sandbox.truth()["by_method"]

    with_sandbox(work, runs_dir=tmp_path)


class OddRow(dict[str, str]):
    """A row whose names cannot be had."""

    def __iter__(self) -> Any:
        raise StopIteration

    keys = items = __iter__


def failing(failure: BaseException | None) -> Iterator[dict[str, Any]]:
    """Rows that fail after the first one."""
    yield row(1)
    if failure is None:
        yield OddRow(name="Odd")
    else:
        raise failure


async def failing_later(
    failure: BaseException | None,
) -> AsyncIterator[dict[str, Any]]:
    """The same in the event loop."""
    for found in failing(failure):
        yield found


class Unreadable(io.BytesIO):
    """A file that fails when it is read."""

    def read(self, *_: object) -> bytes:
        raise LookupError


@pytest.mark.parametrize(
    "failure",
    [
        LookupError("of the program"),
        ExceptionGroup("of the program", [LookupError(), ValueError()]),
        asyncio.CancelledError("of the program"),
        None,
    ],
)
def test_rows_that_fail_leave_no_run_and_their_failure_is_unchanged(
    failure: BaseException | None, tmp_path: Path
) -> None:
    """Nothing was sent, and no resume could read them again."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        for rows in (failing, failing_later):
            for verb in (importer.run, importer.plan, importer.check):
                wanted = RuntimeError if failure is None else type(failure)
                with pytest.raises(wanted) as raised:
                    await asyncio.wait_for(verb(rows(failure), **given), 30)
                if isinstance(failure, Exception):
                    assert raised.value is failure
        with pytest.raises(LookupError):
            await importer.run(Unreadable(b"name"), **given)
        assert await importer.list_runs(runs_dir=tmp_path) == ()
        assert not sandbox.truth()["by_method"]

    with_sandbox(work, runs_dir=tmp_path)


def blocking(waited: threading.Event) -> Iterator[dict[str, Any]]:
    """Rows that do not come."""
    yield row(1)
    waited.wait(60)
    yield row(2)


async def blocking_later(waited: threading.Event) -> AsyncIterator[dict[str, Any]]:
    """Rows that do not come, in the event loop."""
    yield row(1)
    while not waited.is_set():  # noqa: ASYNC110 - as a program may
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("rows", [blocking, blocking_later])
def test_a_stop_does_not_wait_for_rows_that_do_not_come(
    rows: Callable[[threading.Event], Any], tmp_path: Path
) -> None:
    """One stop is enough, nothing is left, and what comes later goes nowhere."""
    waited = threading.Event()

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(waited), **given)
        async for moment in run.watch(0.01):
            if moment.phase == "reading":
                break
        await asyncio.wait_for(run.stop(), 20)
        with pytest.raises(importer.Interrupted, match="Nothing was sent"):
            await run.result()
        assert await importer.list_runs(runs_dir=tmp_path) == ()
        waited.set()
        assert (await importer.run([row(1)], **given)).ok
        assert len(sandbox.truth()["locations"][LOCATION]["collections"]) == 1

    with_sandbox(work, runs_dir=tmp_path)


def test_what_was_not_called_or_awaited_is_refused_with_what_to_write() -> None:
    """A generator function has no rows, and neither has a coroutine."""

    async def main() -> None:
        for given, remedy in (
            (failing, r"Call it, .*: failing\(\)"),
            (failing_later, r"Call it, .*: failing_later\(\)"),
            (asyncio.sleep(0), "Await it first"),
        ):
            with pytest.raises(importer.UsageError, match="no input") as refused:
                await importer.check(given, location_id=LOCATION)  # type: ignore[arg-type]
            assert re.search(remedy, refused.value.remedy)

    asyncio.run(main())


WITHIN: Any = importer.Input([{"name": "A"}], "a")


@pytest.mark.parametrize(
    ("data", "said", "remedy"),
    [
        ({"name": "Shoes"}, "dict is no input", "list of them"),
        (b"name,slug", "bytes is no input", "BytesIO"),
        (memoryview(b"name"), "memoryview is no input", "BytesIO"),
        (importer.Input(WITHIN, "a"), "Input is no input", "inside of it"),
        (io.StringIO("name,slug\n"), "opened as text", "rb"),
        (pl.DataFrame({"a": [1]}).lazy(), "LazyFrame is no input", "collect"),
        (pl.Series([1]), "non-struct", "to_frame"),
        (pd.Series(["a"]), "as a table", "to_frame"),
        (pd.Index(["a"]), "row 2 is of the type str", "to_frame"),
        (["a.csv", "b.csv"], "row 2 is of the type str", r"importer.run\(\*paths\)"),
        ([], "no rows", "dicts"),
        ([object()], "row 2 is of the type object", "dicts"),
        (sys, "module is no input", "DataFrame"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_give(
    data: Any, said: str, remedy: str
) -> None:
    """Each with the way out of its own kind."""
    with pytest.raises(importer.FatalError, match=said) as refused:
        asyncio.run(importer.check(data, location_id=LOCATION))
    assert re.search(remedy, refused.value.remedy)


def test_a_file_that_is_closed_or_at_its_end_is_refused() -> None:
    """Both are forgotten lines of the program, which are named."""
    closed, read = io.BytesIO(b"name\n"), io.BytesIO(b"name\n")
    closed.close()
    read.read()
    for file, remedy in ((closed, "Close it after"), (read, ": file.seek(0)")):
        with pytest.raises(importer.FatalError) as refused:
            asyncio.run(importer.check(file))
        assert remedy in refused.value.remedy


def test_a_text_of_another_encoding_is_told_in_whole_sentences() -> None:
    """Of UTF-16 no row can be blamed, and several characters are meant."""
    text = io.BytesIO(b"name,slug\nHats,\xff\n")
    for encoding, said in (
        ("utf-16", "it holds characters that are not UTF-16;"),
        ("utf-8", "row 2 holds a character that is not UTF-8;"),
    ):
        with pytest.raises(importer.InputError, match=said) as refused:
            asyncio.run(importer.check(text, encoding=encoding))
        assert 'encoding="cp1252"' in refused.value.remedy


def test_what_was_used_up_is_told_as_that() -> None:
    """By a verb before: it is no empty file, and there were rows."""
    arrives = Upload(b"name,slug\nHats,hats\n")
    rows, later = iter([row(1)]), some([row(1)])
    for data, remedy in (
        (arrives, "await file.seek(0)"),
        (rows, "used up by the verb that reads it"),
        (later, "used up by the verb that reads it"),
    ):
        given: Any = importer.Input(data, name="spring")
        asyncio.run(importer.check(given, location_id=LOCATION))
        with pytest.raises(importer.InputError, match="spring: ") as refused:
            asyncio.run(importer.check(given, location_id=LOCATION))
        assert remedy in refused.value.remedy


def test_names_that_are_none_are_refused(tmp_path: Path) -> None:
    """A name stands on one line of a report."""
    for name in ("", " ", "a\nb", None):
        with pytest.raises(importer.UsageError, match="cannot be called"):
            asyncio.run(importer.check(importer.Input([], name)))  # type: ignore[arg-type]
    with pytest.raises(importer.UsageError, match="folder"):
        asyncio.run(importer.check(importer.Input(tmp_path, "spring")))


@pytest.mark.parametrize("missing", [["pyarrow"], ["pyarrow", "nanoarrow"]])
def test_without_a_library_of_arrow_a_frame_is_read_by_another_way(
    missing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or it is said which one to install."""
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    rows = [row(1), row(2)]
    relation: Any = duckdb.sql("select 'a' as name, 'b' as slug")
    for frame, count in ((pl.DataFrame(rows), 2), (relation, 1)):
        checked = asyncio.run(importer.check(frame, location_id=LOCATION))
        assert checked.collections == count

    if "nanoarrow" in missing:
        with pytest.raises(importer.InputError, match="not installed") as refused:
            asyncio.run(importer.check(OnlyArrow(pl.DataFrame(rows))))
        assert "pip install nanoarrow" in refused.value.remedy
        return
    arrow = OnlyArrow(pa.Table.from_pylist(rows))
    checked = asyncio.run(importer.check(arrow, location_id=LOCATION))
    assert checked.counts["valid"] == 2
    with pytest.raises(importer.InputError, match="pip install pyarrow"):
        asyncio.run(importer.check(OnlyArrow(pl.DataFrame(rows))))
