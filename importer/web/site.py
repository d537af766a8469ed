"""All that the pages of one server share, and where handlers find it.

Only names stand here. Invariant: there is one of it in a server.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from importer.web.keys import Session

if TYPE_CHECKING:
    from pathlib import Path

    from importer.web.brand import Brand
    from importer.web.desks import Desks
    from importer.web.drafts import Drafts
    from importer.web.imports import Imports
    from importer.web.keys import Keys
    from importer.web.practice import Practice
    from importer.web.shops import Shops


@dataclass(frozen=True)
class Site:
    """A folder that is served.

    `names` are those that a browser may call it by, `cookie` is the one of its
    sessions: cookies of all ports of a computer are the same to a browser. `mark` tells
    another start of the program that this server is that of its folder.
    """

    folder: Path
    names: frozenset[str]
    cookie: str
    mark: str
    brand: Brand
    keys: Keys
    drafts: Drafts
    shops: Shops
    practice: Practice
    imports: Imports
    desks: Desks
    #: set when the first page has been answered
    seen: asyncio.Event = field(default_factory=asyncio.Event)


SITE: web.AppKey[Site] = web.AppKey("site", object)  # type: ignore[arg-type]
SESSION: web.RequestKey[Session] = web.RequestKey("session", Session)
