"""Notices: who gets them, what they say, how they are signed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from importer import notice, schemas, settings
from importer.errors import UsageError
from importer.exit_codes import Exit
from importer.models import Calls, State, Summary
from importer.notice import document
from importer.notice.document import Ending

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "0123456789abcdefghijklmnop"  # noqa: S105 - of tests
URL = (
    "https://user:pass-word-of-a-user@hooks.example/services/T0/markedPathOf24LettersX"
)

SUMMARY = Summary(
    *("night", State.STOPPED, Exit.QUOTA, (), {"created": 1800, "not_attempted": 1}),
    *({}, Calls(1, 0, 0), 0.0, 1.0),
)


@pytest.mark.parametrize(
    ("url", "secret", "insecure", "told"),
    [
        ("hooks.example/x", SECRET, False, "not an absolute http"),
        ("ftp://hooks.example/x", SECRET, False, "not an absolute http"),
        ("https://hooks.example:x/", SECRET, False, "not an absolute http"),
        ("https://hooks.example/a b", SECRET, False, "not an absolute http"),
        ("https:///marked", SECRET, False, "not an absolute http"),
        ("http://hooks.example/x", SECRET, False, "plain http to another machine"),
        ("https://hooks.example/x", "", False, "notify_secret is not"),
        ("https://hooks.example/x", "short", False, "can be guessed"),
        ("https://hooks.example/x", SECRET, False, ""),
        ("http://hooks.example/x", SECRET, True, ""),
        ("http://127.0.0.1:5678/x", SECRET, False, ""),
        ("http://[::1]:5678/x", SECRET, False, ""),
    ],
)
def test_an_address_is_refused_where_a_notice_could_be_read_or_forged(
    url: str, secret: str, insecure: bool, told: str
) -> None:
    """Before a run begins, with what to write instead; the path is in no message."""
    if not told:
        assert notice.recipient(url, secret, insecure_http=insecure).url == url
        return
    with pytest.raises(UsageError, match=told) as raised:
        notice.recipient(url, secret, insecure_http=insecure)
    assert raised.value.remedy
    assert "/x" not in str(raised.value)
    assert "marked" not in str(raised.value)


def test_only_the_host_of_an_address_is_shown() -> None:
    """Neither settings nor values of the program show more of it, or the secret."""
    found = notice.recipient(URL, SECRET)
    shown = settings.load({"notify_url": URL, "notify_secret": SECRET}).shown()
    wrong = settings.load({"notify_url": "marked-and-no-address"}).shown()

    assert shown["notify_url"] == ("https://hooks.example/…", "flag")
    assert shown["notify_secret"] == ("(set)", "flag")
    assert wrong["notify_url"][0] == "(set)"
    assert repr(found) == "Recipient(host='hooks.example')"
    secrets = set(found.secrets())
    assert secrets == {
        *(SECRET, "pass-word-of-a-user", "markedPathOf24LettersX"),
        "/services/T0/markedPathOf24LettersX",
    }


def test_a_value_that_is_no_text_is_refused_without_an_echo() -> None:
    """As a token is."""
    for name in ("notify_url", "notify_secret"):
        with pytest.raises(UsageError, match=name) as raised:
            settings.load({name: ["marked"]})
        assert "marked" not in str(raised.value)
        assert raised.value.remedy


def test_a_settings_file_may_name_who_is_told(tmp_path: Path) -> None:
    """The address and the secret, unlike a token."""
    file = tmp_path / "importer.toml"
    file.write_text(f'notify_url = "{URL}"\nnotify_secret = "{SECRET}"\n', "utf-8")

    values = settings.load(file=file).values

    assert values.notify_url.get_secret_value() == URL
    assert values.notify_secret.get_secret_value() == SECRET


def test_time_and_body_are_signed() -> None:
    """By the vector that `openssl dgst -sha256 -hmac` gives."""
    headers = notice.recipient(URL, SECRET).headers(b'{"a":1}', 1764385200)
    wanted = "6f227883e5be4d477ea4f41f379a164b54aa45519bd025d817925d17076aa742"
    assert headers == {
        "X-Importer-Timestamp": "1764385200",
        "X-Importer-Signature": f"sha256={wanted}",
    }


@pytest.mark.parametrize(
    ("ending", "event", "state"),
    [
        (Ending("night", Exit.QUOTA, SUMMARY), "run.parked", "stopped"),
        (Ending("night", Exit.TOO_MANY_ERRORS, SUMMARY), "run.stopped", "stopped"),
        (
            Ending("night", Exit.PROBLEMS, replace(SUMMARY, state=State.FINISHED)),
            *("run.finished", "finished"),
        ),
        (Ending(None, Exit.ACCESS, None, "There is no token."), "run.failed", "failed"),
        (Ending("night", Exit.OK, SUMMARY, event="run.other"), "run.other", "stopped"),
    ],
)
def test_a_notice_says_what_it_is_about(ending: Ending, event: str, state: str) -> None:
    """By its schema, whether there is a summary or not."""
    found = document.document(ending, "id", 1.5)

    assert (found["event"], found["state"]) == (event, state)
    assert found["exit_code"] == ending.exit_code
    assert found["sent_at"] == "1970-01-01T00:00:01.500Z"
    Draft202012Validator(schemas.schema("notice")).validate(found)
    body = document.body(found)
    assert json.loads(body) == found
    assert body.isascii()


def test_a_notice_is_a_line_for_a_chat() -> None:
    """Which run, what became of the rows, why, and what to type."""
    command = "importer resume night"
    ending = Ending("night", Exit.QUOTA, SUMMARY, "It is\nover.", "", command)

    assert document.sentence(ending) == (
        "Run night: the day's quota is used up (exit 75). 1,800 created, "
        "1 not attempted. It is over. Go on with: importer resume night"
    )
    again = replace(ending, summary=None, remedy=f"Go on with: {command}")
    assert document.sentence(again).count(command) == 1
