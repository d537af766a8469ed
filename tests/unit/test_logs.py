"""The logs: who sees what, in which form, and that no secret is among it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer import logs

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = Path("/dev/full")
SECRET = "hush/hush+very secret=1"  # noqa: S105 - an invented one


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Leave no outlet open for the next test."""
    yield
    logs.close()


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_nothing_is_written_before_configure(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A program that uses the library sees no line of ours unless it wants to."""
    logs.get("quiet").error("row.lost")
    assert capfd.readouterr() == ("", "")
    assert not logs.get("quiet").wants(logs.ERROR)


def test_importing_the_logs_does_not_load_structlog() -> None:
    """`importer --help` must start fast, and every module asks for its log."""
    code = (
        "import sys; from importer import logs; logs.get('a').info('b'); "
        "sys.exit('structlog' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - ours


def test_a_log_is_the_same_before_and_after_configure(tmp_path: Path) -> None:
    """Modules take their log when they are imported, long before a run starts."""
    before = logs.get("execution")
    logs.configure(run_log=tmp_path / "run.log")
    before.info("row.sent")
    logs.get("made after").info("row.sent")
    assert logs.get("execution") is before
    names = [event["logger"] for event in events(tmp_path / "run.log")]
    assert names == ["execution", "made after"]


def test_the_run_log_holds_everything_as_json_with_utc_times(tmp_path: Path) -> None:
    """Each event is one JSON object with its moment, level, name and keys."""
    path = tmp_path / "run.log"
    logs.configure(run_log=path)
    log = logs.get("execution")
    log.debug("row.sent", row=3)
    log.info("run.started")
    log.warning("row.retried", attempt=2, name="Café\nline")
    log.error("run.stopped")
    found = events(path)
    assert [e["level"] for e in found] == ["debug", "info", "warning", "error"]
    assert found[2]["event"] == "row.retried"
    assert (found[2]["attempt"], found[2]["name"]) == (2, "Café\nline")
    assert found[0]["timestamp"].endswith("Z")
    assert list(found[0])[:3] == ["timestamp", "level", "event"]
    assert path.stat().st_mode & 0o077 == 0


def test_the_run_log_is_added_to_not_overwritten(tmp_path: Path) -> None:
    """A resumed run keeps the story of its first part."""
    for part in (1, 2):
        logs.configure(run_log=tmp_path / "run.log")
        logs.get("run").info("run.started", part=part)
    assert [event["part"] for event in events(tmp_path / "run.log")] == [1, 2]


def test_stderr_shows_warnings_only_unless_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The screen belongs to the progress; `-v` shows more."""
    logs.configure()
    logs.get("run").info("run.started")
    logs.get("run").warning("row.retried", attempt=2)
    out, err = capsys.readouterr()
    assert out == ""
    assert "row.retried" in err
    assert "attempt=2" in err
    assert "run.started" not in err
    logs.configure(stream_level=logs.INFO)
    logs.get("run").info("run.started")
    assert "run.started" in capsys.readouterr().err


def test_each_level_can_be_silenced(capsys: pytest.CaptureFixture[str]) -> None:
    """What is below the level of every outlet costs a comparison and no more."""
    logs.configure(stream_level=logs.ERROR)
    log = logs.get("run")
    assert not log.wants(logs.WARNING)
    log.debug("a")
    log.info("b")
    log.warning("c")
    assert capsys.readouterr().err == ""


def test_stderr_can_be_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With `--log-format json` each line of stderr is an object."""
    logs.configure(log_format="json")
    logs.get("run").warning("row.retried", attempt=2)
    found = json.loads(capsys.readouterr().err)
    assert (found["event"], found["level"]) == ("row.retried", "warning")


def test_a_traceback_is_in_the_file_and_not_on_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A merchant sees the event; whoever searches finds the traceback."""
    path = tmp_path / "run.log"
    for level, shown in ((logs.WARNING, False), (logs.DEBUG, True)):
        logs.configure(stream_level=level, run_log=path, secrets=[SECRET])
        try:
            int(SECRET)
        except ValueError:
            logs.get("run").error("run.broken", exc_info=True)
        screen = capsys.readouterr().err
        assert ("Traceback" in screen) is shown
        assert SECRET not in screen
    assert all("base 10: '***'" in e["exception"] for e in events(path))
    assert SECRET not in path.read_text()


def test_bound_keys_are_on_every_line_until_the_end(tmp_path: Path) -> None:
    """The run id is bound once and carried by every event of the run."""
    path = tmp_path / "run.log"
    logs.configure(run_log=path)
    logs.bind(run_id="r-1")
    logs.get("a").info("one")
    logs.close()
    logs.configure(run_log=path)
    logs.get("a").info("two")
    assert [event.get("run_id") for event in events(path)] == ["r-1", None]


def test_what_libraries_log_is_taken_in_and_redacted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A library's own warning reaches stderr only through the redaction."""
    logs.configure(run_log=tmp_path / "run.log", secrets=[SECRET])
    logging.getLogger("aiohttp.client").warning("sent %s", SECRET)
    logging.getLogger("asyncio").error("broken")
    said = events(tmp_path / "run.log")
    assert [(e["library"], e["said"], e["level"]) for e in said] == [
        ("aiohttp.client", "sent ***", "warning"),
        ("asyncio", "broken", "error"),
    ]
    assert SECRET not in capsys.readouterr().err


def test_a_log_that_cannot_be_written_does_not_stop_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk or a closed stderr loses lines and nothing else."""
    closed = (tmp_path / "stderr").open("w")
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    logs.configure(run_log=FULL if FULL.exists() else None)
    logs.get("run").warning("row.retried")


@pytest.mark.parametrize(
    "keys",
    [
        {"url": "https://x.test/?t=hush%2Fhush%2Bvery%20secret%3D1"},
        {"url": "https://x.test/?t=hush%2fhush%2bvery%20secret%3d1"},
        {"form": "t=hush%2Fhush%2Bvery+secret%3D1"},
        {"body": b"before hush/hush+very secret=1 after"},
        {"nested": {"deep": [{"er": (SECRET,)}]}},
        {"nested": {SECRET: 1}},
        {"error": ValueError(f"refused {SECRET}")},
        {"anything": {SECRET}},
        {"anything": type("Odd", (), {"__repr__": lambda _: SECRET})()},
        {"deep": [[[[[[[[[[SECRET]]]]]]]]]]},
        {"event_text": SECRET},
        {"h": "Authorization: Bearer hush/hush+very"},
        {"h": "bearer%20hush/hush+very"},
        {"h": "Basic hush/hush+very"},
        {"authorization": ["hush/hush+very"]},
        {"Set-Cookie": "hush/hush+very"},
        {"headers": {"Authorization": "hush/hush+very"}},
        {"access_token": "hush/hush+very"},
        {"form": "a=1&refresh_token=hush/hush+very&b=2"},
        {"who": "pit-hush/hush+very-0123456789"},
        {"jwt": "eyJhush0123456789.eyJhush0123456789.hush_hush"},
    ],
    ids=str,
)
def test_no_secret_passes(keys: dict[str, Any], tmp_path: Path) -> None:
    """Wherever a token hides in an event, the file does not hold it."""
    path = tmp_path / "run.log"
    logs.configure(run_log=path, secrets=[SECRET, "pit-hush/hush+very-0123456789"])
    logs.get("run").info("request.sent", **keys)
    text = path.read_text()
    assert "hush" not in text
    assert logs.MASK in text


def test_a_secret_in_the_event_itself_is_masked(tmp_path: Path) -> None:
    """The name of an event is text like any other."""
    logs.configure(run_log=tmp_path / "run.log", secrets=[SECRET])
    logs.get("run").info(f"sent {SECRET}")
    assert events(tmp_path / "run.log")[0]["event"] == "sent ***"


def test_ordinary_values_pass_as_they_are(tmp_path: Path) -> None:
    """The redaction changes nothing that is no secret; odd numbers stay readable."""
    logs.configure(run_log=tmp_path / "run.log", secrets=["", "abc"])
    keys = {"rows": 3, "share": 0.5, "ok": True, "none": None, "name": "abc bearer of"}
    logs.get("run").info("x", **keys, tokens_left=4, endless=float("inf"), s={"a"})
    found = events(tmp_path / "run.log")[0]
    assert {key: found[key] for key in keys} == keys
    assert (found["tokens_left"], found["endless"], found["s"]) == (4, "inf", ["a"])


def test_a_message_outside_the_logs_can_be_masked_too() -> None:
    """Reports and the screen use the same knowledge of what is secret."""
    mask = logs.masker([SECRET])
    assert mask(f"refused {SECRET} and pit-0123456789") == "refused *** and ***"


def test_a_secret_that_becomes_known_later_is_masked_from_then_on(
    tmp_path: Path,
) -> None:
    """Token files are read when they are needed, before the log is opened or after."""
    logs.hide("before-the-log-was-opened")
    logs.configure(run_log=tmp_path / "run.log")
    logs.hide("later-secret")
    logs.get("run").info("leak", text="a later-secret, before-the-log-was-opened")
    (found,) = events(tmp_path / "run.log")
    assert found["text"] == "a ***, ***"


def test_of_thousands_of_secrets_each_is_masked_whole() -> None:
    """Those that begin alike, those within another, and several in one text."""
    secrets = [f"token-{number}" for number in range(5000)]
    mask = logs.masker([*secrets, "token-1-and-more"])
    assert mask("token-4999 token-12,token-1-and-more!") == "*** ***,***!"
    assert mask("token- toke") == "token- toke"
    assert mask("") == ""
