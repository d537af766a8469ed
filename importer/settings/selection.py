"""The locations that a table is for, where its rows do not say: all, some, by a tag.

Turns what the settings `into` and `where` say into ids, and reads the file that
`@FILE` names. Invariant: what comes out are different locations, in the order of the
list that names them, and never none.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from importer import locations, wording
from importer.errors import UsageError
from importer.locations import looks_like_id
from importer.settings import lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.locations import Locations

#: Every location that is listed.
ALL = "all"
#: Texts that mean no location are told one by one, so many of them.
_TOLD = 3
_COMMENT = "#"


class Selection:
    """What `into` and `where` say, and the locations file that has the names."""

    def __init__(
        self,
        into: Sequence[str],
        where: Sequence[str],
        listed: Locations,
        folder: Path,
    ) -> None:
        """Keep them; `folder` is where the path of an `@FILE` begins."""
        self._into = into
        self._where = where
        self._listed = listed
        self._folder = folder

    def ids(self) -> tuple[str, ...]:
        """Return the ids of the locations.

        Raises:
            UsageError: a text means no location, or two mean one; a tag is that of
                none; or the file of names cannot be read.
        """
        every = not self._into or self._is_all()
        chosen = self._every() if every else self._named()
        for tag in lists.tags(tuple(self._where)):
            chosen = self._with(tag, chosen)
        return tuple(chosen)

    def _is_all(self) -> bool:
        """Return whether every listed location is meant.

        Raises:
            UsageError: others are named beside.
        """
        if ALL not in map(str.lower, self._into) or self._listed.find(ALL):
            return False
        if len(self._into) > 1:
            msg = "--into all means every listed location, and others are named, too."
            raise UsageError(msg, remedy="Write all, or the names.")
        return True

    def _every(self) -> list[str]:
        if not self._listed.listed:
            asked = "--into all" if self._into else "--where"
            msg = (
                f"{asked} asks for locations of the locations file, and none is listed."
            )
            remedy = (
                "List them in locations.toml, or name the file that does with "
                "--locations-file."
            )
            raise UsageError(msg, remedy=remedy)
        return [location.id for location in self._listed.listed]

    def _named(self) -> list[str]:
        """Return the locations that are named, in their order."""
        texts = dict[str, str]()
        unknown: list[tuple[str, str]] = []
        for text, place in self._texts():
            found = self._listed.find(text) or self._an_id(text)
            if not found:
                unknown.append((text, place))
            elif found in texts:
                raise self._twice(text, texts[found], found, place)
            else:
                texts[found] = text
        if unknown:
            raise self._unknown(unknown)
        return list(texts)

    def _texts(self) -> Iterator[tuple[str, str]]:
        """Yield what is named, each with where that stands if it is in a file."""
        for text in self._into:
            if text.startswith(lists.FILE):
                yield from self._lines(text.removeprefix(lists.FILE).strip())
            else:
                yield text, ""

    def _lines(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield the lines of a file that are neither blank nor a comment.

        Raises:
            UsageError: it cannot be read, or has no such line.
        """
        try:
            text = (self._folder / name).read_text("utf-8-sig")
        except (OSError, ValueError) as failure:
            reason = getattr(failure, "strerror", None) or "it is no text in UTF-8"
            msg = f"--into @{name}: the file cannot be read: {reason}."
            remedy = "Name a file with the name, or the id, of a location on each line."
            raise UsageError(msg, remedy=remedy) from None
        lines = [" ".join(line.split()) for line in text.splitlines()]
        named = [
            (line, f"{name}, line {number}: ")
            for number, line in enumerate(lines, 1)
            if line and not line.startswith(_COMMENT)
        ]
        if not named:
            msg = f"--into @{name}: no location is named there."
            raise UsageError(msg, remedy="Write one on each line: its name, or its id.")
        yield from named

    def _an_id(self, text: str) -> str:
        """Return a text that is an id, though it is not listed."""
        named = self._listed.named
        is_one = looks_like_id(text) if named else text.isascii() and text.isalnum()
        return text if is_one and text.lower() != ALL else ""

    def _twice(self, text: str, other: str, found: str, place: str) -> UsageError:
        said = f'"{text}"' if text == other else f'"{other}" and "{text}"'
        verb = "is" if text == other else "are"
        shown = self._listed.shown(found)
        msg = f"{place}{said} {verb} one location, {shown}, and --into names it twice."
        return UsageError(msg, remedy="Take one of the two out.")

    def _unknown(self, unknown: Sequence[tuple[str, str]]) -> UsageError:
        """Say which texts mean no location, and what was probably meant."""
        whole = self._with_comma([text for text, _ in unknown])
        if whole:
            msg = f'"{whole}" is one name, and its comma makes several of it.'
            remedy = f"Write it in quotation marks: --into '\"{whole}\"'."
            return UsageError(msg, remedy=remedy)
        shown = [f'{place}"{text:.60}"' for text, place in unknown[:_TOLD]]
        if len(unknown) > _TOLD:
            shown.append(f"{len(unknown) - _TOLD:,} more")
        is_none = "is" if len(unknown) == 1 else "are"
        file = self._listed.file
        listed = f"a name in {file}" if self._listed.named else "the name of a location"
        msg = f"{', '.join(shown)} {is_none} neither {listed} nor an id."
        return UsageError(msg, remedy=self._meant(unknown))

    def _meant(self, unknown: Sequence[tuple[str, str]]) -> str:
        if not self._listed.named:
            return (
                "Names are those of the locations file; an id has letters and digits."
            )
        near = (self._listed.nearest(text) for text, _ in unknown[:_TOLD])
        found = [f'"{name}"' for name in dict.fromkeys(near) if name]
        return (
            f"Did you mean {' and '.join(found)}?"
            if found
            else "See: importer locations"
        )

    def _with_comma(self, unknown: Sequence[str]) -> str:
        """Return the name with commas that was taken to pieces, or nothing."""
        names = {
            locations.key(name).replace(" ", ""): name
            for name in self._listed.names_listed.values()
            if "," in name
        }
        texts = [*self._into]
        for start in range(len(texts)) if names else ():
            for end in range(start + 2, len(texts) + 1):
                joined = locations.key(",".join(texts[start:end])).replace(" ", "")
                if joined in names and not set(unknown).isdisjoint(texts[start:end]):
                    return names[joined]
        return ""

    def _with(self, tag: str, chosen: Sequence[str]) -> list[str]:
        """Return those of some locations that have a tag.

        Raises:
            UsageError: none has it.
        """
        tagged = {location.id for location in self._listed.tagged(tag)}
        kept = [location for location in chosen if location in tagged]
        if kept:
            return kept
        if tagged:
            count = wording.counted(len(chosen), "chosen location")
            msg = f'Of {count} none has the tag "{tag}".'
            raise UsageError(msg, remedy="Name others with --into, or another tag.")
        known = sorted(
            {own for location in self._listed.listed for own in location.tags}
        )
        near = get_close_matches(tag.lower(), map(str.lower, known), n=1)
        msg = f'No location of {self._listed.file} has the tag "{tag}".'
        if near:
            raise UsageError(msg, remedy=f"Did you mean {near[0]}?")
        there = f"There are: {', '.join(known[:20])}." if known else ""
        remedy = there or 'Write tags = ["dental"] below the locations that are meant.'
        raise UsageError(msg, remedy=remedy)
