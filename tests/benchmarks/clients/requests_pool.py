"""The same with requests: a pool of threads, each with a session of its own.

Prints the seconds that the posting took, its imports not counted.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import requests
from bodies import HEADERS, PATH, read

THREADS = 8
TIMEOUT_SECONDS = 30
_own = threading.local()


def session() -> requests.Session:
    """The session of this thread."""
    if not hasattr(_own, "session"):
        _own.session = requests.Session()
        _own.session.headers.update(HEADERS)
        # looking for proxies and .netrc at every call takes a third of its time
        _own.session.trust_env = False
    found: requests.Session = _own.session
    return found


def post(url: str, body: dict[str, Any]) -> None:
    """Create one and read the answer."""
    answer = session().post(url, data=orjson.dumps(body), timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 201
    assert orjson.loads(answer.content)["data"]["_id"]


def main(base: str, path: str, rows: int) -> None:
    """Post all of them."""
    url = base + PATH
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(lambda body: post(url, body), read(path, rows)):
            pass


if __name__ == "__main__":
    started = time.perf_counter()
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    print(time.perf_counter() - started)
