"""Products by SKU, name and handle, with the real command and the sandbox."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Importer, Sandbox

HEADER = "location_id,name,slug,type,product_ids,product_skus,product_names"
SHIRT, RED, TEA, TEA_2, MUG = (
    f"655b33a82209e60b6adb87{end}" for end in ("a1", "a2", "a3", "a4", "b1")
)
QUICK = ("--settle-pauses", "0.1,0.2", "--attempts", "2")


@pytest.fixture
def shop(importer: Importer) -> Importer:
    """The samples, in the folder of the importer."""
    for name in ("collections.csv", "products.csv"):
        shutil.copy(importer.samples / "by-name" / name, importer.folder / name)
    return importer


def stocked(importer: Importer, start: Callable[..., Sandbox], *flags: str) -> Sandbox:
    """A sandbox that has the products of the samples."""
    file = str(importer.folder / "products.csv")
    server = start("--strict", "--products", file, *flags)
    importer.environment["IMPORTER_BASE_URL"] = server.url
    return server


def products(server: Sandbox) -> dict[str, list[str]]:
    """The products of every collection that it holds, by slug."""
    return {
        collection["slug"]: collection["productIds"]
        for location in server.truth()["locations"].values()
        for collection in location["collections"]
    }


def lines(folder: Path) -> dict[str, dict[str, str]]:
    """The report, by slug."""
    with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as stream:
        return {line["slug"]: line for line in csv.DictReader(stream)}


def gets(server: Sandbox) -> int:
    """How many lists were asked for."""
    return int(server.truth()["by_method"].get("GET", 0))


def test_a_check_says_what_will_be_looked_up(shop: Importer) -> None:
    """Without a network; a SKU that is lost is told at once."""
    ended = shop("check", "collections.csv")
    assert ended.code == 0
    assert "plan and run look them up: 5" in ended.out
    shop.write("lost.csv", ["a,A,a,manual,,6.40398E+11,"], HEADER)
    ended = shop("check", "lost.csv", "--json")
    (problem,) = ended.document["problems"]
    assert (problem["code"], problem["column"]) == (
        "product_name_invalid",
        "product_skus",
    )


def test_a_plan_shows_the_ids_and_sends_nothing(
    shop: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Ambiguous and missing names are problems that name the candidates."""
    server = stocked(shop, sandbox)
    ended = shop("plan", "collections.csv")
    assert ended.code == 3
    assert f"product_skus: SH-1 is {SHIRT}, t-1 is {TEA}; " in ended.out
    assert f"2 products have the name Tea: {TEA} (Tea), {TEA_2} (Tea)." in ended.out
    missing = f"no product with the name Blue Shrt. The nearest: Blue Shirt ({SHIRT})"
    assert missing in ended.out
    assert "4 to create, 0 already exist in 2 locations: 4 calls" in ended.out
    assert "2 rows have a problem" in ended.out
    assert server.creates() == 0

    document = shop("plan", "collections.csv", "--json").document
    assert (document["create"], document["invalid"], document["failed"]) == (4, 2, 0)
    first = document["products"][0]
    assert (first["row"], first["slug"]) == (2, "shirts")
    assert first["products"][:2] == [
        {"column": "product_skus", "value": "SH-1", "product_id": SHIRT},
        {"column": "product_skus", "value": "t-1", "product_id": TEA},
    ]


