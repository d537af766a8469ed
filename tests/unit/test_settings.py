"""Settings: who wins, where a value came from, and what is said of a bad one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import importer
from importer import client, execution, ratelimit, retry, settings
from importer.api import arguments
from importer.errors import AccessError, FatalError, InputError, UsageError
from importer.models import OnExisting
from importer.settings import Values

SECRET = "pit-0123-do-not-show"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def _scrubbed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No environment and no files of the machine."""
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID"):
        monkeypatch.delenv(name, raising=False)
    for name in Values.model_fields:
        monkeypatch.delenv(f"IMPORTER_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def refused(flags: dict[str, Any]) -> UsageError:
    with pytest.raises(UsageError) as caught:
        settings.load(flags)
    return caught.value


def test_flags_beat_the_environment_beats_dotenv_beats_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One order for every setting, and each value says where it came from."""
    Path("importer.toml").write_text(
        "attempts = 1\nconcurrency = 1\nlimit = 1\nsheet = 'file'\n"
    )
    Path(".env").write_text(
        "IMPORTER_ATTEMPTS=2\nIMPORTER_CONCURRENCY=2\nIMPORTER_LIMIT=2\n"
    )
    monkeypatch.setenv("IMPORTER_ATTEMPTS", "3")
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "3")
    loaded = settings.load({"attempts": 4, "limit": None})
    values = loaded.values
    assert (values.attempts, values.concurrency, values.limit) == (4, 3, 2)
    assert values.sheet == "file"
    names = ("attempts", "concurrency", "limit", "sheet", "timeout")
    assert [loaded.origins[name] for name in names] == [
        "flag",
        "environment",
        ".env",
        "importer.toml",
        "default",
    ]


def test_without_anything_the_defaults_hold() -> None:
    """They are those that the documentation names."""
    loaded = settings.load()
    assert loaded.connection == client.Options(connections=128 + 16)
    assert loaded.limits == ratelimit.Options()
    assert loaded.retries == retry.Options()
    assert loaded.sending == execution.Options()
    assert loaded.values.on_existing is OnExisting.SKIP
    assert set(loaded.origins.values()) == {"default"}


def test_the_stages_get_what_was_set() -> None:
    """Every option value of a stage comes from its setting."""
    loaded = settings.load(
        {
            "base_url": "http://localhost:1",
            "timeout": "2s",
            "connect_timeout": "500ms",
            "concurrency": 3,
            "insecure_http": True,
            "rate": "7/2s",
            "max_rate": 5,
            "pace": "even",
            "attempts": 2,
            "settle_pauses": "0.1,200ms",
            "max_errors": "5%",
            "max_duration": "2h",
            "daily_reserve": 0.2,
            "sheet": "Sheet2",
            "encoding": "cp1252",
            "delimiter": ";",
            "location_id": "loc",
            "require_product_ids": False,
            "strict_ids": False,
            "send_rule_metadata": True,
        }
    )
    assert loaded.connection == client.Options("http://localhost:1", 2.0, 0.5, 19, True)
    assert loaded.limits.rate == ratelimit.Rate(7, 2.0)
    assert (loaded.limits.max_per_second, loaded.limits.even) == (5.0, True)
    assert loaded.retries == retry.Options(2, settle_seconds=(0.1, 0.2))
    assert loaded.sending == execution.Options(
        3, execution.ErrorLimit(share=0.05), 0.2, answer_seconds=2.0
    )
    reading, checking = loaded.reading, loaded.checking
    assert (reading.sheet, reading.encoding) == ("Sheet2", "cp1252")
    assert checking.require_product_ids is False


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30.0), (30, 30.0), ("1.5s", 1.5), ("500ms", 0.5), ("5m", 300.0)],
)
def test_a_duration_reads_as_people_write_it(text: object, seconds: float) -> None:
    """Plain numbers are seconds."""
    assert settings.load({"timeout": text}).values.timeout == seconds


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("100/10s", ratelimit.Rate(100, 10.0)),
        ("10/s", ratelimit.Rate(10, 1.0)),
        ("60/m", ratelimit.Rate(60, 60.0)),
        ("5/500ms", ratelimit.Rate(5, 0.5)),
        (" None ", None),
        (ratelimit.Rate(1, 1.0), ratelimit.Rate(1, 1.0)),
    ],
)
def test_a_rate_reads_as_people_write_it(
    text: object, rate: ratelimit.Rate | None
) -> None:
    """`none` lifts the ceiling."""
    assert settings.load({"rate": text}).values.rate == rate


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("20", execution.ErrorLimit(count=20)),
        (20, execution.ErrorLimit(count=20)),
        ("2.5%", execution.ErrorLimit(share=0.025)),
        (execution.ErrorLimit(count=1), execution.ErrorLimit(count=1)),
    ],
)
def test_an_error_limit_is_a_number_or_a_share(
    text: object, limit: execution.ErrorLimit
) -> None:
    """`20` rows, or `2.5%` of them."""
    assert settings.load({"max_errors": text}).values.max_errors == limit


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("settle_pauses", "0.1,0.2"),
        ("rate", "5/1s"),
        ("max_errors", "5%"),
        ("max_duration", "5m"),
        ("insecure_http", "true"),
        ("runs_dir", "elsewhere"),
        ("on_existing", "update"),
    ],
)
def test_the_environment_is_written_as_flags_are(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    """Nobody has to write JSON into a variable, and `.env` is no other language."""
    flag = getattr(settings.load({name: text}).values, name)
    monkeypatch.setenv(f"IMPORTER_{name.upper()}", text)
    assert getattr(settings.load().values, name) == flag
    monkeypatch.delenv(f"IMPORTER_{name.upper()}")
    Path(".env").write_text(f"IMPORTER_{name.upper()}={text}\n")
    assert getattr(settings.load().values, name) == flag


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("timeout", "soon", "write a duration such as"),
        ("timeout", 0, "greater than 0"),
        ("rate", "fast", "write a rate such as 100/10s, or none"),
        ("rate", "0/10s", "write a rate such as"),
        ("rate", "10/0s", "write a rate such as"),
        ("rate", "10/x", "write a duration such as"),
        ("max_errors", "some", "write a number of rows"),
        ("max_errors", "1.5", "write a number of rows"),
        ("concurrency", 0, "greater than or equal to 1"),
        ("concurrency", "many", "valid integer"),
        ("settle_pauses", "", "write a duration such as"),
        ("settle_pauses", [], "at least 1"),
        ("settle_pauses", 5, "tuple"),
        ("daily_reserve", 1, "less than 1"),
        ("on_existing", "merge", "'skip', 'update' or 'fail'"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_to_write(
    name: str, value: object, words: str
) -> None:
    """The setting, the value, where it came from, and the way out."""
    failure = refused({name: value})
    message = str(failure)
    assert f"The setting {name}" in message
    assert repr(value) in message
    assert "(flag)" in message
    assert words in f"{message} {failure.remedy.replace('Write', 'write')}"
    assert failure.remedy


WRONG = ["x y", 0, -1, [], {}, b"x", bytearray(b"x"), object(), float("nan"), "a\0b"]


@pytest.mark.parametrize("name", Values.model_fields)
def test_every_wrong_value_of_every_setting_has_a_remedy(name: str) -> None:
    """It says what to write; the library speaks of its argument, not of a flag."""
    refusals = []
    for value in [*WRONG, float("inf")]:
        try:
            arguments.settings({name: value}, None, environment=False)
        except UsageError as refusal:
            refusals.append((value, refusal))
    assert refusals
    for value, failure in refusals:
        assert f"The argument {name}" in str(failure)
        assert "flag" not in str(failure)
        assert "class" not in str(failure).replace(repr(value), "")
        assert failure.remedy.endswith(".")
        assert "write" not in str(failure)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30S", 30), ("500MS", 0.5), ("5M", 300), (" 2 H ", 7200)]
)
def test_a_unit_may_be_written_in_capitals(text: str, seconds: float) -> None:
    """There is nothing else that it could mean."""
    assert settings.load({"timeout": text}).values.timeout == seconds


@pytest.mark.parametrize("name", ["timeout", "max_duration", "max_rate", "quota_look"])
def test_no_time_and_no_rate_is_infinite(name: str) -> None:
    """No timer takes it; what has no limit is left out."""
    assert refused({name: float("inf")}).remedy


@pytest.mark.parametrize("token", [b"pit-0123456789", bytearray(b"pit-0123456789")])
def test_a_token_of_bytes_is_refused_without_showing_it(token: bytes) -> None:
    """What it means is for its owner to say, who decodes it."""
    failure = refused({"token": token})
    assert "a str is expected, not byte" in str(failure)
    assert "decode()" in failure.remedy
    assert "pit-" not in f"{failure}{failure.remedy}"


@pytest.mark.parametrize("given", [7, b"first", ["first"]])
@pytest.mark.parametrize("name", ["run_id", "config", "plan"])
def test_an_argument_of_another_type_is_refused_with_the_type_it_has(
    name: str, given: Any
) -> None:
    """Those that are no settings are told as settings are, before anything is made."""
    verbs: list[Any] = [importer.run, importer.resume]
    for verb in verbs[: 1 if name == "plan" else 2]:
        with pytest.raises(UsageError, match=f"{name}=.*: a str") as caught:
            asyncio.run(verb(**{name: given}))
        assert caught.value.remedy.startswith(f"Give it as text: {name}")
    assert not Path("runs").exists()


def test_a_wrong_value_is_shown_only_so_far_as_it_can_be_read() -> None:
    """Whatever was handed over by mistake does not fill the log."""
    assert len(str(refused({"timeout": "x" * 100_000}))) < 200


def test_half_a_character_is_no_text_of_a_setting_but_of_a_path() -> None:
    """Names of files may have bytes that are no text; nothing else may."""
    for name in ("sheet", "location_id", "base_url", "delimiter", "token"):
        failure = refused({name: "a\udc80"})
        assert "half of a character" in str(failure)
        assert failure.remedy
    odd = settings.load({"runs_dir": "a\udc80", "sheet": "\U0001f600"}).values
    assert (odd.runs_dir, odd.sheet) == (Path("a\udc80"), "\U0001f600")


class Undecided:
    """A value that is neither true nor false, as pandas.NA and a DataFrame are."""

    def __bool__(self) -> bool:
        msg = "boolean value is ambiguous"
        raise TypeError(msg)


PATHS = [
    name
    for name, field in Values.model_fields.items()
    if "Path" in str(field.annotation)
]


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("\ud800", "half of a character"),
        ("9" * 300, "the name is too long"),
        ("folder/" * 1000 + "x", "the name is too long"),
        ("\u00e9" * 150 + "/x", "the name is too long"),
        (Undecided(), "no path"),
    ],
)
def test_a_name_that_no_file_can_have_is_refused_for_every_path(
    name: str, path: object, reason: str
) -> None:
    """The setting is named with what to write, whatever the system says of it."""
    failure = refused({name: path})

    assert reason in str(failure)
    assert name in str(failure)
    assert failure.remedy
    assert failure.exit_code == 2


@pytest.mark.parametrize("name", sorted({*PATHS} - {"runs_dir"}))
def test_an_empty_path_is_told_as_one(name: str) -> None:
    """Not as the folder where the program is."""
    failure = refused({name: Path()})

    assert f"The setting {name} (flag) cannot be used: it names no file." == str(
        failure
    )
    assert failure.remedy == "Name a file or folder, as text."


@pytest.mark.parametrize("path", ["\ud800", "9" * 300, "a\0b"])
def test_a_settings_file_that_cannot_have_its_name_is_refused(path: str) -> None:
    """The name is what is wrong, neither the disk nor the file's encoding."""
    with pytest.raises(
        UsageError, match=r"The settings file .*cannot be used"
    ) as caught:
        settings.load(file=Path(path))
    assert caught.value.remedy


def test_an_argument_that_there_is_not_is_told_as_one() -> None:
    """A setting of a file is still called that."""
    with pytest.raises(UsageError, match="There is no argument 'concurency'") as caught:
        arguments.settings({"concurency": 1}, None, environment=False)
    assert "concurrency" in caught.value.remedy
    Path("importer.toml").write_text("timeout = 0\n")
    with pytest.raises(UsageError, match=r"The setting timeout 0 \(importer\.toml\)"):
        arguments.settings({}, None, environment=False)


@pytest.mark.parametrize("content", [b"\xff", b"timeout = ", b"token = 'x'"])
def test_a_settings_file_that_cannot_be_used_has_a_remedy(content: bytes) -> None:
    """Whatever is wrong with it."""
    Path("importer.toml").write_bytes(content)
    assert refused({}).remedy


def test_a_bad_value_names_the_environment_when_it_came_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the person looks for it among the flags."""
    monkeypatch.setenv("IMPORTER_TIMEOUT", "soon")
    assert "(environment)" in str(refused({}))


@pytest.mark.parametrize(
    ("name", "near"), [("concurency", "concurrency"), ("zzz", "config show")]
)
def test_an_unknown_setting_is_refused_with_the_nearest_name(
    name: str, near: str
) -> None:
    """A misspelt setting must not be ignored silently."""
    failure = refused({name: 1})
    assert name in str(failure)
    assert near in failure.remedy


def test_an_empty_variable_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """`IMPORTER_SHEET=` in a script means: no opinion."""
    monkeypatch.setenv("IMPORTER_SHEET", "")
    monkeypatch.setenv("HIGHLEVEL_TOKEN", "")
    loaded = settings.load()
    assert {loaded.origins["sheet"], loaded.origins["token"]} == {"default"}


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_token_and_location_have_names_of_their_own(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """HIGHLEVEL_TOKEN and HIGHLEVEL_LOCATION_ID, in the environment or `.env`."""
    if where == "environment":
        monkeypatch.setenv("HIGHLEVEL_TOKEN", SECRET)
        monkeypatch.setenv("HIGHLEVEL_LOCATION_ID", "loc")
    else:
        Path(".env").write_text(
            f"HIGHLEVEL_TOKEN={SECRET}\nHIGHLEVEL_LOCATION_ID=loc\nOTHER=1\n"
        )
    loaded = settings.load()
    assert loaded.token() == SECRET
    assert loaded.values.location_id == "loc"
    assert loaded.origins["token"] == where


def test_the_token_is_shown_nowhere() -> None:
    """Neither in a repr, nor in a dump, nor among the settings that are shown."""
    loaded = settings.load({"token": SECRET})
    shown = loaded.shown()
    assert shown["token"] == ("(set)", "flag")
    for text in (repr(loaded), str(loaded.values), repr(shown)):
        assert SECRET not in text


def test_a_token_of_the_wrong_shape_is_not_echoed() -> None:
    """An error message ends up in logs and tickets."""
    message = str(refused({"token": [SECRET]}))
    assert "The setting token" in message
    assert SECRET not in message


def test_settings_are_shown_as_they_are_written() -> None:
    """What is shown can be written into a flag."""
    shown = settings.load({"rate": "none", "limit": 5}).shown()
    assert set(shown) == set(Values.model_fields)
    assert shown["rate"] == ("none", "flag")
    assert shown["limit"] == ("5", "flag")
    assert shown["settle_pauses"] == ("2,5,10", "default")
    assert shown["timeout"][0] == "30"
    assert shown["insecure_http"][0] == "false"
    assert shown["token"][0] == ""
    assert shown["mapping"][0] == ""
    assert shown["on_existing"][0] == "skip"
    assert settings.load().shown()["rate"] == ("100/10s", "default")


def test_no_token_says_where_to_put_one() -> None:
    """The message names the variable and the flag."""
    with pytest.raises(AccessError) as caught:
        settings.load().token()
    assert "HIGHLEVEL_TOKEN" in caught.value.remedy
    assert "--token-file" in caught.value.remedy


def test_a_token_file_may_have_a_bom_and_a_line_end() -> None:
    """Editors of other systems write both."""
    Path("token.txt").write_bytes(b"\xef\xbb\xbf" + SECRET.encode() + b"\r\n")
    assert settings.load({"token_file": "token.txt"}).token() == SECRET


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"", b"two words"])
def test_a_token_file_that_cannot_be_used_is_refused(content: bytes | None) -> None:
    """Missing, not text, empty, or more than a token."""
    if content is not None:
        Path("token.txt").write_bytes(content)
    with pytest.raises(AccessError):
        settings.load({"token_file": "token.txt"}).token()


@pytest.mark.parametrize("token", [f"{SECRET}\u00a0x", f'"{SECRET} "', "pit-ä"])
def test_a_token_with_a_stray_character_is_refused_without_showing_it(
    token: str,
) -> None:
    """Copied with a quote or a space it would be refused by the API, unexplained."""
    with pytest.raises(AccessError) as caught:
        settings.load({"token": token}).token()
    assert SECRET not in str(caught.value)


def test_the_file_under_config_is_found_too() -> None:
    """`config/importer.toml` is the commented example."""
    Path("config").mkdir()
    Path("config/importer.toml").write_text("attempts = 9\n")
    loaded = settings.load()
    assert loaded.values.attempts == 9
    assert loaded.origins["attempts"] == str(Path("config/importer.toml"))


def test_a_named_file_is_the_only_one() -> None:
    """Whoever names a file does not want another one mixed in."""
    Path("importer.toml").write_text("attempts = 9\n")
    Path("mine.toml").write_text("concurrency = 2\n")
    values = settings.load(file=Path("mine.toml")).values
    assert (values.attempts, values.concurrency) == (5, 2)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (None, InputError, "cannot be read"),
        (b"attempts = ", UsageError, "is not TOML"),
        (b"\xff\xfe", UsageError, "is not TOML"),
        (b"token = 'pit-0123-do-not-show'", UsageError, "holds a token"),
        (b"atempts = 1", UsageError, "no setting 'atempts'"),
    ],
)
def test_a_settings_file_that_cannot_be_used_is_named(
    content: bytes | None, kind: type[FatalError], words: str
) -> None:
    """Missing, no TOML, with a secret in it, or with a misspelt name."""
    if content is not None:
        Path("mine.toml").write_bytes(content)
    with pytest.raises(kind) as caught:
        settings.load(file=Path("mine.toml"))
    assert "mine.toml" in str(caught.value)
    assert words in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("limit", "bad", "reached"),
    [
        (execution.ErrorLimit(count=2), 1, False),
        (execution.ErrorLimit(count=2), 2, True),
        (execution.ErrorLimit(share=0.1), 10, False),
        (execution.ErrorLimit(share=0.1), 11, True),
        (execution.ErrorLimit(), 100, False),
    ],
)
def test_an_error_limit_is_reached_by_number_or_passed_by_share(
    limit: execution.ErrorLimit, bad: int, reached: bool
) -> None:
    """Of a hundred rows, `2` stops at the second, `10%` after the tenth."""
    assert limit.reached(bad, 100) is reached


def test_an_error_limit_reads_like_its_flag() -> None:
    """It is quoted in the message that says why the run stopped."""
    assert str(execution.ErrorLimit(count=3)) == "3"
    assert str(execution.ErrorLimit(share=0.05)) == "5%"
    assert str(execution.ErrorLimit(share=0.025)) == "2.5%"


def test_a_resume_keeps_what_the_run_was_begun_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An environment that has changed must not send the rest somewhere else."""
    monkeypatch.setenv("IMPORTER_BASE_URL", "https://other.example")
    kept = {"base_url": "https://first.example", "on_existing": "update"}
    loaded = settings.load({"on_existing": "skip"}).keeping(kept)
    assert loaded.values.base_url == "https://first.example"
    assert loaded.origins["base_url"] == "run"
    assert loaded.values.on_existing is OnExisting.SKIP, "a flag overrules the run"
    assert loaded.origins["on_existing"] == "flag"


def test_keeping_loses_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token still comes from where it came from."""
    monkeypatch.setenv("HIGHLEVEL_TOKEN", SECRET)
    loaded = settings.load().keeping({"base_url": "https://first.example"})
    assert loaded.token() == SECRET
    assert loaded.origins["token"] == "environment"  # noqa: S105 - an origin
    assert SECRET not in repr(loaded)


def test_a_token_file_that_is_a_flag_goes_before_the_environments_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who names a file means that token, whatever the environment holds."""
    monkeypatch.setenv("HIGHLEVEL_TOKEN", "from-the-environment")
    (tmp_path / "token").write_text("from-the-file\n", "utf-8")

    assert settings.load({"token_file": tmp_path / "token"}).token() == "from-the-file"
    assert settings.load().token() == "from-the-environment"
    with pytest.raises(AccessError, match="nope"):
        settings.load({"token_file": tmp_path / "nope"}).token()


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_a_name_with_our_prefix_that_is_no_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    """A nightly job with a typo would run without the ceiling it believes it has."""
    monkeypatch.chdir(tmp_path)
    if place == ".env":
        (tmp_path / ".env").write_text("IMPORTER_RATEE=5/1s\n", "utf-8")
    else:
        monkeypatch.setenv("IMPORTER_RATEE", "5/1s")

    with pytest.raises(UsageError, match=place) as refused:
        settings.load()

    assert "rate" in refused.value.remedy


@pytest.mark.parametrize(
    "name",
    ["RATES", "MAXRATE", "RATE_MAX", "CONCURENCY", "TIME_OUT", "RUN_DIR", "LOCATIONID"],
)
def test_a_variable_that_is_nearly_a_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """Letters that are missing, words in another order, another `_`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"IMPORTER_{name}", "1")

    with pytest.raises(UsageError, match=name.lower()):
        settings.load()


@pytest.mark.parametrize("service", ["IMPORTER", "IMPORTER_API", "IMPORTER_MAX_RATE"])
def test_a_service_of_kubernetes_and_other_programs_refuse_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, service: str
) -> None:
    """Every pod finds the names of the services beside it in its environment."""
    monkeypatch.chdir(tmp_path)
    announced = ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT"]
    announced += ["PORT_80_TCP", "PORT_80_TCP_ADDR", "PORT_80_TCP_PORT"]
    announced += ["PORT_80_TCP_PROTO", "PORT_53_UDP", "PORT_53_UDP_ADDR"]
    for name in announced:
        monkeypatch.setenv(f"{service}_{name}", "tcp://10.0.0.1:80")
    for name in ("IMPORTER_HOME", "IMPORTER_VERSION", "IMPORTER_LOG_LEVEL"):
        monkeypatch.setenv(name, "1")

    assert set(settings.load().origins.values()) == {"default"}


def test_settings_can_be_gathered_without_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A program that uses the library may have an environment of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMPORTER_ATTEMPTS", "7")
    (tmp_path / ".env").write_text("IMPORTER_RATEE=1\nIMPORTER_LIMIT=3\n", "utf-8")

    chosen = settings.load(environment=False)

    assert set(chosen.origins.values()) == {"default"}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("rule_keys", "a, b ,c", "a,b,c"),
        ("rule_keys", ["x", "y", "z"], "x,y,z"),
        ("rule_words", " price = PRICE ,equals=eq,", "price=PRICE,equals=eq"),
        ("rule_words", {"title": "T"}, "title=T"),
        ("rule_words", (("title", "T"),), "title=T"),
    ],
)
def test_the_words_of_rules_are_written_as_people_write_lists(
    name: str, value: object, shown: str
) -> None:
    """As one text, or as TOML has it; shown as it can be written again."""
    assert settings.load({name: value}).shown()[name] == (shown, "flag")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rule_keys", "a,b"),
        ("rule_keys", "a,a,b"),
        ("rule_keys", "a,,b"),
        ("rule_keys", 3),
        ("rule_words", "price"),
        ("rule_words", "=x"),
        ("category_path", "both"),
    ],
)
def test_what_cannot_be_words_of_rules_is_refused(name: str, value: object) -> None:
    """Two conditions with one key would lose a half."""
    with pytest.raises(UsageError, match=name):
        settings.load({name: value})


def test_a_share_of_errors_beyond_all_rows_is_refused() -> None:
    """It could never stop anything."""
    assert "at most 100%" in refused({"max_errors": "150%"}).remedy
