"""The address of the database of journals: where it may come from, and its password."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer import logs, settings
from importer.cli import main
from importer.errors import FatalError, UsageError
from importer.journal import FolderHome
from importer.journal.postgres import address as addresses
from importer.journal.postgres.home import PostgresHome
from importer.runs import shards
from importer.runs.origin import KEPT

if TYPE_CHECKING:
    from importer.settings import Settings

PASSWORD = "marker-Secret/0123"  # noqa: S105 - of no database
WRITTEN = "marker-Secret%2F0123"
ADDRESS = f"postgresql://importer:{WRITTEN}@db.example/importer?sslmode=require"
PUBLIC = "postgresql://importer@db.example/importer?sslmode=require"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and nothing in the environment that says where runs are."""
    monkeypatch.chdir(tmp_path)
    for name in ("IMPORTER_JOURNAL", "IMPORTER_JOURNAL_FILE", "IMPORTER_RUNS_DIR"):
        monkeypatch.delenv(name, raising=False)


def home(chosen: Settings) -> PostgresHome:
    """The database that settings lead to."""
    found = chosen.home
    assert isinstance(found, PostgresHome)
    return found


def test_without_an_address_a_folder_keeps_the_journals() -> None:
    """As it always was."""
    assert settings.load().home == FolderHome(Path("runs"))
    assert settings.load({"journal": "  "}).home == FolderHome(Path("runs"))


@pytest.mark.parametrize("place", ["environment", ".env", "file", "journal_file"])
def test_the_address_comes_from_all_places_but_a_flag(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password is known to the connection, and to nothing that is shown."""
    given: dict[str, Any] = {}
    match place:
        case "environment":
            monkeypatch.setenv("IMPORTER_JOURNAL", ADDRESS)
        case ".env":
            Path(".env").write_text(f"IMPORTER_JOURNAL={ADDRESS}\n", "utf-8")
        case "file":
            Path("importer.toml").write_text(f'journal = "{ADDRESS}"\n', "utf-8")
        case _:
            Path("address").write_text(f"\ufeff{ADDRESS}\r\n", "utf-8")
            given["journal_file"] = "address"
    chosen = settings.load(given)
    assert home(chosen).shown == PUBLIC
    assert home(chosen).address.parameters()["password"] == PASSWORD
    shown = f"{chosen!r} {chosen.shown()} {home(chosen)!r}"
    shown += home(chosen).store("night").url
    for secret in (PASSWORD, WRITTEN):
        assert secret not in shown
        assert secret not in logs.masked(f"said by a driver: {secret}")


def test_a_flag_goes_before_a_file_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also an empty one, which means the folder."""
    Path("address").write_text("postgresql://db.example/other", "utf-8")
    monkeypatch.setenv("IMPORTER_JOURNAL_FILE", "address")
    assert home(settings.load()).shown == "postgresql://db.example/other"
    assert home(settings.load({"journal": PUBLIC})).shown == PUBLIC
    assert isinstance(settings.load({"journal": ""}).home, FolderHome)


def test_neither_a_shard_nor_a_journal_holds_the_password() -> None:
    """What is sent to another process, and what a resume goes by."""
    chosen = settings.load({"journal": ADDRESS})
    packed = pickle.dumps((chosen.kept(shards.SETTINGS), chosen.kept(KEPT)))
    assert PUBLIC.encode() in packed
    assert PASSWORD.encode() not in packed
    assert WRITTEN.encode() not in packed
    assert not {"journal", "journal_file"}.intersection(KEPT)


def test_a_process_that_is_given_the_public_address_uses_its_own_password() -> None:
    """As a shard gives it."""
    settings.load({"journal": ADDRESS})
    kept = settings.load().keeping({"journal": PUBLIC})
    assert home(kept).address.parameters()["password"] == PASSWORD


@pytest.mark.parametrize(
    "wrong",
    [
        f"mysql://importer:{WRITTEN}@db.example/importer",
        f"postgresql://importer:{WRITTEN}@db.example",
        f"postgresql://importer:{PASSWORD}@db.example/importer/{PASSWORD}",
        f"postgresql://importer:{WRITTEN}@db.example:port/importer",
        f"postgresql://[importer:{WRITTEN}@db.example/importer",
        f"host=db.example password={PASSWORD}",
        PASSWORD,
    ],
)
@pytest.mark.parametrize("place", ["IMPORTER_JOURNAL", "journal_file"])
def test_what_is_no_address_is_refused_and_not_repeated(
    wrong: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of it may be the password; a traceback holds it neither."""
    given = {}
    if place == "journal_file":
        Path("address").write_text(wrong, "utf-8")
        given = {place: "address"}
    else:
        monkeypatch.setenv(place, wrong)
    with pytest.raises(UsageError) as refused:
        _ = settings.load(given).home
    told = "".join(traceback.format_exception(refused.value))
    for text in (told, refused.value.remedy):
        assert "marker" not in text
    assert "postgresql://USER" in refused.value.remedy


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe\x00"])
def test_a_file_that_holds_no_address_is_refused(content: bytes | None) -> None:
    """With its name and what belongs there."""
    if content is not None:
        Path("address").write_bytes(content)
    with pytest.raises(UsageError, match="The journal file address") as refused:
        _ = settings.load({"journal_file": "address"}).home
    assert "only the address" in refused.value.remedy


@pytest.mark.parametrize(
    "given",
    [
        ADDRESS,
        f"postgresql://db.example/importer?password={WRITTEN}",
        "postgres://u:@h/d",
    ],
)
@pytest.mark.parametrize(
    "command", ["runs", "runs move x", "doctor", "audit x", "plan x"]
)
def test_a_password_in_a_flag_is_refused(
    command: str, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit 2, whatever the command, and without repeating it."""
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--journal", given])
    assert ended.value.code == 2
    printed = "".join(capsys.readouterr())
    assert "it holds a password" in printed
    assert "marker" not in printed


def test_a_short_or_common_password_spoils_no_log() -> None:
    """A word that stands everywhere is not struck from every line."""
    settings.load({"journal": "postgresql://importer:importer@db.example/importer"})
    settings.load({"journal": "postgresql://importer:postgres@db.example/importer"})
    line = "importer resume: postgres://importer@db.example/importer"
    assert logs.masked(line) == line


def test_a_database_that_is_away_is_told_without_its_password() -> None:
    """By the public address, the reason, and what to look at."""
    away = f"postgresql://importer:{WRITTEN}@127.0.0.1:1/importer"
    with pytest.raises(FatalError) as refused:
        list(settings.load({"journal": away}).home.began())
    told = "".join(traceback.format_exception(refused.value)) + refused.value.remedy
    assert "postgresql://importer@127.0.0.1:1/importer" in told
    assert "marker" not in told
    assert addresses.has_secret(away)
