"""Importers and sandboxes as processes that begin with everything loaded.

Loading the program takes longer than most of what the tests have it do. So one process
loads it once, and each importer or sandbox is a fork of it that has its own folder,
environment and streams, and ends as a process of its own: what kills it kills nothing
else. What concerns the interpreter itself (its environment, limits, signals that are
ignored) needs a process that begins from nothing, and the tests of that start one.

Run as a script this is the process that is forked from; imported, it asks for forks.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: What the interpreter reads while it starts, by how the names begin.
AT_START = ("PYTHON", "LC_", "LANG", "TZ", "LD_", "MALLOC_", "COVERAGE")
#: What is loaded before the first fork: all that a run needs.
LOADED = (
    *("importer.cli", "importer.cli.runner", "importer.cli.commands.run"),
    *("importer.cli.progress", "importer.cli.plan_view", "importer.cli.messages"),
    *("importer.api", "importer.runs.session", "importer.report.page"),
    *("importer.sandbox", "importer.sandbox.server", "importer.codebook"),
    *("structlog", "openpyxl", "jinja2", "rich.live", "uvloop"),
)
_LONGEST = 1 << 20
_STREAMS = 4


class Forked(subprocess.Popen[str]):
    """A process that was forked from the loaded one, with the ways of a `Popen`."""

    def __init__(self, args: Sequence[str], pid: int, status: IO[bytes]) -> None:
        """Know a process by its number, and by the pipe that says how it ended."""
        self.args, self.pid, self._status = args, pid, status
        self.returncode = None
        self.stdin = None
        self._child_created = False  # none of this process's own
        self._ended = threading.Lock()

    def poll(self) -> int | None:
        """Say how it ended, None where it works."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def communicate(
        self,
        input: str | None = None,  # noqa: A002 - the name that Popen has
        timeout: float | None = None,
    ) -> tuple[str, str]:
        """Read what it says to the end, and wait for that."""
        assert input is None
        until = None if timeout is None else time.monotonic() + timeout
        texts: dict[int, str] = {}

        def read(number: int, stream: IO[str] | None) -> None:
            texts[number] = ""
            if stream is not None and not stream.closed:
                with stream:
                    texts[number] = stream.read()

        readers = [
            threading.Thread(target=read, args=one, daemon=True)
            for one in enumerate((self.stdout, self.stderr))
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(None if until is None else max(0, until - time.monotonic()))
            if reader.is_alive():
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
        self.wait(None if until is None else max(0.1, until - time.monotonic()))
        return texts[0], texts[1]

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def _look(self, timeout: float | None) -> int | None:
        with self._ended:
            if (
                self.returncode is None
                and select.select([self._status], [], [], timeout)[0]
            ):
                said = self._status.readline()
                self._status.close()
                assert said, "the process that is forked from has ended"
                self.returncode = int(said)
        return self.returncode


def alike(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Say whether Python starts in one environment as it does in the other."""
    return all(
        one.get(name) == other.get(name)
        for name in one.keys() | other.keys()
        if name.startswith(AT_START)
    )


class Loaded:
    """The process that is forked from, as those who ask it see it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start it; it ends with this process."""
        self._environment = dict(environment)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LONGEST)
        self._socket = ours
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this file
                [sys.executable, __file__, str(theirs.fileno())],
                env=self._environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def close(self) -> None:
        """Let it end, and the forks that look for it."""
        self._socket.close()
        self._process.wait()

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Say whether a process with this environment can be a fork."""
        return alike(environment, self._environment)

    def fork(
        self,
        args: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        stderr: int | None = None,
    ) -> Forked:
        """Begin `python -m MODULE …`: its module and arguments are `args`.

        `stderr` is a file of the caller, None for a pipe.
        """
        status_read, status_write = os.pipe()
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe() if stderr is None else (None, stderr)
        nothing = os.open(os.devnull, os.O_RDONLY)
        request = {"args": args, "folder": str(folder), "environment": environment}
        given = [nothing, out_write, err_write, status_write]
        try:
            socket.send_fds(self._socket, [json.dumps(request).encode()], given)
        finally:
            for handle in (nothing, out_write, status_write):
                os.close(handle)
            if err_read is not None:
                os.close(err_write)
        status = os.fdopen(status_read, "rb", 0)
        forked = Forked(args, int(status.readline()), status)
        forked.stdout = os.fdopen(out_read, encoding="utf-8")
        forked.stderr = (
            None if err_read is None else os.fdopen(err_read, encoding="utf-8")
        )
        return forked


# the process that is forked from


def serve(asked: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork for each request; returns in the forks alone."""
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    at_work: dict[int, int] = {}
    while True:
        ready = select.select([asked.fileno(), wake_read], [], [])[0]
        if wake_read in ready:
            os.read(wake_read, 512)
            _reap(at_work)
        if asked.fileno() not in ready:
            continue
        message, handles, _, _ = socket.recv_fds(asked, _LONGEST, _STREAMS)
        if not message:
            sys.exit()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for handle in (wake_read, wake_write, asked.detach(), *at_work.values()):
                os.close(handle)
            return json.loads(message), handles
        for handle in handles[:3]:
            os.close(handle)
        at_work[pid] = handles[3]
        os.write(handles[3], f"{pid}\n".encode())


def _reap(at_work: dict[int, int]) -> None:
    """Tell of those that have ended."""
    while at_work:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        handle = at_work.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        with suppress(BrokenPipeError):  # whoever asked does not want to know
            os.write(handle, f"{code}\n".encode())
        os.close(handle)


def become(request: dict[str, Any], handles: list[int]) -> None:
    """Be the process that was asked for, as Python would have begun it."""
    for number, handle in enumerate(handles[:3]):
        os.dup2(handle, number)
    for handle in handles:
        os.close(handle)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stdout = open(  # noqa: SIM115
        1, "w", encoding="utf-8", errors="surrogateescape", closefd=False
    )
    sys.stderr = open(  # noqa: SIM115
        2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False
    )
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))
    os.chdir(request["folder"])
    os.environ.clear()  # noqa: TID251 - it has the one that it was given
    os.environ.update(request["environment"])  # noqa: TID251 - as above


def end(code: int) -> NoReturn:
    """End as Python would, but do not take apart what was loaded.

    To take it apart costs six times as much as to be forked and to say a sentence.
    """
    getattr(threading, "_shutdown")()  # noqa: B009 - the types do not know it
    atexit._run_exitfuncs()
    gc.collect()  # what is destroyed too late, or was never closed, says so here
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = 120  # as of Python, where the output is lost
    os._exit(code)


def main() -> None:
    """Load, serve, and in a fork be a module that is run."""
    for name in LOADED:
        try:
            __import__(name)
        except ImportError:  # an extra
            continue
    gc.collect()
    gc.freeze()  # what is loaded is never looked at again
    request, handles = serve(socket.socket(fileno=int(sys.argv[1])))
    become(request, handles)
    module, *rest = request["args"]
    sys.argv = [module, *rest]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        end(ended.code or 0)
    end(0)


if __name__ == "__main__":
    main()
