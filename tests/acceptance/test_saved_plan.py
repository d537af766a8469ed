"""A plan that was saved is done exactly, or nothing is sent at all."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Importer, Sandbox


@pytest.fixture
def server(importer: Importer, sandbox: Callable[..., Sandbox]) -> Sandbox:
    """A sandbox that the importer talks to."""
    started = sandbox()
    importer.environment["IMPORTER_BASE_URL"] = started.url
    return started


def read(importer: Importer, name: str = "plan.json") -> Any:
    """Give a plan as any program reads it."""
    return json.loads((importer.folder / name).read_text("utf-8"))


def saved(importer: Importer, rows: list[str], *flags: str) -> str:
    """Write a table and its plan; the table's name."""
    name = importer.write("shop.csv", rows)
    ended = importer("plan", name, *flags, "-o", "plan.json")
    assert "NOTHING WAS SENT." in ended.out
    assert "To do it: importer run --plan plan.json" in ended.out
    return name


def change(path: Path, old: str, new: str) -> None:
    """Change the first place where a text stands."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.measured
def test_a_plan_holds_what_would_be_done_and_is_done(
    importer: Importer, server: Sandbox
) -> None:
    """Each row with action, match and reason; the run does that and nothing else."""
    importer("run", importer.write("old.csv", importer.rows(2)))
    [[held], _] = server.held().values()
    rows = importer.rows(4)
    rows[0] = rows[0].replace("Collection 0", "Renamed")
    rows += [rows[3], f"{importer.location},Nothing in it,nothing,manual,"]
    saved(importer, rows, "--on-existing", "update")
    posted = server.creates()

    plan = read(importer)
    ended = importer("run", "--plan", "plan.json", "--run-id", "planned")

    actions = [row["action"] for row in plan["rows"]]
    assert actions == [
        "update",
        "existing",
        "create",
        "create",
        "duplicate",
        "invalid",
    ]
    assert plan["rows"][0]["match"] == held
    assert plan["rows"][0]["changes"] == {"name": ["Collection 0", "Renamed"]}
    assert plan["rows"][5]["code"] == "product_ids_missing"
    assert plan["rows"][5]["reason"]
    assert plan["forecast"]["calls"] == 4  # what is updated is read before
    assert plan["counts"]["create"] == 2
    assert plan["settings"]["on_existing"] == "update"
    assert len(plan["inputs"][0]["files"][0]["sha256"]) == 64
    assert importer.token not in json.dumps(plan)
    assert ended.code == 3  # two rows have a problem, as planned
    summary = json.loads(
        (importer.folder / "runs" / "planned" / "summary.json").read_text("utf-8")
    )
    did = {name: count for name, count in summary["counts"].items() if count}
    assert did == {
        "created": 2,
        "updated": 1,
        "existing": 1,
        "duplicate": 1,
        "invalid": 1,
    }
    assert server.creates() == posted + 2


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Collection 1,", "Collection One,", "shop.csv, row 3 (collection-1) was chan"),
        ("collection-1,", "other,", "shop.csv, row 3 (other) was changed"),
        ("manual,", "smart,", "shop.csv, row 2 (collection-0) was changed"),
        ("slug,", "handle,", "the header of shop.csv was changed"),
        ("\n", "\r\n", "shop.csv was saved anew, though none of its rows is another"),
    ],
)
def test_a_change_of_the_input_stops_with_9_and_names_the_row(
    old: str, new: str, words: str, importer: Importer, server: Sandbox
) -> None:
    """Nothing is sent, no run folder is left, and the way out is a command."""
    name = saved(importer, importer.rows(3))
    change(importer.folder / name, old, new)

    ended = importer("run", "--plan", "plan.json")

    assert ended.code == 9
    assert words in ended.err
    assert "Nothing was sent." in ended.err
    assert "importer plan shop.csv -o plan.json" in ended.err
    assert server.creates() == 0
    assert not list((importer.folder / "runs").glob("[!.]*"))


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (5, "row 5 (collection-3) was added; shop.csv, row 6 (collection-4) was added"),
        (2, "shop.csv, row 4 (collection-2) is gone"),
    ],
)
def test_rows_that_were_added_or_removed_are_named(
    count: int, words: str, importer: Importer, server: Sandbox
) -> None:
    """The rows behind the end of the other one."""
    saved(importer, importer.rows(3))
    importer.write("shop.csv", importer.rows(count))

    ended = importer("run", "--plan", "plan.json")

    assert ended.code == 9
    assert words in ended.err
    assert server.creates() == 0


def test_the_hundredth_row_that_differs_is_counted(
    importer: Importer, server: Sandbox
) -> None:
    """A row put in at the top moves all others; three are named."""
    saved(importer, importer.rows(100))
    importer.write("shop.csv", [*importer.rows(1, first=500), *importer.rows(100)])

    ended = importer("run", "--plan", "plan.json")

    assert ended.code == 9
    assert "and 98 more rows" in ended.err
    assert len(ended.err) < 1000
    assert server.creates() == 0


@pytest.mark.measured
def test_a_collection_that_appeared_stops_with_9_and_is_named(
    importer: Importer, server: Sandbox
) -> None:
    """Somebody else has made it between plan and run."""
    saved(importer, importer.rows(3))
    importer("run", importer.write("other.csv", importer.rows(1, first=1)))
    [[held]] = server.held().values()

    ended = importer("run", "--plan", "plan.json", "--json")

    assert ended.code == ended.document["exit_code"] == 9
    message = ended.document["error"]["message"]
    assert f"collection-1 ({held}) has appeared in location" in message
    assert server.creates() == 1


def test_a_collection_that_is_gone_stops_with_9_and_is_named(
    importer: Importer, server: Sandbox
) -> None:
    """The plan left it as it was, and a run would make it anew."""
    other = importer.write("other.csv", importer.rows(1, first=1))
    importer("run", other, "--run-id", "other")
    saved(importer, importer.rows(3))
    importer("undo", "other", "--yes")

    ended = importer("run", "--plan", "plan.json")

    assert ended.code == 9
    assert "is gone from location" in ended.err
    assert server.creates() == 1


def test_a_collection_that_was_changed_stops_an_update_with_9(
    importer: Importer, server: Sandbox
) -> None:
    """What would be replaced is not what was agreed to."""
    importer("run", importer.write("old.csv", importer.rows(1)))
    new = [row.replace("Collection 0", "Renamed") for row in importer.rows(1)]
    saved(importer, new, "--on-existing", "update")
    meanwhile = [row.replace("Collection 0", "Meanwhile") for row in importer.rows(1)]
    between = importer.write("between.csv", meanwhile)
    importer("run", between, "--on-existing", "update")
    puts = server.truth()["by_method"]["PUT"]

    ended = importer("run", "--plan", "plan.json")

    assert ended.code == 9
    assert "was changed in location" in ended.err
    assert server.truth()["by_method"]["PUT"] == puts


def test_what_the_plan_does_not_speak_of_may_change(
    importer: Importer, server: Sandbox
) -> None:
    """A shop is open meanwhile: other collections come, and the plan still holds."""
    saved(importer, importer.rows(3))
    importer("run", importer.write("other.csv", importer.rows(2, first=50)))

    ended = importer("run", "--plan", "plan.json")

    assert ended.code == 0
    assert server.creates() == 5


def test_a_dry_run_says_whether_a_plan_still_holds(
    importer: Importer, server: Sandbox
) -> None:
    """0 where it does, 9 where it does not."""
    name = saved(importer, importer.rows(3))
    holds = importer("run", "--plan", "plan.json", "--dry-run")
    change(importer.folder / name, "Collection 1", "Another")
    fails = importer("run", "--plan", "plan.json", "--dry-run")

    assert (holds.code, fails.code) == (0, 9)
    assert "row 3" in fails.err
    assert server.creates() == 0


def test_a_file_that_was_moved_can_be_named(
    importer: Importer, server: Sandbox
) -> None:
    """It is its rows that count, not where they lie."""
    name = saved(importer, importer.rows(2))
    (importer.folder / name).rename(importer.folder / "moved.csv")

    gone = importer("run", "--plan", "plan.json")
    ended = importer("run", "moved.csv", "--plan", "plan.json")

    assert gone.code == 5
    assert ended.code == 0
    assert server.creates() == 2


@pytest.mark.measured
def test_a_folder_is_planned_file_by_file(importer: Importer, server: Sandbox) -> None:
    """Each has its own sum, and the one that was changed is named."""
    (importer.folder / "in").mkdir()
    importer.write("in/a.csv", importer.rows(1))
    importer.write("in/b.csv", importer.rows(1, first=1))
    importer("plan", "in", "-o", "plan.json")
    importer.write("in/b.csv", importer.rows(1, first=2))

    ended = importer("run", "--plan", "plan.json")

    assert ended.code == 9
    assert "b.csv, row 2 (collection-2) was changed" in ended.err
    assert server.creates() == 0


def test_the_plans_settings_go_before_an_environment_that_has_changed(
    importer: Importer, server: Sandbox
) -> None:
    """The run is the one that was looked at."""
    row = importer.rows(1)[0].removeprefix(importer.location)
    saved(importer, [row], "--location-id", importer.location)

    other = {"HIGHLEVEL_LOCATION_ID": importer.other_location}
    ended = importer("run", "--plan", "plan.json", env=other)

    assert ended.code == 0
    assert set(server.held()) == {(importer.location, "collection-0")}


def test_a_flag_that_speaks_against_the_plan_is_refused(
    importer: Importer, server: Sandbox
) -> None:
    """Exit 2, with both values; a flag that says the same is no contradiction."""
    saved(importer, importer.rows(2))

    against = importer("run", "--plan", "plan.json", "--on-existing", "update")
    same = importer("run", "--plan", "plan.json", "--on-existing", "skip")

    assert against.code == 2
    assert "was made with on_existing skip, not update" in against.err
    assert same.code == 0
    assert server.creates() == 2


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text.replace('"create"', '"update"', 1), "changed or cut off"),
        (lambda text: text[: len(text) // 2], "changed or cut off"),
        (lambda text: text.splitlines()[0] + "\n", "changed or cut off"),
        (lambda _text: "", "it is no plan"),
        (lambda text: json.dumps(json.loads(text), indent=2), "it is no plan"),
        (lambda text: text.replace('"schema":1', '"schema":2', 1), "version 2"),
        (lambda text: text.replace('"tables":', '"tables"', 1), "makes no sense"),
    ],
)
def test_a_plan_that_is_not_as_it_was_written_is_refused(
    damage: Callable[[str], str], words: str, importer: Importer, server: Sandbox
) -> None:
    """Exit 5, with what is wrong and how to make it again."""
    saved(importer, importer.rows(3))
    path = importer.folder / "plan.json"
    path.write_text(damage(path.read_text("utf-8")), "utf-8")

    ended = importer("run", "--plan", "plan.json")

    assert ended.code == 5
    assert words in ended.err
    assert "importer plan FILE -o plan.json" in ended.err
    assert server.creates() == 0


def test_a_plan_that_is_not_there_is_an_unusable_input(importer: Importer) -> None:
    """Exit 5, before a token is asked for."""
    ended = importer("run", "--plan", "nowhere.json", env={"HIGHLEVEL_TOKEN": ""})

    assert ended.code == 5
    assert "nowhere.json" in ended.err


def test_a_run_needs_a_file_or_a_plan(importer: Importer) -> None:
    """Neither is wrong usage."""
    ended = importer("run")

    assert ended.code == 2
    assert "FILE" in ended.err


def test_a_plan_replaces_a_plan_and_nothing_else(
    importer: Importer, server: Sandbox
) -> None:
    """The table itself is not overwritten by a slip of the hand."""
    name = saved(importer, importer.rows(2))
    before = (importer.folder / name).read_text("utf-8")

    again = importer("plan", name, "-o", "plan.json")
    slip = importer("plan", name, "-o", name)
    nowhere = importer("plan", name, "-o", "no/such/plan.json")

    assert (again.code, slip.code, nowhere.code) == (0, 2, 2)
    assert "no plan, so it is not replaced" in slip.err
    assert (importer.folder / name).read_text("utf-8") == before
    assert server.creates() == 0


def test_a_plan_that_is_not_complete_is_not_written(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A location that cannot be looked at has no plan."""
    server = sandbox("--token", f"another-token={importer.location}")
    name = importer.write("shop.csv", importer.rows(2))

    there = ("--base-url", server.url, "-o", "plan.json")
    ended = importer("plan", name, *there)
    document = importer("plan", name, *there, "--json").document

    assert ended.code == 4
    assert "The plan was not written to plan.json: it is not complete." in ended.out
    assert "To do it" not in ended.out
    assert document["plan"] is None
    assert not (importer.folder / "plan.json").exists()


