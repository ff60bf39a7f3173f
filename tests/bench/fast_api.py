"""The service that `make bench-api` measures Farthing beside: a year's chargeback by unit, with FastAPI and DuckDB, as a careful author would write it.

    python fast_api.py DATABASE QUERY_FILE PORT WORKERS

The charges are a DuckDB table already, tags taken out of their JSON, so that a request costs one query. It has what Farthing has: an
entity tag of the data's version, a cache of answers that `Cache-Control: no-cache` passes by, and a process a core.
"""

import hashlib
import os
import sys
import threading
from pathlib import Path

import duckdb
import orjson
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

DATABASE, QUERY, PORT, WORKERS = sys.argv[1], Path(sys.argv[2]).read_text(), int(sys.argv[3]), int(sys.argv[4])
# A writer would change it; nothing does while it is measured.
VERSION = hashlib.sha256(f"{DATABASE} {os.path.getmtime(DATABASE)}".encode()).hexdigest()[:16]

app = FastAPI()
local, answers = threading.local(), {}


def connection() -> duckdb.DuckDBPyConnection:
    """A cursor a thread, on one database that is opened for reading alone."""
    if not hasattr(local, "cursor"):
        local.cursor = opened().cursor()
    return local.cursor


def opened(kept: list = []) -> duckdb.DuckDBPyConnection:
    if not kept:
        kept.append(duckdb.connect(DATABASE, read_only=True))
    return kept[0]


def computed(start: str, end: str) -> bytes:
    rows = connection().execute(QUERY, [start, end]).fetchall()
    units = [{"unit": unit, "total": str(cost), "charges": charges} for unit, cost, charges in rows]
    return orjson.dumps({"window": f"{start}/{end}", "currency": "USD", "units": units})


@app.get("/v1/chargeback")
def chargeback(window: str, request: Request) -> Response:
    tag = f'W/"{VERSION}-{window}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    body = None if "no-cache" in request.headers.get("cache-control", "") else answers.get(window)
    if body is None:
        body = answers[window] = computed(*window.split("/"))
    return Response(body, media_type="application/json", headers={"etag": tag})


@app.get("/healthz")
def healthz() -> str:
    return "ok"


if __name__ == "__main__":
    uvicorn.run("fast_api:app", host="127.0.0.1", port=PORT, workers=WORKERS, log_level="warning", access_log=False)
