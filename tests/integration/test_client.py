"""One polite request: against the sandbox, and against servers that misbehave.

What the sandbox cannot do is done by a socket that answers with given bytes.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from importer import client
from importer.client import Answer, Client, NoAnswer, Options, Request
from importer.errors import AccessError, UsageError
from importer.ratelimit import Limiter, Rate
from importer.ratelimit import Options as Limits
from importer.sandbox import Options as Box
from importer.sandbox import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

SECRET = "pit-0123-do-not-show"  # noqa: S105 - made up
CLOSE = "Connection: close\r\n"
PATH = "/products/collections"
BODY = b'{"altId":"LOC","altType":"location","name":"Best","slug":"best"}'
POST = Request("POST", PATH, "LOC", body=BODY)
LIST: dict[str, str | int] = {"altId": "LOC", "altType": "location"}


def response(
    body: bytes = b"{}", status: str = "200 OK", headers: str = "", length: bool = True
) -> bytes:
    """The bytes of an HTTP answer."""
    size = f"Content-Length: {len(body)}\r\n" if length else ""
    return f"HTTP/1.1 {status}\r\n{size}{headers}\r\n".encode() + body


class Tap:
    """A server that reads a request and answers with the bytes it was given."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.requests: list[str] = []
        self.url = ""
        self.asked = asyncio.Event()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                text = head.decode()
                self.requests.append(text)
                self.asked.set()
                for line in text.lower().splitlines():
                    if line.startswith("content-length:"):
                        await reader.readexactly(int(line.split(":")[1]))
                answer = self.answers.pop(0) if self.answers else None
                if answer is None:  # silence
                    await reader.read()
                    break
                writer.write(answer)
                await writer.drain()
                if not answer or b"Connection: close" in answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def tapped(*answers: bytes | None) -> AsyncIterator[Tap]:
    tap = Tap(*answers)
    server = await asyncio.start_server(tap.serve, "127.0.0.1", 0)
    tap.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield tap
    finally:
        server.close()


@asynccontextmanager
async def connected(
    url: str, *, patience: float = 5.0, connect: float = 5.0
) -> AsyncIterator[Client]:
    limiter = Limiter(Limits(Rate(100, 10.0)))
    options = Options(url, timeout_seconds=patience, connect_seconds=connect)
    async with client.connect(options, limiter, client.FixedToken(SECRET)) as made:
        yield made


def in_flight(made: Client) -> int:
    """Permits that were taken and did not come back."""
    return made.limiter.budget("LOC").in_flight


def get(*answers: bytes | None, patience: float = 5.0) -> tuple[object, Tap, Client]:
    """One GET to a tap, and what is left behind."""

    async def go() -> tuple[object, Tap, Client]:
        async with (
            tapped(*answers) as tap,
            connected(tap.url, patience=patience) as made,
        ):
            exchange = await made.send(Request("GET", PATH, "LOC", LIST))
            assert in_flight(made) == 0
            assert SECRET not in repr(exchange)
            return exchange, tap, made

    return asyncio.run(go())


# what is sent


def test_a_request_carries_what_the_contract_asks_for() -> None:
    """Token, version, agent and type of body, and the query in the URL."""

    async def go() -> None:
        async with (
            tapped(response(), response()) as tap,
            connected(tap.url) as made,
        ):
            await made.send(POST)
            await made.send(Request("GET", PATH, "LOC", LIST))
        post, fetch = tap.requests
        assert post.startswith(f"POST {PATH} HTTP/1.1\r\n")
        assert f"Authorization: Bearer {SECRET}\r\n" in post
        assert "Version: 2021-07-28\r\n" in post
        assert "User-Agent: highlevel-collection-importer/" in post
        assert "Content-Type: application/json\r\n" in post
        assert fetch.startswith(f"GET {PATH}?altId=LOC&altType=location HTTP/1.1\r\n")
        assert "Content-Type" not in fetch

    asyncio.run(go())


class Signing(client.FixedToken):
    """A provider whose tokens come from a function, and may change."""

    def __init__(self, token: Callable[[str], str]) -> None:
        super().__init__("")
        self._of = token

    async def token(self, location_id: str) -> str:
        return self._of(location_id)


