"""Arguments of the verbs that mean nothing, or something else than they say."""

from __future__ import annotations

import asyncio
import io
import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import library_user
import pytest

import importer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from importer.sandbox import Sandbox

PRODUCT = "655b33a82209e60b6adb87a5"
ROWS = [
    {"name": f"Shelf {n}", "slug": f"shelf-{n}", "product_ids": PRODUCT}
    for n in range(2)
]
GIVEN: dict[str, Any] = {
    "location_id": library_user.LOCATION,
    "token": "a-token-0123456789",
    "base_url": "http://127.0.0.1:9",
}

with_sandbox = partial(library_user.with_sandbox, env=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file that is a good input."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "in.csv").write_text(
        f"name,slug,type,product_ids\nShelf,shelf,manual,{PRODUCT}\n"
    )
    return tmp_path


async def started(*inputs: Any, **options: Any) -> None:
    async with importer.start(*inputs, **options) as run:
        await run.result()


VERBS: dict[str, Callable[..., Coroutine[Any, Any, Any]]] = {
    "check": partial(importer.check, "in.csv"),
    "fix": partial(importer.fix, "in.csv", to="out.csv"),
    "plan": partial(importer.plan, "in.csv"),
    "run": partial(importer.run, "in.csv"),
    "start": partial(started, "in.csv"),
    "resume": partial(importer.resume, "night"),
    "audit": partial(importer.audit, "night"),
    "undo": partial(importer.undo, "night"),
    "list_runs": importer.list_runs,
    "write_report": partial(importer.write_report, "night"),
    "examine": importer.examine,
}
SWITCHES = [(verb, "env") for verb in VERBS] + [
    ("fix", "force"),
    ("fix", "number_duplicates"),
    ("audit", "repair"),
    ("undo", "dry_run"),
    ("undo", "unseen_products"),
]


@pytest.mark.parametrize(("verb", "name"), SWITCHES)
@pytest.mark.parametrize("value", ["no", "false", "", None, 0, 1, []])
def test_a_switch_is_true_or_false_and_nothing_that_may_pass_for_it(
    verb: str, name: str, value: object, folder: Path
) -> None:
    """`repair="no"` would delete; it is refused before anything happens."""
    before = sorted(folder.iterdir())
    with pytest.raises(importer.UsageError, match="True or False") as refused:
        asyncio.run(VERBS[verb](**{**GIVEN, name: value}))
    assert f"{name}={value!r}" in str(refused.value)
    assert f"{name}=False" in refused.value.remedy
    assert sorted(folder.iterdir()) == before


def test_the_verbs_without_an_event_loop_and_settings_check_switches_too() -> None:
    """So does a verb that is given both settings and a switch."""
    sync: Any = importer.sync
    given: Any = importer.Settings(env=False, **GIVEN)
    for call in (
        partial(sync.audit, "night", repair="no"),
        partial(sync.undo, "night", dry_run="false"),
        partial(sync.fix, "in.csv", to="out.csv", force="no"),
        partial(sync.run, "in.csv", env="no"),
        partial(sync.resume, env=0),
        partial(sync.check, "in.csv", settings=given, env=None),
        partial(importer.Settings, env="no"),  # type: ignore[arg-type]
    ):
        with pytest.raises(importer.UsageError, match="True or False"):
            call()


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
@pytest.mark.parametrize("verb", ["check", "fix", "plan", "run"])
def test_a_blank_input_is_not_the_current_folder(verb: str, blank: str) -> None:
    """A variable that is not set would import whatever lies there."""
    done = getattr(importer.sync, verb)
    more = {"to": "out.csv"} if verb == "fix" else {}
    with pytest.raises(importer.InputError, match="names no file") as refused:
        done(blank, **more, env=False, **GIVEN)
    assert "current folder" in refused.value.remedy
    if verb != "fix":
        with pytest.raises(importer.InputError, match="names no file"):
            done(importer.Input(blank, "spring"), env=False, **GIVEN)


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_path_is_refused_wherever_a_path_is_given(blank: str) -> None:
    """It would be the current folder: of runs, of settings, of a plan, of a copy."""
    sync = importer.sync
    for call in (
        partial(sync.fix, "in.csv", to=blank),
        partial(sync.run, plan=blank),
        partial(sync.run, "in.csv", config=blank),
        partial(sync.examine, config=blank),
        partial(importer.Settings, file=blank),
        partial(sync.list_runs, runs_dir=blank),
        partial(sync.run, "in.csv", runs_dir=blank, env=False, **GIVEN),
        partial(importer.Settings, runs_dir=blank),
        partial(importer.Settings, token_file=blank),
        partial(importer.Settings, mapping=blank),
        partial(importer.Settings, metrics_file=blank),
        partial(importer.Settings, metrics_file=Path(blank or "  ")),
        partial(importer.Settings, token_file=Path("  ")),
    ):
        with pytest.raises(importer.UsageError, match=r"names no|names nothing") as no:
            call()
        assert no.value.remedy
    with pytest.raises(importer.UsageError, match="names no file"):
        importer.Settings(locations_file=" ")
    importer.Settings(locations_file="", runs_dir=".")


