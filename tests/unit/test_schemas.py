"""The JSON Schemas: made of the code, in the wheel and in the docs."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from importer import report, schemas
from importer.errors import UsageError
from importer.models import FINAL_STATUSES, Calls, Summary
from importer.schemas.documents import DOCUMENTS

ROOT = Path(__file__).parents[2]


def made() -> dict[str, str]:
    """What `make schemas` would write."""
    path = ROOT / "tests" / "documents" / "schemas.py"
    found = importlib.util.spec_from_file_location("schemas_made", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    texts: dict[str, str] = module.made()
    return texts


def test_the_schemas_are_those_of_the_code() -> None:
    """Run `make schemas` where this fails."""
    for folder in (ROOT / "importer" / "schemas", ROOT / "docs" / "schemas"):
        there = {path.stem: path.read_text("utf-8") for path in folder.glob("*.json")}
        assert there == made()
    assert schemas.names() == tuple(sorted(DOCUMENTS))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_schema_is_one_and_lets_new_keys_pass(name: str) -> None:
    """A reader that validates does not break when a key is added."""
    schema = schemas.schema(name)
    Draft202012Validator.check_schema(schema)

    def closed(part: Any) -> bool:
        if isinstance(part, dict):
            return part.get("additionalProperties") is False or any(
                map(closed, part.values())
            )
        return isinstance(part, list) and any(map(closed, part))

    assert not closed(schema)
    assert "schema" in schema["required"] or name == "log-line"


def test_a_summary_is_valid_and_a_changed_one_is_not() -> None:
    """The schema is one that refuses something."""
    counts = {str(status): 0 for status in FINAL_STATUSES}
    summary = Summary("x", "finished", 0, (), counts, {}, Calls(0, 0, 0), 1.0, 2.0)  # type: ignore[arg-type]
    document = report.summary_document(summary)
    validator = Draft202012Validator(schemas.schema("summary"))
    assert validator.is_valid(document)
    for key in document:
        assert not validator.is_valid({k: v for k, v in document.items() if k != key})
    assert not validator.is_valid(document | {"rows": "12"})
    assert not validator.is_valid(document | {"schema": 2})


def test_a_schema_that_does_not_exist_is_refused() -> None:
    """With the names of those that do."""
    with pytest.raises(UsageError, match="no schema 'sumary'") as refused:
        schemas.schema("sumary")
    assert "summary" in refused.value.remedy