def test_the_token_of_each_location_is_its_own_and_may_change() -> None:
    """A refreshed token is used from the next call on."""

    async def go() -> None:
        tokens = {"A": "one", "B": "two"}
        provider = Signing(tokens.__getitem__)
        async with tapped(*[response()] * 3) as tap:
            limiter = Limiter(Limits(None))
            options = Options(tap.url)
            async with client.connect(options, limiter, provider) as made:
                for location in ("A", "B"):
                    await made.send(Request("GET", PATH, location))
                tokens["A"] = "three"
                await made.send(Request("GET", PATH, "A"))
        assert [
            line.removeprefix("Authorization: Bearer ")
            for request in tap.requests
            for line in request.splitlines()
            if line.startswith("Authorization")
        ] == ["one", "two", "three"]

    asyncio.run(go())


def test_a_call_against_the_sandbox_creates() -> None:
    """The two agree about headers and bodies."""

    async def go() -> None:
        async with running() as box, connected(box.url) as made:
            answer = await made.send(POST)
            assert isinstance(answer, Answer)
            assert answer.status == 201
            assert answer.readable
            truth = box.truth()["locations"]["LOC"]["collections"]
            assert answer.body["data"]["_id"] == truth[0]["_id"]
            assert made.last_answer_at is not None

    asyncio.run(go())


# what comes back


@pytest.mark.parametrize(
    "body",
    [
        {"message": "no", "traceId": "t-1"},
        {"error": {"message": "no", "traceId": "t-1"}},
        {"error": {"message": "no", "traceId": "t-2"}, "traceId": "t-1"},
    ],
)
def test_an_answer_keeps_trace_and_body(body: dict[str, Any]) -> None:
    """The vendor's support asks for the trace id; v3 has it in an object `error`."""
    exchange, _, _ = get(response(orjson.dumps(body), "400 Bad Request"))
    assert exchange == Answer(400, body, True, "", None, "t-1")


def test_a_trace_header_that_is_no_text_can_still_be_stored() -> None:
    """Bytes of a header must not break the journal."""
    exchange, _, _ = get(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Trace-Id: a\xff\r\n\r\n{}"
    )
    assert isinstance(exchange, Answer)
    assert exchange.trace_id.encode("utf-8")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"data": {"_i', b"\xff\xfe", b"NaN"]
)
def test_a_body_that_does_not_parse_is_an_answer_that_is_not_readable(
    body: bytes,
) -> None:
    """What it means is for others to say."""
    exchange, _, _ = get(response(body, "502 Bad Gateway"))
    assert isinstance(exchange, Answer)
    assert (exchange.status, exchange.readable, exchange.body) == (502, False, None)
    assert exchange.text == body[:200].decode("utf-8", "replace")


def test_a_null_body_is_readable() -> None:
    """`null` has been seen on update and delete."""
    exchange, _, _ = get(response(b"null"))
    assert isinstance(exchange, Answer)
    assert (exchange.readable, exchange.body) == (True, None)


@pytest.mark.parametrize("most", [1_000, 400_000])
@pytest.mark.parametrize("length", [True, False])
def test_a_giant_body_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, length: bool, most: int
) -> None:
    """Whether or not it says how large it is, and in however many pieces it comes."""
    monkeypatch.setattr(client.bodies, "MAX_ANSWER_BYTES", most)
    body = b'"' + b"x" * 500_000 + b'"'
    close = "" if length else CLOSE
    exchange, _, _ = get(response(body, headers=close, length=length))
    assert isinstance(exchange, Answer)
    assert (exchange.status, exchange.readable) == (200, False)
    assert exchange.text == ""


def test_a_giant_refusal_is_not_waited_for() -> None:
    """Its message is in its beginning, and the rest may never come."""
    body = b'{"message":"the name is taken","rest":"' + b"x" * 500_000
    begun = response(body, "422 X")[:200_000]
    exchange, _, _ = get(begun)
    assert isinstance(exchange, Answer)
    assert exchange.status == 422
    assert exchange.body["message"] == "the name is taken"


