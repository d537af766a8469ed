"""What the doctor makes of answers, headers, tokens and this computer."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from importer.client import Answer, Options
from importer.destination import answers
from importer.doctor import api_checks, bundle, computer, verdicts
from importer.doctor.api_checks import shape
from importer.doctor.checks import Check, Examination, Grade, failed, ok
from importer.errors import AccessError
from importer.exit_codes import Exit
from importer.models import Ambiguous, Done, NotProcessed, Rejected
from importer.models.codes import Code
from importer.ratelimit import Reading

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0
WHERE = "Z4Bxl8J4SaPEPLq9IQ8g"


def refusal(status: int, message: str) -> Any:
    body = {"message": message}
    answer = Answer(
        status, body, readable=True, text="", retry_after_seconds=None, trace_id=""
    )
    return answers.read(answer, creates=False)


@pytest.mark.parametrize(
    ("status", "message", "name", "code"),
    [
        (401, "version header was not found.", "answer", "version_refused"),
        (
            401,
            "This route is not yet supported by the IAM Service.",
            "answer",
            "route_refused",
        ),
        (401, "Invalid JWT", "token", "token_refused"),
        (401, "Invalid token: access token is invalid", "token", "token_refused"),
        (
            401,
            "The token is not authorized for this scope.",
            "read scope",
            "scope_missing",
        ),
        (401, "Token's user type mismatch!", "token", "agency_token"),
        (
            403,
            "The token does not have access to this location.",
            "location",
            "location_refused",
        ),
        (302, "moved", "answer", "redirected"),
    ],
)
def test_each_refusal_of_the_contract_has_its_own_code(
    status: int, message: str, name: str, code: str
) -> None:
    """The table of the contract, line by line."""
    *before, last = verdicts.reading(refusal(status, message), WHERE, usable=True)
    assert (last.name, last.code, last.grade) == (name, code, Grade.WRONG)
    assert last.remedy
    assert all(one.grade is Grade.OK for one in before)


def test_what_was_not_come_to_is_skipped_and_never_ok() -> None:
    """Behind a closed door nothing is known."""
    checks = verdicts.rest(
        [*verdicts.reading(refusal(401, "Invalid JWT"), WHERE, usable=True)], WHERE
    )
    assert [one.grade for one in checks] == [Grade.WRONG, *[Grade.SKIPPED] * 3]


def test_a_good_answer_that_is_no_list_came_from_somebody_else() -> None:
    """A login page answers 200 as well."""
    (one,) = verdicts.reading(Done("", 200), WHERE, usable=False)
    assert (one.code, one.exit_code) == ("not_the_api", Exit.TOO_MANY_ERRORS)


def test_a_location_that_the_list_refuses_is_wrong() -> None:
    """A 422 to the list can only be about the location."""
    rejected = Rejected(Code.API_UNPROCESSABLE, "altId must be a string", 422)
    found = verdicts.reading(rejected, WHERE, usable=False)
    assert found[-1].code == "location_refused"


@pytest.mark.parametrize(
    ("verdict", "code", "grade"),
    [
        (
            NotProcessed("HTTP 429", limited=True, http_status=429),
            "calls_refused",
            Grade.WARNING,
        ),
        (NotProcessed("no connection to the server"), "unreachable", Grade.WRONG),
        (Ambiguous("HTTP 500", 500), "no_clear_answer", Grade.WRONG),
    ],
)
def test_an_answer_that_tells_nothing_is_not_taken_for_one(
    verdict: NotProcessed | Ambiguous, code: str, grade: Grade
) -> None:
    """The same for the list and for the scope to write."""
    (read,) = verdicts.reading(verdict, WHERE, usable=False)
    written = verdicts.writing(verdict, WHERE)
    assert (read.code, read.grade) == (written.code, written.grade) == (code, grade)


def test_nothing_to_delete_means_that_deleting_is_allowed() -> None:
    """A 404, and whatever else refuses the row and not the caller."""
    missing = Rejected(Code.API_NOT_FOUND, "not found", 404)
    for verdict in (missing, Done("", 200)):
        assert verdicts.writing(verdict, WHERE).grade is Grade.OK


def test_a_smaller_limit_and_calls_of_others_are_told() -> None:
    """The headers are the truth, the documented numbers only the start."""
    small = verdicts.limit(Reading(25, 23, 10.0), 2, WHERE)
    others = verdicts.limit(Reading(100, 60, 10.0), 2, WHERE)
    silent = verdicts.limit(Reading(), 2, WHERE)
    assert "25 calls in 10 s" in small.message
    assert "less than the documented" in small.message
    assert (others.code, others.facts["others"]) == ("others_call", 38)
    assert "do not say" in silent.message
    assert verdicts.limit(Reading(100, None, None), 0, WHERE).message == "100 calls"


@pytest.mark.parametrize(
    ("left", "grade", "code"),
    [
        (150_000, Grade.OK, ""),
        (30_000, Grade.WARNING, "quota_low"),
        (20_000, Grade.WRONG, "quota_used_up"),
        (None, Grade.OK, ""),
    ],
)
def test_the_quota_is_judged_by_the_reserve(
    left: int | None, grade: Grade, code: str
) -> None:
    """At the reserve a run would stop; at twice of it somebody should know."""
    one = verdicts.quota(Reading(daily_max=200_000, daily_remaining=left), 0.1, WHERE)
    assert (one.grade, one.code) == (grade, code)


@pytest.mark.parametrize(
    ("off", "grade"),
    [(0, Grade.OK), (-29, Grade.OK), (90, Grade.WARNING), (-4000, Grade.WRONG)],
)
def test_a_clock_that_differs_is_told(off: int, grade: Grade) -> None:
    """A second is nothing; an hour makes tokens and certificates wrong."""
    one = verdicts.clock({"Date": formatdate(NOW - off, usegmt=True)}, NOW)
    assert one is not None
    assert (one.grade, one.facts["seconds_ahead"]) == (grade, off)


@pytest.mark.parametrize("header", ["", "yesterday"])
def test_no_clock_is_judged_by_a_date_that_is_none(header: str) -> None:
    """A server need not say what time it is."""
    assert verdicts.clock({"Date": header}, NOW) is None


def jwt(claims: object) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{middle}.c2lnbmF0dXJl"


def test_a_token_tells_its_kind_and_what_stands_in_it() -> None:
    """A hint only: nothing is verified."""
    claims = {
        "authClass": "Location",
        "authClassId": WHERE,
        "exp": NOW,
        "oauthMeta": {"scopes": ["products/collection.write"]},
    }
    found = api_checks.kind(jwt(claims))
    assert found == api_checks.Kind(
        api_checks.OAUTH, False, WHERE, NOW, ("products/collection.write",)
    )
    assert api_checks.kind(jwt({"authClass": "Company"})).agency
    assert api_checks.kind("pit-0123").name == api_checks.PRIVATE


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "a.!.c", jwt([1]), jwt({"exp": "soon"})]
)
def test_no_token_breaks_the_look_at_it(token: str) -> None:
    """Whatever is put in as a token is told of, never raised about."""
    assert api_checks.kind(token).expires_at is None


def test_the_exit_code_is_that_of_the_nearest_fault() -> None:
    """What is fixed first is what would stop a run first."""
    near = failed("token", "token_missing", AccessError("There is none."))
    far = Check("quota", Grade.WRONG, "used up", exit_code=Exit.QUOTA)
    assert Examination((ok("disk", "fine"), near, far)).exit_code == Exit.ACCESS
    assert Examination((ok("disk", "fine"),)).exit_code == Exit.OK


def test_an_id_that_looks_like_none_is_remarked() -> None:
    """A name where an id belongs is a frequent slip; a sandbox takes it."""
    assert shape(WHERE) is None
    assert "berlin" in getattr(shape("berlin"), "message", "")


# this computer


def test_a_folder_that_cannot_be_written_is_wrong(tmp_path: Path) -> None:
    """A file in its place stands for a disk that refuses; root may write anywhere."""
    (tmp_path / "runs").write_text("no folder")
    one = computer.runs_folder(tmp_path / "runs")
    assert (one.grade, one.exit_code) == (Grade.WRONG, Exit.INPUT)


def test_a_folder_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    """Runs hold the rows of a spreadsheet."""
    tmp_path.chmod(0o755)
    assert computer.runs_folder(tmp_path).code == "runs_folder_open"
    tmp_path.chmod(0o700)
    assert computer.runs_folder(tmp_path).grade is Grade.OK


@pytest.mark.parametrize(
    ("free", "grade", "code"),
    [
        (5_000_000_000, Grade.OK, Exit.OK),
        (500_000_000, Grade.WARNING, Exit.OK),
        (1_000_000, Grade.WRONG, Exit.STORAGE),
    ],
)
def test_a_disk_is_judged_by_what_a_run_takes(
    free: int, grade: Grade, code: Exit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plenty, little, and not enough for a journal."""
    # a disk of that size is not at hand
    usage = type("U", (), {"free": free})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    one = computer.disk(tmp_path / "not" / "there")
    assert (one.grade, one.exit_code) == (grade, code)


