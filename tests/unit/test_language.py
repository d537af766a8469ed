"""What the stages say, in the words of a program: no flag and no command is left."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import importer
from importer.api import language

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(importer.__file__).parent
#: What no verb of the library says: the command line, what stands beside it, pages of
#: words, and the support archive that only a command writes.
SAYS_NOTHING = ("cli", "codebook", "sandbox", "schemas", "selftest", "web")
FILES = ("template.py", "annotated.py", "sums.py", "contents.py", "bundle.py")
#: What stands for the value of a name in a sentence that is put together.
VALUE = "night"


def sentences() -> Iterator[tuple[str, str]]:
    """Every text of the program that may be told to the user of a verb."""
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        if inside.parts[0] in SAYS_NOTHING or path.name in FILES:
            continue
        source = path.read_text("utf-8")
        if "importer " not in source and "--" not in source:
            continue  # no command and no flag: as quick as it gets
        for text in texts(ast.parse(source)):
            yield str(inside), text


def texts(tree: ast.AST) -> Iterator[str]:
    """The literals of a module, put together ones too, without docstrings."""
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts.update(map(id, node.values))
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else VALUE
                for part in node.values
            )
        elif isinstance(node, ast.Expr):  # a docstring
            parts.add(id(node.value))
        # what stands around a text is walked before it
        elif isinstance(node, ast.Constant) and id(node) not in parts:
            yield str(node.value)


COMMAND = re.compile(
    r"\bimporter (run|resume|plan|check|audit|undo|runs|report|doctor|config|explain"
    r"|locations|template|settle|presets|map)\b(?!.{0,40} \(on the command line\))"
)
FLAG = re.compile(r"(?<![\w-])--[a-z]")
#: The kind of a document, and what is put together with the name of a file.
PIECES = ("importer plan", "Make it again with: importer plan FILE -o ")


def in_arguments(where: str, text: str) -> str:
    """A text as a verb says it, without what is said of another program."""
    said = language.in_arguments(text)
    if "pip install" in text:
        said = re.sub(r"pip install.*", "", said)
    # a command of PostgreSQL
    said = re.sub(r"createdb.*", "", said)
    # the way of a setting that is not reached by a verb
    return said.replace("--file", "") if where.startswith("runs/settlement") else said


def test_no_sentence_of_a_stage_speaks_of_the_command_line() -> None:
    """Whatever a verb raises or gives names arguments and verbs."""
    speaking = [
        (where, text)
        for where, text in sentences()
        if (COMMAND.search(text) or FLAG.search(text)) and text not in PIECES
    ]
    assert len(speaking) > 100
    said = [(where, in_arguments(where, text)) for where, text in speaking]
    assert [x for x in said if FLAG.search(x[1]) or COMMAND.search(x[1])] == []


def test_a_plan_that_is_to_be_made_again_is_made_by_verbs() -> None:
    """The sentence is put together where the name of its file is known."""
    said = language.in_arguments(f"{PIECES[1]}'my plan.json'")
    assert said == 'Make it again with: importer.plan(…), and .save("my plan.json")'
