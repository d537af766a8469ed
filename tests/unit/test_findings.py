"""The report against the server: pure, so two literals are enough."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer import findings
from importer.findings import Grounds
from importer.models import ClockDifference, Code, Existing, Finding, Sent, Status
from importer.ownership import LATE_SECONDS, Times
from importer.rewrites import Ways

#: When the row was sent, and when the answer came.
SENT, ANSWERED = 1_700_000_000.0, 1_700_000_005.0
AN_HOUR = 3600.0
ROW = Sent(
    *(7, "loc", "Best", "best", "manual", Status.CREATED, "c1", "", 2),
    http_status=201,
    started_at=SENT,
    finished_at=ANSWERED,
)
SAID_NO = replace(ROW, status=Status.REJECTED, collection_id="", http_status=422)
SETTLED = replace(ROW, code=Code.SETTLED_BY_LISTING.value, http_status=None)
LOST = replace(SAID_NO, status=Status.UNKNOWN, http_status=None, finished_at=None)
DENIED = [
    SAID_NO,
    replace(SAID_NO, status=Status.FAILED, http_status=None),
    LOST,
]
#: An audit an hour later, on a machine whose clock is the server's.
TIMES = Times(ClockDifference(0.0, 0.0), looked_at=SENT + AN_HOUR, last_sign=ANSWERED)


def there(
    collection_id: str,
    name: str = "Best",
    kind: str = "manual",
    slug: str = "best",
    created_at: float | None = SENT + 1,
) -> Existing:
    return Existing("loc", collection_id, slug, name, kind, created_at=created_at)


def compare(
    row: Sent, *listed: Existing, times: Times = TIMES, **others: set[str]
) -> list[Finding]:
    before = others.get("before", set())
    known = Grounds(others.get("kin", set()), times)
    return list(findings.compare([row], listed, before, known))


def one(
    row: Sent, *listed: Existing, times: Times = TIMES, **others: set[str]
) -> Finding:
    (finding,) = compare(row, *listed, times=times, **others)
    assert finding.seq == row.seq
    return finding


# created


def test_a_row_that_the_list_may_show_without_an_id_is_not_missing() -> None:
    """It is there; which of them it is, the list does not say."""
    assert compare(ROW, there("")) == []
    assert one(ROW, there("", slug="other")).code is Code.MISSING_AT_SERVER


def test_a_created_row_that_is_there_is_no_finding() -> None:
    """The usual case, beside whatever else the location holds."""
    assert compare(ROW, there("c1"), there("c9", "Other", slug="other")) == []


def test_a_created_row_that_the_list_lacks_is_missing() -> None:
    """It stays created with its id, and the report says what the list does not show."""
    finding = one(ROW)
    assert (finding.status, finding.collection_id) == (Status.CREATED, "c1")
    assert finding.code is Code.MISSING_AT_SERVER
    assert "c1" in finding.message
    assert finding.surplus == ()


def test_a_missing_row_names_the_copies_that_are_there() -> None:
    """Somebody will want to know that the collection is there under another id."""
    assert one(ROW, there("c2")).surplus == ("c2",)


def test_an_id_that_two_rows_have_is_wrong_for_the_second() -> None:
    """Answers of a connection that was out of step: each row got that of another."""
    rows = [ROW, replace(ROW, seq=8, slug="other", name="Other")]
    (finding,) = findings.compare(rows, [there("c1"), there("c2", "X", slug="x")], ())
    assert (finding.seq, finding.code) == (8, Code.MISSING_AT_SERVER)
    assert "c1, but that is the id of an earlier row, too." in finding.message


def test_an_id_of_another_collection_is_wrong_where_the_rows_own_is_there() -> None:
    """The way out names it."""
    finding = one(ROW, there("c1", "Other", slug="other"), there("c2"))
    assert finding.code is Code.MISSING_AT_SERVER
    assert "that is another collection" in finding.message
    assert finding.surplus == ("c2",)


@pytest.mark.parametrize("row", DENIED)
def test_what_states_no_time_is_not_claimed_at_a_time_that_is_not_known(
    row: Sent,
) -> None:
    """Where nothing says when the list was read, it may have been long afterwards."""
    (finding,) = findings.compare([row], [there("c2", created_at=None)], ())
    assert (finding.status, finding.collection_id) == (row.status, "")


@pytest.mark.parametrize(
    "renamed",
    [there("c1", "New", slug="new"), there("c1", slug="new"), there("c1", "New")],
)
def test_a_collection_that_was_renamed_since_is_no_finding(renamed: Existing) -> None:
    """The merchant may do that, and its id stays."""
    assert compare(ROW, renamed) == []


def test_a_second_copy_is_surplus_and_the_reported_one_is_kept() -> None:
    """What a late commit leaves behind; the message says how to remove it."""
    finding = one(ROW, there("c0"), there("c1"))
    assert (finding.status, finding.collection_id) == (Status.CREATED, "c1")
    assert finding.code is Code.CREATED_TWICE
    assert (finding.surplus, finding.ours) == (("c0",), True)
    assert "a second copy" in finding.message
    assert "--repair" in finding.message


def test_more_copies_than_requests_are_not_all_this_runs() -> None:
    """Two requests made at most two; with a third nobody can say which is whose."""
    finding = one(ROW, there("c0"), there("c1"), there("c2"))
    assert finding.surplus == ("c0", "c2")
    assert not finding.ours
    assert "2 more copies" in finding.message
    assert "--repair" not in finding.message


def test_a_row_that_was_answered_at_its_first_request_has_no_copies() -> None:
    """Its one request made the reported one, so every other is somebody else's."""
    assert compare(replace(ROW, attempts=1), there("c1"), there("c2")) == []


