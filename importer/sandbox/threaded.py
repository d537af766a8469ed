"""A sandbox in a thread of its own, for tests with and without an event loop.

It does what the addresses at `/_sandbox/` do, without HTTP, and moves the sandbox's
clock. Invariant: the sandbox is touched in its own event loop only, so that a test may
change it while a run is going on.
"""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any

from importer.sandbox import control
from importer.sandbox.lifetime import running
from importer.sandbox.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Self

    from importer.sandbox.server import Sandbox

#: The location that settings and seeds have where none is named.
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
_PATIENCE_SECONDS = 30.0


class ThreadedSandbox:
    """A sandbox that serves within its block.

    Attributes:
        url: where it listens, for `base_url`.
        location_id: the location of `settings` and of what is seeded.
        settings: arguments for the importer's verbs that lead to it.
    """

    def __init__(self, runs_dir: Path, **options: Any) -> None:  # noqa: ANN401 - of Options
        """Choose what it is like, and where runs are kept; nothing listens yet.

        Raises:
            TypeError, ValueError: an option does not exist, or cannot work.
        """
        self._options = Options(**options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._failure: BaseException | None = None
        self._sandbox: Sandbox
        self.url: str = ""
        self.location_id = LOCATION
        self.settings: dict[str, Any] = {
            "token": "a-token-of-the-sandbox",
            "location_id": LOCATION,
            "runs_dir": runs_dir,
            "env": False,
        }

    def __enter__(self) -> Self:
        """Begin to listen.

        Raises:
            Exception: it cannot listen.
        """
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        self.settings["base_url"] = self.url
        return self

    def __exit__(self, *failure: object) -> None:
        """End it, and its thread."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_PATIENCE_SECONDS)

    def seed(
        self,
        collections: Iterable[Mapping[str, Any]] = (),
        products: Iterable[Mapping[str, Any]] = (),
        location_id: str = "",
    ) -> dict[str, list[str]]:
        """Put collections (`name`, `slug`) and products (`name`) there.

        Returns:
            The ids of both.

        Raises:
            ValueError: one lacks what it needs.
        """
        things = {"collections": list(collections), "products": list(products)}
        location = {"location": location_id or self.location_id}
        found: dict[str, list[str]] = self._control("POST", "seed", things | location)
        return found

    def set_faults(
        self,
        faults: Mapping[str, float] | None = None,
        *,
        of: Mapping[str, str] | None = None,
        calls: str = "writes",
    ) -> None:
        """Let calls go wrong from now on.

        Args:
            faults: the share of calls by the fault's name; none ends them.
            of: scripts by slug or name, such as `{"shoes": "error_after*2"}`.
            calls: `writes`, or `all` to let reads go wrong as well.

        Raises:
            ValueError: there is no such fault.
        """
        wish = {"faults": dict(faults or {}), "for": dict(of or {}), "calls": calls}
        self._control("POST", "faults", wish)

    def truth(self, location_id: str = "") -> dict[str, Any]:
        """Return what it holds, what it counted and what went wrong on purpose."""
        found: dict[str, Any] = self._control(
            "GET", "truth", {"location": location_id} if location_id else {}
        )
        return found

    def move_clock(self, seconds: float) -> None:
        """Let its time go on at once: windows and the day begin anew.

        Raises:
            ValueError: the time would go back.
        """
        self._control("POST", "clock", {"seconds": seconds})

    def reset(self) -> None:
        """Forget everything, as after a start."""
        self._control("POST", "reset", {})

    def _control(self, method: str, name: str, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        async def ask() -> Any:  # noqa: ANN401 - as above
            path = control.PREFIX + name
            return control.answer(self._sandbox, method, path, {}, dict(fields))

        asked = asyncio.run_coroutine_threadsafe(ask(), self._loop)
        answer = asked.result(_PATIENCE_SECONDS)
        found = json.loads(answer.body)
        if answer.status >= 400:  # noqa: PLR2004 - refused
            raise ValueError(found["message"])
        return found

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._listen())
        except BaseException as failure:  # noqa: BLE001 - it is raised where it belongs
            self._failure = failure
        finally:
            self._ready.set()
            self._loop.close()

    async def _listen(self) -> None:
        async with running(self._options) as sandbox:
            self._sandbox, self.url = sandbox, sandbox.url
            self._ready.set()
            await self._over.wait()
