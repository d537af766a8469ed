"""The command `map`: a mapping file to start from."""

from __future__ import annotations

import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Importer

pytestmark = pytest.mark.measured


def test_a_mapping_is_written_and_used(importer: Importer) -> None:
    """The command that is printed reads the file with it; no file is replaced."""
    rows = [f"{importer.location},Hüte,manuell,{importer.product},x"]
    name = importer.write("my shop.csv", rows, "Standort,Nom,Typ,Produkte,imgae")

    made = importer("map", name, "-o", "shop.toml")

    assert made.code == 0
    command = "importer check 'my shop.csv' --mapping shop.toml"
    assert made.out == (
        "shop.toml is written: 4 of 5 columns are known. Look at the others, then: "
        f"{command}\n"
    )
    text = (importer.folder / "shop.toml").read_text("utf-8")
    assert f"#     {command}\n" in text
    assert len(tomllib.loads(text)["columns"]) == 4
    assert importer("check", name, "--mapping", "shop.toml").code == 0
    refused = importer("map", name, "--output", "shop.toml")
    assert refused.code == 2
    assert "the file already exists" in refused.err
    assert "--force" in refused.err
    assert importer("map", name, "-o", "shop.toml", "--force").code == 0


def test_a_mapping_is_printed(importer: Importer) -> None:
    """Without a file to write it goes to stdout, as text or in a document."""
    name = importer.write("shop.csv", ["Hüte;7"], "Bezeichnung;Xyzzy")

    printed = importer("map", name, "--delimiter", ";")
    document = importer("map", name, "--delimiter", ";", "--json").document

    assert tomllib.loads(printed.out)["columns"] == {"Bezeichnung": "name"}
    assert "check shop.csv --mapping mapping.toml --delimiter ';'" in printed.out
    assert document["mapping"] == printed.out
    assert document["output"] == ""
    assert [(c["header"], c["field"], c["active"]) for c in document["columns"]] == [
        ("Bezeichnung", "name", True),
        ("Xyzzy", "", False),
    ]


def test_a_file_without_known_columns_leads_to_a_mapping(importer: Importer) -> None:
    """The error names the command, and what it writes can be corrected."""
    name = importer.write("shop.csv", ["Hüte,7"], "Stuff,Thing")

    refused = importer("check", name)
    assert refused.code == 5
    assert 'no column is known; row 1 has these: "Stuff", "Thing"' in refused.err
    assert "importer map shop.csv writes a mapping file" in refused.err
    text = importer("map", name).out
    corrected = text.replace("[columns]\n", '[columns]\n"Stuff" = "name"\n')
    (importer.folder / "m.toml").write_text(corrected, "utf-8")
    ended = importer(
        "check", name, "--mapping", "m.toml", "--location-id", importer.location
    )
    assert "columns as in 'm.toml'" in ended.out


def test_what_is_piped_in_is_read_once(importer: Importer) -> None:
    """Also where no column is known, and the header is looked for again."""
    (importer.folder / "shop.csv").write_text("Stuff,Thing\nA,b\n", "utf-8")
    command = importer.command("map", "-")
    with (importer.folder / "shop.csv").open("rb") as piped:
        ended = subprocess.run(  # noqa: S603 - our own interpreter
            command,
            stdin=piped,
            env=importer.environment,
            cwd=importer.folder,
            capture_output=True,
            text=True,
            check=True,
        )

    assert "# Column 2, Thing: b" in ended.stdout


@pytest.mark.parametrize(
    ("output", "said"),
    [("no/folder/m.toml", "there is no folder"), (".", "this is a folder")],
)
def test_a_place_that_cannot_be_written_is_refused(
    output: str, said: str, importer: Importer
) -> None:
    """It is told before the file is read."""
    ended = importer("map", "none.csv", "-o", output)

    assert ended.code == 2
    assert said in ended.err
