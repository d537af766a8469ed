"""One catalogue for many locations, by the command: a canary that fails at first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

ROWS, PLACES, CANARY = 40, 60, 5


def written(importer: Importer) -> list[str]:
    """Write a catalogue, the locations, their tokens; the third one's is wrong."""
    places = [f"loc{number:017d}" for number in range(PLACES)]
    listed = (
        f'[[locations]]\nid = "{place}"\nname = "Shop {number}"\n'
        f'token_env = "TOKEN_{number}"\n'
        for number, place in enumerate(places)
    )
    (importer.folder / "locations.toml").write_text("\n".join(listed), "utf-8")
    rows = [f"C {n},c-{n},smart,title contains {n}" for n in range(ROWS)]
    importer.write("catalogue.csv", rows, "name,slug,type,rules")
    tokens = [f"practice-{number}={place}" for number, place in enumerate(places)]
    (importer.folder / "tokens").write_text("\n".join(tokens), "utf-8")
    for number in range(PLACES):
        importer.environment[f"TOKEN_{number}"] = f"practice-{number}"
    importer.environment |= {"TOKEN_2": "wrong"}
    return places


@pytest.mark.slow
def test_a_canary_that_fails_leaves_the_others_alone_until_it_is_fixed(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 6 and nothing sent to the others; then all of it, nothing twice."""
    places = written(importer)
    server = sandbox("--limit", "none", "--token-list", str(importer.folder / "tokens"))
    sending = ("--base-url", server.url, "--rate", "none", "--settle-pauses", "0.2")

    ended = importer(
        *("run", "catalogue.csv", "--into", "all", "--canary", str(CANARY)),
        *("--run-id", "spring", *sending),
    )

    assert ended.code == 6, ended.err
    assert "Nothing was sent to the 55 other locations." in ended.out
    assert "importer resume spring" in ended.out
    made = Counter(place for place, _ in server.held())
    others = set(places[:CANARY]) - {places[2]}
    assert made == dict.fromkeys(others, ROWS)
    status = importer("status", "spring", "--json").document
    assert status["runs"][0]["canary"] == {"locations": places[:5], "passed": False}

    importer.environment |= {"TOKEN_2": "practice-2"}
    ended = importer("resume", "spring", *sending)

    assert ended.code == 0, ended.err
    held = server.held()
    assert len(held) == ROWS * PLACES
    assert {len(copies) for copies in held.values()} == {1}
    assert importer.summary()["canary"]["passed"]
