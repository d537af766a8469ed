"""Many locations in one run: a token for each, names, and a report by location."""

from __future__ import annotations

import asyncio
import json
import resource
from typing import TYPE_CHECKING, Any

import pytest

import importer as library

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ended, Importer, Sandbox

BERLIN_TOKEN = "pit-berlin-0123456789abcdef"  # noqa: S105 - of a sandbox
WIEN_TOKEN = "a-token-without-the-usual-shape"  # noqa: S105 - of a sandbox
TOKENS = (BERLIN_TOKEN, WIEN_TOKEN)


@pytest.fixture
def agency(importer: Importer) -> Importer:
    """An importer without a token for all; Berlin's is a variable, Vienna's a file."""
    del importer.environment["HIGHLEVEL_TOKEN"]
    importer.environment["TOKEN_BERLIN"] = BERLIN_TOKEN
    (importer.folder / "wien.token").write_text(f"{WIEN_TOKEN}\n", "utf-8")
    (importer.folder / "locations.toml").write_text(
        f'[[locations]]\nid = "{importer.location}"\nname = "Berlin"\n'
        'token_env = "TOKEN_BERLIN"\n\n'
        f'[[locations]]\nid = "{importer.other_location}"\nname = "Wien"\n'
        'token_file = "wien.token"\n',
        "utf-8",
    )
    return importer


@pytest.fixture
def server(agency: Importer, sandbox: Callable[..., Sandbox]) -> Sandbox:
    """A sandbox where each token opens its own location only."""
    return sandbox(
        *("--token", f"{BERLIN_TOKEN}={agency.location}"),
        *("--token", f"{WIEN_TOKEN}={agency.other_location}"),
    )


def mixed(agency: Importer, count: int = 3) -> str:
    """A file with rows of both."""
    rows = agency.rows(count) + agency.rows(count, agency.other_location)
    return agency.write("mixed.csv", rows)


