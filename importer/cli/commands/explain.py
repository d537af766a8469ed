"""The command that explains a code: `explain`.

It reads no file and needs no network. Invariant: every code that the program can
give is explained, and one that it cannot give is answered with the nearest.
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, stages
from importer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.codebook import Explanation
    from importer.codebook.entry import Cells
    from importer.sentences import Language

_WIDTH = 88
_LABEL = 15


@click.command(short_help="What a code means, and what to do about it.")
@click.argument("code", required=False, metavar="[CODE]")
@click.option(
    "--schema",
    metavar="NAME",
    help="Print the JSON Schema of a document, such as summary or check.",
)
@flags.language
@flags.as_json
def explain(
    code: str | None, schema: str | None, *, language: str | None, as_json: bool
) -> None:
    """Say what CODE means: how it comes about, an example, and the way out.

    CODE is one of a report, or the number of an exit code. Without it all are listed.

    \b
      importer explain slug_invalid
      importer explain 75
      importer explain --schema summary
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=as_json):
        if schema is not None:
            _print_schema(schema, code)
            return
        told_in = stages.sentences.named(language or "en")
        if code is None:
            _list(told_in, as_json=as_json)
            return
        one = _found(code, told_in)
        if as_json:
            click.echo(json.dumps({"schema": 1, **_document(one)}, ensure_ascii=False))
            return
        for line in _lines(one, told_in):
            click.echo(line)


def _found(code: str, language: Language) -> Explanation:
    """Return the explanation of a code.

    Raises:
        UsageError: there is no such code.
    """
    one = stages.codebook.find(code)
    if one is None:
        near = stages.codebook.nearest(code)
        key = "screen/no_code_but" if near else "screen/no_code"
        given = {"code": code, "near": near}
        msg = language.message(key, given)
        raise UsageError(msg, remedy=language.remedy(key, given))
    return stages.codebook.in_language(one, language)


def _print_schema(name: str, code: str | None) -> None:
    """Print a schema, as the wheel has it.

    Raises:
        UsageError: there is none of that name, or a code is named, too.
    """
    if code is not None:
        msg = f"--schema {name} explains a document, and {code} is named, too."
        raise UsageError(msg, remedy="Leave one of the two out.")
    click.echo(json.dumps(stages.schemas.schema(name), indent=2, ensure_ascii=False))


def _list(language: Language, *, as_json: bool) -> None:
    listed = [
        stages.codebook.in_language(one, language)
        for one in stages.codebook.ALL.values()
    ]
    if as_json:
        document = {"schema": 1, "codes": [_document(entry) for entry in listed]}
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    wide = max(len(entry.name) for entry in listed)
    for kind in stages.codebook.Kind:
        click.echo(f"{language.translated(kind.value)}:")
        for explanation in listed:
            if explanation.kind is kind:
                click.echo(f"  {explanation.name:<{wide}}  {explanation.phrase}")
        click.echo()
    click.echo(language.text("screen/more_on_codes"))


def _lines(explanation: Explanation, language: Language) -> Iterator[str]:
    def label(name: str) -> str:
        return language.text(f"screen/{name}")

    yield f"{explanation.name}: {explanation.phrase}"
    yield ""
    yield _part(label("cause"), explanation.cause)
    if explanation.cells:
        blank = label("blank_cell")
        yield _part(label("example"), _cells(explanation.cells, blank))
        yield _part(label("instead"), _cells(explanation.instead, blank))
    else:
        yield _part(label("example"), explanation.example)
    yield _part(label("way_out"), explanation.way_out)


def _part(label: str, text: str) -> str:
    """Write a paragraph behind its label."""
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=f"{label:<{_LABEL}}",
        subsequent_indent=" " * _LABEL,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _cells(cells: Cells, blank: str) -> str:
    return "; ".join(f"{column}: {text or blank}" for column, text in cells)


def _document(explanation: Explanation) -> dict[str, Any]:
    return {
        "code": explanation.name,
        "kind": explanation.kind.name.lower(),
        "phrase": explanation.phrase,
        "cause": explanation.cause,
        "example": dict(explanation.cells) or explanation.example,
        "instead": dict(explanation.instead) or None,
        "way_out": explanation.way_out,
    }
