"""Runs a query in DataFusion on Parquet files and prints what came of it as JSON: a child process, so that its memory is its own.

Standard input: {"files": [...], "columns": [...], "query": "... FROM bills"}. Standard output: {"seconds": wall time of the query,
without starting Python or DataFusion; "rows": the query's rows, with decimals as text}.
"""

import json
import sys
import time

from datafusion import SessionContext


def main() -> None:
    work = json.load(sys.stdin)
    context = SessionContext()
    start = time.perf_counter()
    for index, file in enumerate(work["files"]):
        context.register_parquet(f"bill_{index}", file)
    columns = ", ".join(f'"{name}"' for name in work["columns"])
    bills = " UNION ALL ".join(f"SELECT {columns} FROM bill_{index}" for index in range(len(work["files"])))
    batches = context.sql(f"WITH bills AS ({bills}) {work['query']}").collect()
    seconds = time.perf_counter() - start
    rows = [list(row) for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns))]
    json.dump({"seconds": seconds, "rows": rows}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
