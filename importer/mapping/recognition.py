"""Which program a table comes from: told by its header, and why.

Every preset is held against the header. One whose required headers are all there can
be it; the one with most of its telling headers is it; without any it is our own
template. Invariant: the answer depends on the header alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.mapping import preset
from importer.mapping.preset import Preset, key

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = "own"


@dataclass(frozen=True, slots=True)
class Match:
    """How well a preset fits a header.

    `found` are the headers that speak for it, `missing` those it cannot do without,
    `against` those that speak against it; each as the preset writes them.
    """

    preset: Preset
    found: tuple[str, ...]
    missing: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the table can be of this kind."""
        return not self.missing and not self.against

    @property
    def rank(self) -> tuple[int, int, str]:
        """What is compared: what is in the way, what speaks for it, then the name."""
        in_the_way = len(self.missing) + len(self.against)
        return in_the_way, -len(self.found), self.preset.name


def weigh(header: Sequence[str]) -> list[Match]:
    """Hold every preset against a header; the likeliest comes first."""
    there = {key(one): one.strip() for one in reversed(header)}
    matches = [_match(preset.named(name), there) for name in preset.names()]
    return sorted(matches, key=lambda one: one.rank)


def choose(header: Sequence[str]) -> Match:
    """Give the preset that a header belongs to."""
    return weigh(header)[0]


def own_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Give the headers that our own template knows, under whatever name."""
    known = preset.aliases(OWN)
    return tuple(text.strip() for text in header if key(text) in known)


def foreign_to(one: Preset, header: Sequence[str]) -> tuple[str, ...]:
    """Give the headers by which a table is something else than it seems."""
    against = set(map(key, one.refuse))
    return tuple(text.strip() for text in header if key(text) in against)


def _match(one: Preset, there: dict[str, str]) -> Match:
    found, missing = [], []
    for wanted in one.requires:
        names = [there[key(n)] for n in wanted.split("|") if key(n) in there]
        found += names
        if not names:
            missing.append(wanted.replace("|", " or "))
    found += [there[key(name)] for name in one.telling if key(name) in there]
    against = [there[key(name)] for name in one.unless if key(name) in there]
    return Match(one, tuple(dict.fromkeys(found)), tuple(missing), tuple(against))
