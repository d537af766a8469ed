"""What may be a row's own, of a list and of an answer that differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from importer import rewrites
from importer.execution.evidence import (
    LONGEST_FIELD,
    Accepted,
    Candidates,
    Evidence,
    Suspect,
)
from importer.models import Done, Existing, Job

BODY = {"altId": "loc", "name": "Best & more", "slug": "best"}
JOB = Job(1, "loc", "Best & more", "best", "", orjson.dumps(BODY))
OWN = Existing("loc", "c1", "best", "Best & more", "manual")
THEIRS = Existing("loc", "c2", "best", "Theirs", "manual")


class NoRows:
    """A ledger of a run whose only row this is."""

    def slugs(self, location_id: str) -> dict[str, int]:
        assert location_id == "loc"
        return {"best": 1}


def candidates(*listed: Existing) -> Candidates:
    return Candidates(listed, (), (), rewrites.NONE, lambda _job, _existing: False)


def judged(**shown: Any) -> Accepted | Suspect:
    """What is made of an answer to the row that shows these fields."""
    evidence = Evidence(NoRows())  # type: ignore[arg-type]
    return evidence.judge(JOB, Done("c1", 201, shown=shown))


@pytest.mark.parametrize("listed", [(OWN, THEIRS), (THEIRS, OWN)])
def test_of_the_same_slug_the_rows_own_comes_first(
    listed: tuple[Existing, ...],
) -> None:
    """In whatever order the list shows them: only the first one is looked at."""
    assert candidates(*listed).with_slug(JOB) == [OWN, THEIRS]


def test_under_another_slug_only_what_no_row_has_and_of_this_name_is_the_rows() -> None:
    """Its own slug is looked up before; a name that begins alike is another one."""
    renamed = replace(OWN, collection_id="c3", slug="best-1")
    given = replace(OWN, collection_id="c4", slug="best-2")
    alike = replace(renamed, collection_id="c5", name="Best & more of it, and more")
    found = candidates(OWN, given, renamed, alike)
    found.take(given)
    assert found.with_name(JOB) == [renamed]


def test_what_a_list_shows_without_an_id_is_known_by_its_slug() -> None:
    """The row may have made it, so it is neither sent again nor called absent."""
    found = candidates(replace(OWN, collection_id=""))
    assert found.without_id(JOB)
    assert not found.without_id(replace(JOB, slug="other"))
    assert found.with_slug(JOB) == []


@pytest.mark.parametrize(
    ("shown", "taken"),
    [
        ({"slug": "best-1"}, True),
        ({"slug": "another"}, False),
        ({"slug": "best-1", "name": "Best & more"}, True),
        ({"slug": "another", "name": "Best & more"}, True),
        ({"slug": "another", "name": "Best &amp; more"}, True),
        ({"slug": "best-1", "name": "Theirs"}, False),
    ],
)
def test_an_answer_with_another_slug_is_the_rows_only_by_its_name(
    shown: dict[str, str], taken: bool
) -> None:
    """By the slug alone only where no name is shown; servers change names, too."""
    assert isinstance(judged(altId="loc", **shown), Accepted if taken else Suspect)


def test_the_type_that_a_server_gave_a_row_without_one_is_kept() -> None:
    """Or an undo would take it for the change of a person."""
    kept = Evidence(NoRows()).settle(JOB, OWN)  # type: ignore[arg-type]
    assert orjson.loads(kept.shown) == {"type": "manual"}


def test_what_an_answer_shows_otherwise_is_kept_within_bounds() -> None:
    """Texts are cut, objects are kept whole or not at all: half of one is another."""
    kept = judged(
        altId="loc",
        image="x" * (LONGEST_FIELD + 1),
        seo={"title": "By the server"},
        productIds=["p1", "p2"],
        rules={"conditions": "x" * LONGEST_FIELD},
    )
    assert isinstance(kept, Accepted)
    assert orjson.loads(kept.shown) == {
        "image": "x" * LONGEST_FIELD,
        "seo": {"title": "By the server"},
        "productIds": ["p1", "p2"],
    }
