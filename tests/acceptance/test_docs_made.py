"""What is made of the docs is fresh: the reference, the recipes, the sessions.

Where one of these fails: `make docs-reference`, or `make docs-sessions`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.cli import main

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).parents[2]

import codes  # noqa: E402 - after the path is set
import reference  # noqa: E402 - as above
import sessions  # noqa: E402 - as above
import test_readme_session  # noqa: E402 - as above


def test_the_page_of_the_codes_is_what_the_codebook_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """After a change of a text: make docs."""
    codes.main()

    assert (ROOT / "docs" / "errors.md").read_text("utf-8") == capsys.readouterr().out


def test_the_reference_is_what_the_code_says() -> None:
    """No page of the reference, and no recipe on a page, is behind the code."""
    assert [str(path.relative_to(ROOT)) for path in reference.stale()] == []


def test_the_reference_holds_no_page_of_something_that_is_gone() -> None:
    """A page that nothing makes any more would never become stale."""
    there = set((ROOT / "docs" / "reference").iterdir())
    assert there <= set(reference.pages())


def test_each_recipe_is_shown_on_a_page() -> None:
    """A recipe that nobody is told of helps nobody."""
    text = "".join(page.read_text("utf-8") for page in ROOT.glob("docs/*.md"))
    shown = set(re.findall(r"<!-- recipe: (\S+) -->", text))
    there = {path.name for path in (ROOT / "recipes").iterdir()}
    # what goes with a recipe that is shown
    beside = {"Dockerfile.dockerignore", "Dockerfile.fleet.dockerignore", "fleet.lock"}
    assert there - shown == beside


def test_each_page_is_listed_in_the_index() -> None:
    """Whoever begins at docs/README.md finds everything."""
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    linked = set(re.findall(r"\]\(([\w/.-]+\.md)\)", index))
    pages = {str(page.relative_to(ROOT / "docs")) for page in ROOT.glob("docs/**/*.md")}
    assert pages - linked == {"README.md"}


def test_the_index_leads_to_what_is_not_a_page_of_the_docs() -> None:
    """Examples, recipes, sample data and the project's own documents are found, too."""
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    linked = set(re.findall(r"\]\(\.\./([^)#\s]+)", index))
    wanted = {path.name for path in ROOT.glob("*.md")} | {"LICENSE", ".env.example"}
    wanted |= {str(path.relative_to(ROOT)) for path in ROOT.glob("config/*.toml")}
    wanted |= {"recipes", "sample_data/README.md"}
    assert wanted - linked == set()


#: Those of the other pages end in a known state, and are typed where it is looked at.
TYPED_HERE = [
    page for page in sessions.pages() if page not in test_readme_session.WANTED
]


@pytest.mark.slow
@pytest.mark.parametrize("page", TYPED_HERE, ids=lambda page: page.stem)
def test_a_page_of_the_docs_prints_what_it_says(page: Path, tmp_path: Path) -> None:
    """Every command of its sessions prints its lines, letter by letter."""
    text = page.read_text("utf-8")
    now = sessions.typed(text, tmp_path)
    assert sessions.settled(now) == sessions.settled(text)


def test_the_table_of_commands_leads_on_from_no_command_that_is_gone() -> None:
    """A command that has no page to read on makes the reference fail by itself."""
    assert set(reference.READ_ON) == {name for name, _ in reference.every_command(main)}


@pytest.mark.parametrize(
    ("name", "command"), list(reference.every_command(main)), ids=str
)
def test_the_help_of_each_command_has_examples_that_can_be_typed(
    name: str, command: click.Command
) -> None:
    """An example with a flag that is gone is worse than none."""
    if name == "importer sandbox":  # a program of its own, with an example
        return
    _, examples = reference.prose(command.help or "")
    begun = (line.partition(" | ")[0] for line in examples)
    typed = [line.split() for line in begun if line.startswith(name)]
    assert typed
    for words in typed:
        given = words[len(name.split()) :]
        command.make_context(name, given)
