"""Effective cost by service, day and account over a month in Polars: a child process of growth.py, so that its memory is its own.

Standard input: {"files": [...], "period": "2026-05", "after": "2026-06"}. Standard output: {"seconds": wall time of the query,
without starting Python or Polars; "rows": service, day, account, cost as text}.
"""

import json
import sys
import time
from datetime import datetime

import polars as pl


def main() -> None:
    work = json.load(sys.stdin)
    moment = lambda period: datetime.fromisoformat(f"{period}-01")
    start = time.perf_counter()
    bills = pl.scan_parquet(work["files"], missing_columns="insert")
    # Moments without a zone are UTC, as in the lake.
    naive = lambda name: pl.col(name).dt.replace_time_zone(None)
    rows = (
        bills.filter((naive("BillingPeriodStart") >= moment(work["period"])) & (naive("BillingPeriodStart") < moment(work["after"])))
        .group_by("ServiceName", pl.col("ChargePeriodStart").dt.date().alias("day"), "SubAccountId")
        .agg(pl.col("EffectiveCost").sum())
        .collect()
    )
    seconds = time.perf_counter() - start
    json.dump({"seconds": seconds, "rows": rows.rows()}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
