"""One table for many locations: every row goes into each, and has its answer there."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import importer
from importer.errors import Interrupted, UsageError
from importer.journal import FolderHome
from importer.models import Status
from importer.runs import new_folders
from importer.runs.session import Session
from importer.sandbox import Options, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from importer.sandbox import Sandbox

PLACES = tuple(f"loc{number:017d}" for number in range(3))
ROWS = "name,slug,type,rules\nA,a,smart,title contains a\nB,b,smart,title contains b\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three locations that are listed, and a token for all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIGHLEVEL_TOKEN", "pit-into-0123456789")
    for name in ("HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    Path("locations.toml").write_text(
        "\n".join(
            f'[[locations]]\nid = "{place}"\nname = "Shop {number}"\n'
            f'tags = ["{"odd" if number % 2 else "even"}"]\n'
            for number, place in enumerate(PLACES)
        ),
        "utf-8",
    )
    return tmp_path


def with_sandbox(
    work: Callable[[Sandbox, dict[str, Any]], Awaitable[None]], **options: Any
) -> None:
    """Do it against a sandbox, with what every call of the library is given."""

    async def go() -> None:
        async with running(Options(**options)) as box:
            await work(box, {"base_url": box.url, "settle_pauses": "0.02"})

    asyncio.run(go())


def held(box: Sandbox) -> dict[str, list[str]]:
    """The slugs of each location."""
    found = box.truth()["locations"]
    return {
        place: sorted(one["slug"] for one in found[place]["collections"])
        for place in found
        if found[place]["collections"]
    }


def each(places: Sequence[str], *slugs: str) -> dict[str, list[str]]:
    """The same slugs in each of some locations."""
    return {place: list(slugs) for place in places}


def journals() -> list[Path]:
    """The journals of all runs."""
    return list(Path("runs").glob("*/journal.db"))


def relisted(change: Callable[[str], str]) -> None:
    """Change the locations file."""
    path = Path("locations.toml")
    path.write_text(change(path.read_text("utf-8")), "utf-8")


def written(text: str, name: str = "shop.csv") -> str:
    Path(name).write_text(text, "utf-8")
    return name


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_row_goes_into_every_location_and_has_its_line_there() -> None:
    """The numbers of rows are the file's; the rest differs in the location alone."""

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        text = f"{ROWS}C,C x,smart,title contains c\nD,a,smart,title contains d\n"
        found = await importer.run(written(text), into="all", **usual)
        assert held(box) == each(PLACES, "a", "b")
        report = lines(found.folder.path / "report.csv")
        assert [(line["row"], line["location_id"]) for line in report] == [
            (str(row), place) for row in (2, 3, 4, 5) for place in PLACES
        ]
        statuses = ["created", "created", "invalid", "duplicate"]
        assert [line["status"] for line in report[::3]] == statuses
        assert len({line["collection_id"] for line in report[:6]}) == 6
        (file,) = found.summary.files
        assert (file.rows, sum(found.summary.counts.values())) == (4, 12)

    with_sandbox(work)


def test_a_second_run_sends_only_what_is_not_there() -> None:
    """As of any file; and a tag chooses some of the locations."""

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        file = written(ROWS)
        first = await importer.run(file, where="tag=odd", **usual)
        assert held(box) == {PLACES[1]: ["a", "b"]}
        assert first.summary.counts["created"] == 2
        plan = await importer.plan(file, into=["Shop 1", "Shop 2"], **usual)
        assert (plan.forecast.create, plan.forecast.existing) == (2, 2)
        again = await importer.run(file, into="all", **usual)
        assert again.summary.counts["existing"] == 2
        assert again.summary.counts["created"] == 4
        assert held(box) == each(PLACES, "a", "b")

    with_sandbox(work)


IDS = tuple(f"655b33a82209e60b6adb870{number}" for number in range(3))


def stock() -> list[tuple[str, dict[str, Any]]]:
    """One product that every location has, and one that the last lacks."""
    found: list[tuple[str, dict[str, Any]]] = [
        (place, {"_id": product, "name": "P", "skus": ["SKU1"]})
        for place, product in zip(PLACES, IDS, strict=True)
    ]
    return [*found, *((place, {"name": "Q", "skus": ["SKU2"]}) for place in PLACES[:2])]


