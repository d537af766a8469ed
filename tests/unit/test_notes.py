"""Notes on files: a code and parameters that are a phrase wherever a text is wanted."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import string
from pathlib import Path
from typing import Any

import pytest

import importer
from importer.api import language
from importer.models import Note, NoteCode
from importer.sentences import english_notes

FOLDER = Path(importer.__file__).parent
#: Where files and tables are read.
STAGES = ("source", "mapping", "intake")
KEYS = [key for key in english_notes.PHRASES if not key.startswith("part/")]
#: What a parameter can be, by its format.
KINDS: dict[str, Any] = {"listed": ("A", "B"), "more": 3, "number": 2, "counted": 2}


def needed(key: str) -> dict[str, Any]:
    """What a phrase needs, each with something that it can be."""
    found: dict[str, Any] = {}
    for _, name, spec, _ in string.Formatter().parse(english_notes.PHRASES[key]):
        if name is not None:
            kind = (spec or "").partition(":")[0]
            if kind != "plural":
                found[name] = KINDS.get(kind, "X")
            elif found.get(name, "X") == "X":
                found[name] = 2
    return found


def sample(key: str) -> Note:
    """A note of each phrase."""
    code, _, variant = key.partition("/")
    return Note(NoteCode(code), variant, **needed(key))


@pytest.mark.parametrize("key", KEYS)
def test_a_note_is_its_phrase_wherever_it_goes(key: str) -> None:
    """In JSON, in another process, and in the words of a program, with its code."""
    note = sample(key)
    for again in (pickle.loads(pickle.dumps(note)), copy.deepcopy(note)):  # noqa: S301
        assert (type(again), again, again.code) == (Note, note, note.code)
        assert again.parameters == note.parameters
    assert json.loads(json.dumps([note])) == [str(note)]
    assert (repr(note), hash(note)) == (repr(str(note)), hash(str(note)))
    said = note.said_by(language.in_arguments)
    assert (said, said.code) == (language.in_arguments(str(note)), note.code)
    assert "--" not in said
    with pytest.raises(AttributeError):
        note.code = NoteCode.TOLD
    read = Note.read(note)
    assert (read, read.code) == (note, NoteCode.TOLD)


def test_every_note_has_a_code_that_a_stage_tells_and_what_its_phrase_needs() -> None:
    """Also in a place that no other test comes to; a text alone is for journals."""
    told = set()
    for path in (path for stage in STAGES for path in (FOLDER / stage).rglob("*.py")):
        if "Note" not in (text := path.read_text(encoding="utf-8")):
            continue
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.Attribute)
                and ast.unparse(node.value) == "NoteCode"
            ):
                told.add(NoteCode[node.attr])
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Note":
                keys = _keys([*map(ast.unparse, node.args)])
                given = {keyword.arg for keyword in node.keywords}
                for key in keys if None not in given else ():
                    assert needed(key).keys() <= given, (path, ast.unparse(node), key)
    assert told == {*NoteCode} - {NoteCode.TOLD}
    assert {key.partition("/")[0] for key in KEYS} == {*NoteCode}


def _keys(given: list[str]) -> list[str]:
    """The phrases that a note may be, by what it is made with."""
    if not given or not given[0].startswith("NoteCode."):
        return []
    code = NoteCode[given[0].removeprefix("NoteCode.")]
    if len(given) == 1:
        return [code]
    quoted = given[1].strip("'\"")
    if quoted != given[1]:
        return [f"{code}/{quoted}"]
    return [key for key in KEYS if key.partition("/")[0] == code]
