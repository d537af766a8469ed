"""Two texts beside each other: what both have, what went, and what came.

Pure. What differs is one stretch, from the first letter that is another one to the
last, widened to whole words where they are short. Of a long text the surroundings of
that stretch are kept, and both of its ends. Invariant: what is marked in the two is
never alike, also where the texts look it.
"""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

from importer import texts

if TYPE_CHECKING:
    from collections.abc import Callable

#: What a part of a text is: in both, only in the old one, only in the new one, or said
#: about the value and no part of it.
SAME, GONE, NEW, ABOUT = "", "-", "+", "?"
#: Letters that are kept before and behind a difference in a text that is too long.
AROUND = 60
#: Letters that are kept of a difference, and of a text that has no difference.
LONGEST = 400
#: A word of more letters is not marked as a whole.
LONGEST_WORD = 30
#: Ids of products that are named one by one.
NAMED = 12

Part = tuple[str, str]


def of_texts(old: str, new: str) -> tuple[list[Part], list[Part]]:
    """Return the parts of an old text and of a new one."""
    if not old or not new:
        return _whole(GONE, old), _whole(NEW, new)
    begin, end = _bounds(old, new)
    gone, came = old[begin : len(old) - end], new[begin : len(new) - end]
    before, behind = new[:begin], new[len(new) - end :]
    if len(before) + max(len(gone), len(came)) + len(behind) > LONGEST:
        before, behind = _last(before), _first(behind)
    around = texts.escaped(before), texts.escaped(behind)
    gone, came = _visible(gone, came)
    return _around(around, GONE, gone), _around(around, NEW, came)


def of_ids(old: str, new: str) -> tuple[list[Part], list[Part]]:
    """Return the parts of two sets of ids, which stand with blanks between them."""
    before, after = dict.fromkeys(old.split()), dict.fromkeys(new.split())
    stay = len(before.keys() & after.keys())
    gone = [one for one in before if one not in after]
    came = [one for one in after if one not in before]
    return _named(GONE, gone, stay), _named(NEW, came, stay)


def _named(kind: str, ids: list[str], stay: int) -> list[Part]:
    """Name ids one by one, and count those that are too many or no different."""
    parts: list[Part] = []
    for one in ids[:NAMED]:
        # each on a line of its own
        parts += [(SAME, "\n"), (kind, texts.on_a_line(one))]
    parts = parts[1:]
    if len(ids) > NAMED:
        parts.append((ABOUT, f"and {len(ids) - NAMED:,} more"))
    if stay:
        parts.append((ABOUT, f"{stay:,} in both"))
    return parts


def _whole(kind: str, text: str) -> list[Part]:
    return [(kind, _ends(texts.escaped(text)))] if text else []


def _around(around: tuple[str, str], kind: str, middle: str) -> list[Part]:
    before, behind = around
    parts = [(SAME, before), (kind, _ends(middle)), (SAME, behind)]
    return [(kind, text) for kind, text in parts if text]


def _bounds(old: str, new: str) -> tuple[int, int]:
    """Return how many letters both have at their beginning, and at their end."""
    most = min(len(old), len(new))
    begin = _most(most, lambda at: old[:at] == new[:at])
    begin = _word_before(old, new, begin)
    end = _most(most - begin, lambda at: old[len(old) - at :] == new[len(new) - at :])
    return begin, _word_behind(old, new, end)


def _most(most: int, holds: Callable[[int], bool]) -> int:
    """Return the largest number up to which something holds; texts may be long."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if holds(middle) else (least, middle - 1)
    return least


def _word_before(old: str, new: str, begin: int) -> int:
    """Go back to the beginning of the word that the texts part in."""
    at = begin
    inside = _letter(old[at : at + 1]) or _letter(new[at : at + 1])
    while inside and at and begin - at < LONGEST_WORD and _letter(old[at - 1]):
        at -= 1
    if at and begin - at == LONGEST_WORD:
        at = begin
    # an accent stays with its letter
    while at and (_joins(old[at : at + 1]) or _joins(new[at : at + 1])):
        at -= 1
    return at


def _word_behind(old: str, new: str, end: int) -> int:
    """Go on to the end of the word in which the texts meet again."""
    at = end
    last = [text[len(text) - at - 1 : len(text) - at] for text in (old, new)]
    inside = any(map(_letter, last))
    while inside and at and end - at < LONGEST_WORD and _letter(old[-at]):
        at -= 1
    if at and end - at == LONGEST_WORD:
        at = end
    while at and _joins(old[-at]):
        at -= 1
    return at


def _letter(text: str) -> bool:
    return text.isalnum()


def _joins(text: str) -> bool:
    """Return whether a character belongs to the one before it."""
    return bool(text) and (unicodedata.category(text)[0] == "M" or text == "\u200d")


def _visible(gone: str, came: str) -> tuple[str, str]:
    """Write two stretches so that they can be told apart."""
    shown = texts.escaped(gone), texts.escaped(came)
    alike = [" ".join(unicodedata.normalize("NFKC", text).split()) for text in shown]
    if alike[0] != alike[1]:
        return shown
    return _spelled(gone), _spelled(came)


def _spelled(text: str) -> str:
    """Write a text letter by letter: blanks too, and by its number what looks alike."""
    return json.dumps(text)[1:-1].replace(" ", "␣")


def _ends(text: str) -> str:
    """Keep both ends of a text that is too long."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} … {text[-half:]}"


def _last(text: str) -> str:
    return text if len(text) <= AROUND else "…" + text[-AROUND:]


def _first(text: str) -> str:
    return text if len(text) <= AROUND else text[:AROUND] + "…"
