"""The library's verbs beside check, plan, run and resume: what a command does, too."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import threading
from dataclasses import FrozenInstanceError
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import library_user
import pandas as pd  # noqa: TID251 - what a user of the library brings
import pytest
from jsonschema import Draft202012Validator

import importer
from importer import journal, schemas
from importer.api import sentence, settings_value
from importer.doctor import computer
from importer.journal.planned import Planned
from importer.journal.sqlite import mark, soundness
from importer.models import Code
from importer.runs import balance, finish, folders, inventory, planfile, undo

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
PRODUCT = "655b33a82209e60b6adb87a5"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def rows(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [f"Collection {number}" for number in range(count)],
            "slug": [f"collection-{number}" for number in range(count)],
            "type": "manual",
            "product_ids": PRODUCT,
        }
    )


with_sandbox = partial(library_user.with_sandbox, env=False)


def held(sandbox: Sandbox) -> list[dict[str, Any]]:
    collections: list[dict[str, Any]]
    collections = sandbox.truth()["locations"][LOCATION]["collections"]
    return collections


def test_the_front_door_offers_every_verb_and_loads_none_of_them() -> None:
    """What takes long to import is imported by the verb that needs it."""
    verbs = {"check", "fix", "plan", "run", "resume", "audit", "undo", "list_runs"}
    verbs |= {"write_report", "examine", "start"}
    assert verbs <= set(importer.__all__)
    assert all(callable(getattr(importer, verb)) for verb in verbs)
    script = "import importer, sys; print('importer.api' in sys.modules)"
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "False\n"


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_fix_writes_a_corrected_copy_and_tells_every_change(
    tmp_path: Path, suffix: str
) -> None:
    """The input stays as it is, and what cannot be corrected is told."""
    file, copy = tmp_path / "in.csv", tmp_path / f"copy.{suffix}"
    table = rows(3)
    table.loc[0, "name"] = " Collection 0 "
    table.loc[1, "type"] = "MANUAL"
    table.loc[2, "product_ids"] = "6.55E+23"
    table.to_csv(file, index=False)
    before = file.read_bytes()

    done = asyncio.run(importer.fix(file, to=copy, location_id=LOCATION, env=False))

    assert done.path == copy
    assert copy.is_file()
    assert file.read_bytes() == before
    assert {change.column for change in done.changes} == {"name", "type"}
    assert [str(change.kind) for change in done.unfixed] == ["destroyed"]
    assert done.problems_before == 1
    assert done.checked.counts == {"valid": 2, "invalid": 1, "duplicate": 0}
    assert done.checked.exit_code == 3
    with pytest.raises(FrozenInstanceError):
        done.path = file  # type: ignore[misc]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"to": "in.csv", "force": True}, "in.csv"),
        ({"to": "there.csv"}, "force"),
        ({"to": 7}, "to=7"),
        ({"to": "out.csv", "columns": "mine"}, "columns='mine'"),
        ({"to": "out.csv", "limit": 1}, "limit"),
        ({"to": "out.csv", "no_such": 1}, "no_such"),
        ({"to": "out.pdf"}, "out.pdf"),
    ],
)
def test_a_copy_that_must_not_be_written_is_refused_in_arguments(
    tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    """Nothing is written, and no flag is spoken of."""
    rows(1).to_csv(tmp_path / "in.csv", index=False)
    (tmp_path / "there.csv").write_text("kept", "utf-8")
    before = (tmp_path / "in.csv").read_bytes()

    with pytest.raises(importer.UsageError) as refused:
        asyncio.run(importer.fix("in.csv", location_id=LOCATION, env=False, **more))

    told = f"{refused.value} {refused.value.remedy}"
    assert said in told
    assert "--" not in told
    assert refused.value.remedy
    assert (tmp_path / "in.csv").read_bytes() == before
    assert (tmp_path / "there.csv").read_text("utf-8") == "kept"
    assert not list(tmp_path.glob("out.*"))


def test_fix_takes_no_table_in_memory() -> None:
    """Such a table has no file that could be corrected."""
    with pytest.raises(importer.UsageError, match="DataFrame"):
        asyncio.run(importer.fix(rows(1), to="out.csv", env=False))  # type: ignore[arg-type]


def test_an_audit_finds_what_is_missing_and_corrects_the_report() -> None:
    """A result of its own, whose rows are those of the report."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        done = await importer.run(rows(3), run_id="audited", **given)
        sound = await importer.audit("audited", settle_pauses="0.05s", **given)
        assert (sound.exit_code, dict(sound.findings)) == (0, {})
        assert sound.locations == 1
        await removed(sandbox, given, held(sandbox)[0]["_id"])

        found = await importer.audit(done.path, settle_pauses="0.05s", **given)

        assert found.exit_code == 3
        assert dict(found.findings) == {Code.MISSING_AT_SERVER: 1}
        assert (found.locations, found.removed, found.undone) == (1, 0, 0)
        assert not found.failed
        assert found.summary.run_id == "audited"
        codes = [line.code for line in found.lines()]
        assert codes.count(Code.MISSING_AT_SERVER) == 1
        with pytest.raises(importer.InputError, match="no run other"):
            await importer.audit("other", **given)

    with_sandbox(work)