SHOP = (
    "name,slug,type,product_ids,product_skus\n"
    f"A,a,manual,,SKU1\nB,b,manual,{IDS[0]},\nC,c,manual,,SKU2\n"
)


def test_products_are_looked_up_in_each_location() -> None:
    """One SKU is another id in each; where it is missing only that row is wrong."""

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        found = await importer.run(written(SHOP), into="all", **usual)
        bodies = box.truth()["locations"]
        for place, product in zip(PLACES, IDS, strict=True):
            made = {c["slug"]: c["productIds"] for c in bodies[place]["collections"]}
            assert made["a"] == [product]
        report = lines(found.folder.path / "report.csv")
        assert {line["code"] for line in report[3:6]} == {"product_id_invalid"}
        assert "product_skus" in report[3]["message"]
        statuses = {line["location_id"]: line["status"] for line in report[6:]}
        assert statuses == dict.fromkeys(PLACES, "created") | {PLACES[2]: "invalid"}

    with_sandbox(work, products=stock())


def test_what_is_to_be_corrected_goes_where_it_did_not_go_well() -> None:
    """Wrong everywhere: once, for all again; wrong in one location: for that alone."""

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        found = await importer.run(written(SHOP), into="all", **usual)
        files = [found.folder.path / name for name in ("failed.csv", "failed-2.csv")]
        (alike,), (located,) = map(lines, files)
        assert (alike["slug"], "location_id" in alike) == ("b", False)
        assert (located["slug"], located["location_id"]) == ("c", PLACES[2])

        corrected = files[0].read_text("utf-8-sig").replace(f"{IDS[0]},", ",SKU1")
        files[0].write_text(corrected, "utf-8")
        late = {"location": PLACES[2], "products": [{"name": "P", "skus": ["SKU2"]}]}
        seed(box, late)
        checked = await importer.check(*files)
        assert (checked.exit_code, checked.into) == (0, PLACES)
        again = await importer.run(*files, **usual)
        assert again.summary.counts["created"] == 4
        assert held(box) == each(PLACES, "a", "b", "c")

    with_sandbox(work, products=stock())


def seed(box: Sandbox, given: dict[str, Any]) -> None:
    for product in given["products"]:
        box.store.add_product(given["location"], product, now=box.clock())


def test_a_blank_column_of_locations_names_none_and_is_filled_in() -> None:
    """It may stay in the table; what is to be corrected uses it."""

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        box.store.create(
            PLACES[1], {"name": "x", "slug": "a", "altId": PLACES[1]}, now=box.clock()
        )
        rows = ROWS.replace("\n", "\n,").removesuffix(",")
        file = written(f"location_id,{rows},C,c x,smart,title contains c\n")
        found = await importer.run(file, into="all", on_existing="fail", **usual)
        folder = found.folder.path
        first, second = (
            lines(folder / name) for name in ("failed.csv", "failed-2.csv")
        )
        (located,), (alike,) = first, second
        assert (located["slug"], located["location_id"]) == ("a", PLACES[1])
        assert (alike["slug"], "location_id" in alike) == ("c x", False)
        await importer.write_report(found.folder.path, formats=["xlsx"])
        again = await importer.check(folder / "report.xlsx")
        assert (again.collections, again.into) == (9, ())

    with_sandbox(work)


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        (
            f"location_id,{ROWS}".replace("\n", f"\n{PLACES[0]},", 1),
            {},
            f'shop.csv, row 2 names a location ("{PLACES[0]}")',
        ),
        (ROWS, {"mapping": "m.toml"}, "m.toml says the location of every row"),
        (ROWS, {"location_id": "Shop 1"}, "location_id says one (Shop 1)"),
    ],
)
def test_a_location_of_its_own_is_refused(
    text: str, more: dict[str, Any], message: str
) -> None:
    """Neither a check nor a run guesses which of the two is meant; exit 2."""
    Path("m.toml").write_text(
        f'[columns]\n"name" = "name"\n[constants]\nlocation_id = "{PLACES[0]}"\n'
    )

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        for verb in (importer.run, importer.plan):
            with pytest.raises(UsageError) as caught:
                await verb(written(text), into="all", **usual, **more)
            assert message in str(caught.value)
            assert caught.value.exit_code == 2
            assert "into" in caught.value.remedy or "Leave one" in caught.value.remedy
        with pytest.raises(UsageError):
            await importer.check("shop.csv", into="all", **more)
        assert box.summary()["locations"] == {}
        assert not journals()

    with_sandbox(work)


