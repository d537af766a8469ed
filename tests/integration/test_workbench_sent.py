"""A workbench as an input: planned, run, and told with the file's own rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from library_user import with_sandbox

import importer

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox

ID = "655b33a82209e60b6adb87a5"


def test_what_was_edited_is_sent_once_and_told_by_file_and_row(tmp_path: Path) -> None:
    """Columns that a person has named are read so by every verb; what is out is out."""
    path = tmp_path / "spring.csv"
    path.write_text(
        f"My shop\nGruppe,Kurz,Was\nHats,Fine Hats,{ID}\nCaps,caps,{ID}\nBags,bags,x\n",
        "utf-8",
    )

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        location = given.pop("location_id")
        with importer.open(path, location_id=location, env=False) as bench:
            bench.map({"Gruppe": "name", "Kurz": "slug", "Was": "product_ids"})
            bench.apply()
            bench.leave_out(4)
            planned = await importer.plan(bench, **given)
            assert planned.forecast.create == 1
            result = await importer.run(bench, run_id="edited", **given)
            assert result.summary.counts["created"] == 1
            (bad,) = result.problems
            assert (bad.place.file, bad.place.row) == ("spring.csv", 5)
            (place,) = result.created
            assert (place.file, place.row) == ("spring.csv", 3)
            made = sandbox.store.location(location).collections.values()
            assert [each.fields["slug"] for each in made] == ["fine-hats"]
            # mended meanwhile: the same bench again sends what is not there yet
            bench.edit(5, "Was", ID, by="Ann")
            again = await importer.run(
                bench, run_id="again", on_existing="skip", **given
            )
            assert again.summary.counts["created"] == 1

    with_sandbox(work, env=False, runs_dir=str(tmp_path / "runs"))
