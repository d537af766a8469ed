"""Chance that can be repeated: a number in [0, 1) from a seed and a call's ordinal.

Every accident in the sandbox is decided here. A decision depends on the seed, the
ordinal of the call and what is decided, and on nothing else: not on the clock, not on
how many decisions were made before. So a run with the same seed meets the same
accidents, whatever the order in which answers come back.
"""

from __future__ import annotations

from enum import IntEnum

_MASK = (1 << 64) - 1
_MANTISSA = 1 << 53


class Stream(IntEnum):
    """What is decided; each has numbers of its own."""

    FAULT = 1
    LIST_LAG = 2
    HALF = 3  # whether a bad gateway comes after the commit
    JITTER = 4
    SLOW = 5
    ID = 6
    TRACE = 7
    # of the natures
    REWRITE = 8
    SUFFIX = 9
    UNSETTLED = 10  # whether a reading of a list is
    LEFT_OUT = 11
    MOVES = 12
    SHORT = 13
    LENGTH = 14
    NAMELESS = 15
    MIX = 16
    WAY = 17


def bits(seed: int, ordinal: int, stream: Stream) -> int:
    """Return 64 well mixed bits (the finaliser of splitmix64)."""
    mixed = (
        seed * 0x9E3779B97F4A7C15
        + ordinal * 0xD1B54A32D192ED03
        + stream * 0x8CB92BA72F3D8DD7
    ) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return mixed ^ (mixed >> 31)


def chance(seed: int, ordinal: int, stream: Stream) -> float:
    """Return a number in [0, 1), the same for the same three arguments."""
    # 53 bits are all that a float between 0 and 1 holds
    return (bits(seed, ordinal, stream) >> 11) / _MANTISSA
