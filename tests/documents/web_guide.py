"""Writes docs/web-merchant.md, and the same in other languages: how an import goes.

The sentences are those that the page itself says below *How an import goes*; the
pictures are taken by `make pictures`.

    make docs
"""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

from importer.web import guide
from importer.web.language import NAMES, SPOKEN, spoken

DOCS = Path(__file__).parents[2] / "docs"
#: As the other pages have it.
WIDTH = 140


def name_of(code: str) -> str:
    """Return the name of the page in a language."""
    return f"web-merchant{'' if code == SPOKEN[0] else f'.{code}'}.md"


def text(code: str) -> str:
    """Write the page."""
    told = guide.guide(spoken(code))
    others = [f"[{NAMES[one]}]({name_of(one)})" for one in SPOKEN if one != code]
    lines = [f"# {told.title}", "", " · ".join(others), ""]
    lines += [fill(told.needed, WIDTH), ""]
    for nth, part in enumerate(told.steps, 1):
        lines += [f"## {nth}. {part.name}", "", fill(part.text, WIDTH), ""]
        if part.picture:
            lines += [f"![{part.shown}](pictures/web-{part.picture}-{code}.png)", ""]
    lines += [f"## {told.odd}", "", *map(_listed, told.answers), ""]
    return "\n".join(lines)


def _listed(answer: str) -> str:
    return fill(f"- {answer}", WIDTH, subsequent_indent="  ")


def main() -> None:
    """Write the page in every language."""
    for code in SPOKEN:
        (DOCS / name_of(code)).write_text(text(code), "utf-8")


if __name__ == "__main__":
    main()