async def removed(sandbox: Sandbox, given: dict[str, Any], collection_id: str) -> None:
    """Delete a collection as a person does it in HighLevel."""
    import aiohttp  # noqa: PLC0415 - of this alone

    headers = {
        "Authorization": f"Bearer {given['token']}",
        "Version": "2021-07-28",
        "Accept": "application/json",
    }
    url = f"{sandbox.url}/products/collections/{collection_id}"
    where = {"altId": LOCATION, "altType": "location"}
    async with (
        aiohttp.ClientSession() as session,
        session.delete(url, headers=headers, params=where) as answer,
    ):
        assert answer.status == 200


def test_an_undo_deletes_what_the_run_created_and_says_of_what_is_left() -> None:
    """First a look, then the deletion; products that cannot be seen need a yes."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        await importer.run(rows(3), run_id="undone", **given)

        looked = await importer.undo("undone", dry_run=True, **given)
        assert looked.dry_run
        assert looked.foreseen.delete == len(held(sandbox)) == 3
        assert dict(looked.counts) == {"would_delete": 3}
        if looked.foreseen.unseen:
            with pytest.raises(importer.UsageError) as refused:
                await importer.undo("undone", **given)
            assert "unseen_products" in refused.value.remedy
            assert "--" not in refused.value.remedy
            assert len(held(sandbox)) == 3

        done = await importer.undo("undone", unseen_products=True, **given)
        assert done.exit_code == 0
        assert dict(done.counts) == {"deleted": 3}
        assert [state for _, state, _ in done.lines] == ["deleted"] * 3
        assert held(sandbox) == []
        assert (done.folder.path / "undo.csv").is_file()
        [listed] = await importer.list_runs()
        assert listed.state == "undone"
        again = await importer.undo("undone", unseen_products=True, **given)
        assert (again.earlier, dict(again.counts)) == (3, {})

    with_sandbox(work)


def test_runs_are_listed_with_what_became_of_them(tmp_path: Path) -> None:
    """The newest last, in the words of `importer runs`; a damaged one with why."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        assert await importer.list_runs() == ()
        await importer.run(rows(2), run_id="b-first", **given)
        await importer.run(rows(3), run_id="a-second", **given)

        first, second = await importer.list_runs(runs_dir=tmp_path / "runs")
        assert (first.run_id, second.run_id) == ("b-first", "a-second")
        assert (first.state, first.process, first.problem) == ("finished", None, None)
        assert dict(first.counts) == {"created": 2}
        assert dict(second.counts) == {"created": 1, "existing": 2}
        assert first.path == tmp_path / "runs" / "b-first"
        assert first.started_at is not None
        assert second.started_at is not None
        assert first.started_at < second.started_at

        (first.path / "journal.db").write_bytes(b"no journal" * 500)
        damaged, _ = sorted(
            await importer.list_runs(), key=lambda run: run.counts != {}
        )
        assert (damaged.run_id, damaged.state) == ("b-first", "damaged")
        assert isinstance(damaged.problem, importer.InputError)

    with_sandbox(work)


def test_reports_are_written_again_without_a_token() -> None:
    """One format or several, as a text or a list; an unknown one is refused."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        result = await importer.run(rows(2), run_id="reported", **given)
        (result.path / "report.csv").unlink()

        written = await importer.write_report("reported", env=False)
        assert written == (result.path / "report.csv",)
        assert written[0].is_file()
        several = await importer.write_report("reported", ["jsonl", "xlsx"], env=False)
        assert [path.name for path in several] == ["report.jsonl", "report.xlsx"]
        assert all(path.is_file() for path in several)
        for wrong in ("pdf", ["csv", "pdf"], [7], ""):
            with pytest.raises(importer.UsageError) as refused:
                await importer.write_report("reported", wrong, env=False)  # type: ignore[arg-type]
            assert refused.value.remedy
        with pytest.raises(importer.InputError):
            await importer.write_report("none", env=False)

    with_sandbox(work)


def test_what_an_examination_prints_is_as_its_schema_says() -> None:
    """The document has every key that `doctor --json` has."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        schema = schemas.schema("doctor")
        for wrong in ({}, {"rate": "many"}):
            found = await importer.examine(**given | wrong)
            Draft202012Validator(schema).validate(found.document())

    with_sandbox(work)


