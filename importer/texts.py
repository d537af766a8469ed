"""Texts of others made harmless: what moves a cursor, turns a line around or is unseen.

Names of files, cells, settings and whatever a server says come through here before
they reach a terminal, a log or a document. Pure. Invariants: an ordinary text comes out
as it went in; `escaped` changes no value of a JSON document, only how it is written,
but for what no text can hold.
"""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

from importer import patterns

if TYPE_CHECKING:
    import re

#: Control characters but for tab and line feed (C0, DEL, C1), soft hyphens, marks of
#: direction, characters without width, separators of lines, halves of surrogate pairs,
#: and tags, which hide a text within another. None of them is printable.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
#: Joiners are part of the spelling in scripts that need them, and of pictures.
_JOINERS = (
    "(?<![\u0600-\u06ff\u0900-\u0dff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])"
    "[\u200c\u200d]"
)
#: Letters without a shape, and spaces that do not part words.
_DISGUISED = "\u00a0\u034f\u115f\u1160\u17b4\u17b5\u2007\u202f\u2800\u3164\uffa0"
#: All of them, for a class of characters in a pattern that knows no surrogates.
UNSEEN = f"{_UNSEEN}\u200c\u200d{_DISGUISED}".replace("\ud800-\udfff", "")
_HIDDEN = patterns.later(f"[{_UNSEEN}{_DISGUISED}]|{_JOINERS}")
_ZERO_WIDTH = patterns.later("[\u00ad\u034f\u200b\u2060-\u2064\ufeff]")
_HIDDEN_ANYWHERE = patterns.later(f"[{UNSEEN}]")
_COMMANDS = patterns.later(f"[{_UNSEEN}]|{_JOINERS}")
_BREAKS = patterns.later(f"[\t\n{_UNSEEN}]|{_JOINERS}")
#: Whole sequences that a terminal obeys: nothing of them is left as letters.
_SEQUENCES = patterns.later(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
)


#: Letters that a message shows of a word, and a message has in all, at the most.
LONGEST_WORD, LONGEST_MESSAGE = 200, 1000
_LONG_WORD = patterns.later(rf"\S{{{LONGEST_WORD + 1},}}")


def message(text: str, longest: int = LONGEST_WORD) -> str:
    """Write a message on one line, and shorten the values that it holds.

    Args:
        text: the message, whatever a value in it holds.
        longest: letters of a word, such as a path, that are shown.
    """
    shown = on_a_line(text)
    if len(shown) <= longest:
        return shown
    found = _LONG_WORD.sub(lambda word: _ends(word[0], longest), shown)
    return _ends(found, max(LONGEST_MESSAGE, 2 * longest))


def _ends(text: str, most: int) -> str:
    """Keep both ends of a text that is too long; a second time it stays as it is."""
    if len(text) <= most:
        return text
    last = most // 4
    return f"{text[: most - last - 1]}…{text[-last:]}"


def escaped(text: str) -> str:
    r"""Write what is unseen as `\u001b`, as JSON does; line feeds and tabs stay.

    Half a surrogate pair becomes a question mark.
    """
    if text.isprintable():
        return text
    return _COMMANDS.sub(_notation, text)


def on_a_line(text: str) -> str:
    """Write a text on one line: line feeds and tabs are escaped too."""
    if text.isprintable():
        return text
    return _BREAKS.sub(_notation, text)


def _notation(found: re.Match[str]) -> str:
    # half a pair is no letter: strict readers refuse its notation, too
    return "?" if "\ud800" <= found[0] <= "\udfff" else json.dumps(found[0])[1:-1]


def plain(text: str) -> str:
    """Leave out what is unseen, and squash white space: one line for people."""
    return " ".join(seen(text.replace("\r", " ")).split())


def seen(text: str) -> str:
    """Leave out what is unseen; white space stays as it is."""
    if text.isprintable():
        return text
    return _COMMANDS.sub("", _SEQUENCES.sub("", text))


def composed(name: str) -> str:
    """Write letters and their accents as one character each, so that names compare."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """Reduce a name to what counts: composed letters, no case, no blanks around."""
    return composed(name).strip().casefold()


def hidden(text: str, *, joiners: bool = False) -> tuple[str, ...]:
    """Name the characters that cannot be seen, or look like a space: U+200B.

    Args:
        text: any text.
        joiners: whether joiners count also where a script or a picture needs them.
    """
    if text.isascii() and text.isprintable():
        return ()
    pattern = _HIDDEN_ANYWHERE if joiners else _HIDDEN
    return tuple(dict.fromkeys(f"U+{ord(c):04X}" for c in pattern.findall(text)))


def without_hidden(text: str) -> str:
    """Leave out the characters that cannot be seen; what looks like a space stays."""
    return _ZERO_WIDTH.sub("", text)


def to_json(document: object, **options: Any) -> str:  # noqa: ANN401 - those of json
    """Write a document as JSON in which every letter can be seen."""
    return escaped(json.dumps(document, ensure_ascii=False, **options))
