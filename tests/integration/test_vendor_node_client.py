"""HighLevel's own Node client, as it is published, against the sandbox.

It stands beside the benchmarks' Node packages, which `make bench` installs: no other
test needs Node, and without it this one is skipped.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import orjson
import pytest

from importer.sandbox import running

NODE = Path(__file__).parents[2] / "build" / "bench-node"
CLIENT = NODE / "node_modules" / "@gohighlevel" / "api-client"


@pytest.mark.skipif(
    shutil.which("node") is None or not CLIENT.exists(),
    reason="Node's packages are not installed: make build/bench-node/.installed",
)
def test_the_vendors_node_client_works_as_it_comes() -> None:
    """Each of its calls about collections, products, prices and inventory is good."""

    async def go() -> bytes:
        async with running() as box:
            node = await asyncio.create_subprocess_exec(
                "node",
                NODE / "vendor_client.mjs",
                box.url,
                stdout=asyncio.subprocess.PIPE,
                env={"PATH": str(Path(shutil.which("node") or "").parent)},
            )
            told, _ = await asyncio.wait_for(node.communicate(), 60)
            return told

    told = orjson.loads(asyncio.run(go()))
    assert told["bad"] == []
    assert len(told["good"]) == 20