def test_a_run_by_plan_that_was_interrupted_is_resumed_as_any(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What was sent is not another input, so the plan is not asked again."""
    server = sandbox("--latency", "50ms")
    importer.environment["IMPORTER_BASE_URL"] = server.url
    saved(importer, importer.rows(60))
    process = importer.start("run", "--plan", "plan.json", "--concurrency", 2)
    server.wait_for_creates(5)
    importer.stop(process, signal.SIGKILL)
    (importer.folder / "plan.json").unlink()

    ended = importer("resume", "--settle-pauses", "0.2,0.5")

    assert ended.code == 0
    assert len(server.held()) == 60
    assert all(len(ids) == 1 for ids in server.held().values())


def test_a_run_that_was_killed_before_it_was_compared_still_keeps_to_its_plan(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A resume checks what the killed process could not check any more."""
    server = sandbox("--latency", "1s")
    importer.environment["IMPORTER_BASE_URL"] = server.url
    saved(importer, importer.rows(3))
    listed = server.truth()["by_method"]["GET"]
    process = importer.start("run", "--plan", "plan.json", "--run-id", "killed")
    while server.truth()["by_method"]["GET"] == listed:
        assert process.poll() is None
    importer.stop(process, signal.SIGKILL)
    importer("run", importer.write("other.csv", importer.rows(1)), "--run-id", "other")
    assert server.creates() == 1

    ended = importer("resume", "killed")

    assert ended.code == 9
    assert "collection-0" in ended.err
    assert "has appeared" in ended.err
    assert server.creates() == 1


@pytest.mark.measured
@pytest.mark.usefixtures("server")
def test_of_a_long_plan_each_sign_is_shown_and_all_shows_the_rest(
    importer: Importer,
) -> None:
    """What is not shown is counted by sign, and where it can be seen is said."""
    importer("run", importer.write("old.csv", importer.rows(20)))
    rows = [*importer.rows(60), *importer.rows(1)]
    name = importer.write("shop.csv", rows)

    cut = importer("plan", name)
    whole = importer("plan", name, "--all")

    signs = [line[0] for line in cut.out.splitlines() if line[:2] in {"= ", "+ ", "- "}]
    assert signs == ["+"] * 8 + ["-"]
    assert (
        "… and 52 more: + 32, = 20 (--all shows them, -o plan.json keeps them)"
        in cut.out
    )
    assert sum(line.startswith("= ") for line in whole.out.splitlines()) == 20
    assert "more:" not in whole.out
    assert "(duplicate_in_input)" in cut.out


@pytest.mark.usefixtures("server")
def test_rows_of_several_locations_say_where_they_belong(
    importer: Importer,
) -> None:
    """Where there is one location it goes without saying."""
    rows = [*importer.rows(1), *importer.rows(1, importer.other_location)]

    ended = importer("plan", importer.write("shop.csv", rows))

    assert f"+ shop.csv, row 2: collection-0 in {importer.location}\n" in ended.out


@pytest.mark.usefixtures("server")
def test_a_plan_names_its_file_in_json_too(importer: Importer) -> None:
    """Null where none was kept."""
    name = importer.write("shop.csv", importer.rows(1))

    kept = importer("plan", name, "-o", "plan.json", "--json")
    not_kept = importer("plan", name, "--json")

    assert kept.document["plan"] == "plan.json"
    assert not_kept.document["plan"] is None


@pytest.mark.measured
@pytest.mark.parametrize("more", [(), ("other file.csv",)])
def test_what_was_piped_in_is_to_be_piped_in_again(
    importer: Importer, server: Sandbox, more: tuple[str, ...]
) -> None:
    """The command that is offered names the inputs, and does the plan."""
    text = "\n".join((importer.header, *importer.rows(1))) + "\n"
    for name in more:
        importer.write(name, importer.rows(1, first=1))

    def piped(command: str) -> str:
        return subprocess.run(  # noqa: S602 - a command that we print
            f"{shlex.quote(sys.executable)} -m {command}",
            shell=True,
            cwd=importer.folder,
            env=importer.environment,
            input=text,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    planned = piped(f"importer plan {shlex.join(('-', *more))} -o plan.json")
    (offer,) = re.findall("To do it, pipe the same in again: (.*)", planned)
    assert offer == f"importer run {shlex.join(('-', *more))} --plan plan.json"
    assert "created" in piped(offer)
    assert server.creates() == 1 + len(more)


@pytest.mark.measured
def test_a_plan_of_updates_keeps_its_setting_and_what_is_there(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Products are in the plan where they are asked for; nothing else is lost."""
    server = sandbox("--updates", "replace")
    importer.environment["IMPORTER_BASE_URL"] = server.url
    header = "location_id,name,slug,type,product_ids,image,seo_title,seo_description"
    one, two = "655b33a82209e60b6adb87a1", "655b33a82209e60b6adb87a2"
    made = f"{importer.location},A,a,manual,{one},https://x.example/a.png,Title,Words"
    importer("run", importer.write("old.csv", [made], header))
    new = f"{importer.location},A,a,manual,{two},,,New words"
    name = importer.write("new.csv", [new], header)
    flags = ("--on-existing", "update", "--update-products")
    importer("plan", name, *flags, "-o", "plan.json")
    plan = read(importer)

    refused = importer("run", "--plan", "plan.json", "--no-update-products")
    ended = importer("run", "--plan", "plan.json", "--run-id", "planned")

    assert plan["settings"]["update_products"] == "true"
    assert plan["rows"][0]["changes"] == {
        "seo_description": ["Words", "New words"],
        "product_ids": [one, two],
    }
    assert plan["forecast"]["calls"] == 2
    assert refused.code == 2
    assert ended.code == 0
    [location] = server.truth()["locations"].values()
    [held] = location["collections"]
    assert held["seo"] == {"title": "Title", "description": "New words"}
    assert held["image"] == "https://x.example/a.png"
    assert held["productIds"] == [two]


def test_products_that_differ_are_remarked_in_plan_run_and_report(
    importer: Importer, server: Sandbox
) -> None:
    """The run ends with 0, and says how to have them sent."""
    importer("run", importer.write("old.csv", importer.rows(1)))
    other = "655b33a82209e60b6adb87ff"
    [row] = importer.rows(1)
    new = importer.write("new.csv", [f"{row.rpartition(',')[0]},{other}"])

    planned = importer("plan", new, "--on-existing", "update")
    ended = importer("run", new, "--on-existing", "update", "--run-id", "new")

    assert (planned.code, ended.code) == (0, 0)
    assert "--update-products" in planned.out
    report = (importer.folder / "runs" / "new" / "report.csv").read_text("utf-8")
    assert "products_not_updated" in report
    assert "products_not_updated" in (
        importer.folder / "runs" / "new" / "summary.json"
    ).read_text("utf-8")
    assert "PUT" not in server.truth()["by_method"]