def test_a_slow_installation_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the compiled parts a run takes several times as long."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    one = computer.versions()
    assert (one.grade, one.code) == (Grade.WARNING, "slow_parts")


# the line


def certificate(folder: Path, days: int) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)  # noqa: TID251 - TLS goes by the real clock
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def over_tls(pem: Path) -> Check:
    """The look at a TLS server on this computer with that certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        wall = datetime.now(UTC).timestamp()  # noqa: TID251 - as above
        return await computer.connection(Options(f"https://127.0.0.1:{port}"), wall)


@pytest.mark.parametrize(
    ("trusted", "days", "code"),
    [
        (False, 90, "certificate_untrusted"),
        (True, 90, ""),
        (True, 3, "certificate_ends_soon"),
    ],
)
def test_a_certificate_is_judged_before_a_token_leaves(
    trusted: bool, days: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown, good, and about to end, told by a real TLS server."""
    pem = certificate(tmp_path, days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    one = asyncio.run(over_tls(pem))
    assert one.code == code, one
    if trusted:
        assert one.facts["tls"] in {"TLSv1.2", "TLSv1.3"}


def test_a_server_without_tls_is_not_told_for_its_certificate() -> None:
    """The way out is another address, no list of authorities."""

    async def go() -> Check:
        async def answer(_: object, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            found = await computer.connection(Options(f"https://127.0.0.1:{port}"), NOW)
        await asyncio.sleep(0.1)  # the server's end is closed
        return found

    one = asyncio.run(go())
    assert (one.grade, one.code) == (Grade.WRONG, "unreachable")
    assert "does not speak https" in one.message
    assert "http://" in one.remedy


def test_a_name_that_nobody_knows_is_told_as_such() -> None:
    """The reserved ending .invalid never resolves."""
    one = asyncio.run(computer.connection(Options("https://api.invalid"), NOW))
    assert (one.code, one.exit_code) == ("name_unknown", Exit.TOO_MANY_ERRORS)


# the archive


def test_a_traceback_is_kept_without_what_it_says() -> None:
    """Files, lines and the kind of failure; no values and no source."""
    trace = (
        "Traceback (most recent call last):\n"
        '  File "/x/importer/cli/commands/run.py", line 12, in run\n'
        "    raise ValueError(cell)\n"
        "ValueError: Grandma's Secret Recipes\n"
    )
    kept = bundle.places(trace)
    place = '  File "/x/importer/cli/commands/run.py", line 12, in run'
    assert kept == f"{place}\nValueError"
