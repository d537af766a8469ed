"""Many rows, one collection: which rows belong together, whatever their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import mapping
from importer.mapping import Shaping, Spec
from importer.mapping.groups import Keys, grouped
from importer.models import Place, Row, Table

if TYPE_CHECKING:
    from importer.mapping.shape import Shape

HEADER = ("ID", "Handle", "Title", "Top Row", "Product: ID")


def shape(*header: str, preset: str = "matrixify") -> Shape:
    table = Table("shop.csv", "", header or HEADER, 1, ())
    found = mapping.bind(table, Spec(preset=preset)).shape
    assert found is not None
    return found


def rows(*cells: tuple[str, ...]) -> list[Row]:
    return [Row.at(Place("shop.csv", "", n, n), c) for n, c in enumerate(cells, 2)]


def numbers(groups: list[list[Row]]) -> list[list[int]]:
    return [[row.place.row for row in group] for group in groups]


def test_rows_are_grouped_by_id_else_by_handle() -> None:
    """A later row may lack either; another id is another collection."""
    found = grouped(
        Keys(shape()),
        rows(
            ("1", "a", "A", "TRUE", ""),
            ("", "a", "", "", "p"),
            ("2", "b", "A", "TRUE", ""),
            ("2", "", "A", "", "q"),
            ("", "", "", "", "r"),
            ("", "a", "", "", "s"),
        ),
        [],
    )
    assert numbers(list(found)) == [[2, 3, 7], [4, 5, 6]]


def test_a_child_may_come_before_its_parent() -> None:
    """A bulk export gives lines in any order; the parent's words count."""
    header = ("id", "title", "handle", "ruleSet", "__parentId")
    table = Table("bulk.jsonl", "", header, 1, ())
    binding = mapping.bind(table, Spec(preset="shopify-graphql"))
    assert binding.shape is not None
    (found,) = Shaping(binding, binding.shape).collections(
        rows(("p1", "Cap", "", "", "c1"), ("c1", "Hats", "hats", "", "")), []
    )
    assert (found.values["name"], found.values["slug"]) == ("Hats", "hats")
    assert (found.row.place.row, found.row.place.row_end) == (2, 3)


def test_children_without_their_parent_have_no_name() -> None:
    """Nothing is made up for them; the check will ask for a name."""
    header = ("id", "title", "handle", "ruleSet", "__parentId")
    table = Table("bulk.jsonl", "", header, 1, ())
    binding = mapping.bind(table, Spec(preset="shopify-graphql"))
    assert binding.shape is not None
    (found,) = Shaping(binding, binding.shape).collections(
        rows(("p1", "Cap", "", "", "c1")), []
    )
    assert "name" not in found.values


@pytest.mark.parametrize("mark", ["TRUE", "true", "1", "Yes", "x"])
def test_the_row_that_is_marked_as_first_speaks_first(mark: str) -> None:
    """Top Row says which row is the collection, even where it stands below."""
    table = Table("shop.csv", "", HEADER, 1, ())
    binding = mapping.bind(table, Spec(preset="matrixify"))
    assert binding.shape is not None
    (found,) = Shaping(binding, binding.shape).collections(
        rows(("1", "a", "Wrong", "", ""), ("1", "a", "Right", mark, "")), []
    )
    assert found.values["name"] == "Right"


def test_the_cells_of_a_collection_are_those_of_its_rows() -> None:
    """One after another, each as wide as the header, so that none is lost."""
    table = Table("shop.csv", "", HEADER, 1, ())
    binding = mapping.bind(table, Spec(preset="matrixify"))
    assert binding.shape is not None
    (found,) = Shaping(binding, binding.shape).collections(
        rows(("1", "a", "A", "TRUE", "p"), ("1", "a")), []
    )
    assert found.row.cells == ("1", "a", "A", "TRUE", "p", "1", "a", "", "", "")


ids = st.sampled_from(["", "1", "2", "3"])
handles = st.sampled_from(["", "a", "b", "c"])


@given(
    st.lists(
        st.tuples(ids, handles, handles, st.sampled_from(["", "TRUE"])), max_size=30
    )
)
def test_every_row_is_in_one_group_and_groups_keep_their_order(
    cells: list[tuple[str, str, str, str]],
) -> None:
    """Whatever the order of the file, no row is lost and none counts twice."""
    groups = numbers(list(grouped(Keys(shape()), rows(*cells), [])))
    assert sorted(row for group in groups for row in group) == list(
        range(2, len(cells) + 2)
    )
    assert [group[0] for group in groups] == sorted(group[0] for group in groups)
    assert all(group == sorted(group) for group in groups)


@given(st.lists(st.tuples(st.sampled_from(["1", "2", "3"]), handles), max_size=30))
def test_rows_with_one_id_are_always_one_group(cells: list[tuple[str, str]]) -> None:
    """Contiguous or not: as many collections as ids."""
    groups = list(grouped(Keys(shape()), rows(*cells), []))
    assert len(groups) == len({cell[0] for cell in cells})


def test_only_rows_that_stray_from_their_collection_wait_in_memory() -> None:
    """Those that follow each other wait where the caller keeps them: on the disk."""
    waiting: list[tuple[int, int, tuple[str, ...]]] = []
    cells = [("1", "a"), ("1", ""), ("1", ""), ("2", "b"), ("1", ""), ("2", "")]
    groups = numbers(list(grouped(Keys(shape()), rows(*cells), waiting)))
    assert groups == [[2, 3, 4, 6], [5, 7]]
    assert [line for _, line, _ in waiting] == [2, 3, 4, 5, 7]


def test_a_table_without_rows_has_no_collections() -> None:
    """Neither where rows are grouped nor where parents are looked up."""
    for name, header in (
        ("matrixify", HEADER),
        ("woocommerce", ("term_id", "name", "slug", "parent")),
    ):
        spec = Spec(preset=name, wishes=mapping.Wishes(category_path="name"))
        binding = mapping.bind(Table("shop.csv", "", header, 1, ()), spec)
        assert binding.shape is not None
        assert list(Shaping(binding, binding.shape).collections([], [])) == []
