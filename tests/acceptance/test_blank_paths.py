"""Blank paths on the command line, as an unset variable of a script gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Importer


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", ""), 5),
        (("check", "good.csv", "--fix", ""), 2),
        (("runs", "--runs-dir", " "), 2),
        (("runs", "--config", ""), 2),
    ],
)
def test_a_blank_path_is_refused_on_the_command_line(
    arguments: tuple[str, ...], code: int, importer: Importer
) -> None:
    """It would be the current folder."""
    importer.write("good.csv", importer.rows(1))
    ended = importer(*arguments)
    assert (ended.code, "names no" in ended.err) == (code, True), ended.err
