"""Passes notices of the importer on to Slack: `python3 notice_to_slack.py`.

Slack wants an object of its own, so this stands between: it verifies a notice and sends
its one line. It needs Python 3.11 and nothing else, and listens on this computer only.
In its environment:

    IMPORTER_NOTIFY_SECRET   the importer's
    SLACK_WEBHOOK_URL        of an incoming webhook: https://hooks.slack.com/services/…
    PORT                     where it listens; 8790 without

The importer's: IMPORTER_NOTIFY_URL=http://127.0.0.1:8790/ and the same secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["IMPORTER_NOTIFY_SECRET"].strip().encode()
SLACK = os.environ["SLACK_WEBHOOK_URL"].strip()
#: Older notices are refused, and newer ones are remembered as long as that.
SECONDS = 300
LARGEST = 50_000_000
seen: dict[str, float] = {}


def verified(headers, body: bytes) -> dict:
    """Return a notice that the importer has sent just now, and only once."""
    stamp = headers.get("X-Importer-Timestamp", "")
    signed = hmac.new(SECRET, stamp.encode() + b"." + body, hashlib.sha256)
    given = headers.get("X-Importer-Signature", "")
    wanted = f"sha256={signed.hexdigest()}"
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise PermissionError("the signature is wrong")
    notice, now = json.loads(body), time.time()
    for old in [key for key, at in seen.items() if now - at > 2 * SECONDS]:
        del seen[old]
    if abs(now - int(stamp)) > SECONDS or notice["event_id"] in seen:
        raise PermissionError("it is too old, or was here before")
    return notice


def say(text: str) -> None:
    """Send a line to Slack, in which nothing is a link or calls somebody."""
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, written)
    message = json.dumps({"text": text}).encode()
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(SLACK, message, kind)
    with urllib.request.urlopen(request, timeout=4):
        pass


class Relay(BaseHTTPRequestHandler):
    """Takes one notice at a time."""

    timeout = 10

    def do_POST(self) -> None:
        """Answer 204 where Slack has it, 401 to others, 502 where Slack is away."""
        length = int(self.headers.get("Content-Length") or 0)
        try:
            body = self.rfile.read(length if length <= LARGEST else 0)
            notice = verified(self.headers, body)
            say(notice["text"])
        except PermissionError as refused:
            print(f"refused: {refused}", flush=True)
            self.answer(401)
        except OSError as failure:  # the importer tries it again
            print(f"Slack: {type(failure).__name__}", flush=True)
            self.answer(502)
        else:
            seen[notice["event_id"]] = time.time()
            self.answer(204)

    def answer(self, status: int) -> None:
        """Answer with nothing but a status."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print no line for each request."""


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8790"))), Relay)
    print(f"relay listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
