"""The documents name what there is, all of it, and nothing that is not there.

Where a test fails because something was added, the failure shows the line that the
document wants.
"""

from __future__ import annotations

import ast
import os
import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
import pytest
from dotenv import dotenv_values

from importer import sandbox, settings
from importer.cli import main
from importer.exit_codes import Exit
from importer.models import Code
from importer.settings import ENVIRONMENT, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "sample_data" / "README.md"]
)
CONFIG = ROOT / "config" / "importer.toml"
DOTENV = ROOT / ".env.example"
README = (ROOT / "README.md").read_text("utf-8")
RECIPE = re.compile(r"<!-- recipe: .*?^```$", re.DOTALL | re.MULTILINE)
REFERENCE = ROOT / "docs" / "reference"
COMMANDS = (REFERENCE / "commands.md").read_text("utf-8")
SETTINGS = (REFERENCE / "settings.md").read_text("utf-8")
EXITS = (REFERENCE / "exit-codes.md").read_text("utf-8")
PROMISES = (ROOT / "docs" / "guarantees.md").read_text("utf-8")


@pytest.fixture(autouse=True)
def _nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let neither the environment nor a folder's files speak."""
    for name in list(os.environ):  # noqa: TID251 - to be scrubbed
        if name.startswith(("IMPORTER_", "HIGHLEVEL_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def commands(
    group: click.Group = main, above: str = "importer"
) -> Iterator[tuple[str, click.Command]]:
    """Give every command with its full name, those of groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{above} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{above} {name}")


def options(command: click.Command) -> Iterator[click.Option]:
    """Give what `--help` of a command shows."""
    context = click.Context(command)
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and not parameter.hidden:
            yield parameter


def section(page: str, title: str) -> str:
    """Give the text of a page below a heading."""
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


#: What a person reads to learn what can be typed: the pages written by hand, and of
#: the reference the tables that stand only there. The sections of the commands list
#: every flag again and would explain nothing that is missing here.
MANUAL = (
    README
    + "".join(page.read_text("utf-8") for page in ROOT.glob("docs/*.md"))
    + SETTINGS
    + section(COMMANDS, "Flags that are not settings")
)


def rows(text: str) -> list[list[str]]:
    """Give the cells of every table line below a rule."""
    tables = re.findall(r"^\| ---.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    lines = "".join(tables).splitlines()
    bar = re.compile(r"(?<!\\)\|")  # one that is meant as a letter is escaped
    return [[cell.strip() for cell in bar.split(line)[1:-1]] for line in lines]


# the first page


def test_the_readme_is_read_in_one_sitting() -> None:
    """It is short, its session too, and what is looked up is on other pages."""
    assert len(README.splitlines()) <= 180
    session = re.search(r"<!-- session -->\n```console\n(.*?)```", README, re.DOTALL)
    assert session
    assert len(session[1].splitlines()) <= 20
    assert rows(README) == []
    promises = section(README, "What is promised")
    assert 0 < len(re.findall(r"^- ", promises, re.MULTILINE)) <= 10


def test_the_readme_leads_to_everything() -> None:
    """From it the pages for each reader, the tables and the index are a click away."""
    linked = set(re.findall(r"\]\(([^)#\s]+)", README))
    assert {
        "docs/README.md",
        "docs/tutorial.md",
        "docs/move-a-shop.md",
        "docs/nightly.md",
        "docs/onboard-a-merchant.md",
        "docs/library.md",
        "docs/guarantees.md",
        "docs/reference/commands.md",
        "docs/reference/settings.md",
        "docs/reference/exit-codes.md",
        "docs/errors.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
    } <= linked


# what can be typed


def test_each_command_is_in_the_table_of_commands() -> None:
    """The table has those of the program, says what each does and where to read on."""
    table = rows(COMMANDS.partition("\n## ")[0])
    named = [re.sub(r"^\[`([a-z ]+)`\]\(.*", r"\1", cells[0]) for cells in table]
    assert sorted(named) == sorted(name for name, _ in commands())
    assert [cells for cells in table if not cells[1] or "](" not in cells[2]] == []


def test_each_flag_says_what_it_does() -> None:
    """The tables of flags are made of these words; a flag without any is not listed."""
    silent = [
        (name, option.opts)
        for name, command in commands()
        for option in options(command)
        if not (option.help or "").strip()
    ]
    assert silent == []


def test_each_flag_is_in_the_docs() -> None:
    """What `--help` shows is explained somewhere, long names and short ones."""
    flags = {
        flag
        for _, command in [*commands(), ("importer", main)]
        for option in options(command)
        for flag in (*option.opts, *option.secondary_opts)
    }
    assert {flag for flag in flags if not named(flag)} == set()


def test_each_flag_of_the_sandbox_is_in_the_docs() -> None:
    """The sandbox reads its flags by itself, and they count too."""
    # one that can be turned on and off is documented by either name
    unnamed = [
        option.opts
        for option in chain(*sandbox.FLAG_GROUPS.values())
        if not any(named(flag) for flag in (*option.opts, *option.secondary_opts))
    ]
    assert unnamed == []


def test_no_flag_is_documented_that_is_not_there() -> None:
    """A flag that was renamed or dropped leaves the documents too."""
    groups = [options(command) for _, command in [*commands(), ("importer", main)]]
    known = {
        flag
        for option in chain(*groups, *sandbox.FLAG_GROUPS.values())
        for flag in (*option.opts, *option.secondary_opts)
    }
    documented = set(re.findall(r"`(--[a-z][a-z-]+)", MANUAL))
    assert documented - known == set()


def named(flag: str) -> bool:
    """Whether the manual has a flag in code letters, not as a part of another."""
    return bool(re.search(rf"`[^`\n]*(?<![\w-]){re.escape(flag)}(?![\w-])", MANUAL))


# settings


def wanted_settings() -> list[list[str]]:
    """Give the table of settings as the code would write it."""
    flags = {
        option.name: [*option.opts, *option.secondary_opts]
        for _, command in commands()
        for option in options(command)
    }
    shown = settings.load().shown()
    return [
        [
            "none" if name in settings.UNFILED else f"`{name}`",
            ", ".join(f"`{flag}`" for flag in flags.get(name, [])) or "none",
            f"`{ENVIRONMENT.get(name, 'IMPORTER_' + name.upper())}`",
            f"`{shown[name][0]}`" if shown[name][0] else "",
            str(field.description),
        ]
        for name, field in Values.model_fields.items()
    ]


def test_the_table_of_settings_is_that_of_the_program() -> None:
    """Name, flag, environment, default and meaning of every setting are true."""
    wanted = ["| " + " | ".join(cells) + " |" for cells in wanted_settings()]
    found = ["| " + " | ".join(cells) + " |" for cells in rows(SETTINGS)]
    assert found == wanted


def test_the_settings_file_names_every_setting_with_its_meaning() -> None:
    """Each setting but the token stands there once, its meaning in front of it."""
    found = re.findall(r"^# (.+)\n# ?(\w+) = ", CONFIG.read_text("utf-8"), re.MULTILINE)
    wanted = {
        (str(field.description), name)
        for name, field in Values.model_fields.items()
        if name not in settings.UNFILED
    }
    assert len(found) == len(wanted)
    assert set(found) == wanted


def test_the_settings_file_changes_nothing_as_it_is() -> None:
    """Every line of it is a comment."""
    assert tomllib.loads(CONFIG.read_text("utf-8")) == {}


def test_the_settings_files_defaults_are_the_defaults(tmp_path: Path) -> None:
    """With every default's line brought to life, nothing changes."""
    text = re.sub(r"^#(?=\w+ = )", "", CONFIG.read_text("utf-8"), flags=re.MULTILINE)
    file = tmp_path / "defaults.toml"
    file.write_text(text, "utf-8")
    assert settings.load(file=file).values == settings.load().values
    given = set(tomllib.loads(text))
    without = {name for name, (value, _) in settings.load().shown().items() if value}
    assert without <= given


def test_the_settings_files_examples_can_be_used(tmp_path: Path) -> None:
    """A setting without a default has an example that the program takes."""
    text = re.sub(r"^# ?(?=\w+ = )", "", CONFIG.read_text("utf-8"), flags=re.MULTILINE)
    file = tmp_path / "examples.toml"
    file.write_text(text, "utf-8")
    origins = settings.load(file=file).origins
    assert {name for name, origin in origins.items() if origin == "default"} == (
        settings.UNFILED
    )


def test_the_example_of_an_environment_is_taken(tmp_path: Path) -> None:
    """Every name of .env.example is a setting's, and every value one it takes."""
    text = re.sub(r"^#(?=[A-Z_]+=)", "", DOTENV.read_text("utf-8"), flags=re.MULTILINE)
    (tmp_path / ".env").write_text(text, "utf-8")
    names = set(dotenv_values(tmp_path / ".env"))
    known = {
        ENVIRONMENT.get(name, f"IMPORTER_{name.upper()}"): name
        for name in Values.model_fields
    }
    assert names <= set(known)
    assert set(ENVIRONMENT.values()) <= names
    origins = settings.load().origins
    given = {known[name] for name, value in dotenv_values(".env").items() if value}
    assert {name for name, origin in origins.items() if origin == ".env"} == given


def test_the_example_of_an_environment_sets_nothing_as_it_is(tmp_path: Path) -> None:
    """A copy that nobody has filled in yet counts as no settings at all."""
    (tmp_path / ".env").write_bytes(DOTENV.read_bytes())
    assert settings.load().values == Values.model_validate({})


# codes


def test_each_exit_code_is_in_the_table_of_exit_codes() -> None:
    """The table has every code, in order, none that is gone, and a way out of each."""
    table = rows(EXITS)
    assert [cells[0] for cells in table] == [str(int(code)) for code in Exit]
    assert [cells for cells in table if not (cells[1] and cells[2])] == []


def test_each_code_of_a_row_is_explained() -> None:
    """What the column `code` can hold stands in a table of the docs."""
    explained = {cells[0].strip("`") for cells in rows(MANUAL)}
    assert {code.value for code in Code} - explained == set()


# claims, links, and what has no place in a document


def test_each_guarantee_names_a_test_that_is_there() -> None:
    """A promise without a test that could break is none."""
    promises = rows(PROMISES)
    assert len(promises) >= 19
    for cells in promises:
        links = re.findall(r"\[([^]]+)\]\(\.\./(tests/[^)]+)\)", cells[-1])
        assert links, cells
        for name, path in links:
            tree = ast.parse((ROOT / path).read_text("utf-8"))
            functions = {
                node.name
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            assert f"test_{name.replace(' ', '_')}" in functions, path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_somewhere(page: Path) -> None:
    """A relative link names a file that is there, and a heading that it has."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme == "https", link
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        assert target.exists(), link
        if parts.fragment:
            assert parts.fragment in anchors(target.read_text("utf-8")), link


def anchors(text: str) -> set[str]:
    """Give the names that links can use for the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


@pytest.mark.parametrize(
    "document", [*PAGES, CONFIG, DOTENV], ids=lambda one: str(one.relative_to(ROOT))
)
def test_no_document_speaks_of_one_machine(document: Path) -> None:
    """No path of somebody's computer is in it, and no address but these."""
    # a recipe has to say where things are on the machine that it is for
    text = RECIPE.sub("", document.read_text("utf-8"))
    places = r"(?<![\w.:/])/(?:work|home|root|users|tmp|usr|opt|var|srv|etc)(?:/|\b)"
    assert re.findall(places, text, re.IGNORECASE) == []
    named = set(re.findall(r"https?://([\w.-]+)", text))
    assert named <= {
        "127.0.0.1",
        "docs.pytest.org",
        "example",
        "example.com",
        "host.example",
        "keepachangelog.com",
        "kubernetes.dask.org",
        "semver.org",
        "services.leadconnectorhq.com",
    }


FACTS = (ROOT / "docs" / "api-facts.md").read_text("utf-8")


def test_each_guess_about_the_api_says_what_happens_where_it_is_wrong() -> None:
    """A row of the table has a source; a guess has a way out, and its test is there."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in FACTS.splitlines()
        if line.startswith("| ") and not line.startswith(("| fact", "| ---"))
    ]
    assert len(rows) > 30
    assert [fact for fact, source, *_ in rows if not source] == []
    assert [
        fact for fact, source, way, *_ in rows if "guess" in source and not way
    ] == []
    tests = "".join(one.read_text("utf-8") for one in ROOT.glob("tests/**/test_*.py"))
    named = re.findall(r"`(test_\w+)`", FACTS)
    assert named
    assert [name for name in named if f"def {name}(" not in tests] == []


def test_what_is_not_known_of_the_api_is_not_told_as_a_fact() -> None:
    """That a slug is accepted twice, say, was never seen of collections."""
    assert "accepts the same slug twice" not in MANUAL
    assert "HighLevel accepts a slug twice" not in MANUAL
    assert "docs/api-facts.md" in README
