"""The body of an answer: read up to a size, parsed, and cleared of secrets.

Of a refusal only the beginning is read, because nothing but its message is used; where
that breaks off, its members so far are taken. Invariants: every text of a refusal is
plain, bounded and masked; in all other answers the tokens that the server was sent are.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import orjson
from multidict import istr

from importer import patterns, texts, wording

if TYPE_CHECKING:
    import aiohttp

    from importer.logs import Secrets

# a name that need not be folded to lower case each time that it is looked for
CONTENT_ENCODING: istr = istr("Content-Encoding")

# bounds against a server that sends without end: what is larger is not read on
#: A page of 100 collections with long texts stays far below this.
MAX_ANSWER_BYTES = 16 * 1024 * 1024
#: The answer to a change shows one collection.
MAX_CHANGE_BYTES = 1024 * 1024
#: What is read of a refusal: its message is a sentence or a few.
MAX_REFUSAL_BYTES = 64 * 1024

#: So much of a text in a refusal is looked at, and so much is kept.
LOOKED_AT, LONGEST_TEXT = 4_000, 1_000
#: So many texts of a refusal are kept, and so deep.
MOST_TEXTS, DEEPEST = 100, 5

_MEMBER = patterns.later(r'[\s,]*"((?:[^"\\]|\\.)*)"\s*:\s*')
_ESCAPE_BEGUN = patterns.later(r"\\(?:u[0-9a-fA-F]{0,3})?$")


def most(method: str) -> int:
    """Give how many bytes of the answer to a request are read if it is accepted."""
    return MAX_ANSWER_BYTES if method == "GET" else MAX_CHANGE_BYTES


async def receive(response: aiohttp.ClientResponse, most: int) -> tuple[bytes, bool]:
    """Give the body, or what was read of it until it was too large, and which it is.

    The connection is free again when this returns, or closed where it was not read to
    its end or this raises.
    """
    length = response.content_length
    try:
        # the length of a compressed body says nothing of what it becomes
        if length and length <= most and CONTENT_ENCODING not in response.headers:
            return await response.read(), True
        chunks, size = [], 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            chunks.append(chunk)
            if size > most:
                response.close()
                return b"".join(chunks)[:most], False
        return b"".join(chunks), True
    except BaseException:
        response.close()
        raise


def parse(raw: bytes) -> tuple[Any, bool]:
    """Give the JSON of a body, and whether it is JSON."""
    try:
        return orjson.loads(raw), True
    except orjson.JSONDecodeError:
        return None, False


def begun(raw: bytes) -> dict[str, Any] | None:
    """Give the members of a JSON object whose end is missing; None where there is none.

    A text, or a list of texts, that breaks off is taken as far as it is there.
    """
    text = raw.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return None
    decoder, found, at = json.JSONDecoder(strict=False), dict[str, Any](), 1
    while member := _MEMBER.match(text, at):
        try:
            found[member[1]], at = decoder.raw_decode(text, member.end())
        except (ValueError, RecursionError):
            rest = text[member.end() : member.end() + LOOKED_AT].lstrip("[ \t\r\n")
            if rest.startswith('"'):
                found[member[1]] = _unquoted(rest[1:])
            break
    return found or None


def _unquoted(text: str) -> str:
    """Return the letters of a JSON string that breaks off, or of the first one."""
    # an escape that the cut has split would make the rest unreadable
    text = _ESCAPE_BEGUN.sub("", text)
    text = re.split(r'(?<!\\)(?:\\\\)*"', text, maxsplit=1)[0]
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def harmless(value: Any, secrets: Secrets) -> Any:  # noqa: ANN401 - any JSON
    """Bound, clean and mask every text of a refusal."""
    return _harmless(value, secrets, [MOST_TEXTS], 0)


def _harmless(value: Any, secrets: Secrets, left: list[int], depth: int) -> Any:  # noqa: ANN401 - as above
    # one count for the whole refusal: a list of lists cannot multiply what is kept
    left[0] -= 1
    if isinstance(value, str):
        return words(value, secrets)
    if not isinstance(value, dict | list):
        return value
    if depth >= DEEPEST:
        return ""
    if isinstance(value, list):
        kept = value[: max(0, left[0])]
        return [_harmless(item, secrets, left, depth + 1) for item in kept]
    return {
        words(name, secrets): _harmless(one, secrets, left, depth + 1)
        for name, one in list(value.items())[: max(0, left[0])]
    }


def words(text: str, secrets: Secrets, most: int = LONGEST_TEXT) -> str:
    """Clean a server's text for people: one line, bounded, plain and masked."""
    # cut roughly, masked, and only then cut to what is shown: the last cut alone could
    # leave half of a secret, which no mask would know
    return wording.cut(secrets.mask(texts.plain(wording.begin(text, LOOKED_AT))), most)
