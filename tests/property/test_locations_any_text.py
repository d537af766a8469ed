"""Any text as a locations file: a list of locations, or a sentence why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer import locations
from importer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "pit-never-to-be-repeated"  # noqa: S105 - made up
KEYS = ("id", "name", "token_env", "token_file", "token", "nmae", "Name")
VALUES = (
    *(f'"{text}"' for text in ("A", "a", "B", " ", "Berlin", "bErLiN", SECRET)),
    *("7", "[]", "{}", "true", f"['{SECRET}']", f"'''\n{SECRET}'''"),
)
LINES = st.one_of(
    st.builds("{} = {}".format, st.sampled_from(KEYS), st.sampled_from(VALUES)),
    st.sampled_from(["[[locations]]", "[locations]", "[[other]]", "# no", ""]),
    st.text(max_size=12),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(LINES, max_size=12).map("\n".join))
def test_no_locations_file_ends_in_a_traceback_or_repeats_a_token(
    tmp_path: Path, text: str
) -> None:
    """What can be used is unambiguous; what cannot is refused with a way out."""
    path = tmp_path / "locations.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = locations.load(path)
    except UsageError as refused:
        said = f"{refused}{refused.remedy}"
        assert SECRET not in said
        assert refused.remedy  # noqa: PT017 - as above
        return
    assert len(found.by_id) == len(found)
    assert all(found.find(one.id) == one.id for one in found.listed)
    assert all(found.find(one.name) == one.id for one in found.listed if one.name)
    assert SECRET not in repr(found)
