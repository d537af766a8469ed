"""The reference of the docs, written from the code: `make docs-reference`.

Makes the pages below docs/reference and the types of the settings, and puts the recipes
into the pages that show them. `--check` writes nothing and ends with 1 where a page is
stale. Invariant: what is written depends on the code alone, not on the machine, its
width or its settings.
"""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import fields, is_dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import importer
from importer import codebook, errors, report, sandbox, settings
from importer.cli import main as program
from importer.codebook import exits
from importer.exit_codes import Exit
from importer.models import FINAL_STATUSES, Code
from importer.report.columns import NUMBER_COLUMNS, TIME_COLUMNS, column_phrase
from importer.settings import ENVIRONMENT, Values

sys.path.insert(0, str(Path(__file__).parent))  # the makers are no package

import typed_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "recipes"
#: The pages that say more about a command than its help.
READ_ON = {
    "importer audit": "[exactly once](../exactly-once.md#whose-a-collection-is)",
    "importer check": "[what goes in](../input.md), "
    "[a corrected copy](../input.md#a-corrected-copy)",
    "importer completion": "[the Tab key](../completion.md)",
    "importer config show": "[settings](settings.md)",
    "importer demo": "[sample data](../../sample_data/README.md)",
    "importer doctor": "[find out what is wrong](../doctor.md)",
    "importer explain": "[what the codes mean](../errors.md)",
    "importer locations": "[many locations](../locations.md)",
    "importer map": "[a mapping file](../input.md#a-mapping-file)",
    "importer pause": "[pausing a run](../scheduling.md#pausing-a-run)",
    "importer plan": "[the forecast](../limits.md#the-forecast), "
    "[saved plans](../plans.md)",
    "importer presets": "[exports of shops](../presets.md)",
    "importer report": "[what a run leaves behind](../report.md), "
    "[your own table with the answers](../report.md#reportxlsx)",
    "importer resume": "[exactly once](../exactly-once.md), "
    "[all unfinished runs](../nightly.md#old-runs)",
    "importer run": "[tutorial](../tutorial.md), [updates](../updates.md), "
    "[watch a run](../watching.md)",
    "importer runs": "[a damaged journal](../nightly.md#when-a-journal-is-damaged)",
    "importer runs move": "[several machines](../several-machines.md)",
    "importer runs prune": "[old runs](../nightly.md#old-runs)",
    "importer runs retire": "[a damaged journal]"
    "(../nightly.md#when-a-journal-is-damaged)",
    "importer sandbox": "[the sandbox](../sandbox.md)",
    "importer selftest": "[exactly once](../exactly-once.md)",
    "importer settle": "[rows that no list can settle]"
    "(../exactly-once.md#rows-that-no-list-can-settle)",
    "importer status": "[how far runs are](../watching.md#how-far-runs-are)",
    "importer template": "[a template](../input.md#a-template)",
    "importer undo": "[what an undo compares](../report.md#undo)",
    "importer web": "[a page for people without a terminal](../web.md)",
}
MADE = "<!-- Made by `make docs-reference` from the code; changes belong there. -->"
RECIPE = re.compile(
    r"(?<=<!-- recipe: )(\S+)( -->\n```(\w+)\n).*?(?=^```$)", re.DOTALL | re.MULTILINE
)


def pages() -> dict[Path, str]:
    """Every page that is made, or partly so, and what it has to say."""
    made = {
        "commands.md": commands(),
        "settings.md": all_settings(),
        "exit-codes.md": exit_codes(),
        "report-columns.md": report_columns(),
        "library.md": library(),
    }
    wanted = {ROOT / "docs" / "reference" / name: text for name, text in made.items()}
    wanted[typed_settings.PAGE] = typed_settings.text()
    for page in sorted((ROOT / "docs").glob("*.md")):
        text = page.read_text("utf-8")
        if RECIPE.search(text):
            wanted[page] = RECIPE.sub(_with_recipe, text)
    return wanted


