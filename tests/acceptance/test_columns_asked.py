"""Columns that nothing knows, as `check`, `plan` and `run` tell and ask of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from test_terminal import seated

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

HEADER = "location_id,name,slug,type,product_ids,imgae,nmae"
IGNORED = "no columns of these names are known, so they are ignored: "
HINTED = f"{IGNORED}imgae (did you mean image?), nmae (did you mean name?)"
LOOKS = "rows.csv: imgae looks like image, and is not read."
WAYS = "with --ignore-columns imgae."


def written(importer: Importer, count: int = 2) -> str:
    rows = [f"{row},https://x.example/a.png,x" for row in importer.rows(count)]
    return importer.write("rows.csv", rows, HEADER)


@pytest.mark.measured
def test_an_unknown_column_is_told_by_every_command(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Off a terminal the run goes ahead in this version, and says that it will not."""
    server = sandbox()
    name = written(importer)

    for command in ("check", "plan", "run"):
        where = () if command == "check" else ("--base-url", server.url)
        ended = importer(command, name, *where)
        assert ended.code == 0
        assert HINTED in ended.out
        assert LOOKS in ended.err
        assert WAYS in ended.err
        assert ("the next one will refuse it" in ended.err) is (command == "run")
    assert server.creates() == 2

    unknown = [
        {"header": "imgae", "nearest": "image", "fields": ["image"], "matters": True},
        {"header": "nmae", "nearest": "name", "fields": ["name"], "matters": False},
    ]
    for command in ("check", "plan"):
        where = () if command == "check" else ("--base-url", server.url)
        found = importer(command, name, "--json", *where).document
        assert found["files"][0]["columns_unknown"] == unknown
    summary = json.loads((importer.run_folder() / "summary.json").read_text("utf-8"))
    assert summary["files"][0]["columns_unknown"] == unknown


@pytest.mark.measured
def test_an_ignored_column_is_not_told(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The flag, or the setting in a file, says that it is meant; other slips stay."""
    server = sandbox()
    name = written(importer)
    (importer.folder / "importer.toml").write_text('ignore_columns = ["imgae"]\n')

    ended = importer("run", name, "--base-url", server.url)
    checked = importer("check", name, "--ignore-columns", "imgae,nmae")

    assert ended.code == 0
    assert "nmae (did you mean name?)" in ended.out
    assert "imgae" not in ended.out + ended.err
    assert "ignored" not in checked.out


def test_a_run_asks_before_it_sends_without_a_column(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """An Enter is a no, and what is wrong stands above the question."""
    server = sandbox()
    name = written(importer)

    with seated(importer, "run", name, "--base-url", server.url) as run:
        run.hears("Send it without? [y/N]")
        run.type("\n")
        assert run.ends() == 130
    assert LOOKS in run.said.replace("\r", "")
    assert server.creates() == 0

    with seated(importer, "run", name, "--base-url", server.url) as run:
        run.hears("Send it without? [y/N]")
        run.type("y\n")
        assert run.ends() == 0
    assert server.creates() == 2


def test_the_rows_with_problems_stand_before_the_question(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What will not be sent is seen while no is still an answer."""
    server = sandbox()
    rows = [
        *importer.rows(1),
        f"{importer.location},,x,manual,{importer.product}",
    ]
    name = importer.write("rows.csv", rows)

    with seated(importer, "run", name, "--base-url", server.url) as run:
        run.hears("Send now? [Y/n]")
        asked = run.said
        run.type("n\n")
        assert run.ends() == 130

    assert "1 row has a problem:" in asked
    assert "rows.csv, row 3" in asked
    assert "(name_missing)" in asked
    assert "1 row has a problem and will not be sent." in asked
    assert server.creates() == 0


@pytest.mark.measured
def test_a_known_column_without_a_use_is_not_called_unknown(importer: Importer) -> None:
    """A description is known; HighLevel has no place for it."""
    rows = [f"{row},x,y,2,z" for row in importer.rows(1)]
    header = "location_id,name,slug,type,product_ids,Beschreibung,Parent,,Xyzzy"

    ended = importer("check", importer.write("rows.csv", rows, header))

    assert f"{IGNORED}column H (no header), Xyzzy" in ended.out
    known = "these columns are known, and not sent: Beschreibung, Parent"
    assert known in ended.out


@pytest.mark.measured
def test_a_name_that_another_preset_knows_is_not_proposed_for_itself(
    importer: Importer,
) -> None:
    """`active (did you mean active?)` helps nobody."""
    rows = [f"{row},0" for row in importer.rows(1)]
    name = importer.write(
        "rows.csv", rows, "location_id,name,slug,type,product_ids,active"
    )

    ended = importer("check", name, "--preset", "akeneo")

    assert "active" in ended.out
    assert "did you mean active" not in ended.out


def test_what_is_true_of_a_whole_table_is_told_once_before_the_question(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Of a second file no row has a location: one line, and how many cannot be sent."""
    good = importer.write("good.csv", importer.rows(1))
    bad = importer.write("bad.csv", [f"N{n},n{n}" for n in range(5)], "name,slug")
    with seated(importer, "run", good, bad, "--base-url", sandbox().url) as run:
        run.hears("bad.csv, all 5 rows: location_id: The row does not say")
        run.hears("5 rows have a problem and will not be sent.")
        run.hears("Send now? [Y/n]")
        run.type("n\n")
        run.ends()
    asked = run.said.partition("Send now?")[0]
    assert asked.count("The row does not say which location") == 1