def test_a_row_that_the_list_settled_may_be_any_of_its_copies() -> None:
    """One request, two copies: the row's own and one that somebody else made."""
    finding = one(replace(SETTLED, attempts=1), there("c1"), there("c2"))
    assert finding.code is Code.CREATED_TWICE
    assert not finding.ours


def test_a_refused_row_that_is_there_twice_is_not_guessed_at() -> None:
    """One request, two copies: nobody can say which is the row's, so it gets none."""
    row = replace(SAID_NO, attempts=1)
    finding = one(row, there("c1"), there("c2"))
    assert (finding.code, finding.notice) == (Code.COPY_UNCLAIMED, True)
    assert (finding.status, finding.collection_id) == (Status.REJECTED, "")
    assert "c1, c2" in finding.message


# who made it


@pytest.mark.parametrize("later", [-180.0, -5.0, 10.0, 180.0, 86400.0])
def test_a_copy_of_another_time_is_said_and_left(later: float) -> None:
    """The row was sent twice and answered; a person made the same one by hand."""
    theirs = there("c2", created_at=(ANSWERED if later > 0 else SENT) + later)
    finding = one(ROW, there("c1"), theirs)
    assert (finding.code, finding.notice) == (Code.COPY_OF_OTHERS, True)
    assert (finding.status, finding.collection_id) == (Status.CREATED, "c1")
    assert "c2" in finding.message


def test_six_copies_of_another_time_do_not_hide_the_runs_own() -> None:
    """Only the copy that a request of the row made is surplus."""
    theirs = [
        there(f"d{number}", created_at=ANSWERED + 60 * number)
        for number in range(-3, 4)
        if number
    ]
    finding = one(ROW, theirs[0], there("c1"), there("c2"), *theirs[1:])
    assert finding.code is Code.CREATED_TWICE
    assert (finding.surplus, finding.ours) == (("c2",), True)


def test_a_copy_without_a_time_is_never_this_runs() -> None:
    """It is said, and a person has to look."""
    finding = one(ROW, there("c1"), there("c2", created_at=None))
    assert finding.code is Code.CREATED_TWICE
    assert not finding.ours
    assert "Nothing proves that this run made it." in finding.message
    assert "--repair" not in finding.message


@pytest.mark.parametrize("row", DENIED)
def test_one_that_was_made_by_hand_later_is_never_claimed(row: Sent) -> None:
    """A genuine 422, and the same collection an hour later: the row stays as it is."""
    finding = one(row, there("c2", created_at=ANSWERED + AN_HOUR))
    assert (finding.code, finding.notice) == (Code.COPY_OF_OTHERS, True)
    assert (finding.status, finding.collection_id) == (row.status, "")


@pytest.mark.parametrize("row", DENIED)
def test_one_without_a_time_is_not_claimed_long_after_the_run(row: Sent) -> None:
    """It may have been made at any time since."""
    finding = one(row, there("c2", created_at=None))
    assert (finding.code, finding.notice) == (Code.COPY_UNCLAIMED, True)
    assert (finding.status, finding.collection_id) == (row.status, "")


