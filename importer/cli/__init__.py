"""The command line: what people and schedulers type, and the exit codes they get.

Each command is a module of its name, which is loaded when it is typed; this one only
lists them. Results go to stdout, progress and logs to stderr. Invariant: importing this
loads click, no command and no stage, so that every start is quick.
"""

from __future__ import annotations

from importlib import import_module

import click

from importer.cli import failures
from importer.version import __version__

#: The commands in the order of their modules' names, each with its module.
_MODULES = {
    "completion": "completion",
    "map": "commands.mapping",
    **{
        name: f"commands.{name}"
        for name in (
            *("audit", "check", "config", "demo", "doctor", "explain", "locations"),
            *("pause", "plan", "presets", "report", "resume", "run", "runs"),
            *("sandbox", "selftest", "settle", "status", "template", "undo"),
            "web",
        )
    },
}


class _Commands(failures.Commands):
    """The group of all commands, each of which is loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, and load none."""
        del ctx
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None where there is none of this name."""
        del ctx
        if (module := _MODULES.get(cmd_name)) is None:
            return None
        found = import_module(f"importer.cli.{module}")
        command: click.Command = getattr(found, module.rpartition(".")[2])
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="importer config show lists every setting; importer explain says what a "
    "code means.",
)
@click.version_option(__version__, prog_name="importer")
def main() -> None:
    """Create HighLevel product collections from a spreadsheet.

    Every row ends as exactly one collection, or as one plain reason why not.

    \b
      importer check collections.csv      look for mistakes, send nothing
      importer plan collections.csv       compare with what exists, send nothing
      importer run collections.csv        create the collections
      importer resume                     go on where a run was left
    """  # noqa: D301 - \b is click's mark for lines that are not joined
