"""The tokens by location: where each comes from, and that none is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer import logs, settings
from importer.errors import AccessError, InputError, UsageError
from importer.settings import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

BERLIN = "ve9EPM428h8vShlRW1KT"
ALTONA = "Z4Bxl8J4SaPEPLq9IQ8g"
WIEN = "6578278e879ad2646715ba9c"
ALL = "token-of-everybody"
OWN = "token-of-berlin"
FILED = "token-of-altona"


@pytest.fixture(autouse=True)
def _scrubbed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No environment and no files of the machine."""
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "TOKEN_BERLIN"):
        monkeypatch.delenv(name, raising=False)
    for name in Values.model_fields:
        monkeypatch.delenv(f"IMPORTER_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    logs.close()


@pytest.fixture
def listed() -> Path:
    """A locations file beside which Altona's token lies."""
    folder = Path("agency")
    folder.mkdir()
    (folder / "altona.token").write_text(f"{FILED}\n", "utf-8")
    file = folder / "places.toml"
    file.write_text(
        f'[[locations]]\nid = "{BERLIN}"\nname = "Berlin"\ntoken_env = "TOKEN_BERLIN"\n'
        f'[[locations]]\nid = "{ALTONA}"\nname = "Altona"\n'
        f'token_file = "altona.token"\n[[locations]]\nid = "{WIEN}"\nname = "Wien"\n',
        "utf-8",
    )
    return file


def test_each_location_has_the_token_that_the_file_names(
    listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a variable or a file; listed without either, or not listed: for all."""
    monkeypatch.setenv("TOKEN_BERLIN", OWN)
    tokens = settings.load({"locations_file": listed, "token": ALL}).tokens
    assert [tokens(one) for one in (BERLIN, ALTONA, WIEN, "unlisted")] == [
        OWN,
        FILED,
        ALL,
        ALL,
    ]
    assert tokens(BERLIN) == OWN


def test_a_variable_of_dotenv_counts_and_the_environment_goes_before(
    listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same order as for settings."""
    Path(".env").write_text(f"TOKEN_BERLIN='{OWN}'\n", "utf-8")
    assert settings.load({"locations_file": listed}).tokens(BERLIN) == OWN
    monkeypatch.setenv("TOKEN_BERLIN", "from-the-environment")
    chosen = settings.load({"locations_file": listed})
    assert chosen.tokens(BERLIN) == "from-the-environment"


def test_a_missing_token_is_told_of_its_location_alone(listed: Path) -> None:
    """Which location, which variable, and where to fix it; the others have theirs."""
    tokens = settings.load({"locations_file": listed}).tokens
    missing = tokens.missing(BERLIN)
    assert isinstance(missing, AccessError)
    assert str(missing) == (
        f"Location Berlin ({BERLIN}): There is no environment variable TOKEN_BERLIN."
    )
    assert str(listed) in missing.remedy
    assert tokens.missing(ALTONA) is None
    assert "There is no token" in str(tokens.missing(WIEN))


@pytest.mark.parametrize(
    "content", [None, b"", b"\xff\xfe\x00", b"two words", b"a\x00b"]
)
def test_a_token_file_that_cannot_be_used_shows_nothing_of_itself(
    listed: Path, content: bytes | None
) -> None:
    """Missing, empty, not text, more than a token, or something that breaks headers."""
    file = listed.parent / "altona.token"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    missing = settings.load({"locations_file": listed}).tokens.missing(ALTONA)
    assert str(missing).startswith(f"Location Altona ({ALTONA}): ")
    assert "words" not in str(missing)


def test_one_token_for_all_is_required_only_where_no_location_has_its_own(
    listed: Path,
) -> None:
    """Otherwise a run would start of which nothing can come."""
    settings.load({"locations_file": listed}).tokens.require()
    with pytest.raises(AccessError):
        settings.load().tokens.require()
    settings.load({"token": ALL}).tokens.require()


def test_a_file_in_its_usual_place_is_found_and_shown(
    listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`locations.toml` goes before `config/locations.toml`, a setting before both."""
    monkeypatch.setenv("TOKEN_BERLIN", OWN)
    Path("config").mkdir()
    Path("config/locations.toml").write_text(listed.read_text("utf-8"), "utf-8")
    chosen = settings.load({})
    assert chosen.shown()["locations_file"] == ("config/locations.toml", "default")
    assert chosen.tokens(BERLIN) == OWN
    Path("locations.toml").write_text("", "utf-8")
    assert not settings.load({}).locations
    assert settings.load({"locations_file": listed}).locations
    assert OWN not in repr(chosen) + str(chosen.shown())


def test_a_folder_that_changes_meanwhile_changes_no_token(
    listed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Relative paths begin where the settings were gathered; so on a resume."""
    Path(".env").write_text(f"TOKEN_BERLIN={OWN}\n", "utf-8")
    chosen = settings.load({"locations_file": listed})
    kept = chosen.kept(["locations_file", "location_id"])
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert (chosen.tokens(BERLIN), chosen.tokens(ALTONA)) == (OWN, FILED)
    assert settings.load({}).keeping(kept).tokens(ALTONA) == FILED


def test_a_locations_file_that_was_written_since_the_run_began_counts(
    listed: Path,
) -> None:
    """It may be just what was missing; one that the run had is not exchanged."""
    before = settings.load().kept(["locations_file"])
    named = settings.load({"locations_file": listed}).kept(["locations_file"])
    Path("locations.toml").write_text(f'[[locations]]\nid = "{WIEN}"\n', "utf-8")
    assert len(settings.load().keeping(before).locations) == 1
    assert len(settings.load().keeping(named).locations) == 3


def test_every_token_that_is_found_is_kept_out_of_the_log(
    listed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Those of the environment from the start, those in files once they are read."""
    monkeypatch.setenv("TOKEN_BERLIN", OWN)
    tokens = settings.load({"locations_file": listed, "token": ALL}).tokens
    logs.configure(run_log=tmp_path / "run.log", secrets=tokens.known())
    tokens(ALTONA)
    logs.get("test").error("leak", text=f"{OWN} {ALL} x{FILED}y")
    written = (tmp_path / "run.log").read_text("utf-8")
    assert "*** *** x***y" in written


def test_the_default_location_may_be_said_by_name(listed: Path) -> None:
    """`--location-id Berlin`; an id works as before, also one that is not listed."""
    for said, meant in [("berlin", BERLIN), (ALTONA, ALTONA), ("A" * 20, "A" * 20)]:
        chosen = settings.load({"locations_file": listed, "location_id": said})
        assert chosen.checking.location_id == meant
    assert settings.load({"location_id": "berlin"}).checking.location_id == "berlin"


@pytest.mark.parametrize(("said", "remedy"), [("Berln", "Berlin"), ("Zz", "locations")])
def test_a_default_location_that_means_nothing_is_refused(
    listed: Path, said: str, remedy: str
) -> None:
    """Before any file is read, with the name that was probably meant."""
    chosen = settings.load({"locations_file": listed, "location_id": said})
    with pytest.raises(UsageError, match="neither a name") as caught:
        _ = chosen.checking
    assert remedy in caught.value.remedy


def test_a_dotenv_of_thousands_of_lines_is_read_at_once() -> None:
    """Its values are as dotenv reads them, with other names filled in where asked."""
    lines = [f"TOKEN_{number}=t-{number}" for number in range(3000)]
    Path(".env").write_text("\n".join([*lines, "IMPORTER_ATTEMPTS=7", ""]), "utf-8")
    assert settings.load().values.attempts == 7
    Path(".env").write_text("N=7\nIMPORTER_ATTEMPTS=${N}\n", "utf-8")
    assert settings.load().values.attempts == 7


def test_a_dotenv_that_is_not_text_is_refused() -> None:
    """In a sentence, not as a bug."""
    Path(".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"\.env"):
        settings.load()
