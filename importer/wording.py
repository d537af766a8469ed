"""How figures and texts are worded: numbers, plurals, durations, what is too long.

Pure, and known to every layer: no module words these for itself. It makes no text of
others harmless, which `texts` does. Invariants: a text that fits comes out as it went
in, and whatever was shortened says so.
"""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: What a duration is told in, and what its rest.
_UNITS = (
    (_DAY, "d", _HOUR, "h"),
    (_HOUR, "h", _MINUTE, "min"),
    (_MINUTE, "min", 1, "s"),
)


def number(count: float) -> str:
    """Write a whole number with its thousands apart."""
    return f"{count:,.0f}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """Write a number and what it counts: `1 row`, `2,000 rows`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def duration(seconds: float, *, steady: bool = False) -> str:
    """Write a duration: `180 ms`, `2.5 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`.

    Where one is followed on a screen it is steady instead, `2 h 05 min`: whole seconds,
    its rest in two digits even if there is none, hours at most.
    """
    whole = max(0, round(seconds))
    if not steady and seconds < 10:  # noqa: PLR2004 - from there on tenths say nothing
        return _moment(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    large, name, small, other = next(
        unit for unit in _UNITS[steady:] if whole >= unit[0]
    )
    rest = whole % large // small
    if steady:
        return f"{whole // large:,} {name} {rest:02} {other}"
    return f"{whole // large} {name}" + (f" {rest} {other}" if rest else "")


def _moment(seconds: float) -> str:
    if seconds < 1:
        return f"{float(f'{seconds * 1000:.3g}'):g} ms" if seconds else "0 s"
    return f"{seconds:.1f} s".replace(".0 ", " ")


def share(part: float, whole: float) -> str:
    """Write a share in percent; neither 0 nor 100 unless it is none or all."""
    if not whole or not part:
        return "0 %"
    percent = part / whole * 100
    if part == whole:
        return "100 %"
    return f"{min(99.9, max(0.1, percent)):.1f} %".replace(".0 ", " ")


def cut(text: str, most: int) -> str:
    """Shorten a text to so many characters, and say that it was."""
    return text if len(text) <= most else text[: most - 1] + "…"


def cut_line(text: str, most: int) -> str:
    """Squash white space, so that a text is one line, and shorten it."""
    return cut(" ".join(text[: 4 * most].split()), most)


def begin(text: str, most: int) -> str:
    """Take the first letters of a text, without the word that would be broken there."""
    if len(text) <= most:
        return text
    whole, space, _ = text[:most].rpartition(" ")
    return whole if space else text[:most]


def ends(text: str, most: int) -> str:
    """Take both ends of a text that is too long, without the words broken there."""
    if len(text) <= most:
        return text
    last = text[-(most // 2) :]
    return f"{begin(text, most // 2)} … {last.partition(' ')[2] or last}"
