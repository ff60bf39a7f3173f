"""How cost grows with the number of charges: import, verification, chargeback and two reports, from 10^5 rows to 10^7.

`make bench-growth` prepares what this needs and runs it. For each size the results are compared exactly with those of DuckDB,
Polars and DataFusion on the raw files before any time is taken; where they differ the run stops. Then each step is measured, time
and peak memory, and beside them how much more a size needs than the one before it. Nothing here passes or fails by a time: the
figures are printed and written to target/bench/growth.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from decimal import Decimal
from pathlib import Path

import run as bench
import rules as rule_files

HERE = Path(__file__).resolve().parent
PERIOD = bench.PERIOD
#: Effective cost by service, day and account over a month, from the roll-up and from the charges.
REPORT = """SELECT ServiceName, {day} AS day, SubAccountId, SUM(EffectiveCost) AS cost FROM {table}
 WHERE BillingPeriodStart >= TIMESTAMP '{period}-01 00:00:00' AND BillingPeriodStart < TIMESTAMP '{after}-01 00:00:00'
 GROUP BY 1, 2, 3"""
AFTER = "2026-06"
#: Effective cost by service, account, day, resource and SKU: at 10^7 rows more than a million groups in the month.
ROLL_UP = """SELECT ServiceName, SubAccountId, CAST(ChargePeriodStart AS DATE) AS day, ResourceId, SkuId,
 SUM(EffectiveCost) AS cost, COUNT(*) AS charges FROM {table}
 WHERE BillingPeriodStart >= TIMESTAMP '{period}-01 00:00:00' AND BillingPeriodStart < TIMESTAMP '{after}-01 00:00:00'
 GROUP BY 1, 2, 3, 4, 5"""


def polars(files: list[Path], threads: int) -> bench.Measured:
    """The report in Polars, in a process of its own."""
    work = {"files": [str(file) for file in files], "period": PERIOD, "after": AFTER}
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    measured = bench.run([sys.executable, str(HERE / "polars_report.py")], json.dumps(work))
    answer = json.loads(measured.answer)
    return bench.Measured(answer["seconds"], measured.peak_mebibytes, answer["rows"])


def data_fusion(files: list[Path]) -> bench.Measured:
    """The report in DataFusion, in a process of its own."""
    columns = ["ServiceName", "ChargePeriodStart", "SubAccountId", "EffectiveCost", "BillingPeriodStart"]
    quoted = {name: f'"{name}"' for name in columns}
    query = REPORT.format(day="CAST(ChargePeriodStart AS DATE)", table="bills", period=PERIOD, after=AFTER)
    for name, safe in quoted.items():
        query = query.replace(name, safe)
    work = {"files": [str(file) for file in files], "columns": columns, "query": query}
    measured = bench.run([sys.executable, str(HERE / "fusion.py")], json.dumps(work))
    answer = json.loads(measured.answer)
    return bench.Measured(answer["seconds"], measured.peak_mebibytes, answer["rows"])


def same_roll_up(work: Path, farthing: bench.Farthing, files: list[Path]) -> None:
    """Every group of the large roll-up is the same in DuckDB, and no group is missing."""
    ours = work / "roll-up.parquet"
    farthing.to_file(ours, "sql", ROLL_UP.format(table="focus", period=PERIOD, after=AFTER), "--period", PERIOD)
    theirs = ROLL_UP.format(table=bench.reader(files, "parquet"), period=PERIOD, after=AFTER)
    kinds = "ServiceName, SubAccountId, day, ResourceId, SkuId, CAST(cost AS DECIMAL(38, 18)), charges"
    read = f"SELECT {kinds} FROM read_parquet({rule_files.literal(str(ours))})"
    differing = f"SELECT count(*) FROM (({read} EXCEPT ALL SELECT {kinds} FROM ({theirs})) UNION ALL (SELECT {kinds} FROM ({theirs}) EXCEPT ALL {read}))"
    bench.same("roll-up, groups that differ", {"groups": bench.duckdb([], differing).answer[0][0]}, {"groups": 0})
    bench.say(f"the roll-up has {bench.duckdb([], f'SELECT count(*) FROM ({read})').answer[0][0]:,} groups")
    ours.unlink()


def by_key(rows: list) -> dict:
    """(service, day, account) → cost, without the groups that come to nothing."""
    costs = {(row[0], str(row[1])[:10], row[2]): Decimal(row[3]) for row in rows}
    return {key: cost for key, cost in costs.items() if cost != 0}


def report_on(files: list[Path]) -> str:
    table = f"(SELECT *, CAST(ChargePeriodStart AS DATE) AS charge_day FROM {bench.reader(files, 'parquet')})"
    return REPORT.format(day="charge_day", table=table, period=PERIOD, after=AFTER)


def measure(args, farthing: bench.Farthing, work: Path, rows: int) -> dict:
    """Every step at one size."""
    files = bench.generate(args.generator, work, rows, args.seed, "parquet")
    bench.say(f"{rows:,} rows: importing and comparing")
    report = farthing.import_bill(files).answer
    totals = ", ".join(f"sum({cost})" for cost in bench.COSTS)
    sums = f"SELECT strftime(BillingPeriodStart, '%Y-%m'), BillingCurrency, {totals} FROM {bench.reader(files, 'parquet')} GROUP BY 1, 2"
    theirs = {(row[0], row[1]): tuple(map(Decimal, row[2:])) for row in bench.duckdb([], sums).answer}
    bench.same("import", bench.imported_sums(report), theirs)
    farthing("rules", "publish", args.rules_of(work, files))
    day = "CAST(ChargePeriodStart AS DATE)"
    ours = REPORT.format(day=day, table="focus", period=PERIOD, after=AFTER)
    daily = REPORT.format(day="ChargeDay", table="focus_daily", period=PERIOD, after=AFTER)
    asked = {(row["ServiceName"], row["day"][:10], row["SubAccountId"]): Decimal(row["cost"]) for row in farthing("sql", ours).answer}
    asked = {key: cost for key, cost in asked.items() if cost != 0}
    of_roll_up = farthing("sql", daily, "--period", PERIOD).answer
    of_roll_up = by_key([(row["ServiceName"], row["day"], row["SubAccountId"], row["cost"]) for row in of_roll_up])
    bench.same("service × day × account, roll-up", asked, of_roll_up)
    bench.same("service × day × account, DuckDB", asked, by_key(bench.duckdb([], report_on(files)).answer))
    bench.same("service × day × account, Polars", asked, by_key(polars(files, args.cores).answer))
    bench.same("service × day × account, DataFusion", asked, by_key(data_fusion(files).answer))
    same_roll_up(work, farthing, files)

    bench.say(f"{rows:,} rows: the results are equal; measuring {args.repeat} runs of each")
    best = lambda step: bench.quickest(args.repeat, step)
    steps = {
        "import": best(lambda: farthing.import_bill(files)),
        "verify": best(lambda: farthing("lake", "verify")),
        "verify --deep": best(lambda: farthing("lake", "verify", "--deep")),
    }
    farthing("rules", "publish", args.rules_of(work, files))
    steps["chargeback"] = best(lambda: farthing("chargeback", "--period", PERIOD))
    steps["service × day × account, SQL over charges"] = best(lambda: farthing("sql", ours, "--period", PERIOD))
    steps["— the same, SQL over the roll-up"] = best(lambda: farthing("sql", daily, "--period", PERIOD))
    steps["— the same, asked of a running server"] = farthing.served(args.repeat, daily, PERIOD)
    steps["— the same in DuckDB on the raw files"] = best(lambda: bench.duckdb([], report_on(files)))
    steps["— the same in Polars on the raw files"] = best(lambda: polars(files, args.cores))
    steps["— the same in DataFusion on the raw files"] = best(lambda: data_fusion(files))
    roll_up = ROLL_UP.format(table="focus", period=PERIOD, after=AFTER)
    made = work / "roll-up.parquet"
    steps["five dimensions, SQL over charges"] = best(lambda: farthing.to_file(made, "sql", roll_up, "--period", PERIOD))
    theirs = ROLL_UP.format(table=bench.reader(files, "parquet"), period=PERIOD, after=AFTER)
    copied = f"COPY ({theirs}) TO {rule_files.literal(str(made))} (FORMAT parquet)"
    steps["— those groups in DuckDB on the raw files"] = best(lambda: bench.duckdb([copied]))
    made.unlink()
    return {step: {"seconds": round(one.seconds, 3), "peak_mib": round(one.peak_mebibytes)} for step, one in steps.items()}


def table(sizes: dict[int, dict]) -> str:
    """A line a step, and beside each size what it needs of the one before it."""
    steps = list(next(iter(sizes.values())))
    width = max(map(len, steps))
    lines = [f"{'':{width}}" + "".join(f"  {rows:>12,} rows{'':14}" for rows in sizes)]
    for step in steps:
        cells, before = [], None
        for measured in sizes.values():
            one = measured[step]
            grown = f"× {one['seconds'] / before['seconds']:5.2f} × {one['peak_mib'] / before['peak_mib']:4.2f}" if before else ""
            cells.append(f"  {one['seconds']:8.2f} s {one['peak_mib']:5} MiB {grown:14}")
            before = one
        lines.append(f"{step:{width}}" + "".join(cells))
    return "\n".join(line.rstrip() for line in lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=Path, required=True, help="the folder of the built farthing program")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000], help="sizes, ascending")
    parser.add_argument("--rules", type=int, default=80, help="rules to attribute them with (default: 80)")
    parser.add_argument("--seed", type=int, default=1, help="the sample organisation's seed (default: 1)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the quickest counts (default: 3)")
    parser.add_argument("--work", type=Path, default=Path("target/bench"), help="folder for files and results (default: target/bench)")
    args = parser.parse_args()
    args.generator = (args.programs / "examples" / "organisation").resolve()
    args.program = (args.programs / "farthing").resolve()
    args.cores = os.cpu_count() or 1
    for program in [args.generator, args.program]:
        if not program.exists():
            raise SystemExit(f"bench: {program} is missing; `make bench-growth` builds it")

    def rules_of(work: Path, files: list[Path]) -> Path:
        facts = {name: bench.duckdb([], query).answer for name, query in rule_files.facts_query(bench.reader(files, "parquet")).items()}
        target = work / "rules.toml"
        target.write_text(rule_files.toml(rule_files.make_rules(facts, args.rules)))
        return target

    args.rules_of = rules_of
    return args


def main() -> None:
    args = arguments()
    work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    farthing = bench.Farthing(args.program, work / "growth-home")
    sizes: dict[int, dict] = {}
    try:
        for rows in args.rows:
            sizes[rows] = measure(args, farthing, work, rows)
    except KeyboardInterrupt:
        bench.say("interrupted; generated files stay for the next run")
        raise SystemExit(130) from None
    finally:
        shutil.rmtree(farthing.home, ignore_errors=True)
        if sizes:
            result = {"cores": args.cores, "measured": {str(rows): steps for rows, steps in sizes.items()}}
            (work / "growth.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
            print(table(sizes))
            bench.say(f"written to {work / 'growth.json'}; × is what a size needs of the one before it, time and memory")


if __name__ == "__main__":
    main()
