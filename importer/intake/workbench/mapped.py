"""A mapping that was given as a value: header by header, on top of all settings.

Pure. Invariant: headers that it does not name keep the meaning that they had.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer import mapping
from importer.errors import UsageError
from importer.mapping.preset import AUTO, FIELDS, did_you_mean, key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.mapping import Spec

#: What messages call it.
NAME = "the mapping"


def specified(spec: Spec, given: Mapping[str, str], header: Sequence[str]) -> Spec:
    """Return how a table is to be understood with a mapping on top.

    Args:
        spec: what the settings say.
        given: fields by header; blank: the column is left out.
        header: the table's.
    """
    if not given:
        return spec
    there = {key(text) for text in header}
    said = {key(text): field for text, field in given.items() if key(text) in there}
    fields = set(said.values())
    columns = [
        column
        for column in spec.mapping.columns
        if key(column.header) not in said and column.field not in fields
    ]
    columns += [
        mapping.Column(text, field)
        for text, field in given.items()
        if field and key(text) in there
    ]
    ignored = [text for text in spec.mapping.ignored if key(text) not in said]
    ignored += [text for text, field in given.items() if not field]
    known = replace(
        spec.mapping,
        name=spec.mapping.name or NAME,
        columns=tuple(columns),
        ignored=tuple(ignored),
    )
    preset = spec.preset
    if preset == AUTO and not spec.mapping.columns:
        match = mapping.choose(header)
        # a column more does not make another program of it
        preset = match.preset.name if match.fits else AUTO
    return replace(spec, mapping=known, preset=preset)


def refuse_unknown(given: Mapping[str, str], headers: Iterable[str]) -> None:
    """Refuse a mapping of headers or fields that do not exist.

    Raises:
        UsageError: one does not, or two headers are given one field.
    """
    known = {key(text): text for text in headers}
    firsts: dict[str, str] = {}
    for header, field in given.items():
        if key(header) not in known:
            msg = f"No table has a column {header!r:.60}."
            raise UsageError(msg, remedy=did_you_mean(header, tuple(known.values())))
        if field and field not in FIELDS:
            msg = f"There is no field {field!r:.60}, which the column {header!r:.60} "
            msg += "is given."
            raise UsageError(msg, remedy=did_you_mean(field, FIELDS))
        other = firsts.setdefault(field, header) if field else header
        if other != header:
            msg = f"The columns {other!r:.60} and {header!r:.60} are both given the "
            msg += f"field {field}."
            raise UsageError(msg, remedy='Give one of them "", which leaves it out.')
