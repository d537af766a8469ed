"""The command line: what people and schedulers type, and the exit codes they get.

Each command is a module of its name; this one only gathers them. Results go
to stdout, progress and logs to stderr. Invariant: importing this loads click and no
stage, so that `--help` is quick.
"""

from __future__ import annotations

import click

from importer.cli import completion, failures
from importer.cli.commands import (
    audit,
    check,
    config,
    demo,
    doctor,
    explain,
    locations,
    mapping,
    pause,
    plan,
    presets,
    report,
    resume,
    run,
    runs,
    sandbox,
    selftest,
    settle,
    status,
    template,
    undo,
)
from importer.version import __version__


@click.group(
    cls=failures.Commands,
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


for _command in (
    template.template,
    mapping.mapping,
    run.run,
    check.check,
    plan.plan,
    resume.resume,
    status.status,
    pause.pause,
    audit.audit,
    undo.undo,
    settle.settle,
    runs.runs,
    report.report,
    config.config,
    locations.locations,
    presets.presets,
    explain.explain,
    doctor.doctor,
    completion.completion,
    sandbox.sandbox,
    demo.demo,
    selftest.selftest,
):
    main.add_command(_command)