#: What takes long where there are many rows, runs or locations.
IN_THREADS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (finish, ("close",)),
    (balance, ("counted_codes",)),
    (undo, ("write",)),
    (inventory, ("survey", "refuse_unread")),
    (planfile, ("load",)),
    (Planned, ("all_in",)),
    (journal, ("create",)),
    (settings_value, ("chosen",)),
    (sentence, ("require_token",)),
    (computer, ("versions", "settings", "runs_folder", "journals", "disk")),
)


def test_what_takes_long_is_done_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop's thread writes no report, and verifies no journal of earlier runs."""
    threads: dict[str, set[bool]] = {}

    def noted(module: Any, name: str) -> None:
        function = getattr(module, name)

        def noting(*arguments: Any, **options: Any) -> Any:
            is_main = threading.current_thread() is threading.main_thread()
            threads.setdefault(name, set()).add(is_main)
            return function(*arguments, **options)

        monkeypatch.setattr(module, name, noting)

    for module, names in IN_THREADS:
        for name in names:
            noted(module, name)

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        rows = [{"name": "A", "slug": "a"}]
        given = given | {"require_product_ids": False}
        planned = await importer.plan(rows, **given)
        await asyncio.to_thread(planned.save, "plan.json")
        await importer.run(rows, run_id="done", plan="plan.json", **given)
        await importer.examine(**given)
        await importer.resume(**given)
        await importer.audit("done", **given)
        await importer.undo("done", unseen_products=True, **given)

    with_sandbox(work)
    assert threads == {name: {False} for _, names in IN_THREADS for name in names}


def given_up(moment: str, patched: pytest.MonkeyPatch) -> None:
    """Have the run `goes` removed before, during or after the look at its journal."""
    run = folders.RunFolder(Path("runs"), "goes")
    opened, look, count = folders.opened, soundness._facts, mark.Mark

    def goes(folder: folders.RunFolder, *options: Any) -> Any:
        if moment == "before":
            folders.discard(run)
        book = opened(folder, *options)
        if moment == "after" and folder == run:
            folders.discard(run)
        return book

    def looked(connection: Any, path: Path) -> Any:
        if moment == "during" and path.parent == run.path:
            folders.discard(run)
            path.stat()
        return look(connection, path)

    def counted(path: Path) -> mark.Mark:
        if moment == "checked" and path.parent == run.path:
            folders.discard(run)
        return count(path)

    patched.setattr(mark, "Mark", counted)
    patched.setattr(inventory, "opened", goes)
    patched.setattr(soundness, "_facts", looked)


@pytest.mark.parametrize("moment", ["before", "during", "checked", "after"])
@pytest.mark.parametrize("verb", ["list_runs", "resume", "run"])
def test_a_run_that_is_given_up_while_runs_are_looked_at_is_none(
    moment: str, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sent nothing, and its folder goes at any moment: no run is held up by it."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        await importer.run(rows(1), run_id="stays", **given)
        shutil.copytree("runs/stays", "runs/goes")
        given_up(moment, monkeypatch)
        if verb == "list_runs":
            [listed] = await importer.list_runs(**given)
            assert listed.run_id == "stays"
        elif verb == "resume":
            assert await importer.resume(**given) is None
        else:
            assert (await importer.run(rows(1), run_id="more", **given)).ok

    with_sandbox(work)
    assert not Path("runs", "goes").exists()


def test_an_examination_says_what_is_wrong_in_arguments() -> None:
    """Nothing is created; settings that cannot be used are a look, not an exception."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        found = await importer.examine(**given)
        assert found.exit_code == 0
        assert {"token", "location", "read scope"} <= {one.name for one in found.checks}
        assert sandbox.truth()["locations"].get(LOCATION, {}).get("collections") in (
            None,
            [],
        )

        for wrong in ({"rate": "many"}, {"no_such": 1}):
            refused = await importer.examine(**given | wrong)
            told = refused.checks[-1]
            assert (refused.exit_code, told.code) == (2, "setting_unusable")
            assert "argument" in told.message
            assert "(flag)" not in told.message
        nowhere = await importer.examine(**given | {"base_url": "http://127.0.0.1:1"})
        unreached = [one for one in nowhere.checks if one.code == "unreachable"]
        assert "base_url" in unreached[0].remedy
        assert "--" not in unreached[0].remedy

    with_sandbox(work)


def test_the_environment_sets_nothing_where_it_was_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even what no argument and no settings file says."""
    monkeypatch.setenv("IMPORTER_RUNS_DIR", str(tmp_path / "of-others"))
    monkeypatch.setenv("IMPORTER_LIMIT", "1")

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        result = await importer.run(rows(2), run_id="own", **given)
        assert result.path.parent.name == "runs"
        assert len(held(sandbox)) == 2
        assert [run.run_id for run in await importer.list_runs(env=False)] == ["own"]
        assert await importer.list_runs() == ()

    with_sandbox(work)
