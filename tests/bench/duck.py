"""Runs SQL in DuckDB and prints what came of it as JSON: a child process of run.py, so that its memory is its own.

Standard input: {"statements": [...], "query": "..."}. Standard output: {"seconds": wall time of the statements and the query,
without starting Python or DuckDB; "rows": the query's rows, with decimals as text}.
"""

import json
import sys
import time

import duckdb


def main() -> None:
    work = json.load(sys.stdin)
    connection = duckdb.connect()
    # Moments without a zone are UTC, as in the lake.
    connection.execute("SET TimeZone = 'UTC'")
    start = time.perf_counter()
    for statement in work["statements"]:
        connection.execute(statement)
    rows = connection.execute(work["query"]).fetchall() if work["query"] else []
    seconds = time.perf_counter() - start
    json.dump({"seconds": seconds, "rows": rows}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
