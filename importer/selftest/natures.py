"""The natures that a trial can have: of the server, or of the people beside the run.

Pure: a name goes in, and what differs in the trial comes out: flags of the sandbox,
how the rows look, what people do, and which ends are true. Invariant: a nature never
makes an end allowed that a user could take for a finished run.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum

from importer.errors import UsageError
from importer.sandbox.faults import Fault
from importer.sandbox.natures import Nature
from importer.selftest.scene import Style
from importer.selftest.verdict import Rules

#: The name for all of them.
ALL = "all"
#: Enough for three pages in two locations.
FILLERS = 420
#: What a server takes at most where people make by hand what it refused.
LONGEST_NAME = 120
#: Every so manieth row has a longer one.
REFUSED_EVERY = 10
#: The accidents of a trial with a nature: few, and none that hides a list.
FAULTS = (
    Fault.RESET_AFTER,
    Fault.ERROR_AFTER,
    Fault.NULL_BODY,
    Fault.REFUSED_BUT_CREATED,
    Fault.LIST_LAGS,
    Fault.SLOW_COMMIT,
)

STYLE = Style(fillers=FILLERS, faults=FAULTS)


class People(StrEnum):
    """What people do beside the run."""

    HANDMADE = "handmade"  # by hand, what the server had refused
    ENRICHED = "enriched"  # an image, SEO texts or products, after the create
    DELETED = "deleted"  # what the run has made, meanwhile and afterwards


NAMES = (*map(str, Nature), *map(str, People))


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs in a trial of one nature; the plain one has no name."""

    name: str = ""
    sandbox: tuple[str, ...] = ()
    style: Style = field(default_factory=Style)
    rules: Rules = field(default_factory=Rules)
    people: People | None = None

    @property
    def needs_memory(self) -> bool:
        """Whether lists alone cannot show to a next run what already exists."""
        return self.name == Nature.REWRITES_SLUG

    @property
    def may_not_end_open(self) -> bool:
        """Whether it is a fault of the program if a run leaves rows unknown."""
        return bool(self.name) and not self.rules.may_stay_unknown


PLAIN = Profile()


def chosen(names: tuple[str, ...]) -> tuple[Profile, ...]:
    """Return the profiles of these names, `all` for each; the plain one for none.

    Raises:
        UsageError: a name is unknown.
    """
    if not names:
        return (PLAIN,)
    wanted = NAMES if ALL in names else dict.fromkeys(names)
    return tuple(find(name) for name in wanted)


def find(name: str) -> Profile:
    """Return the profile of a nature.

    Raises:
        UsageError: the name is unknown.
    """
    if name in tuple(People):
        return _of_people(People(name))
    if name not in tuple(Nature):
        msg = f"There is no nature {name!r}."
        raise UsageError(msg, remedy=f"Write {ALL}, or one of: {', '.join(NAMES)}.")
    nature = Nature(name)
    style = STYLE
    if nature is Nature.REWRITES_SLUG:
        style = replace(style, slug=_slug_with_dashes)
    elif nature is Nature.REWRITES_NAME:
        style = replace(style, name=_name_to_rewrite)
    elif nature is Nature.IGNORES_OFFSET:  # one location begins with an empty list
        style = replace(style, existing_every=0)
    rules = Rules(
        may_stay_unknown=nature in (Nature.IGNORES_OFFSET, Nature.MIXED_ANSWERS),
        conflicts=nature is Nature.CONFLICT_409,
        hides_ids=nature is Nature.ID_NOT_UNDERSCORE_ID,
    )
    return Profile(name, ("--nature", name), style, rules)


def _of_people(people: People) -> Profile:
    if people is not People.HANDMADE:
        return Profile(str(people), (), STYLE, Rules(), people)
    style = replace(STYLE, refused_every=REFUSED_EVERY)
    flags = ("--max-name", str(LONGEST_NAME))
    return Profile(str(people), flags, style, Rules(), people)


def _slug_with_dashes(number: int) -> str:
    """Make a slug; some have dashes that a strict server would rewrite."""
    return ("shelf-{}", "shelf--{}", "shelf---wide--{}")[number % 3].format(number)


def _name_to_rewrite(number: int) -> str:
    """Make a name with spaces, accents or signs that a server may rewrite."""
    kinds = (
        "Shelf {}, «été» 棚",
        "Shelf  {} &  more",
        'Shelf {} <b>"oak"</b>',
        unicodedata.normalize("NFD", "Shelf {} für Café"),
        "Shelf {} with a name that is longer than forty letters, by far",
    )
    return kinds[number % len(kinds)].format(number)
