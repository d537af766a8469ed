"""Drafts: a table on its way into a sub-account, and what became of it.

A draft is a folder with the file as it came, a note of how far it is, and the saved
plan. Invariants: a draft belongs to one sub-account; its note is whole or as it was,
so that a server that was killed finds every draft again; an id is looked up, and is
never part of a path before it was found.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import time
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer import atomic_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

NOTE = "draft.json"


class Step(StrEnum):
    """How far a draft is."""

    COLUMNS = "columns"  # it is asked which column is what
    FIXING = "fixing"
    COMPARING = "comparing"
    READY = "ready"  # the plan was shown, and waits for a yes
    SUBMITTED = "submitted"  # handed in, with the digest of the plan; for later
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


#: Nothing of the table can be changed any more.
SENT = frozenset(
    {Step.RUNNING, Step.STOPPED, Step.DONE, Step.UNDOING, Step.UNDONE, Step.SUBMITTED}
)


@dataclass
class Draft:
    """One draft. `said` is a code of `phrases` for what is to be told.

    It is `large` where its table lies open in a process of its own. `sheet` is the one
    that is read where that is not the first; with `unfilled` collections are made
    without products, with `as_manual` rules that HighLevel lacks give way to products.
    It is `typeless` where no row can have products or rules.
    """

    id: str
    folder: Path
    filename: str
    kept_as: str
    location: str = ""
    location_name: str = ""
    practice: bool = False
    large: bool = False
    sheet: str = ""
    unfilled: bool = False
    as_manual: bool = False
    typeless: bool = False
    step: Step = Step.FIXING
    made_at: float = 0.0
    made_by: str = ""
    said: str = ""
    plan: dict[str, Any] = field(default_factory=dict)
    digest: str = ""
    edited_by: list[str] = field(default_factory=list)
    edits: list[dict[str, Any]] = field(default_factory=list)
    confirmed_by: str = ""
    #: in which the answers to its rows are told
    language: str = "en"
    submitted_by: str = ""
    run_id: str = ""
    run_path: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    undone: dict[str, int] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @property
    def title(self) -> str:
        """What it is called among the others."""
        return f"{self.filename}, {self.sheet}" if self.sheet else self.filename

    @property
    def reading(self) -> dict[str, Any]:
        """The settings that its table is read with."""
        chosen: dict[str, Any] = {"location_id": self.location}
        if self.sheet:
            chosen["sheet"] = self.sheet
        if self.unfilled:
            chosen["require_product_ids"] = False
        if self.unfilled and self.typeless:
            # a manual one needs products, says the page of the API; one of no type not
            chosen["send_fields"] = ["-type"]
        if self.as_manual:
            chosen["smart_as_manual"] = True
        return chosen

    @property
    def table(self) -> Path:
        """The file as it came."""
        return self.folder / self.kept_as

    @property
    def plan_file(self) -> Path:
        """The saved plan."""
        return self.folder / "plan.json"

    def note_edit(self, person: str) -> None:
        """Keep in mind who has changed something of the table."""
        if person not in self.edited_by:
            self.edited_by.append(person)

    def hand_in(self, person: str) -> None:
        """Hand in what was looked at; its digest stays, and somebody else says yes."""
        if self.step is Step.READY:
            self.step, self.submitted_by = Step.SUBMITTED, person

    def tell(self, said: str = "") -> None:
        """Keep what is to be told on its page; nothing takes it away."""
        self.said = said

    def keep(self) -> None:
        """Write the note.

        Raises:
            StorageError: the disk is full.
        """
        noted = {name: getattr(self, name) for name in sorted(_NOTED)}
        with atomic_files.text(self.folder / NOTE) as stream:
            json.dump(noted, stream, ensure_ascii=False, indent=1)


_NOT_NOTED = frozenset({"folder", "lock"})
_NOTED = frozenset(each.name for each in fields(Draft)) - _NOT_NOTED
#: What a draft was in the middle of when its server was killed, and where it is then.
_LEFT = {
    Step.COMPARING: (Step.FIXING, ""),
    Step.RUNNING: (Step.STOPPED, "server_gone"),
    Step.UNDOING: (Step.DONE, "undo_left"),
}


class Drafts:
    """The drafts of one folder, all in memory, each with its note on the disk."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """Find what is there."""
        self._folder, self._clock = folder, clock
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._known = {draft.id: draft for draft in self._found()}
        self._sweep()

    def __iter__(self) -> Iterator[Draft]:
        """Give the drafts, the newest first."""
        return iter(sorted(self._known.values(), key=lambda one: -one.made_at))

    def find(self, draft_id: str) -> Draft | None:
        """Return the draft of an id; None where there is none."""
        return self._known.get(draft_id)

    def make(self, filename: str, ending: str, person: str) -> Draft:
        """Make the folder of a new draft, which is not among the others yet."""
        draft_id = secrets.token_urlsafe(9)
        folder = self._folder / draft_id
        folder.mkdir(mode=0o700)
        return Draft(
            draft_id,
            folder,
            filename,
            f"table{ending}",
            made_at=self._clock(),
            made_by=person,
        )

    def add(self, draft: Draft) -> None:
        """Keep a draft, and have it among the others.

        Raises:
            StorageError: the disk is full.
        """
        draft.keep()
        self._known[draft.id] = draft

    def discard(self, draft: Draft) -> None:
        """Remove a draft with all that is in its folder."""
        self._known.pop(draft.id, None)
        shutil.rmtree(draft.folder, ignore_errors=True)

    def forget(self, days: float) -> None:
        """Remove the drafts that are older; those that are at work stay."""
        oldest = self._clock() - days * 86400
        busy = {Step.RUNNING, Step.STOPPED, Step.UNDOING}
        for draft in list(self):
            if draft.made_at < oldest and draft.step not in busy:
                self.discard(draft)

    def _sweep(self) -> None:
        """Remove what an upload left that a killed server did not end."""
        for folder in self._folder.iterdir():
            if folder.is_dir() and not (folder / NOTE).exists():
                shutil.rmtree(folder, ignore_errors=True)

    def _found(self) -> Iterator[Draft]:
        for path in self._folder.glob(f"*/{NOTE}"):
            try:
                noted: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
                known = {name: noted[name] for name in noted if name in _NOTED}
                draft = Draft(**{**known, "folder": path.parent})
                draft.step = Step(draft.step)
            except (OSError, ValueError, TypeError):
                continue  # of another version: it stays, and is not shown
            if draft.step in _LEFT:
                draft.step, said = _LEFT[draft.step]
                draft.tell(said)
            yield draft
