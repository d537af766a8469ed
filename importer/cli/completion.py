"""What a shell needs to complete a command line: its script, and what can stand where.

The scripts are click's own. Names are read from folders and nothing is loaded, for
they are asked for at every press of the Tab key. Invariant: whatever is on the disk,
completing says nothing else and fails nowhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.cli import failures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from click.shell_completion import CompletionItem

PROGRAM = "importer"
#: By it the shell's script asks the program for what can follow.
VARIABLE = "_IMPORTER_COMPLETE"
_PRESETS = Path(__file__).parents[1] / "presets"


def files(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Let the shell offer its files."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - not for help

    del context, parameter
    return [CompletionItem(incomplete, type="file")]


def runs(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the runs of the given folder, or of the usual one, newest first."""
    del parameter
    folder = Path(context.params.get("runs_dir") or "runs")
    try:
        # a journal in a database leaves its log here
        names = ("*/journal.db", "*/run.log")
        held = {path.parent for name in names for path in folder.glob(name)}
        found = sorted(held, key=_age)
    except OSError:
        return []
    return _beginning((path.name for path in found), incomplete)


def presets(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the kinds of export that are known."""
    del context, parameter
    names = sorted(path.stem for path in _PRESETS.glob("*.toml"))
    return _beginning(("auto", *names), incomplete)


def _age(folder: Path) -> float:
    return -folder.stat().st_mtime


def _beginning(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - not for help

    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command(short_help="Print what a shell needs to complete commands.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script by which SHELL completes commands, flags, runs and presets.

    Let the shell read it at its start:

    \b
      eval "$(importer completion bash)"        in ~/.bashrc
      eval "$(importer completion zsh)"         in ~/.zshrc, below compinit
      importer completion fish | source         in ~/.config/fish/config.fish
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told():
        from click.shell_completion import get_completion_class  # noqa: PLC0415 - same

        script = get_completion_class(shell)
        assert script is not None  # noqa: S101 - the choices are click's
        group = context.find_root().command
        click.echo(script(group, {}, PROGRAM, VARIABLE).source())
