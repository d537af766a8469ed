"""A web service that imports what is uploaded to it, as integrators write one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request

import importer

if TYPE_CHECKING:
    from pathlib import Path


def service(shop: importer.Settings, folder: Path) -> FastAPI:
    """Make the service: uploads, their progress, their end."""
    app = FastAPI()
    runs: dict[str, importer.RunInProgress] = {}

    async def upload(name: str, request: Request) -> dict[str, Any]:
        path = folder / f"{name}.csv"
        with path.open("wb") as file:
            async for part in request.stream():
                file.write(part)
        location_id = request.query_params["location_id"]
        runs[name] = importer.start(
            path, run_id=name, settings=shop, location_id=location_id
        )
        return {"run": name}

    async def progress(name: str) -> dict[str, Any]:
        moment = runs[name].snapshot()
        return {
            "phase": moment.phase,
            "read": moment.rows_read,
            "sent": moment.rows_sent,
            "done": runs[name].done,
        }

    async def cancel(name: str) -> dict[str, Any]:
        await runs[name].stop()
        return {"state": (await runs[name].result()).summary.state}

    async def result(name: str) -> dict[str, Any]:
        ended = await runs[name].result()
        return {"ok": ended.ok, "counts": dict(ended.summary.counts)}

    app.add_api_route("/uploads/{name}", upload, methods=["POST"])
    app.add_api_route("/uploads/{name}", progress, methods=["GET"])
    app.add_api_route("/uploads/{name}", cancel, methods=["DELETE"])
    app.add_api_route("/uploads/{name}/result", result, methods=["GET"])
    return app
