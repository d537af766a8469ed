"""What programs read: one JSON object on stdout, whatever the command and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.measured


def test_check_json_has_the_documented_shape(importer: Importer) -> None:
    """Files, collections, counts and problems, each with the documented keys."""
    header = importer.header + ",shelf"
    rows = [
        *(f"{row},7" for row in importer.rows(2)),
        f"{importer.location},No products,no-products,manual,,7",
        f"{importer.location},Again,collection-0,manual,{importer.product},7",
    ]
    name = importer.write("shop.csv", rows, header)

    ended = importer("check", name, "--json")

    document = ended.document
    assert ended.code == 3
    assert ended.err == ""
    assert document["schema"] == 1
    assert document["files"] == [
        {
            "file": "shop.csv",
            "sheet": "",
            "preset": "own",
            "rows": 4,
            "known_by": [],
            "columns_left_out": ["shelf"],
            "columns_unknown": [
                {"header": "shelf", "nearest": "", "fields": [], "matters": False}
            ],
            "notes": [],
            "skipped": {},
        }
    ]
    assert document["collections"] == 4
    assert document["counts"] == {"valid": 2, "invalid": 1, "duplicate": 1}
    first, second = document["problems"]
    assert (first["file"], first["row"], first["column"]) == (
        "shop.csv",
        4,
        "product_ids",
    )
    assert (first["code"], first["status"]) == ("product_ids_missing", "invalid")
    assert (second["code"], second["row"]) == ("duplicate_in_input", 5)
    assert first["message"]
    assert first["remedy"]
    assert first["cells"] == [{"row": 4, "column": "product_ids", "number": 5}]
    assert second["variant"] == ""
    assert second["parameters"] == {
        "value": "collection-0",
        "place": {"sentence": "part/row", "parameters": {"row": 2}},
    }


def test_check_of_the_sample_finds_what_is_wrong_with_it(importer: Importer) -> None:
    """At least a dozen codes, and every problem names its row and what to write."""
    ended = importer("check", importer.samples / "collections.csv", "--json")

    problems = ended.document["problems"]
    assert ended.code == 3
    assert len({problem["code"] for problem in problems}) >= 12
    for problem in problems:
        assert problem["row"] > 1
        assert problem["message"]
        assert problem["remedy"]


def test_every_command_prints_one_object(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """check, plan, run, resume, runs and config show: one object of schema 1."""
    server = sandbox()
    name = importer.write("two.csv", importer.rows(2))
    there = ("--base-url", server.url, "--json")

    plan = importer("plan", name, *there)
    dry = importer("run", name, "--dry-run", *there)
    run = importer("run", name, "--run-id", "mine", *there)
    resume = importer("resume", "--json")
    runs = importer("runs", "--json")
    config = importer("config", "show", "--json")

    for ended in (plan, dry, run, resume, runs, config):
        assert ended.code == 0, ended
        assert ended.document["schema"] == 1
        assert ended.out.count("\n") == 1
        assert ended.err == ""
    assert (plan.document["create"], plan.document["sent"]) == (2, 0)
    # the second list is a call as well
    assert dry.document["daily_left"] == plan.document["daily_left"] - 1
    assert plan.document | {"daily_left": 0} == dry.document | {"daily_left": 0}
    assert run.document["counts"]["created"] == 2
    [listed] = runs.document["runs"]
    assert (listed["run_id"], listed["state"]) == ("mine", "finished")
    assert listed["counts"] == {"created": 2}
    assert config.document["settings"]["token"]["value"] == "(set)"
    assert config.document["settings"]["attempts"]["origin"] == "default"


FAILURES = {
    "no such file": (("check", "nix.csv"), 5),
    "no file": (("check",), 2),
    "no such flag": (("run", "good.csv", "--flag"), 2),
    "no such choice": (("run", "good.csv", "--on-existing", "replace"), 2),
    "no number": (("check", "good.csv", "--limit", "ten"), 2),
    "a number too small": (("check", "good.csv", "--limit", "0"), 2),
    "no such command": (("import", "good.csv"), 2),
    "no rate": (("run", "good.csv", "--rate", "fast"), 2),
    "plain http": (("run", "good.csv", "--base-url", "http://203.0.113.7"), 2),
    "no settings file": (("config", "show", "--config", "nix.toml"), 5),
    "no such run": (("resume", "nix"), 5),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_every_failure_is_one_object_too(kind: str, importer: Importer) -> None:
    """Message, way out and exit code in one object; nothing else anywhere."""
    importer.write("good.csv", importer.rows(1))
    args, code = FAILURES[kind]

    ended = importer(*args, "--json")

    assert ended.code == code
    assert ended.err == ""
    assert ended.document["schema"] == 1
    assert ended.document["exit_code"] == code
    assert ended.document["error"]["message"]


def test_a_stopped_run_is_an_object_with_its_reason(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A refused token: exit 4, and the summary says why."""
    server = sandbox("--token", f"pit-another-token={importer.location}")
    name = importer.write("two.csv", importer.rows(2))

    ended = importer("run", name, "--base-url", server.url, "--json")

    assert ended.code == ended.document["exit_code"] == 4
    assert "refuses the token" in ended.document["stopped_because"]
    assert ended.document["counts"]["not_attempted"] == 2