def test_a_body_that_unpacks_to_a_giant_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The length of a compressed body says nothing of what it becomes."""
    monkeypatch.setattr(client.bodies, "MAX_ANSWER_BYTES", 100_000)
    packed = gzip.compress(b'"' + b"x" * 5_000_000 + b'"')
    assert len(packed) < 100_000
    exchange, _, _ = get(response(packed, headers="Content-Encoding: gzip\r\n"))
    assert not isinstance(exchange, Answer) or not exchange.readable


def test_a_packed_body_of_the_usual_size_is_read() -> None:
    """The edge compresses what it likes."""
    packed = gzip.compress(b'{"data": [], "total": 0}')
    exchange, _, _ = get(response(packed, headers="Content-Encoding: gzip\r\n"))
    assert isinstance(exchange, Answer)
    assert exchange.body == {"data": [], "total": 0}


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"]
)
def test_a_redirect_is_not_followed_with_the_token(status: str) -> None:
    """The token would go along to wherever the answer points."""

    async def go() -> None:
        async with tapped(response()) as elsewhere:
            location = f"Location: {elsewhere.url}/\r\n"
            first = response(b"", status, location)
            async with tapped(first) as tap, connected(tap.url) as made:
                answer = await made.send(POST)
                assert isinstance(answer, Answer)
                assert answer.status == int(status[:3])
            assert elsewhere.requests == []

    asyncio.run(go())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("99, 100", None),
    ],
)
def test_retry_after_is_a_number_or_nothing(text: str, seconds: float | None) -> None:
    """Garbage is as if it were missing, and never a crash."""
    exchange, _, _ = get(
        response(status="429 Too Many", headers=f"Retry-After: {text}\r\n")
    )
    assert isinstance(exchange, Answer)
    assert exchange.retry_after_seconds == seconds


def test_a_date_of_retry_after_is_by_the_clock_of_the_server() -> None:
    """This machine's clock may be hours away from it."""
    now = 1_000_000_000.0
    headers = (
        f"Date: {formatdate(now, usegmt=True)}\r\n"
        f"Retry-After: {formatdate(now + 90, usegmt=True)}\r\n"
    )
    exchange, _, _ = get(response(status="429 Too Many", headers=headers))
    assert isinstance(exchange, Answer)
    assert exchange.retry_after_seconds == 90.0


@pytest.mark.parametrize(
    "value", ["many", "-1", "1e3", "\u00b2", "9" * 5000, "", "1.5"]
)
def test_a_limit_header_that_is_no_number_is_ignored(value: str) -> None:
    """An odd header must not end the run, and must not open the budget."""
    header = f"X-RateLimit-Max: {value}\r\nX-RateLimit-Remaining: {value}\r\n"
    raw = response().replace(b"\r\n\r\n", b"\r\n" + header.encode() + b"\r\n", 1)
    exchange, _, made = get(raw)
    assert isinstance(exchange, Answer)
    assert made.limiter.budget("LOC").max_calls == 100


@pytest.mark.parametrize("value", ["1e300", "inf", "-1", "0", "3600001", "nan"])
def test_a_window_that_nobody_could_wait_for_is_ignored(value: str) -> None:
    """It was believed, and nothing more was sent for ever."""
    header = f"X-RateLimit-Max: 50\r\nX-RateLimit-Interval-Milliseconds: {value}\r\n"
    _, _, made = get(response(headers=header))
    budget = made.limiter.budget("LOC")
    assert (budget.max_calls, budget.interval_seconds) == (50, 10.0)


def test_the_longest_window_that_is_believed_is_an_hour() -> None:
    """A server may have other limits than those that are documented."""
    header = "X-RateLimit-Max: 50\r\nX-RateLimit-Interval-Milliseconds: 3600000\r\n"
    _, _, made = get(response(headers=header))
    assert made.limiter.budget("LOC").interval_seconds == 3600.0


def test_the_limit_headers_reach_the_budget() -> None:
    """Window, interval and the day's quota."""
    _, _, made = get(
        response(
            headers="X-RateLimit-Max: 25\r\nX-RateLimit-Remaining: 20\r\n"
            "X-RateLimit-Interval-Milliseconds: 5000\r\n"
            "X-RateLimit-Limit-Daily: 10000\r\nX-RateLimit-Daily-Remaining: 77\r\n"
        )
    )
    budget = made.limiter.budget("LOC")
    assert (budget.max_calls, budget.interval_seconds) == (25, 5.0)
    assert (budget.daily_max, budget.daily_remaining) == (10000, 77)
    assert budget.left(made.limiter.clock()) == 20