def test_a_run_without_a_name_is_not_the_newest_one(folder: Path) -> None:
    """`resume("")` is refused as `audit("")` is; only None asks for the newest."""
    (folder / "runs").mkdir()
    for call in (importer.sync.resume, importer.sync.audit, importer.sync.undo):
        with pytest.raises(importer.InputError, match="There is no run"):
            call("", env=False, **GIVEN)
    with pytest.raises(importer.InputError, match="There is no run"):
        asyncio.run(importer.resume("", env=False, **GIVEN))


class Letters:
    """A file that an event loop reads, opened as text."""

    name = "spring.csv"

    def __init__(self, text: str) -> None:
        self._text = io.StringIO(text)

    async def read(self, size: int = -1) -> str:
        return self._text.read(size)


@pytest.mark.parametrize("text", ["name,slug\nShelf,shelf\n", ""])
def test_an_async_file_of_text_is_refused_like_its_twin(text: str) -> None:
    """The sentence says how to open it."""
    said = []
    for file in (io.StringIO(text), Letters(text)):
        given: Any = importer.Input(file, "spring.csv")  # type: ignore[arg-type]
        with pytest.raises(importer.UsageError, match="opened as text") as refused:
            asyncio.run(importer.check(given, env=False))
        said.append((str(refused.value), refused.value.remedy))
    assert said[0] == said[1]


@pytest.mark.parametrize("truth", [True, False])
def test_a_truth_is_no_number_and_no_text(truth: Any) -> None:
    """`limit=True` would be one row; what is a switch takes it."""
    for name in ("limit", "concurrency", "timeout", "rate", "location_id", "mapping"):
        given: Any = {name: truth}
        with pytest.raises(importer.UsageError, match=f"{name}.* is a switch"):
            importer.Settings(env=False, **given)
    importer.Settings(env=False, audit=truth, wait_for_quota=truth)


@pytest.mark.parametrize("settings", [{}, {"rate": "none"}, "importer.toml"])
def test_settings_that_are_none_are_told_what_to_write(settings: Any) -> None:
    """A dict of options is the likeliest: it is no text that is missing."""
    for verb in ("check", "plan", "run", "resume", "audit", "undo", "list_runs"):
        call = partial(VERBS[verb], settings=settings)
        with pytest.raises(importer.UsageError, match="settings=") as refused:
            asyncio.run(call())
        assert "importer.Settings(" in refused.value.remedy
        assert "as text" not in refused.value.remedy


@pytest.mark.parametrize("value", [None, 5, b"x", ["out.csv"]])
def test_what_is_no_path_or_name_is_refused_in_words(value: Any) -> None:
    """None stands for nothing where something has to be named."""
    sync = importer.sync
    for call in (
        partial(sync.fix, "in.csv", to=value),
        partial(sync.fix, value, to="out.csv"),
        partial(sync.audit, value),
        partial(sync.undo, value),
        partial(sync.write_report, value),
    ):
        with pytest.raises(importer.UsageError, match="cannot be used") as refused:
            call(env=False)
        assert refused.value.remedy


def test_what_is_no_time_no_format_and_no_row_is_refused_in_words(
    folder: Path,
) -> None:
    """No TypeError of Python's reaches the program, and the run goes on."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        plan = await importer.plan(ROWS, **given)
        for path in (None, 5, "", " "):
            with pytest.raises(importer.UsageError, match="argument path="):
                plan.save(path)  # type: ignore[arg-type]
        run = importer.start(ROWS, run_id="night", **given)
        every: Any
        for every in (None, "1s", 0, math.nan, True, [1]):
            with pytest.raises(importer.UsageError, match="argument every="):
                await run.show(every)
            with pytest.raises(importer.UsageError, match="argument every="):
                await anext(run.watch(every))
        result = await run.show(every=0.01)
        assert result.summary.counts["created"] == len(ROWS)
        formats: Any
        for formats in (None, 5, b"csv", [5]):
            with pytest.raises(importer.UsageError, match="argument formats="):
                await importer.write_report("night", formats, **given)
        formats = (name for name in ["csv"])
        written = await importer.write_report("night", formats, **given)
        assert [path.name for path in written] == ["report.csv"]
        key: Any
        for key in ((1, 2, 3), (), ("x",), ("x", 2), 99, "x", None):
            with pytest.raises(KeyError):
                result.created[key]
            assert key not in result.created

    with_sandbox(work, runs_dir=str(folder / "runs"))
