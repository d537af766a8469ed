"""Faults and chance: which call meets which fault, and how often each has happened.

A fault is drawn for a call, or scripted for a slug or name ("the first two creates of
this one fail"). What a fault does to an answer is for `answers` to say. Every accident
in the sandbox is decided by the seed, the ordinal of the call and what is decided, and
by nothing else: not by the clock, not by how many decisions were made before. So a run
with the same seed meets the same accidents, whatever the order in which answers come
back. Invariants: a scripted fault comes before a drawn one and is met once; only faults
that happened are counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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


FaultCalls = Literal["writes", "all"]


class Fault(StrEnum):
    """One name for each way in which a call can go wrong."""

    RESET_BEFORE = "reset_before"  # connection reset, nothing done
    RESET_AFTER = "reset_after"  # done, then the connection is reset
    ERROR_BEFORE = "error_before"  # 500, nothing done
    ERROR_AFTER = "error_after"  # done, then 500
    BAD_GATEWAY = "bad_gateway"  # 502 in HTML; every other one after it was done
    REFUSED = "refused"  # 429, nothing done, no budget spent
    REFUSED_BUT_CREATED = "refused_but_created"  # created, then 422
    NULL_BODY = "null_body"  # done, and the body is `null`
    BROKEN_BODY = "broken_body"  # created, and the body stops in the middle
    SLOW_COMMIT = "slow_commit"  # created, and answered, only seconds later
    LIST_LAGS = "list_lags"  # created, but not in lists until later
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - a name, 401 Invalid JWT
    EDGE_BLOCK = "edge_block"  # 403 in HTML from the edge, no budget spent


#: Faults that only a create can meet.
OF_CREATES = frozenset(
    {Fault.REFUSED_BUT_CREATED, Fault.BROKEN_BODY, Fault.SLOW_COMMIT, Fault.LIST_LAGS}
)
#: Faults that only calls which change something can meet.
OF_WRITES = frozenset({Fault.NULL_BODY})
#: Faults after which nothing has been done.
NOTHING_DONE = frozenset(
    {
        Fault.RESET_BEFORE,
        Fault.ERROR_BEFORE,
        Fault.REFUSED,
        Fault.EXPIRED_TOKEN,
        Fault.EDGE_BLOCK,
    }
)


@dataclass(frozen=True, slots=True)
class Misfortune:
    """What one call meets: at most one fault, and apart from it a lag in lists."""

    fault: Fault | None = None
    lags: bool = False
    nothing_done: bool = False


FORTUNE = Misfortune()


@dataclass(slots=True)
class Faults:
    """The faults of one sandbox; may be changed while it runs."""

    seed: int = 0
    rates: Mapping[Fault, float] = field(default_factory=dict)
    scripts: dict[str, list[Fault]] = field(default_factory=dict)
    calls: FaultCalls = "writes"
    lag_scripted: bool = False
    counts: Counter[Fault] = field(default_factory=Counter)
    created: Counter[Fault] = field(default_factory=Counter)

    def set_rates(self, rates: Mapping[str, float]) -> None:
        """Replace the shares of calls that meet each fault.

        Raises:
            ValueError: a name is unknown, or the shares make no sense.
        """
        self.rates = checked_rates(rates)

    def script(self, key: str, names: Iterable[str]) -> None:
        """Let calls with this slug or name meet these faults first, in order.

        Raises:
            ValueError: a name is unknown.
        """
        faults = [named(name) for name in names]
        self.scripts.setdefault(key, []).extend(faults)
        self.lag_scripted = self.lag_scripted or Fault.LIST_LAGS in faults

    def meets(self, ordinal: int, method: str, keys: Iterable[str]) -> Misfortune:
        """Say what a call meets; `keys` are the slug and the name in its body."""
        if self.scripts:
            scripted = self._scripted(ordinal, method, keys)
            if scripted.fault is not None or scripted.lags:
                return scripted
        # reads are left in peace by default: a list that fails is only asked for again
        if not self.rates or (method == "GET" and self.calls == "writes"):
            return FORTUNE
        fault = self._drawn(ordinal, method)
        return Misfortune(
            fault,
            # drawn apart, so that a create can lag and meet another fault as well
            lags=method == "POST" and self._lags(ordinal),
            nothing_done=self._nothing_done(fault, ordinal),
        )

    def happened(self, met: Misfortune, *, created: bool) -> None:
        """Count the fault, and whether the call created something all the same."""
        if met.fault is not None:
            self.counts[met.fault] += 1
            self.created[met.fault] += created
        if met.lags and created:
            self.counts[Fault.LIST_LAGS] += 1
            self.created[Fault.LIST_LAGS] += 1

    def names_lag(self) -> bool:
        """Return whether only some creates lag, rather than all of them."""
        return self.lag_scripted or Fault.LIST_LAGS in self.rates

    def forget(self) -> None:
        """Start counting again from nothing."""
        self.counts.clear()
        self.created.clear()

    def _scripted(self, ordinal: int, method: str, keys: Iterable[str]) -> Misfortune:
        key = next((key for key in keys if self.scripts.get(key)), "")
        # a fault of creates waits in the script until a create comes by
        if not key or not _can_meet(self.scripts[key][0], method):
            return FORTUNE
        fault = self.scripts[key].pop(0)
        if fault is Fault.LIST_LAGS:
            return Misfortune(lags=True)
        return Misfortune(fault, nothing_done=self._nothing_done(fault, ordinal))

    def _drawn(self, ordinal: int, method: str) -> Fault | None:
        drawn = chance(self.seed, ordinal, Stream.FAULT)
        for fault, share in self.rates.items():
            if fault is Fault.LIST_LAGS:
                continue
            # one number for all shares, each taking its part of [0, 1): a call meets
            # one fault at most
            if drawn < share:
                return fault if _can_meet(fault, method) else None
            drawn -= share
        return None

    def _lags(self, ordinal: int) -> bool:
        share = self.rates.get(Fault.LIST_LAGS, 0.0)
        return share > 0 and chance(self.seed, ordinal, Stream.LIST_LAG) < share

    def _nothing_done(self, fault: Fault | None, ordinal: int) -> bool:
        if fault is Fault.BAD_GATEWAY:
            # half of the 502s come after the work, as a proxy cannot know
            return chance(self.seed, ordinal, Stream.HALF) >= 0.5  # noqa: PLR2004 - half
        return fault in NOTHING_DONE


def _can_meet(fault: Fault, method: str) -> bool:
    if fault in OF_CREATES:
        return method == "POST"
    return fault not in OF_WRITES or method != "GET"


def named(name: str) -> Fault:
    """Return the fault of that name.

    Raises:
        ValueError: there is none; the message lists those that there are.
    """
    try:
        return Fault(name)
    except ValueError:
        names = ", ".join(Fault)
        message = f"There is no fault {name!r}. Write one of: {names}."
        raise ValueError(message) from None


def checked_rates(rates: Mapping[str, float]) -> dict[Fault, float]:
    """Return shares by fault, each from 0 to 1 and together not above 1.

    `list_lags` is drawn apart from the others and does not count into the sum.

    Raises:
        ValueError: a name is unknown, or the shares make no sense.
    """
    checked = {named(name): float(share) for name, share in rates.items()}
    for fault, share in checked.items():
        if not 0 <= share <= 1:
            message = f"{fault}: the share is {share:g}. Write a number from 0 to 1."
            raise ValueError(message)
    total = sum(share for fault, share in checked.items() if fault != Fault.LIST_LAGS)
    if total > 1 + 1e-9:
        message = f"The faults add up to {total:g}. Write shares that stay within 1."
        raise ValueError(message)
    return checked