# nothing comes back


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{",
        response(
            b"zz\r\n", headers=f"Transfer-Encoding: chunked\r\n{CLOSE}", length=False
        ),
        b"this is not HTTP at all\r\n\r\nConnection: close",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\nConnection: close\r\n\r\n",
        response(b"zzzz", headers=f"Content-Encoding: gzip\r\n{CLOSE}"),
    ],
)
def test_a_line_that_breaks_is_no_answer_to_a_request_that_was_sent(
    broken: bytes,
) -> None:
    """The server may have done it: closed, cut, garbled, or too long to read."""
    exchange, tap, made = get(broken)
    assert isinstance(exchange, NoAnswer)
    assert exchange.sent
    assert exchange.reason
    assert len(tap.requests) == 1, "aiohttp asked a second time by itself"
    assert made.limiter.budget("LOC").calls == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_a_kept_connection_that_breaks_is_not_tried_a_second_time(method: str) -> None:
    """A second request that no budget has seen could also create a second time."""

    async def go() -> None:
        async with tapped(response(), b"", response()) as tap:
            async with connected(tap.url) as made:
                await made.send(Request(method, PATH, "LOC"))
                broken = await made.send(Request(method, PATH, "LOC"))
            assert isinstance(broken, NoAnswer)
            assert broken.sent
            assert len(tap.requests) == 2

    asyncio.run(go())


@pytest.mark.parametrize("fault", ["reset_before", "reset_after"])
def test_a_reset_is_in_doubt_before_and_after_the_work(fault: str) -> None:
    """From here the two look the same."""

    async def go() -> None:
        async with running(Box(faults={fault: 1.0})) as box:
            async with connected(box.url) as made:
                exchange = await made.send(POST)
                assert isinstance(exchange, NoAnswer)
                assert exchange.sent
                assert in_flight(made) == 0
            there = box.summary()["locations"]["LOC"]["collections"]
            assert there == (fault == "reset_after")

    asyncio.run(go())


def test_silence_ends_with_the_timeout_and_is_in_doubt() -> None:
    """The reason says how long was waited."""
    exchange, _, made = get(None, patience=0.1)
    assert exchange == NoAnswer("no answer within 0.1 s", sent=True)
    assert made.limiter.budget("LOC").calls == 1


def test_an_answer_that_trickles_ends_with_the_timeout() -> None:
    """The timeout bounds a call from its first byte to its answer's last."""
    exchange, _, _ = get(
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", patience=0.1
    )
    assert isinstance(exchange, NoAnswer)
    assert exchange.sent


def test_a_refused_connection_certainly_sent_nothing() -> None:
    """No byte left, so no slot was spent, and it may simply be tried again."""

    async def go() -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        async with connected(f"http://127.0.0.1:{port}") as made:
            exchange = await made.send(POST)
            assert exchange == NoAnswer("no connection to the server", sent=False)
            assert in_flight(made) == 0
            assert made.limiter.budget("LOC").calls == 0

    asyncio.run(go())


def test_a_host_that_does_not_exist_certainly_got_nothing() -> None:
    """A name that cannot be found is no connection."""

    async def go() -> None:
        async with connected("https://nowhere.invalid") as made:
            exchange = await made.send(POST)
            assert isinstance(exchange, NoAnswer)
            assert not exchange.sent

    asyncio.run(go())


def test_a_server_that_speaks_no_tls_certainly_got_nothing() -> None:
    """The handshake fails before the request."""

    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response(status="400 Bad Request"))
        writer.close()

    async def go() -> None:
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, connected(f"https://127.0.0.1:{port}") as made:
            exchange = await made.send(POST)
        assert isinstance(exchange, NoAnswer)
        assert not exchange.sent

    asyncio.run(go())


