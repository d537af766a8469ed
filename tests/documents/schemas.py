"""Writes the JSON Schemas of the documents: `make schemas`.

They go into the package, for programs, and into docs/schemas, for people.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from importer.schemas.documents import DOCUMENTS

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "importer" / "schemas", ROOT / "docs" / "schemas")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def made() -> dict[str, str]:
    """Return every schema as text, by its name."""
    return {name: written(name) for name in DOCUMENTS}


def written(name: str) -> str:
    """Return one schema as text."""
    found: dict[str, Any] = TypeAdapter(DOCUMENTS[name]).json_schema()
    document = {"$schema": DIALECT, "$id": f"{name}.json", **found}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write them, and remove those that are no more."""
    schemas = made()
    for folder in FOLDERS:
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*.json"):
            if path.stem not in schemas:
                path.unlink()
        for name, text in schemas.items():
            (folder / f"{name}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