@pytest.mark.parametrize("later", [20, LATE_SECONDS])
def test_one_without_a_time_is_claimed_soon_only_where_no_answer_came(
    later: float,
) -> None:
    """It was not there before, so it was made since; a clear no is not doubted."""
    soon = replace(TIMES, looked_at=ANSWERED + later)
    timeless = there("c2", created_at=None)
    for row in DENIED[1:]:
        assert one(row, timeless, times=soon).code is Code.CREATED_ALL_THE_SAME
    assert one(SAID_NO, timeless, times=soon).code is Code.COPY_UNCLAIMED


def test_clocks_an_hour_apart_do_not_hide_the_runs_own() -> None:
    """What was measured while it ran is taken into account."""
    times = replace(TIMES, clocks=ClockDifference(AN_HOUR, AN_HOUR + 1))
    copy = there("c2", created_at=SENT + 1 + AN_HOUR)
    assert one(ROW, there("c1"), copy, times=times).ours
    theirs = there("c2", created_at=SENT + 1)
    assert one(ROW, there("c1"), theirs, times=times).code is Code.COPY_OF_OTHERS


def test_a_settled_row_gives_back_what_was_made_at_another_time() -> None:
    """The list showed one that others had made before the row was sent."""
    theirs = there("c1", created_at=SENT - 60)
    finding = one(SETTLED, theirs)
    assert (finding.status, finding.code) == (Status.EXISTING, Code.MADE_BY_OTHERS)
    own = one(SETTLED, theirs, there("c2"))
    assert (own.status, own.collection_id) == (Status.CREATED, "c2")


def test_what_a_person_has_said_of_a_row_is_not_overruled_by_times() -> None:
    """`importer settle` names a collection, and somebody has looked."""
    row = replace(SETTLED, code=Code.SETTLED_BY_HAND.value)
    assert compare(row, there("c1", created_at=SENT - 60)) == []


def test_an_id_that_was_there_before_the_run_is_not_the_runs() -> None:
    """Also where an answer named it: an undo must never delete it."""
    finding = one(ROW, there("c1"), before={"c1"})
    assert (finding.status, finding.collection_id) == (Status.EXISTING, "c1")
    assert finding.code is Code.MADE_BY_OTHERS


def test_what_is_another_rows_is_no_copy() -> None:
    """A server that rewrites slugs gives alike ones to rows of one name."""
    rows = [ROW, replace(ROW, seq=8, slug="best-2", collection_id="c2")]
    rows = [replace(row, shown='{"slug": "x"}') for row in rows]
    listed = [there("c1", slug="best-1"), there("c2", slug="best-2-1")]
    known = findings.grounds(rows, listed, (), TIMES)
    assert list(findings.compare(rows, listed, (), known)) == []
    copy = there("c3", slug="best-7")
    (finding, *_) = findings.compare(rows, [*listed, copy], (), known)
    assert (finding.seq, finding.surplus, finding.ours) == (7, ("c3",), True)


def test_a_name_that_the_server_rewrites_is_the_rows() -> None:
    """Where an answer of the location has shown how."""
    row = replace(SAID_NO, name="Bed & Bath")
    copy = there("c2", name="Bed &amp; Bath")
    known = Grounds(times=TIMES)
    assert list(findings.compare([row], [copy], (), known)) == []
    other = replace(ROW, seq=8, name="A & B", slug="a", shown='{"name": "A &amp; B"}')
    known = findings.grounds([row, other], [copy], (), TIMES)
    assert known.ways != Ways()
    (finding,) = findings.compare([row], [copy], (), known)
    assert finding.code is Code.CREATED_ALL_THE_SAME


def test_times_of_another_clock_than_the_answers_prove_and_exclude_nothing() -> None:
    """What an answer gave for certain was created a minute early by its own time."""
    certain = replace(ROW, seq=1, attempts=1, slug="x", collection_id="x")
    listed = [
        there("x", slug="x", created_at=SENT - 60),
        there("c1"),
        there("c2", created_at=SENT - 58),
    ]
    known = findings.grounds([certain, ROW], listed, (), TIMES)
    (finding,) = findings.compare([certain, ROW], listed, (), known)
    assert (finding.seq, finding.code, finding.ours) == (7, Code.CREATED_TWICE, False)