def shows_no_token(agency: Importer, *ended: Ended) -> None:
    said = "".join(one.out + one.err for one in ended)
    files = [path for path in agency.folder.rglob("runs/**/*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in files)
    for token in TOKENS:
        assert token not in said
        assert token.encode() not in kept


def test_each_location_gets_its_own_token(agency: Importer, server: Sandbox) -> None:
    """All are done, although no token opens both; and no token is seen anywhere."""
    file = mixed(agency)

    ended = agency("run", file, "--base-url", server.url, "-vv")

    assert ended.code == 0, ended.err
    assert len(server.held()) == 6
    summary = agency.summary()
    assert summary["location_names"] == {
        agency.location: "Berlin",
        agency.other_location: "Wien",
    }
    assert summary["location_stops"] == {}
    assert summary["location_calls"] == {
        agency.location: 4,
        agency.other_location: 4,
    }
    table = [line.split() for line in ended.out.splitlines() if line.endswith("n")]
    assert ["3", "3", "-", "-", "-", "Berlin"] in table
    assert ["3", "3", "-", "-", "-", "Wien"] in table
    shows_no_token(agency, ended)


def test_a_location_without_a_token_stops_only_itself(
    agency: Importer, server: Sandbox
) -> None:
    """Exit 4, the other is done; once the token is there, a resume does the rest."""
    file = mixed(agency)
    (agency.folder / "wien.token").rename(agency.folder / "away")

    ended = agency("run", file, "--base-url", server.url)

    assert ended.code == 4
    assert "Wien: The token file wien.token cannot be read" in ended.out
    counts = agency.summary()["locations"]
    assert counts[agency.location]["created"] == 3
    assert counts[agency.other_location]["not_attempted"] == 3
    assert list(agency.summary()["location_stops"]) == [agency.other_location]
    report = (agency.run_folder() / "report.csv").read_text("utf-8")
    assert report.count("access_refused") == 3

    (agency.folder / "away").rename(agency.folder / "wien.token")
    (agency.folder / "locations.toml").rename(agency.folder / "moved.toml")
    again = agency("resume", "--locations-file", "moved.toml")

    assert again.code == 0, again.err
    assert len(server.held()) == 6
    assert agency.summary()["location_stops"] == {}
    shows_no_token(agency, ended, again)


def test_where_no_location_has_its_token_the_run_says_so_of_each(
    agency: Importer, server: Sandbox
) -> None:
    """Exit 4, each has a sentence of its own; nothing is sent."""
    del agency.environment["TOKEN_BERLIN"]
    (agency.folder / "wien.token").write_text("", "utf-8")

    ended = agency("run", mixed(agency), "--base-url", server.url)

    assert ended.code == 4
    assert "There is no environment variable TOKEN_BERLIN." in ended.out
    assert "Wien: The token file wien.token is empty." in ended.out
    assert server.creates() == 0


def test_a_location_whose_day_is_over_is_told_for_itself(
    agency: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Its rows say so, and not what ended another location."""
    server = sandbox("--daily", "30")
    rows = agency.rows(40) + agency.rows(40, agency.other_location)
    file = agency.write("mixed.csv", rows)

    ended = agency("run", file, "--base-url", server.url)

    assert ended.code == 75
    stops = agency.summary()["location_stops"]
    quota = "The location's quota of the day is used up to its reserve."
    assert stops == {agency.location: quota, agency.other_location: quota}
    report = (agency.run_folder() / "report.csv").read_text("utf-8")
    left = [line for line in report.splitlines() if "not_attempted" in line]
    assert len(left) == sum(
        one["not_attempted"] for one in agency.summary()["locations"].values()
    )
    assert all(quota in line for line in left)


def test_a_token_that_is_refused_stops_only_its_location(
    agency: Importer, server: Sandbox
) -> None:
    """A wrong one is told with its location's name, whatever the others do."""
    agency.environment["TOKEN_BERLIN"] = WIEN_TOKEN

    ended = agency("run", mixed(agency), "--base-url", server.url, "--json")

    assert ended.code == 4
    counts = ended.document["locations"]
    assert counts[agency.other_location]["created"] == 3
    assert counts[agency.location]["not_attempted"] == 3
    why = ended.document["location_stops"][agency.location]
    assert "does not have access to this location" in why
    shows_no_token(agency, ended)


def test_a_token_that_is_revoked_meanwhile_stops_only_its_location(
    agency: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What is left of that location waits for a resume, the other is done."""
    server = sandbox("--fault-for", "wien-2=expired_token*50")
    wien = [
        f"Wien,Vienna {number},wien-{number},manual,{agency.product}"
        for number in range(4)
    ]
    file = agency.write("mixed.csv", agency.rows(40) + wien)

    ended = agency("run", file, "--base-url", server.url, "--concurrency", "2")

    assert ended.code == 4
    counts = agency.summary()["locations"]
    assert counts[agency.location]["created"] == 40
    assert counts[agency.other_location]["not_attempted"] >= 1
    assert agency.other_location in agency.summary()["location_stops"]


def test_a_row_may_say_the_name(agency: Importer, server: Sandbox) -> None:
    """A name is its id from the first moment: also for what is there twice."""
    product = agency.product
    rows = [
        f"berlin,One,one,manual,{product}",
        f"{agency.location},One again,one,manual,{product}",
        f"  WIEN ,One,one,manual,{product}",
        f",Two,two,manual,{product}",
        f"Berln,Three,three,manual,{product}",
    ]
    file = agency.write("named.csv", rows)

    ended = agency("run", file, "--base-url", server.url, "--location-id", "Wien")

    assert ended.code == 3
    assert set(server.held()) == {
        (agency.location, "one"),
        (agency.other_location, "one"),
        (agency.other_location, "two"),
    }
    assert "Berln is neither a name in locations.toml nor a location id" in ended.out
    assert "Write Berlin, if that is meant" in ended.out
    assert agency.summary()["counts"]["duplicate"] == 1


def test_check_knows_the_names_and_needs_no_token(agency: Importer) -> None:
    """So a file can be fixed before anybody has made tokens."""
    del agency.environment["TOKEN_BERLIN"]
    file = agency.write("named.csv", [f"Berlin,One,one,manual,{agency.product}"])
    assert agency("check", file).code == 0
    (agency.folder / "locations.toml").unlink()
    assert agency("check", file).code == 0, "any letters may be an id then"


def test_an_audit_and_an_undo_use_the_same_tokens(
    agency: Importer, server: Sandbox
) -> None:
    """The run has kept where they come from."""
    agency.environment["IMPORTER_LOCATIONS_FILE"] = "locations.toml"
    assert agency("run", mixed(agency), "--base-url", server.url).code == 0
    del agency.environment["IMPORTER_LOCATIONS_FILE"]
    run_id = agency.run_folder().name
    (agency.folder / "importer.toml").write_text('settle_pauses = ["0s"]\n', "utf-8")

    audited = agency("audit", run_id)
    undone = agency("undo", run_id, "--yes")

    assert (audited.code, undone.code) == (0, 0), audited.err + undone.err
    assert server.held() == {}


def test_the_list_says_where_each_token_comes_from_and_shows_none(
    agency: Importer,
) -> None:
    """No network; what is missing is told with what to do about it."""
    del agency.environment["TOKEN_BERLIN"]

    ended = agency("locations")
    document = agency("locations", "--json").document

    assert ended.code == 0
    berlin, wien = ended.out.splitlines()
    assert berlin.startswith(f"{agency.location}")
    assert "  There is no environment variable TOKEN_BERLIN." in berlin
    assert wien.endswith("Wien    wien.token    there"), wien
    assert document["file"] == "locations.toml"
    assert [one["has_token"] for one in document["locations"]] == [False, True]
    assert "locations.toml" in agency("config", "show").out
    shows_no_token(agency, ended)

    (agency.folder / "locations.toml").unlink()
    assert agency("locations").out == "No locations are listed.\n"


def test_a_token_in_the_locations_file_is_refused(
    agency: Importer, server: Sandbox
) -> None:
    """Exit 2, nothing is sent, and the message does not repeat it."""
    path = agency.folder / "locations.toml"
    path.write_text(path.read_text("utf-8") + f'token = "{WIEN_TOKEN}"\n', "utf-8")

    for command in (("run", mixed(agency)), ("check", "mixed.csv"), ("locations",)):
        flags = ("--base-url", server.url) if command[0] == "run" else ()
        ended = agency(*command, *flags)
        assert ended.code == 2
        assert "locations.toml, line 10, location 2: a token stands here" in ended.err
        assert WIEN_TOKEN not in ended.err
    assert server.creates() == 0
    assert not (agency.folder / "runs").exists()


async def _run(file: str, **options: Any) -> library.RunResult:
    return await library.run(file, **options)


def test_the_library_takes_a_locations_file(
    agency: Importer, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A location that lacks its token is told in the summary, not raised."""
    monkeypatch.chdir(agency.folder)
    monkeypatch.delenv("TOKEN_BERLIN", raising=False)
    monkeypatch.delenv("HIGHLEVEL_TOKEN", raising=False)
    options = {"locations_file": "locations.toml", "base_url": server.url}

    result = asyncio.run(_run(mixed(agency), **options))

    assert result.summary.exit_code == 4
    assert result.summary.counts["created"] == 3
    assert "TOKEN_BERLIN" in result.summary.location_stops[agency.location]


def test_hundreds_of_locations_need_few_open_files(
    agency: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Locks, journal and connections are the run's, so no limit is in sight."""
    ids = [f"Location{number:012}" for number in range(300)]
    tokens = agency.folder / "tokens.txt"
    tokens.write_text("".join(f"t-{one}={one}\n\n" for one in ids), "utf-8")
    (agency.folder / "locations.toml").write_text(
        "".join(
            f'[[locations]]\nid = "{one}"\nname = "Shop {one}"\ntoken_env = "T_{one}"\n'
            for one in ids
        ),
        "utf-8",
    )
    variables = [f"T_{one}=t-{one}\n" for one in ids if one != ids[7]]
    (agency.folder / ".env").write_text("".join(variables), "utf-8")
    server = sandbox("--token-list", str(tokens), "--limit", "none")
    rows = [row for one in ids for row in agency.rows(2, f"shop {one}")]
    file = agency.write("many.csv", rows)

    ended = agency(
        *("run", file, "--base-url", server.url, "--rate", "none"),
        before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160)),
    )

    assert ended.code == 4, ended.err
    assert "299 of 300 locations are complete." in ended.out
    assert f"Shop {ids[7]}: There is no environment variable T_{ids[7]}." in ended.out
    assert len(server.held()) == 2 * 299
    assert len(json.loads((agency.run_folder() / "summary.json").read_text())) > 10
