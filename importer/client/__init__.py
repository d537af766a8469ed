"""One polite HTTP request: within the budget, with a timeout, and an honest answer.

It sends what it is given and reports what came back as a value; what an answer
means is for `destination` to say. It never sends twice, follows no redirect (the
token would go along) and reads no answer past a size. Invariant: every call has a
permit of its location's budget, and the permit is returned however the call ends.
"""

from __future__ import annotations

from importer.client.client import (
    Client,
    FixedToken,
    TokenProvider,
    connect,
    over,
    session,
)
from importer.client.exchange import (
    Answer,
    Exchange,
    NoAnswer,
    Options,
    Request,
    check_base_url,
)

__all__ = [
    "Answer",
    "Client",
    "Exchange",
    "FixedToken",
    "NoAnswer",
    "Options",
    "Request",
    "TokenProvider",
    "check_base_url",
    "connect",
    "over",
    "session",
]