# what is never counted


@pytest.mark.parametrize("row", [ROW, SAID_NO])
@pytest.mark.parametrize(
    ("name", "kind"), [("Other", "manual"), ("Best", "smart"), ("best", "manual")]
)
def test_another_name_or_type_is_never_this_runs(
    row: Sent, name: str, kind: str
) -> None:
    """The same slug was given to something else: nobody may call it a copy."""
    assert compare(row, there("c1"), there("c2", name, kind)) == [
        *compare(row, there("c1"))
    ]


@pytest.mark.parametrize(("mine", "theirs"), [("", "smart"), ("smart", "")])
def test_a_type_that_one_side_does_not_name_is_no_difference(
    mine: str, theirs: str
) -> None:
    """Lists need not show a type, and rows need not name one."""
    row = replace(ROW, type=mine)
    assert one(row, there("c1"), there("c2", kind=theirs)).surplus == ("c2",)


@pytest.mark.parametrize("whose", ["before", "kin"])
def test_what_was_there_or_is_another_runs_is_never_counted(whose: str) -> None:
    """Neither as a copy nor as proof that a refused row was created."""
    others = {whose: {"c2"}}
    assert compare(ROW, there("c1"), there("c2"), times=TIMES, **others) == []
    assert compare(SAID_NO, there("c2"), times=TIMES, **others) == []


# rows that say no


@pytest.mark.parametrize("row", DENIED)
def test_a_row_that_was_created_all_the_same_gets_its_id(row: Sent) -> None:
    """A 422 has been seen for an object that was created (#64)."""
    finding = one(row, there("c2"))
    assert (finding.status, finding.collection_id) == (Status.CREATED, "c2")
    assert finding.code is Code.CREATED_ALL_THE_SAME
    assert row.status.value in finding.message


@pytest.mark.parametrize("status", [Status.REJECTED, Status.FAILED, Status.UNKNOWN])
def test_a_row_that_was_not_created_is_no_finding(status: Status) -> None:
    """The answer said no, and no it is."""
    assert compare(replace(SAID_NO, status=status), there("c9", slug="other")) == []


def test_a_denied_row_that_is_there_twice_keeps_the_first() -> None:
    """It was sent twice, and both times carried out in spite of the answer."""
    finding = one(SAID_NO, there("c2"), there("c3"))
    assert (finding.status, finding.collection_id) == (Status.CREATED, "c2")
    assert (finding.code, finding.surplus) == (Code.CREATED_TWICE, ("c3",))


@pytest.mark.parametrize("status", [Status.REJECTED, Status.FAILED, Status.UNKNOWN])
def test_an_update_has_made_nothing(status: Status) -> None:
    """Its collection was there before; one of the same name is somebody else's."""
    row = replace(ROW, status=status, collection_id="c1")
    assert compare(row, there("c1"), there("c2"), before={"c1"}) == []


def test_a_row_settled_as_anothers_may_show_its_own_later() -> None:
    """The list showed a stranger first and the row's own collection after the looks."""
    row = replace(ROW, status=Status.EXISTING, code=Code.MADE_BY_OTHERS.value)
    stranger = there("c1", "Theirs")
    assert compare(row, stranger) == []
    finding = one(row, stranger, there("c2"))
    assert (finding.status, finding.collection_id) == (Status.CREATED, "c2")
    assert finding.code is Code.CREATED_ALL_THE_SAME


def test_a_row_settled_as_another_runs_does_not_take_it_back() -> None:
    """Also where that run's folder is gone, so that nobody knows better any more."""
    row = replace(ROW, status=Status.EXISTING, code=Code.MADE_BY_OTHERS.value)
    assert compare(row, there("c1")) == []


# rows that took what another run made


def test_a_collection_that_another_run_made_is_given_back() -> None:
    """The list showed it while the answer was unclear; the other run knows better."""
    finding = one(SETTLED, there("c1"), kin={"c1"})
    assert (finding.status, finding.collection_id) == (Status.EXISTING, "c1")
    assert finding.code is Code.MADE_BY_OTHERS


def test_a_row_that_took_another_runs_gets_its_own_where_there_is_one() -> None:
    """Both requests were carried out: the report must not lose the run's own."""
    finding = one(SETTLED, there("c1"), there("c2"), kin={"c1"})
    assert (finding.status, finding.collection_id) == (Status.CREATED, "c2")
    assert finding.code is Code.CREATED_ALL_THE_SAME
    assert "c1" in finding.message


