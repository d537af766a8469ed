"""Settings as a value: gathered once, given to verbs, overruled by their options."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import library_user
import pytest

import importer

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

TOKEN = "a-token-0123456789"  # noqa: S105 - of a sandbox
ROWS = (
    "name,slug,type,product_ids\nSummer,summer,manual,655b33a82209e60b6adb87a5\n"
    "Spring,spring,manual,655b33a82209e60b6adb87a5\n"
)

with_sandbox = partial(library_user.with_sandbox, env=False)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    Path("rows.csv").write_text(ROWS, "utf-8")


def test_settings_are_given_to_verbs_and_options_beside_them_go_first() -> None:
    """One value serves check, plan, run and the list of runs; `limit=` overrules it."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        shop = importer.Settings(**given, runs_dir="kept")
        checked = await importer.check("rows.csv", settings=shop)
        planned = await importer.plan("rows.csv", settings=shop)
        result = await importer.run("rows.csv", settings=shop, limit=1)
        [listed] = await importer.list_runs(settings=shop)
        looked = await importer.examine(settings=shop)

        assert checked.collections == planned.forecast.create == 2
        assert result.summary.counts["created"] == 1
        assert result.path.parent == listed.path.parent == Path("kept")
        assert looked.exit_code is importer.Exit.OK
        assert sandbox.truth()["by_method"]["POST"] == 1

    with_sandbox(work)


def test_settings_are_read_once_and_never_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither the environment nor the file is read again; `replace` makes another."""
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "3")
    Path("my.toml").write_text("attempts = 7\n", "utf-8")
    shop = importer.Settings(file="my.toml", token=TOKEN)
    Path("my.toml").unlink()
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "4")

    other = shop.replace(attempts=2)

    assert shop.shown()["concurrency"] == ("3", "environment")
    assert shop.shown()["attempts"] == ("7", "my.toml")
    assert other.shown()["attempts"] == ("2", "flag")
    assert shop != other
    assert shop == other.replace(attempts=7)
    assert importer.Settings(env=False).shown()["concurrency"][1] == "default"


def test_the_repr_of_settings_is_short_and_masks_the_token() -> None:
    """It names what is not as it is by default, and no secret."""
    shown = repr(importer.Settings(env=False, token=TOKEN, limit=5))
    assert shown == "Settings(token=(set), limit='5')"


@pytest.mark.parametrize(
    "wrong",
    [{"no_such": 1}, {"attempts": "many"}, {"on_existing": "replace"}],
)
def test_settings_that_cannot_be_used_are_refused_when_they_are_made(
    wrong: dict[str, Any],
) -> None:
    """In the words of a program, by the constructor and by `replace` alike."""
    made = importer.Settings(env=False)
    name = next(iter(wrong))
    for make in (partial(importer.Settings, env=False), made.replace):
        with pytest.raises(importer.UsageError, match=f"argument '?{name}") as refused:
            make(**wrong)
        assert refused.value.remedy
        assert "importer config" not in refused.value.remedy


@pytest.mark.parametrize("name", ["", " ", "my shop", "../errors"])
def test_a_preset_that_there_is_not_is_named_as_it_was_given(name: str) -> None:
    """Also a blank one, which would leave a hole in the sentence."""
    rows = [{"name": "Hats", "slug": "hats"}]
    with pytest.raises(importer.UsageError) as refused:
        asyncio.run(importer.check(rows, preset=name, env=False))
    assert str(refused.value) == f'preset="{name}": there is no such preset.'


def test_two_sources_of_settings_are_refused() -> None:
    """Which of the two goes first would have to be guessed."""
    shop = importer.Settings(env=False)
    for wrong in ({"config": "my.toml"}, {"env": False}, {"settings": {"limit": 1}}):
        given: dict[str, Any] = {"settings": shop, **wrong}
        with pytest.raises(importer.UsageError, match="settings") as refused:
            asyncio.run(importer.check("rows.csv", **given))
        assert refused.value.remedy
