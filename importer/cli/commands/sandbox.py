"""`importer sandbox`: a stand-in of the API on this machine.

It is a program of its own and knows nothing of the importer.
"""

from __future__ import annotations

import sys

import click

from importer.cli import shortage, stages


@click.command(
    short_help="Serve the local stand-in of the API.",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Serve a local stand-in of the API; `importer sandbox --help` lists its flags."""
    shortage.refuse_few_files()
    sys.exit(stages.sandbox.main(list(arguments)))