def test_an_id_that_the_api_gave_is_not_taken_away_by_another_run() -> None:
    """A clear answer is worth more than what another journal says."""
    assert compare(ROW, there("c1"), kin={"c1"}) == []


# any rows and any list

NAMES = st.sampled_from(("Best", "Other"))
SLUGS = st.sampled_from(("best", "other"))
KINDS = st.sampled_from(("", "manual", "smart"))
IDS = st.sampled_from([f"c{number}" for number in range(6)])
ROWS = st.builds(
    Sent,
    st.just(7),
    st.just("loc"),
    NAMES,
    SLUGS,
    KINDS,
    st.sampled_from(Status),
    st.one_of(st.just(""), IDS),
    st.sampled_from(("", Code.SETTLED_BY_LISTING.value)),
    st.integers(1, 4),
    http_status=st.sampled_from((None, 201, 422, 503)),
    started_at=st.just(SENT),
    finished_at=st.sampled_from((None, ANSWERED)),
)
MOMENTS = st.sampled_from((None, SENT - 9, SENT, ANSWERED, ANSWERED + 9))
LISTS = st.lists(
    st.builds(there, IDS, NAMES, KINDS, SLUGS, MOMENTS),
    unique_by=lambda existing: existing.collection_id,
)


def assert_made_by(row: Sent, copies: list[Existing]) -> None:
    """Each was made while the row was sent; ten minutes later, if nothing came."""
    # 503 leaves open whether it was carried out
    clear = row.http_status in (201, 422)
    closed = ANSWERED + (0 if clear and row.finished_at else 600)
    for copy in copies:
        assert copy.created_at is not None
        assert SENT - 2 <= copy.created_at <= closed + 2


@given(rows=st.lists(ROWS), listed=LISTS, before=st.sets(IDS), kin=st.sets(IDS))
def test_whatever_is_found_is_this_runs_and_carries_the_rows_name(
    rows: list[Sent], listed: list[Existing], before: set[str], kin: set[str]
) -> None:
    """No surplus that was there before, is another run's, or differs from the row."""
    by_id = {existing.collection_id: existing for existing in listed}
    numbered = [replace(row, seq=seq) for seq, row in enumerate(rows)]
    found = list(findings.compare(numbered, listed, before, Grounds(kin, TIMES)))
    assert [finding.seq for finding in found] == sorted({one.seq for one in found})
    for finding in found:
        row = numbered[finding.seq]
        taken = set(finding.surplus)
        if finding.code is Code.CREATED_ALL_THE_SAME:
            taken.add(finding.collection_id)
        assert not taken & (before | kin)
        if finding.notice:
            assert (finding.status, finding.collection_id) == (
                row.status,
                row.collection_id,
            )
            assert not finding.ours
        assert finding.collection_id not in finding.surplus
        for collection_id in taken:
            existing = by_id[collection_id]
            assert (existing.name, existing.slug) == (row.name, row.slug)
            assert {existing.type, row.type} != {"manual", "smart"}
        if finding.code is Code.CREATED_TWICE and finding.ours:
            assert len(finding.surplus) < row.attempts
            assert_made_by(row, [by_id[copy] for copy in finding.surplus])


@given(row=ROWS, listed=LISTS, before=st.sets(IDS))
@example(
    row=Sent(
        *(7, "loc", "Best", "best", "", Status.FAILED, "", "", 1),
        http_status=503,
        started_at=SENT,
        finished_at=ANSWERED,
    ),
    listed=[there("c1", created_at=ANSWERED + 9)],
    before=set(),
)
def test_what_an_audit_corrected_is_found_again_in_the_same_way(
    row: Sent, listed: list[Existing], before: set[str]
) -> None:
    """A second audit of the same list changes no row's state or id."""
    known = Grounds(times=TIMES)
    for finding in findings.compare([row], listed, before, known):
        if finding.notice:
            continue
        corrected = replace(
            row,
            status=finding.status,
            collection_id=finding.collection_id,
            code=finding.code.value,
        )
        for again in findings.compare([corrected], listed, before, known):
            assert again.status is finding.status
            assert again.collection_id == finding.collection_id
