"""Some locations of a run, sent by one process, and what that came to: two values.

A shard says what is to be sent and holds no secret: its journal is an address, and
tokens are files and variables of the process that runs it. Budgets are a location's
own, so shards need to know nothing of each other. Who runs them is handed in from
above; the one runner here sends all in this process. Invariant: what an answer has come
to is on the disk when `run_shard` returns, or its result says why not.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import random
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from importer import client, destination, execution, journal
from importer.errors import StorageError, UsageError
from importer.models import Calls, Flight, Status
from importer.ratelimit import Limiter
from importer.runs import balance
from importer.runs.monitor import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from importer.errors import FatalError
    from importer.journal import Claim
    from importer.models import ClockDifference
    from importer.runs.audit import Audited
    from importer.runs.forecasts import Forecast
    from importer.runs.undo_inspection import Verdict
    from importer.settings import Settings

#: The settings that sending goes by. What is looked up where the shard runs (a token's
#: file, the locations file) is a path, and every other secret stays where it is.
SETTINGS = (
    *("base_url", "api_version", "insecure_http", "timeout", "connect_timeout"),
    *("rate", "max_rate", "pace", "max_retry_after", "concurrency"),
    *("attempts", "settle_pauses", "max_errors", "early_stop", "accept_list"),
    *("daily_reserve", "wait_for_quota", "quota_look"),
    *("on_existing", "update_products", "send_fields", "fresh"),
    *("runs_dir", "journal", "journal_file", "token_file", "locations_file"),
)


#: What is done with the rows of a shard: they are compared, or compared and sent; what
#: was sent is compared with the server, or deleted again.
Work = Literal["send", "compare", "audit", "undo"]


class How(NamedTuple):
    """How it is looked back at a run.

    With `repair` an audit removes surplus copies; `sent_from` is set where it belongs
    to the end of a run (`audit.Options`). An undo deletes nothing with `dry_run`, and
    with `unseen_products` also what cannot be compared whole.
    """

    repair: bool = False
    sent_from: float | None = None
    dry_run: bool = False
    unseen_products: bool = False


NOTHING_MORE = How()


@dataclass(frozen=True, slots=True)
class Shard:
    """Some locations of a run; `settings` are the texts of `SETTINGS`.

    What follows them is for a shard that another process carries out (`shard_work`):
    `name` is what its log lines are known by; `rows` and `bad` are those of the whole
    run, for `--max-errors`, without what the processes have counted together
    (`journal.Tally`); at `until` (seconds since the epoch, by the clock of the
    database) nothing more is begun; `how` is for an audit and an undo.
    """

    run_id: str
    journal_url: str
    locations: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    work: Work = "send"
    name: str = ""
    rows: int = 0
    bad: int = 0
    until: float | None = None
    how: How = NOTHING_MORE


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What the sending of a shard came to.

    `counts` are the rows that got their answer, by status. `calls` and `statistics` are
    all that the process has called since it was set up; a session that ran the shard
    itself has counted them. `stopped` ended the shard as a whole, `refused` and
    `unlisted` (doubts that no list could settle) single locations; the day of `parked`
    is over.
    """

    counts: Mapping[str, int]
    calls: Calls
    statistics: Flight
    stopped: FatalError | None
    refused: Mapping[str, FatalError]
    unlisted: Mapping[str, FatalError]
    parked: frozenset[str]
    #: when the days of these begin anew, seconds since the epoch, where that is said
    resets: Mapping[str, float] = field(default_factory=dict)
    #: what another process has found out, which the session has not counted itself
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a shard has come to in a process that is not the session's.

    `held` are locations that another process of this run works on: submit them again;
    `of_others` those of another run. `barred` could not be compared. `remarks` and
    `accepted` are what was found of lists, by location; `calls` and `events` count,
    by location and by name. `codes_beside` counts what rows have beside their code.
    `audited` is what an audit has found, `undone` what an undo has found or done, by
    location; `failed` could not be looked at.
    """

    held: frozenset[str] = frozenset()
    of_others: Mapping[str, FatalError] = field(default_factory=dict)
    barred: Mapping[str, FatalError] = field(default_factory=dict)
    forecast: Forecast | None = None
    remarks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()
    calls: Mapping[str, int] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    codes_beside: Mapping[str, int] = field(default_factory=dict)
    audited: Audited | None = None
    undone: Mapping[str, Sequence[Verdict]] = field(default_factory=dict)
    failed: Mapping[str, FatalError] = field(default_factory=dict)
    instance: str | None = None
    clocks: ClockDifference | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Process:
    """What the process that runs a shard has: all of it open, the locations held."""

    journal: journal.Journal
    settings: Settings
    server: destination.Destination
    limiter: Limiter
    watch: Watch
    claim: Claim | None = None


class Runner(Protocol):
    """Sends a run by its shards, here or elsewhere; `tests/contracts` says how.

    One that `compares` has each location claimed and compared where it is sent; else
    the session has done both before.
    """

    @property
    def compares(self) -> bool:
        """Whether a shard is compared before it is sent, as its `work` says."""

    @property
    def workers(self) -> int:
        """How many processes share the work."""

    async def run(self, whole: Shard, rows: Mapping[str, int]) -> Sequence[ShardResult]:
        """Send everything, divided as the runner likes, and return when all has ended.

        A run with a canary asks twice: for its locations, then for the others. One
        that `compares` is asked for the audit of each as well.

        Args:
            whole: all locations to be sent as one shard; `dataclasses.replace` makes
                parts of it.
            rows: how many rows each location has to send.

        Returns:
            The result of each part. A failure of a location or of the disk is in it;
            only a bug is raised.
        """

    def stop(self, error: FatalError) -> None:
        """End soon: rows in flight are waited for. It may be called before `run`."""


class LocalRunner:
    """Sends all locations of a run as one shard, in this process."""

    compares: bool = False
    workers: int = 1

    def __init__(self, process: Callable[[], Awaitable[Process]]) -> None:
        """Keep how this process is set up; that is asked when the shard runs."""
        self._process = process
        self._sending: execution.Execution | None = None
        self._stopped: FatalError | None = None

    async def run(self, whole: Shard, rows: Mapping[str, int]) -> Sequence[ShardResult]:
        """Send the shard as it is."""
        del rows
        return [await run_shard(whole, await self._process(), self._begun)]

    def stop(self, error: FatalError) -> None:
        """End soon, or as soon as there is something to end."""
        self._stopped = self._stopped or error
        if self._sending is not None:
            self._sending.stop(error)

    def _begun(self, sending: execution.Execution) -> None:
        self._sending = sending
        if self._stopped is not None:
            sending.stop(self._stopped)


def whole(run_id: str, book: journal.Journal, settings: Settings) -> Shard:
    """Return all of a run as one shard, of no locations yet."""
    return Shard(run_id, book.url, (), tuple(settings.kept(SETTINGS).items()))


async def run_shard(
    shard: Shard,
    process: Process,
    begun: Callable[[execution.Execution], None] | None = None,
) -> ShardResult:
    """Send everything that is left to be sent to the locations of a shard.

    Args:
        shard: what is sent.
        process: where: the shard's own, see `resolve`, or that of the whole run.
        begun: told of the sending when it begins, so that it can be stopped.
    """
    delivery = process.journal.delivery
    sending = execution.Execution(
        (delivery, process.server, process.limiter),
        shard.locations,
        process.settings.sending,
        process.settings.retries,
        scale=_scale(process.journal),
        watch=process.watch.event,
    )
    process.watch.execution = sending
    if begun is not None:
        begun(sending)
    doubtful = [
        job
        for location in delivery.locations(Status.UNKNOWN, among=shard.locations)
        for job in delivery.jobs(location, -1, None, Status.UNKNOWN)
    ]
    ended = await sending.run(doubtful, _rest_seconds(process))
    refused = sending.refusals
    if refused and not sending.stopped:  # what refuses single locations is in `refused`
        ended = None
    try:
        # what was acknowledged is on the disk before a report is made of it
        await delivery.flush()
    except StorageError as full:
        ended = full
    made = process.watch.snapshot()
    return ShardResult(
        counts={str(status): n for status, n in sending.progress.done.items() if n},
        calls=Calls(made.calls, made.refused, made.retried),
        statistics=process.watch.flown(),
        stopped=ended,
        refused=refused,
        unlisted=dict(sending.unlisted),
        parked=frozenset(sending.turns.parked),
        resets=dict(sending.turns.quota.resets),
    )


def _rest_seconds(process: Process) -> float:
    """Return how long what another process has sent may still be carried out."""
    if process.claim is None:
        return 0.0
    return process.claim.rest_seconds(process.settings.sending.answer_seconds)


def _scale(book: journal.Journal) -> execution.Scale:
    """Say how large the run is, and where it has created something before."""
    located = balance.by_location(book)
    counts = balance.totals(located)
    done = (Status.CREATED, Status.UPDATED)
    proven = frozenset(
        location
        for location, counts in located.items()
        if any(counts.get(status) for status in done)
    )
    bad = counts[Status.INVALID] + counts[Status.REJECTED]
    return execution.Scale(sum(counts.values()), bad, proven)


@asynccontextmanager
async def resolve(shard: Shard, found: Settings) -> AsyncIterator[Process]:
    """Set this process up for a shard that another one has made.

    Args:
        shard: what will be sent; its locations are held while the block lasts.
        found: the settings of this process, with the tokens that it has.

    Raises:
        LocationHeldError: another process works on the run or one of the locations.
        InputError: there is no such journal, or it cannot be read.
        UsageError: the base URL cannot be used, or the journal is at another place.
    """
    settings = found.keeping(dict(shard.settings))
    home = settings.home
    held = home.claims.claim(
        shard.run_id, shard.locations, server=settings.values.base_url
    )
    with held as claim:
        store = home.store(shard.run_id)
        refuse_another(store.url, shard.journal_url)
        book = journal.open(store, depth=journal.Depth.FACTS)
        try:
            book.guard(claim)
            limiter = Limiter(settings.limits)
            claim.outlast(limiter.longest_interval)
            claim.hand_over(limiter.spent)
            limiter.inherit(claim.found())
            async with client.connect(
                settings.connection, limiter, settings.tokens, gate=claim.gate
            ) as connected:
                names = settings.locations.names_listed
                watch = Watch(place=book.history.place, names=names)
                watch.client, watch.limiter = connected, limiter
                server = server_of(connected, settings)
                yield Process(book, settings, server, limiter, watch, claim)
        finally:
            book.close()


def refuse_another(own: str, meant: str) -> None:
    """Refuse a shard whose journal is not where this process looks for it.

    Raises:
        UsageError: with both addresses.
    """
    if own != meant:
        msg = f"The journal of the shard is {meant}; here it would be {own}."
        remedy = "Give this process the settings journal and runs_dir of the run."
        raise UsageError(msg, remedy=remedy)


def server_of(connected: client.Client, settings: Settings) -> destination.Destination:
    """Return the collections at the API, as the settings want them asked for."""
    return destination.Destination(
        connected,
        settings.retries,
        random,
        accept_list=settings.values.accept_list,
        token_place=settings.tokens.place,
    )