def test_a_connection_that_never_comes_is_told_from_an_answer_that_never_comes() -> (
    None
):
    """A full backlog takes no connection: nothing was sent."""

    async def go() -> None:
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            port = deaf.getsockname()[1]
            fillers = [socket.socket() for _ in range(4)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            async with connected(f"http://127.0.0.1:{port}", connect=0.2) as made:
                exchange = await made.send(Request("GET", PATH, "LOC"))
            assert exchange == NoAnswer("no connection within 0.2 s", sent=False)
            for filler in fillers:
                filler.close()

    asyncio.run(go())


# permits


def test_a_token_that_cannot_be_had_gives_the_permit_back() -> None:
    """A token file that went away in the middle of a run."""

    def absent(_: str) -> str:
        msg = "There is no token."
        raise AccessError(msg)

    async def go() -> None:
        limiter = Limiter(Limits(Rate(1, 10.0)))
        async with (
            tapped(response()) as tap,
            client.connect(Options(tap.url), limiter, Signing(absent)) as made,
        ):
            with pytest.raises(AccessError):
                await made.send(Request("GET", PATH, "LOC"))
            assert tap.requests == []
            assert in_flight(made) == 0

    asyncio.run(go())


@pytest.mark.parametrize("answers", [(), (b"HTTP/1.1 200 OK\r\nContent-Le",)])
def test_a_cancelled_request_gives_its_slot_up_as_spent(answers: tuple[bytes]) -> None:
    """The server may have counted it, so the slot is free an interval later."""

    async def go() -> None:
        async with tapped(*answers) as tap, connected(tap.url) as made:
            call = asyncio.ensure_future(made.send(Request("GET", PATH, "LOC")))
            await tap.asked.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert in_flight(made) == 0
            assert made.limiter.budget("LOC").calls == 1

    asyncio.run(go())


def test_the_token_is_in_no_repr() -> None:
    """Whoever logs a client or its options logs no secret."""
    _, _, made = get(response(b"{"))
    for thing in (made, made._options, made.limiter, vars(made.limiter)):
        assert SECRET not in repr(thing)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://api.example/", "https://api.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:1/base/", "http://127.0.0.1:1/base"),
        ("http://[::1]:1", "http://[::1]:1"),
    ],
)
def test_a_base_url_that_can_be_used_is_used(url: str, same: str) -> None:
    """Plain http is for this computer only."""
    assert client.check_base_url(Options(url)) == same


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example",
        "ftp://api.example",
        "https://",
        "http://api.example",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "http://[::1",
        "https://api.example:notaport",
        "https://name:word@api.example",
        "https://api.example/?x=1",
        "https://api.example/#a",
    ],
)
def test_a_base_url_that_cannot_be_used_is_refused(url: str) -> None:
    """Above all plain http to another machine, where the token could be read."""
    with pytest.raises(UsageError) as caught:
        client.check_base_url(Options(url))
    assert caught.value.remedy


def test_plain_http_elsewhere_needs_to_be_asked_for() -> None:
    """`--insecure-http` is a decision of the person."""
    options = Options("http://api.example", insecure_http=True)
    assert client.check_base_url(options) == "http://api.example"


def test_a_server_that_speaks_no_tls_is_not_told_for_its_certificate() -> None:
    """There is none; the address is wrong, or its beginning."""

    async def refuse(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(response(b"", "400 Bad Request"))
        writer.close()

    async def go() -> None:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with connected(f"https://127.0.0.1:{port}") as made:
                exchange = await made.send(POST)
            assert isinstance(exchange, NoAnswer)
            assert not exchange.sent
            assert "does not speak https" in exchange.reason
        await asyncio.sleep(0.1)  # the server's end is closed

    asyncio.run(go())


# answers that nobody asked for


class Chatty:
    """A server that sends an answer too many after every second one."""

    def __init__(self, late_seconds: float) -> None:
        self.late_seconds = late_seconds
        self.connections = 0
        self.requests = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(len(BODY))
                self.requests += 1
                number = self.requests
                if number % 3 == 0:  # before the answer, as if it were one
                    writer.write(response(b"{}", "201 Created"))
                    await writer.drain()
                    await asyncio.sleep(self.late_seconds)
                writer.write(response(b'{"data":{"_id":"%d"}}' % number))
                await writer.drain()
                if number % 3 == 1:  # when the next request may be on its way
                    await asyncio.sleep(self.late_seconds)
                    writer.write(response(b"{}", "201 Created"))
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.mark.parametrize("late_seconds", [0.0, 0.01, 0.03])
def test_an_answer_that_nobody_asked_for_is_no_other_requests_answer(
    late_seconds: float,
) -> None:
    """Each request gets its own answer or an empty one, never that of another."""

    async def go() -> None:
        chatty = Chatty(late_seconds)
        server = await asyncio.start_server(chatty.serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with connected(url) as made:
            for number in range(1, 13):
                answer = await made.send(POST)
                assert isinstance(answer, Answer)
                if answer.body:
                    assert answer.body == {"data": {"_id": str(number)}}
                await asyncio.sleep(0.02)
            assert not made._wire._pool._acquired, "what is distrusted is closed"
        assert chatty.requests == 12
        assert 1 < chatty.connections <= 12
        server.close()
        await asyncio.sleep(0.1)  # the handlers end, and close what they have

    asyncio.run(go())
