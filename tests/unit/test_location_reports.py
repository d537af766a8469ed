"""What the file of a location is called: as people know it, and never as another's."""

from __future__ import annotations

import pytest

from importer.runs.location_reports import file_names


def test_a_file_has_the_name_of_its_location() -> None:
    """Or its id; letters of any language stay."""
    names = {"a1": "Köln Süd", "a2": "東京"}
    assert file_names(["a1", "a2", "a3", ""], names) == {
        "a1": "Köln Süd",
        "a2": "東京",
        "a3": "a3",
        "": "no location",
    }


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a:b\\c|d\n", "a_b_c_d_"),
        ("con", "_con"),
        ("Nul.csv", "_Nul.csv"),
        (" .. ", "_"),
        ("-rf", "rf"),
        ("x" * 300, "x" * 60),
    ],
)
def test_no_name_leads_elsewhere_or_means_something_to_a_system(
    name: str, file: str
) -> None:
    """Separators, devices, dots and length."""
    assert file_names(["a1"], {"a1": name}) == {"a1": file}


def test_two_locations_never_share_a_file() -> None:
    """In whatever case, also where a name is the name and id of another."""
    names = {"a1": "Berlin", "a2": "BERLIN", "a3": "Berlin a2", "a4": "Berlin a4"}
    names |= {"b/": "x", "b:": "x", "b?": "x"}
    found = list(file_names(names, names).values())
    assert found[:2] == ["Berlin", "BERLIN a2"]
    assert len({name.casefold() for name in found}) == len(names)
