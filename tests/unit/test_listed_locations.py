"""`importer locations`: what is told of each place, and never its token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from importer.cli.commands.locations import locations

if TYPE_CHECKING:
    from pathlib import Path

FILE = """
[[locations]]
id = "Z4Bxl8J4SaPEPLq9IQ8g"
name = "Dr. Smith"
tags = ["dental", "north"]
token_env = "TOKEN_OF_SMITH"

[[locations]]
id = "6578278e879ad2646715ba9c"
name = "Hats"
"""


@pytest.fixture
def listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[CliRunner, list[str]]:
    """A folder with a locations file; a token is there for one of the two."""
    path = tmp_path / "places.toml"
    path.write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN_OF_SMITH", "pit-marker-of-a-token")
    monkeypatch.delenv("HIGHLEVEL_TOKEN", raising=False)
    return CliRunner(), ["--locations-file", str(path)]


def test_a_line_tells_name_tags_and_where_the_token_comes_from(
    listed: tuple[CliRunner, list[str]],
) -> None:
    """And what is missing; a token itself is shown nowhere."""
    runner, given = listed
    ended = runner.invoke(locations, given)
    smith, hats = ended.output.splitlines()
    assert "dental, north" in smith
    assert smith.endswith("  there")
    assert "TOKEN_OF_SMITH" in smith
    assert "token" in hats.split("default")[1]
    assert "pit-marker" not in ended.output


def test_a_document_has_the_same(listed: tuple[CliRunner, list[str]]) -> None:
    """Of those that are chosen alone, where some are."""
    runner, given = listed
    ended = runner.invoke(locations, [*given, "--where", "tag=dental", "--json"])
    (one,) = json.loads(ended.output)["locations"]
    assert (one["name"], one["has_token"], one["problem"]) == ("Dr. Smith", True, "")
    assert one["tags"] == ["dental", "north"]


def test_nothing_listed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without a locations file is no mistake."""
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(locations, []).output == "No locations are listed.\n"
