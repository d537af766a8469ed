"""What a command was told: its settings, and how much it shall say.

Invariant: nothing is loaded here that only a run needs.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.settings import Values, load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import click

    from importer import logs
    from importer.settings import Settings


@dataclass(frozen=True, slots=True)
class Voice:
    """How much is said, and how."""

    as_json: bool = False
    quiet: bool = False
    verbose: int = 0
    log_format: logs.LogFormat = "console"
    yes: bool = False

    @property
    def level(self) -> int:
        """What stderr shows of the log."""
        if self.quiet:
            return logging.ERROR
        return (logging.WARNING, logging.INFO, logging.DEBUG)[min(self.verbose, 2)]

    @property
    def silent(self) -> bool:
        """Whether a person is told only why the exit code is not 0."""
        return self.quiet and not self.as_json

    @property
    def asks(self) -> bool:
        """Whether there is a person to ask before anything is sent."""
        return not (self.yes or self.as_json) and sys.stdin.isatty()


def of_group(
    context: click.Context, given: Mapping[str, Any], config: Path | None
) -> Settings:
    """Return the settings of a command whose flags its group may have been given.

    Args:
        context: of the command.
        given: its own flags, which go before those of the group.
        config: its own settings file.

    Raises:
        UsageError: a setting cannot be used.
        InputError: the settings file cannot be read.
    """
    before: Mapping[str, Any] = context.parent.params if context.parent else {}
    flags = {
        name: before.get(name) if value is None else value
        for name, value in given.items()
    }
    return load(flags, file=config or before.get("config"))


def prepare(given: Mapping[str, Any]) -> tuple[Settings, Voice]:
    """Take settings and voice from the flags of a command.

    Raises:
        UsageError: a setting cannot be used.
    """
    names = {
        name: value for name, value in given.items() if name in Values.model_fields
    }
    voice = Voice(
        as_json=given["as_json"],
        quiet=given["quiet"],
        verbose=given["verbose"],
        log_format=given["log_format"],
        yes=given.get("yes", False),
    )
    return load(names, file=given["config"]), voice
