"""Measures `farthing revisions diff` beside DuckDB on the same two deliveries of one month.

The first delivery is the sample organisation's bill, all of it billed in one month. The second restates it: one row in a hundred costs
more, others cost less, are gone, are new, have other tags, or another invoice. DuckDB matches the rows of both Parquet files by the
columns that `revisions diff` says it matched them by, with a full outer join, and as a grouping of both files together; the quicker
of the two counts. It groups them by service and kind of change, with the difference of the four costs. What both say of every service and kind is
compared exactly before any time is taken. Farthing also attributes what changed to units and proves the sums; DuckDB does not.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import rules as rule_files
import run as bench

COSTS = ["billed", "effective", "contracted", "list"]
#: What happens to which of a thousand rows: from, to, columns replaced. Rows that are gone are not in the second delivery.
RESTATED = [
    (0, 10, {cost: f"{cost} + CAST(0.010000000000000001 AS DECIMAL(38, 18))" for cost in bench.COSTS}),
    (10, 15, {cost: f"{cost} - CAST(0.005 AS DECIMAL(38, 18))" for cost in bench.COSTS}),
    (25, 35, {"Tags": "'{\"unit\": \"backfilled\"}'"}),
    (35, 55, {"InvoiceId": "'I-restated'"}),
]
GONE, NEW = (15, 20), (20, 25)


def deliveries(args, work: Path, rows: int) -> tuple[Path, Path]:
    """Two deliveries of one month, made once and kept."""
    before, after = work / f"diff-{rows}-{args.seed}-before.parquet", work / f"diff-{rows}-{args.seed}-after.parquet"
    if not (before.exists() and after.exists()):
        source = bench.reader(bench.generate(args.generator, work, rows, args.seed, "parquet"), "parquet")
        bench.say(f"revision diff: restating {rows:,} rows")
        start, end = (f"TIMESTAMPTZ '{month}-01 00:00:00+00'" for month in [bench.PERIOD, "2026-06"])
        month = f"SELECT * REPLACE ({start} AS BillingPeriodStart, {end} AS BillingPeriodEnd) FROM {source}"
        die = "hash(ResourceId, ChargePeriodStart, SkuId, SkuPriceId, SubAccountId) % 1000"
        thrown = f"SELECT *, {die} AS die FROM read_parquet({rule_files.literal(str(before))})"
        changed = {column for _, _, columns in RESTATED for column in columns}
        cases = {
            column: " ".join(f"WHEN die >= {low} AND die < {high} THEN {columns[column]}" for low, high, columns in RESTATED if column in columns)
            for column in sorted(changed)
        }
        replaced = ", ".join(f"CASE {case} ELSE {column} END AS {column}" for column, case in cases.items())
        kept = f"SELECT * EXCLUDE (die) REPLACE ({replaced}) FROM thrown WHERE NOT (die >= {GONE[0]} AND die < {GONE[1]})"
        new = f"SELECT * EXCLUDE (die) REPLACE (coalesce(ResourceId, '') || '/new' AS ResourceId) FROM thrown WHERE die >= {NEW[0]} AND die < {NEW[1]}"
        copy = "COPY ({}) TO {} (FORMAT parquet)".format
        bench.duckdb([copy(month, rule_files.literal(str(before)))])
        bench.duckdb([copy(f"WITH thrown AS ({thrown}) {kept} UNION ALL {new}", rule_files.literal(str(after)))])
    for file in [before, after]:
        with file.open("rb") as opened:
            while opened.read(1 << 24):
                pass
    return before, after


def kind(before: str, after: str) -> str:
    """SQL: what became of a charge, from its costs and tags on both sides."""
    costs = [(before.format(cost), after.format(cost)) for cost in bench.COSTS]
    changed = " ".join(f"WHEN {a} > {b} THEN 'up' WHEN {a} < {b} THEN 'down'" for b, a in costs)
    tags = f"WHEN {before.format('Tags')} IS DISTINCT FROM {after.format('Tags')} THEN 'retagged'"
    return f"CASE {changed} {tags} ELSE 'same' END"


def sums(before: str, after: str) -> str:
    """SQL: the differences of the four costs."""
    return ", ".join(f"sum(coalesce({after.format(cost)}, 0) - coalesce({before.format(cost)}, 0))" for cost in bench.COSTS)


def joined(before: Path, after: Path, identity: list[str]) -> str:
    """Both files joined by what a charge is."""
    files = [f"(SELECT *, TRUE AS there FROM read_parquet({rule_files.literal(str(file))}))" for file in [before, after]]
    on = " AND ".join(f"b.{column} IS NOT DISTINCT FROM a.{column}" for column in identity)
    what = f"CASE WHEN b.there IS NULL THEN 'new' WHEN a.there IS NULL THEN 'gone' ELSE {kind('b.{}', 'a.{}')} END"
    service = "coalesce(a.ServiceName, b.ServiceName)"
    return f"SELECT {service}, {what}, count(*), {sums('b.{}', 'a.{}')} FROM {files[0]} b FULL OUTER JOIN {files[1]} a ON {on} GROUP BY 1, 2"


def grouped(before: Path, after: Path, identity: list[str]) -> str:
    """Both files under each other, grouped by what a charge is: the same where that is unique in each of them."""
    columns = ", ".join(dict.fromkeys([*identity, *bench.COSTS, "Tags"]))
    files = [
        f"SELECT {columns}, {side} AS side FROM read_parquet({rule_files.literal(str(file))})"
        for side, file in [(0, before), (1, after)]
    ]
    sides = ", ".join(
        f"any_value({column}) FILTER (side = {side}) AS {name}_{column}"
        for column in [*bench.COSTS, "Tags"]
        for side, name in [(0, "b"), (1, "a")]
    )
    inner = f"SELECT ServiceName, min(side) AS first, max(side) AS last, {sides} FROM ({' UNION ALL '.join(files)}) GROUP BY {', '.join(identity)}"
    what = f"CASE WHEN first = 1 THEN 'new' WHEN last = 0 THEN 'gone' ELSE {kind('b_{}', 'a_{}')} END"
    return f"SELECT ServiceName, {what}, count(*), {sums('b_{}', 'a_{}')} FROM ({inner}) GROUP BY 1, 2"


def of_farthing(diff: dict) -> dict:
    """(service, kind) → rows and the differences of the four costs."""
    if not diff["proven"]:
        raise SystemExit(f"bench: the difference is not proven: {diff['problems']}")
    found = {}
    for service in diff["services"]:
        for change in service["kinds"]:
            rows = max(change["rows_before"], change["rows_after"])
            found[service["service"], change["kind"]] = (rows, *(Decimal(change["change"][cost]) for cost in COSTS))
    return found


def of_duckdb(rows: list) -> dict:
    return {(row[0], row[1]): (row[2], *map(Decimal, row[3:])) for row in rows if row[1] != "same"}


def measure(args, farthing: bench.Farthing, work: Path) -> list[dict]:
    rows = args.diff_rows
    before, after = deliveries(args, work, rows)
    bench.say(f"revision diff: importing {rows:,} rows twice")
    farthing.import_bill([before])
    report = farthing("ingest", "billing", after, "--source", "bench").answer
    if report["set_aside"] or report["periods"][0]["restates"] != "amounts":
        raise SystemExit("bench: the second delivery was not taken as it is")
    facts = rule_files.facts_query(bench.reader([before], "parquet"))
    rules = rule_files.make_rules({name: bench.duckdb([], query).answer for name, query in facts.items()}, args.rules)
    (work / "rules.toml").write_text(rule_files.toml(rules))
    farthing("rules", "publish", work / "rules.toml")
    ask = ("revisions", "diff", "--source", "bench", "--period", bench.PERIOD)

    bench.say("revision diff: comparing every service and kind")
    diff = farthing(*ask).answer
    identity = [column for column in diff["identity"]]
    for file in [before, after]:
        query = f"SELECT count(*) FROM (SELECT 1 FROM read_parquet('{file}') GROUP BY {', '.join(identity)} HAVING count(*) > 1)"
        if bench.duckdb([], query).answer != [[0]]:
            raise SystemExit("bench: rows of one delivery share an identity: a plain join is not the same question")
    queries = {"join": joined(before, after, identity), "grouping": grouped(before, after, identity)}
    for name, query in queries.items():
        answer = bench.duckdb([], query).answer
        bench.same(f"revision diff, DuckDB's {name}", of_farthing(diff), of_duckdb(answer))
        same = sum(row[2] for row in answer if row[1] == "same")
        bench.same(f"revision diff, DuckDB's {name}, the same", {"rows": diff["rows"]["unchanged"] + diff["rows"]["details"]}, {"rows": same})

    bench.say(f"revision diff: the results are equal; measuring {args.repeat} runs of each")
    ours = bench.quickest(args.repeat, lambda: farthing(*ask))
    return [
        bench.line(f"revision diff of 2 × {rows:,} rows, beside a {name}", ours, bench.quickest(args.repeat, lambda query=query: bench.duckdb([], query)))
        for name, query in queries.items()
    ]
