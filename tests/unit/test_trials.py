"""The first answers of a location: what makes two refusals one and the same."""

from __future__ import annotations

import pytest

from importer.execution.lanes import Trial
from importer.models import Code, Job, Rejected

WORDS = ["{slug} has a bad type", "{name}: type is unknown", "{id} ({slug}) has none"]


@pytest.mark.parametrize("words", WORDS)
def test_a_slug_that_begins_with_the_name_is_taken_out_whole(words: str) -> None:
    """As is one within the other: else its rest would make each refusal another."""
    trial = Trial(20)
    for number in range(3):
        slug = f"tea-{number}"
        job = Job(number, "loc", "tea", slug, "", b"{}", collection_id=f"{slug}-id")
        told = words.format(slug=slug, name="tea", id=job.collection_id)
        assert trial.refuse(job, Rejected(Code.API_UNPROCESSABLE, told, 422))
