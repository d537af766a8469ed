"""The library with the journals in a database: two programs in two folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import library_user
import pytest

import importer
from importer.errors import LocationHeldError, UsageError
from importer.journal import homes

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox

ROWS = [
    {
        "name": f"Row {number}",
        "slug": f"row-{number}",
        "type": "manual",
        "product_ids": "655b33a82209e60b6adb87a5",
    }
    for number in range(3)
]


def machine(given: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The arguments of a program on one of the machines."""
    return given | {"runs_dir": folder}


def test_each_verb_works_on_the_runs_of_another_machine(
    database: str, tmp_path: Path
) -> None:
    """The journal is an argument; reports are where the verb is called."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        first = machine(given, tmp_path / "first")
        second = machine(given, tmp_path / "second")
        made = await importer.run(ROWS, run_id="night", **first)
        assert made.summary.counts["created"] == 3
        (listed,) = await importer.list_runs(**second)
        assert (listed.run_id, listed.counts) == ("night", {"created": 3})
        (report,) = await importer.write_report("night", **second)
        assert report == tmp_path / "second" / "night" / "report.csv"
        audited = await importer.audit("night", **second)
        assert audited.exit_code == 0
        again = await importer.run(ROWS, **second)
        assert again.summary.counts["existing"] == 3
        planned = await importer.plan(ROWS, **second)
        assert planned.summary.counts["existing"] == 3
        resumed = await importer.resume("night", **second)
        assert resumed is not None
        undone = await importer.undo("night", unseen_products=True, **second)
        assert undone.counts == {"deleted": 3}
        assert (await importer.list_runs(**first))[0].state == "undone"
        assert (
            sum(
                len(held["collections"])
                for held in sandbox.truth()["locations"].values()
            )
            == 0
        )

    library_user.with_sandbox(work, env=False, journal=database)


def test_what_another_machine_holds_is_held_here(database: str, tmp_path: Path) -> None:
    """With the run that holds it; `on_overlap` decides as ever."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        here = machine(given, tmp_path / "here")
        other = homes.of(tmp_path / "other", database)
        # also where it writes the address of the server otherwise
        server = f"{given['base_url'].replace('http', 'HTTP')}/"
        with (
            other.claims.claim("theirs", [library_user.LOCATION], server=server),
            pytest.raises(LocationHeldError, match="Run theirs"),
        ):
            await importer.run(ROWS, **here)
        assert await importer.list_runs(**here) == ()
        assert (await importer.run(ROWS, **here)).exit_code == 0

    library_user.with_sandbox(work, env=False, journal=database)


def test_a_password_in_an_argument_is_taken_and_one_that_is_no_address_refused(
    tmp_path: Path,
) -> None:
    """An argument is in no list of processes."""
    address = "postgresql://importer:marker-0123@127.0.0.1:1/importer"
    chosen = importer.Settings(env=False, journal=address, runs_dir=tmp_path)
    assert "marker" not in repr(chosen)
    assert chosen.shown()["journal"][0] == address.replace(":marker-0123", "")
    with pytest.raises(UsageError) as refused:
        importer.Settings(env=False, journal="mysql://u:marker-0123@h/d")
    assert "marker" not in str(refused.value)
