"""Figures as people read them: thousands apart, durations in two units at most."""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: What a duration is told in, and what its rest.
_UNITS = (
    (_DAY, "d", _HOUR, "h"),
    (_HOUR, "h", _MINUTE, "min"),
    (_MINUTE, "min", 1, "s"),
)


def number(count: float) -> str:
    """A whole number with its thousands apart."""
    return f"{count:,.0f}"


def counted(count: int, one: str, many: str = "") -> str:
    """A number and what it counts."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """A duration: `180 ms`, `2.5 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`."""
    if seconds < 1:
        return f"{float(f'{seconds * 1000:.3g}'):g} ms" if seconds else "0 s"
    if seconds < 10:  # noqa: PLR2004 - from there on nobody asks for tenths
        return f"{seconds:.1f} s".replace(".0 ", " ")
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    large, name, small, other = next(unit for unit in _UNITS if whole >= unit[0])
    rest = whole % large // small
    return f"{whole // large} {name}" + (f" {rest} {other}" if rest else "")


def share(part: float, whole: float) -> str:
    """A share in percent; neither 0 nor 100 unless it is none or all."""
    if not whole or not part:
        return "0 %"
    percent = part / whole * 100
    if part == whole:
        return "100 %"
    return f"{min(99.9, max(0.1, percent)):.1f} %".replace(".0 ", " ")