def test_a_run_sends_the_ids_and_the_rest_is_fixed(
    shop: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Ids, SKUs, names and handles of a row together; the report says which."""
    server = stocked(shop, sandbox)
    ended = shop("run", "collections.csv", "--run-id", "one", "--yes")
    assert ended.code == 3
    assert products(server) == {
        "shirts": [SHIRT, TEA, RED],
        "gifts": ["655b33a82209e60b6adb87ff", SHIRT, TEA_2],
        "by-id": [SHIRT],
        "cups": [MUG],
    }
    folder = shop.folder / "runs" / "one"
    report = lines(folder)
    assert report["cups"]["code"] == "products_by_name"
    assert report["cups"]["message"] == f"product_names: Mug is {MUG}."
    assert report["drinks"]["code"] == "product_ambiguous"
    assert report["sale"]["code"] == "product_not_found"

    failed = (folder / "failed.csv").read_text("utf-8-sig")
    fixed = failed.replace("manual,,,Tea,", f"manual,{TEA},,,")
    fixed = fixed.replace("Blue Shrt", "Blue Shirt")
    (shop.folder / "fixed.csv").write_text(fixed, "utf-8")
    assert shop("run", "fixed.csv", "--run-id", "two", "--yes").code == 0
    assert products(server)["drinks"] == [TEA]
    assert products(server)["sale"] == [SHIRT, RED]


def test_the_same_file_again_looks_up_only_what_is_to_be_created(
    shop: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """One list for each location, which takes two calls, and none of products."""
    server = stocked(shop, sandbox)
    row = f"{shop.location},Cups,cups,manual,,SH-1,"
    name = shop.write("one.csv", [row], HEADER)
    assert shop("run", name, "--run-id", "one", "--yes").code == 0
    before = gets(server)
    assert shop("run", name, "--run-id", "two", "--yes").code == 0
    assert gets(server) - before == 2
    name = shop.write("ids.csv", [f"{shop.location},B,b,manual,{SHIRT},,"], HEADER)
    assert shop("run", name, "--run-id", "three", "--yes").code == 0
    assert gets(server) - before == 4


def test_a_resume_knows_the_ids_already(
    shop: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The lists are not read again, and what is sent is what was looked up."""
    server = stocked(shop, sandbox, "--fault-for", "cups=reset_before*2")
    name = shop.write("one.csv", [f"{shop.location},Cups,cups,,,SH-1,"], HEADER)
    ended = shop("run", name, "--run-id", "one", "--yes", *QUICK)
    assert ended.code != 0
    assert products(server) == {}
    before = gets(server)
    assert shop("resume", "one", *QUICK).code == 0
    assert products(server) == {"cups": [SHIRT]}
    # the location's collections, once to compare and perhaps to settle
    assert gets(server) - before <= 3


def test_a_run_that_is_killed_while_it_looks_up_is_finished(
    shop: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """No row is sent without the products that it names."""
    rows = [f"{shop.location},P{n},,p-{n},S-{n}" for n in range(1500)]
    shop.write("products.csv", rows, "location_id,name,_id,slug,skus")
    server = stocked(shop, sandbox, "--latency", "150ms", "--limit", "1000/1s")
    row = f"{shop.location},All,all,manual,,S-3|S-1499,P7"
    name = shop.write("one.csv", [row], HEADER)
    command = ("run", name, "--run-id", "one", "--yes", "--rate", "none")
    process = shop.start(*command)
    while gets(server) < 5:
        assert process.poll() is None
    process.kill()
    process.communicate()
    assert products(server) == {}
    assert shop("resume", "one", "--rate", "none").code == 0
    assert len(products(server)["all"]) == 3


def test_a_location_whose_products_are_refused_stops_only_the_rows_that_ask(
    shop: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """They have failed, the scopes are named, and a resume asks once more."""
    state = str(shop.folder / "state.json")
    refused = ("--products-refused", shop.location, "--state", state)
    server = stocked(shop, sandbox, *refused)
    rows = [
        f"{shop.location},Named,named,manual,,SH-1,",
        f"{shop.location},By id,by-id,manual,{SHIRT},,",
        f"{shop.other_location},Cups,cups,manual,,,Mug",
    ]
    name = shop.write("two.csv", rows, HEADER)
    ended = shop("plan", name)
    assert ended.code == 3
    assert (
        f"row 2: named in {shop.location}  product_skus: The products of" in ended.out
    )
    assert "1 row has a problem" in ended.out

    ended = shop("run", name, "--run-id", "one", "--yes")
    assert ended.code == 3
    assert products(server) == {"by-id": [SHIRT], "cups": [MUG]}
    line = lines(shop.folder / "runs" / "one")["named"]
    assert (line["status"], line["code"]) == ("failed", "products_not_listed")
    assert "products/prices.readonly" in line["message"]

    shop.environment["IMPORTER_BASE_URL"] = ""
    server.end()
    fixed = stocked(shop, sandbox, "--state", state)
    ended = shop("resume", "one", "--base-url", fixed.url)
    assert ended.code == 0
    assert products(fixed)["named"] == [SHIRT]
    assert products(fixed)["cups"] == [MUG]


def test_a_matrixify_export_finds_its_products_by_their_handles(
    shop: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Its ids are another shop's; what is missing can be left out with a word."""
    server = stocked(shop, sandbox)
    rows = ["a,A,TRUE,12,blue-shirt", "a,,,13,gone", "b,B,TRUE,14,red-shirt"]
    header = "Handle,Title,Top Row,Product: ID,Product: Handle"
    name = shop.write("export.csv", rows, header)
    where = ("--location-id", shop.location)
    ended = shop("run", name, *where, "--run-id", "one", "--yes")
    assert ended.code == 3
    assert products(server) == {"b": [RED]}
    ended = shop(
        *("run", name, *where, "--run-id", "two", "--yes"), "--no-require-product-ids"
    )
    assert ended.code == 0
    assert products(server)["a"] == [SHIRT]
    message = lines(shop.folder / "runs" / "two")["a"]["message"]
    assert f"blue-shirt is {SHIRT}" in message
    assert "no product with the handle gone. It is left out." in message


def test_a_corrected_copy_keeps_the_names(shop: Importer) -> None:
    """Two rows of another name that name other products are two collections."""
    rows = ["a,A,a,manual,,S-1,", "a,B,a,manual,,S-2,"]
    name = shop.write("twice.csv", rows, HEADER)
    numbered = ("--fix", "fixed.csv", "--number-duplicates", "--json")
    ended = shop("check", name, *numbered)
    assert ended.code == 0
    assert [change["after"] for change in ended.document["changes"]] == ["a-2"]
    text = (shop.folder / "fixed.csv").read_text("utf-8-sig")
    found = list(csv.DictReader(text.splitlines()))
    assert [line["product_skus"] for line in found] == ["S-1", "S-2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("location_id,name\n,Tea\n", "row 2 needs location_id and name"),
    ],
)
def test_a_sandbox_says_what_is_wrong_with_a_file_of_products(
    content: str | None, words: str, importer: Importer
) -> None:
    """Before it listens."""
    if content is not None:
        (importer.folder / "p.csv").write_text(content, "utf-8")
    ended = importer("sandbox", "--products", "p.csv")
    assert ended.code == 2
    assert words in ended.err


def test_products_can_be_seeded_while_the_sandbox_runs(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """With names, handles and SKUs, as for the lists of collections."""
    server = sandbox()
    importer.environment["IMPORTER_BASE_URL"] = server.url
    product: Any = {"_id": MUG, "name": "Mug", "slug": "mug", "skus": ["M-1"]}
    seed = {"location": importer.location, "products": [product]}
    server.post("seed", json.dumps(seed).encode())
    row = f"{importer.location},Cups,cups,manual,,M-1,mug"
    name = importer.write("one.csv", [row], HEADER)
    assert importer("run", name, "--yes").code == 0
    assert products(server) == {"cups": [MUG]}


def test_every_code_of_a_row_is_counted(
    shop: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A row with two problems counts in both, and a product in two columns is told."""
    stocked(shop, sandbox)
    location = "Z4Bxl8J4SaPEPLq9IQ8g"
    rows = ["Tea,tea,manual,,NONE,Tea", f"Red,red,manual,{SHIRT},SH-1,"]
    shop.write("two.csv", [f"{location},{row}" for row in rows], HEADER)

    ended = shop("run", "two.csv", "--yes", "--json", *QUICK)

    codes = ended.document["codes"]
    assert codes["product_not_found"] == codes["product_ambiguous"] == 1
    assert codes["products_by_name"] == codes["product_repeated"] == 1
    message = lines(shop.run_folder())["red"]["message"]
    assert "SH-1 means a product that the row lists already" in message
