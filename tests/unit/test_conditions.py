"""Rules written wrongly: fixed where they can be meant in one way only."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.repair import cells

ONE = '{"field": "title", "operator": "contains", "value": "x"}'
RIGHT = {"logic": "AND", "conditions": [json.loads(ONE)]}


@pytest.mark.parametrize(
    "written",
    [
        str(RIGHT),  # as Python writes it
        f"[{ONE}]",
        ONE,
        f'{{"conditions": [{ONE}]}}',
        f'{{"conditions": {ONE}}}',
        f'{{"logic": "All", "conditions": {ONE}}}',
        f'{{"Logic": "AND", "CONDITIONS": [{ONE}]}}',
        f'{{"logic": "AND", "conditions": [{ONE},]}}',
        f'[{{"logic": "AND", "conditions": [{ONE}]}}]',
        json.dumps(RIGHT).replace('"', "\u201c"),
        json.dumps(RIGHT).replace(' "', " \u201c").replace('"', "\u201d"),
    ],
)
def test_what_can_only_be_meant_in_one_way_is_written_right(written: str) -> None:
    """Quotation marks, commas, case, and what stands around the conditions."""
    found = cells.fixed(written)
    assert json.loads(found) == RIGHT
    assert cells.fixed(found) == found


@pytest.mark.parametrize(
    "written",
    [
        "",
        "title contains x",
        json.dumps(RIGHT),
        json.dumps(RIGHT).replace("AND", "or"),  # the check takes it
        f"[{ONE}, {ONE}]",  # all of them, or any?
        f'{{"logic": "XOR", "conditions": [{ONE}]}}',
        f'{{"logic": 1, "conditions": {ONE}}}',
        '{"logic": "AND", "conditions": ["title contains x"]}',
        '{"logic": "AND", "conditions": []}',
        '{"tag": "sale"}',  # no condition that is known
        "{'a': NaN}",
        "[" * 5000,
        "[1]",
        "[]",
        "{}",
        "{" * 200_000,
        '[{"field": "\\ud800", "operator": "x", "value": "y"}]',
    ],
)
def test_what_is_right_or_would_be_a_guess_stays(written: str) -> None:
    """Letter by letter."""
    assert cells.fixed(written) == written


def test_quotation_marks_inside_a_text_survive() -> None:
    """Also those of the other kind, and words that are words only outside."""
    value = 'it\'s "None" , ]'
    written = str({"conditions": [{"field": "title", "operator": "a", "value": value}]})
    assert json.loads(cells.fixed(written))["conditions"][0]["value"] == value
    truth = "[{'field': 'stock', 'operator': 'is', 'value': True}]"
    assert json.loads(cells.fixed(truth))["conditions"][0]["value"] is True


@given(st.text() | st.text(alphabet="{}[]'\"\\,:\u201c\u201dab", max_size=60))
def test_any_text_is_fixed_once_or_stays(text: str) -> None:
    """What comes out is not fixed again, and is an object where it is another text."""
    found = cells.fixed(text)
    assert cells.fixed(found) == found
    assert found == text or json.loads(found)["conditions"]