def test_a_run_that_was_stopped_while_it_read_reads_for_the_same_locations() -> None:
    """The list may have changed since; what was chosen has not."""

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        file = written(ROWS)
        chosen = importer.Settings(where="tag=even", **usual).with_options({})
        folder = new_folders.make(FolderHome(Path("runs")), "one", 0.0)
        async with Session.begin(chosen, folder, [file]) as session:
            session.stop(Interrupted("killed"))
        relisted(lambda text: text.replace("odd", "even"))
        done = await importer.resume("one", **usual)
        assert done is not None
        assert held(box) == {place: ["a", "b"] for place in (PLACES[0], PLACES[2])}

    with_sandbox(work)


def test_a_resume_reads_again_the_corrected_files_of_an_earlier_run() -> None:
    """Those that say their locations go there, and the others everywhere."""

    Path("old").mkdir()
    kept = {"schema": 1, "settings": {"into": ",".join(PLACES[:2])}}
    written(json.dumps(kept), "old/reading.json")
    written(ROWS, "old/failed.csv")
    written(f"location_id,name,slug\n{PLACES[2]},C,c\n", "old/failed-2.csv")

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        files = ["old/failed.csv", "old/failed-2.csv"]
        chosen = importer.Settings(**usual).with_options({})
        folder = new_folders.make(FolderHome(Path("runs")), "one", 0.0)
        async with Session.begin(chosen, folder, files) as session:
            session.stop(Interrupted("killed"))
        await importer.resume("one", **usual)
        everywhere = each(PLACES[:2], "a", "b")
        assert held(box) == everywhere | {PLACES[2]: ["c"]}

    with_sandbox(work)


def test_a_saved_plan_is_for_the_locations_that_it_was_made_for() -> None:
    """One that was listed since then gets nothing."""

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        plan = await importer.plan(written(ROWS), into="all", **usual)
        plan.save("plan.json")
        relisted(lambda text: f'{text}\n[[locations]]\nid = "loc00000000000000009"\n')
        await importer.run(plan="plan.json", **usual)
        assert held(box) == each(PLACES, "a", "b")

    with_sandbox(work)


def test_a_limit_is_one_of_the_rows_of_the_file() -> None:
    """Each of them goes everywhere, or is not read."""

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        await importer.run(written(ROWS), into="all", limit=1, **usual)
        assert held(box) == each(PLACES, "a")

    with_sandbox(work)


def test_collections_made_of_products_are_corrected_in_their_own_table() -> None:
    """A row of a product stands there once, however many locations refuse it."""

    async def work(box: Sandbox, usual: dict[str, Any]) -> None:
        text = "Title,SKU,Shelf\nHat,SKU1,Hats\nCap,SKU2,Hats\nMug,SKU9,Mugs\n"
        file = written(text)
        found = await importer.run(file, into="all", collections_from="Shelf", **usual)
        assert held(box) == each(PLACES, "hats")
        rows = lines(found.folder.path / "failed.csv")
        assert [row["SKU"] for row in rows] == ["SKU9"]
        for place in PLACES:
            seed(
                box, {"location": place, "products": [{"name": "M", "skus": ["SKU9"]}]}
            )
        again = await importer.run(found.folder.path / "failed.csv", **usual)
        assert again.summary.counts[Status.CREATED] == 3
        assert held(box) == each(PLACES, "hats", "mugs")

    stock = [
        (place, {"name": sku, "skus": [sku]})
        for place in PLACES
        for sku in ("SKU1", "SKU2")
    ]
    with_sandbox(work, products=stock)


def test_a_corrected_copy_leaves_the_locations_to_whoever_runs_it() -> None:
    """No cell of it names the place where rows were judged for all."""
    file = written("location_id,name,slug,type,rules\n,A,A b,smart,title contains a\n")
    importer.sync.fix(file, to="fixed.csv", into="all")
    (row,) = lines(Path("fixed.csv"))
    assert (row["location_id"], row["slug"]) == ("", "a-b")
    checked = importer.sync.check("fixed.csv", into="all")
    assert checked.counts["valid"] == 1
