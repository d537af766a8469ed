"""Secrets that are known, in any notation: struck wherever a text holds one."""

from __future__ import annotations

import base64
import importlib
import time
from urllib.parse import quote

import pytest

from importer import logs
from importer.logs import MASK, Secrets
from importer.settings import databases

TOKEN = "pit-3f2b8c1e-77aa-4d0f-9b6e-5a1c0d9e8f7a"  # noqa: S105 - made up
SHORT = "hush+hush"
NOTATIONS = {
    "raw": TOKEN,
    "upper": TOKEN.upper(),
    "percent": "".join(f"%{ord(letter):02x}" for letter in TOKEN),
    "partly": TOKEN.replace("-", "%2D"),
    "twice": quote("".join(f"%{ord(letter):02X}" for letter in TOKEN)),
    "json": "".join(f"\\u{ord(letter):04x}" for letter in TOKEN),
    "bytes": "".join(f"\\x{ord(letter):02x}" for letter in TOKEN),
    "backslashes": TOKEN.replace("-", "\\-"),
    "html": "".join(f"&#x{ord(letter):x};" for letter in TOKEN),
    "hex": TOKEN.encode().hex().upper(),
    "unseen": "\u200b".join(TOKEN),
    "url": f"https://x.test/?a=1&t={TOKEN}&b=2",
    **{
        f"base64 {before}": base64.b64encode(f"{before}{TOKEN}".encode()).decode()
        for before in ("", "a", "ab", "Bearer ")
    },
    **{
        f"urlsafe {before}": base64.urlsafe_b64encode(f"{before}{TOKEN}>?".encode())
        .decode()
        .rstrip("=")
        for before in ("", "a", "ab")
    },
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_token_is_struck_in_each_notation(notation: str) -> None:
    """In a text, in a key and in a list; what stands around it stays."""
    secrets = Secrets([TOKEN])
    written = NOTATIONS[notation]
    words = secrets.strike(f"before {written} after").split(" ")
    assert (words[0], MASK in words[1], words[2]) == ("before", True, "after")
    assert written not in words[1]
    struck = secrets.strike_all({written: [written, 1, None, {"deep": written}]})
    assert written not in str(struck)
    assert secrets.within(f'{{"x":"{written}"}}'.encode())


def test_a_text_without_a_secret_stays() -> None:
    """Whatever signs of encodings are in it."""
    secrets = Secrets([TOKEN, SHORT])
    for text in ("100 % sure & \\ é", "Bearer of news", "pit-bull-collars", "%2", "ab"):
        assert secrets.strike(text) == text
        assert not secrets.within(text.encode())
    assert Secrets().strike(TOKEN) == TOKEN


def test_a_short_secret_is_struck_too() -> None:
    """As a whole, and in base64."""
    secrets = Secrets([SHORT, "tiny"])
    encoded = base64.b64encode(f"a{SHORT}".encode()).decode()
    assert secrets.strike(f"{SHORT}! tiny {encoded}") == f"{MASK}! tiny {MASK}"


def test_the_oldest_secrets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens that are renewed for years do not fill the memory."""
    module = importlib.import_module("importer.logs.redaction")
    monkeypatch.setattr(module, "MOST", 4)
    tokens = [f"{letter}-" * 16 for letter in "abcdef"]
    secrets = Secrets(tokens)
    assert [secrets.strike(token) == MASK for token in tokens] == [
        False,
        False,
        *[True] * 4,
    ]


def test_what_is_nested_too_deeply_is_masked_as_a_whole() -> None:
    """No answer ends the program by its depth."""
    deep: list[object] = [TOKEN]
    for _ in range(900):
        deep = [deep]
    assert TOKEN not in repr(Secrets([TOKEN]).strike_all(deep))


def test_looking_takes_time_by_the_length_alone() -> None:
    """Ten times the text takes about ten times as long, with thousands of tokens."""
    secrets = Secrets(f"pit-{number:032}" for number in range(1000))

    def took(size: int) -> float:
        text = "%41\\u0041 &#65;" * size
        began = time.process_time()
        secrets.strike(text)
        return time.process_time() - began

    small = max(min(took(500) for _ in range(3)), 0.001)
    assert took(5_000) < 40 * small


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://importer:mark%2Fed-1f4c@db/importer",
        "postgresql://importer@db/importer?password=mark%2Fed-1f4c",
        "postgresql://importer@db/importer?sslkey=key&sslpassword=mark%2Fed-1f4c",
    ],
)
def test_every_password_of_a_database_is_struck_from_what_is_told(address: str) -> None:
    """That of its user, and that of a key for TLS."""
    told = databases.public(address)
    try:
        assert "1f4c" not in told
        assert (
            logs.masked(f"connecting with mark/ed-1f4c: {address}").count("1f4c") == 0
        )
    finally:
        logs.close()