def _with_recipe(found: re.Match[str]) -> str:
    return found[1] + found[2] + (RECIPES / found[1]).read_text("utf-8")


def page(title: str, *parts: str) -> str:
    """A page with its title and the remark that it is made."""
    return (
        "\n\n".join([f"# {title}", MADE, *(part.strip("\n") for part in parts)]) + "\n"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar inside a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


# the command line


def commands() -> str:
    """Every command: what it does, how it is typed, its flags, examples."""
    parts = [
        (
            "Every command and every flag. `importer COMMAND --help` says the same. "
            "Results go to stdout, progress and log lines to stderr. Colours and "
            "movement are for terminals only, and `NO_COLOR` is honoured."
        ),
        table(
            ("command", "does", "read on"),
            (
                (
                    f"[`{name}`](#{name.replace(' ', '-')})",
                    command.short_help or "",
                    READ_ON[name],
                )
                for name, command in every_command(program)
            ),
        ),
        "## Flags that are not settings",
        (
            "Every other flag of these commands is a [setting](settings.md), too, that "
            "the environment or a file can give."
        ),
        table(("flag", "of", "does"), plain_flags()),
        "`importer --version` prints the version, `-h` and `--help` the help.",
    ]
    for name, command in every_command(program):
        parts += command_parts(name, command)
    parts += [
        "## importer sandbox, its flags",
        table(("flag", "does"), sandbox_flags()),
    ]
    return page("Commands", *parts)


def plain_flags() -> list[tuple[str, str, str]]:
    """Make the rows of all flags that no setting stands behind, by their names."""
    found: dict[tuple[str, str], list[str]] = {}
    every = [(name.partition(" ")[2], one) for name, one in every_command(program)]
    for name, command in every:
        for option in command.params:
            if not isinstance(option, click.Option) or option.hidden:
                continue
            if option.name not in Values.model_fields:
                found.setdefault(flag_row(option), []).append(name)
    return [
        (flag, _of(names, [name for name, _ in every]), does)
        for (flag, does), names in sorted(
            found.items(), key=lambda row: row[0][0].lstrip("`-").lower()
        )
    ]


def _of(names: list[str], every: list[str]) -> str:
    without = [name for name in every if name not in names]
    if len(without) < len(names):
        return "all but " + ", ".join(f"`{name}`" for name in without)
    return ", ".join(f"`{name}`" for name in names)


def every_command(
    group: click.Group, above: str = "importer"
) -> Iterator[tuple[str, click.Command]]:
    """Every command by its full name, in the order of the alphabet."""
    context = click.Context(group)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        assert command is not None
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{above} {name}", command
        if isinstance(command, click.Group):
            yield from every_command(command, f"{above} {name}")


def command_parts(name: str, command: click.Command) -> list[str]:
    """The section of a command."""
    context = click.Context(command, info_name=name)
    said, examples = prose(command.help or "")
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    parts = [f"## {name}", said, f"```console\n{usage}\n```"]
    options = [
        one
        for one in command.params
        if isinstance(one, click.Option) and not one.hidden
    ]
    if options:
        parts.append(table(("flag", "does"), map(flag_row, options)))
    if examples:
        parts.append("For example:\n\n```console\n" + "\n".join(examples) + "\n```")
    return parts


def prose(text: str) -> tuple[str, list[str]]:
    """The paragraphs of a help, and the examples that it ends with."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    said, examples = [], []
    for paragraph in paragraphs:
        if paragraph.startswith("\b\n"):
            examples += [line.strip() for line in paragraph.splitlines()[1:]]
        else:
            said.append(" ".join(paragraph.split()))
    return "\n\n".join(said), examples


def flag_row(option: click.Option) -> tuple[str, str]:
    """A flag with what it takes, and what it does."""
    names = ", ".join(f"`{one}`" for one in (*option.opts, *option.secondary_opts))
    if not option.is_flag and not option.count:
        takes = option.make_metavar(click.Context(click.Command("")))
        names = f"{names} `{takes}`"
    said = " ".join((option.help or "").split())
    if option.show_default:
        said = f"{said}  [default: {option.default}]".strip()
    return names, said


def sandbox_flags() -> Iterator[tuple[str, str]]:
    """The flags of the sandbox, which is a program of its own."""
    for option in chain(*sandbox.FLAG_GROUPS.values()):
        yield flag_row(option)


# settings, exit codes, reports


def all_settings() -> str:
    """Every setting by its names, with default and meaning."""
    flags = {
        option.name: [*option.opts, *option.secondary_opts]
        for _, command in every_command(program)
        for option in command.params
        if isinstance(option, click.Option)
    }
    origins = dict.fromkeys(Values.model_fields, "default")
    shown = settings.Settings(Values.model_validate({}), origins).shown()
    rows = []
    for name, field in Values.model_fields.items():
        key = "none" if name in settings.UNFILED else f"`{name}`"
        typed = ", ".join(f"`{flag}`" for flag in flags.get(name, ())) or "none"
        variable = ENVIRONMENT.get(name, f"IMPORTER_{name.upper()}")
        default = shown[name][0]
        rows.append(
            (
                key,
                typed,
                f"`{variable}`",
                f"`{default}`" if default else "",
                str(field.description),
            )
        )
    return page(
        "Settings",
        "A flag goes before the environment, that before `.env`, that before the TOML "
        "file, that before the default. The file is `importer.toml` or "
        "`config/importer.toml` in the current folder, or what `--config` names. "
        "[config/importer.toml](../../config/importer.toml) is a commented example, "
        "[.env.example](../../.env.example) another. `importer config show` says where "
        "each value came from.",
        table(("TOML key", "flag", "environment", "default", "meaning"), rows),
        "## How values are written",
        "Times are written `30s`, `500ms`, `5m` or `2h`; rates `100/10s`, or `none`; "
        "`max_errors` `20` or `5%`.",
        "The limits that HighLevel's answers name always count: `rate` is a ceiling on "
        "top of them, and can only make it slower ([the limit and the day]"
        "(../limits.md)).",
        "A resumed run keeps `base_url`, `location_id`, `locations_file`, "
        "`on_existing`, `update_products` and `insecure_http` of its first part unless "
        "a flag says otherwise.",
        "A name `IMPORTER_…` in the environment that looks like a misspelt setting is "
        "refused; others, such as Kubernetes' `IMPORTER_SERVICE_HOST`, are ignored.",
    )


def exit_codes() -> str:
    """Every exit code, and what the library raises where the command ends with it."""
    raised: dict[int, list[str]] = {}
    for name, one in vars(errors).items():
        if inspect.isclass(one) and issubclass(one, errors.FatalError):
            raised.setdefault(int(one.exit_code), []).append(f"`{name}`")
    rows = (
        (
            str(int(code)),
            codebook.ALL[exits.name(code)].phrase,
            codebook.ALL[exits.name(code)].way_out,
            ", ".join(raised.get(int(code), ())),
        )
        for code in Exit
    )
    return page(
        "Exit codes",
        "What a scheduler can go by. `importer explain 75` says more about 75, and so "
        "for [the others](../errors.md#exit-codes). Which of them need a person, and "
        "which the next night settles, is in [nightly jobs]"
        "(../nightly.md#go-by-the-exit-code).",
        table(
            (
                "exit",
                "meaning",
                "what to do",
                "raised by the library (`importer.errors`)",
            ),
            rows,
        ),
        "7 comes with [rows that no list can settle]"
        "(../exactly-once.md#rows-that-no-list-can-settle), 8 and 11 with "
        "[two runs that meet](../scheduling.md#when-two-runs-meet), 9 with "
        "[a saved plan](../plans.md), 75 with [the day's quota]"
        "(../limits.md#the-day).",
    )


def report_columns() -> str:
    """The columns of report.csv, the statuses and the codes."""
    columns = [(f"`{one}`", kind(one), column_phrase(one)) for one in report.COLUMNS]
    statuses = [(f"`{one}`", report.status_phrase(one)) for one in FINAL_STATUSES]
    codes = [(f"`{one.value}`", report.code_phrase(one)) for one in Code]
    return page(
        "The columns of a report",
        "Every format has these columns in this order; new ones are added at the end. "
        "How texts are escaped, and a run's other files: [what a run leaves behind]"
        "(../report.md).",
        table(("column", "holds", "meaning"), columns),
        "## status",
        table(("status", "meaning"), statuses),
        "## code",
        "A status of HighLevel that has no code of its own is `api_` and its number.",
        table(("code", "meaning"), codes),
    )


def kind(column: str) -> str:
    """What a column holds."""
    if column in NUMBER_COLUMNS:
        return "whole number or nothing"
    return "moment (UTC) or nothing" if column in TIME_COLUMNS else "text"


# the library


def library() -> str:
    """Every public name with its signature and what its docstring says."""
    said = (
        "What `import importer` offers. How it is used, with an example that runs, is"
    )
    parts = [f"{said} in [the library](../library.md)."]
    for name in importer.__all__:
        parts += member(name, getattr(importer, name))
    return page("The library, name by name", *parts)


def member(name: str, value: Any) -> list[str]:
    """The section of a public name."""
    said = inspect.cleandoc(value.__doc__ or "")
    if inspect.ismodule(value):
        rows = [(f"`{one}`", summary(getattr(value, one))) for one in value.__all__]
        return [f"## {name}", docstring(said), table(("function", "does"), rows)]
    if not inspect.isclass(value):
        prefix = "async " if inspect.iscoroutinefunction(value) else ""
        head = f"```python\n{prefix}{name}{signature(value)}\n```"
        return [f"## {name}", head, docstring(said)]
    parts = [f"## {name}", docstring(said)]
    if is_dataclass(value):
        rows = [(f"`{one.name}`", f"`{one.type}`") for one in fields(value)]
        parts.append(table(("field", "type"), rows))
    elif issubclass(value, errors.FatalError):
        parts.append(f"Exit code {int(value.exit_code)} ({value.exit_code.name}).")
    methods = [
        (f"`{method}`", summary(one))
        for method, one in vars(value).items()
        if not method.startswith("_")
        and (inspect.isfunction(one) or isinstance(one, property))
    ]
    if methods:
        parts.append(table(("attribute or method", "gives"), methods))
    return parts


def signature(function: Any) -> str:
    """The parameters as they are written, without the types of ours."""
    shown = []
    for one in inspect.signature(function).parameters.values():
        star = "*" * (one.kind is one.VAR_POSITIONAL) + "**" * (
            one.kind is one.VAR_KEYWORD
        )
        default = "" if one.default is one.empty else f"={one.default}"
        shown.append(f"{star}{one.name}{default}")
    return f"({', '.join(shown)})"


def docstring(text: str) -> str:
    """A docstring as Markdown: its lists of arguments and errors as lists."""
    lines: list[str] = []
    for line in text.splitlines():
        if re.fullmatch(r"(Args|Returns|Raises|Attributes):", line):
            lines += [f"**{line[:-1]}**", ""]
        elif found := re.match(r" {4}(\w+): (.*)", line):
            lines.append(f"- `{found[1]}`: {found[2]}")
        elif line.startswith("        "):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
    return "\n".join(lines)


def summary(value: Any) -> str:
    """The first sentence of a docstring."""
    return inspect.cleandoc(value.__doc__ or "").partition("\n")[0]


def stale() -> list[Path]:
    """The pages that are not what the code says."""
    return [
        path
        for path, wanted in pages().items()
        if not path.is_file() or path.read_text("utf-8") != wanted
    ]


def main(arguments: Sequence[str]) -> int:
    """Write what is stale, or only tell it."""
    found = stale()
    wanted = pages()
    for path in found:
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
