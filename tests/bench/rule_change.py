"""What a change of the rules costs: twelve months attributed anew from the roll-ups, and a draft looked at beforehand.

- twelve months: the charges of a year, one file a month. The full run imports them and attributes every month; then a third of the rules name
  another unit, and every month is attributed anew: `farthing rules publish` and twelve times `farthing chargeback`. Beside it DuckDB's CASE
  of the changed rules over the same twelve files, and Farthing's own attribution where a rule reads a column that roll-ups do not have, so
  that every charge has to be read.
- preview: `farthing rules preview` of that change on the larger month of a bill, beside DuckDB asking both CASEs of that month.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import rules as rule_files
import run as bench

MONTHS = 12
# Rows of a month are every sixth of the sample's, each month beginning with another, shifted to it.
PARTS = 6
# Matches no charge. Its column is none of those that roll-ups are kept by.
SCANNING = '\n[[rules]]\nid = "reads-every-charge"\nunit = "unit-01"\nwhen = { ChargeDescription = { prefix = "no charge begins like this" } }\n'


def year(args, work: Path) -> list[Path]:
    """One file for each of the twelve months that end with the sample's own, made once and kept."""
    folder = work / f"year-{args.chargeback_rows}-{args.seed}"
    names = [f"{month:%Y-%m}.parquet" for month in months()]
    files = [folder / name for name in names]
    if all(file.exists() for file in files):
        return files
    folder.mkdir(exist_ok=True)
    source = bench.generate(args.generator, work, args.chargeback_rows, args.seed, "parquet")
    listed = bench.reader(source, "parquet")
    for back, file in zip(range(MONTHS - 1, -1, -1), files):
        bench.say(f"writing {file.name}")
        moved = ", ".join(f"CAST(CAST({name} AS TIMESTAMP) - INTERVAL {back} MONTH AS TIMESTAMP) AS {name}" for name in sorted(bench.MOMENTS))
        rows = f"SELECT *, row_number() OVER () AS place FROM {listed} WHERE strftime(CAST(BillingPeriodStart AS TIMESTAMP), '%Y-%m') = '{bench.PERIOD}'"
        query = f"SELECT * EXCLUDE (place) REPLACE ({moved}) FROM ({rows}) WHERE place % {PARTS} = {back % PARTS}"
        bench.duckdb([f"COPY ({query}) TO {rule_files.literal(str(file))} (FORMAT parquet)"])
    return files


def months() -> list[datetime.date]:
    """The first day of each month of the year, the sample's own the last."""
    last = datetime.date.fromisoformat(f"{bench.PERIOD}-01")
    counted = [last.year * 12 + last.month - 1 - back for back in range(MONTHS - 1, -1, -1)]
    return [datetime.date(count // 12, count % 12 + 1, 1) for count in counted]


def changed(rules: list[rule_files.Rule]) -> list[rule_files.Rule]:
    """Every third rule sends its charges to the unit after its own."""
    units = rule_files.UNITS
    following = dict(zip(units, units[1:] + units[:1]))
    return [replace(rule, unit=following[rule.unit]) if at % 3 == 0 else rule for at, rule in enumerate(rules)]


def attributed(farthing: bench.Farthing, rule_file: Path) -> bench.Measured:
    """Publishes the rules and attributes all months, one command each; the sum of their times."""
    runs = [farthing("rules", "publish", rule_file)]
    costs = {}
    for month in months():
        one = farthing("chargeback", "--cost", "effective", "--period", f"{month:%Y-%m}")
        costs |= bench.units_of(one.answer)
        runs.append(one)
    return bench.Measured(sum(one.seconds for one in runs), max(one.peak_mebibytes for one in runs), costs)


def exact(rows: list) -> dict:
    return {(row[0], row[1]): Decimal(row[2]) for row in rows if Decimal(row[2]) != 0}


def measure_year(args, farthing: bench.Farthing, work: Path) -> list[dict]:
    files = year(args, work)
    source = bench.reader(files, "parquet")
    facts = {name: bench.duckdb([], query).answer for name, query in rule_files.facts_query(source).items()}
    rules = rule_files.make_rules(facts, args.rules)
    names = ["rules.toml", "changed.toml", "scanning.toml"]
    first, second, scanning = (work / name for name in names)
    first.write_text(rule_files.toml(rules))
    second.write_text(rule_files.toml(changed(rules)))
    scanning.write_text(rule_files.toml(changed(rules)) + SCANNING)

    bench.say("twelve months: importing")
    imported = farthing.import_bill(files)
    full = attributed(farthing, first)
    bench.say("twelve months: comparing every unit's cost after the change")
    anew = attributed(farthing, second)
    case = rule_files.case_query(changed(rules), source)
    bench.same("twelve months", anew.answer, exact(bench.duckdb([], case).answer))
    scanned = attributed(farthing, scanning)
    bench.same("twelve months, every charge read", anew.answer, scanned.answer)

    bench.say("twelve months: the costs of all units are equal; measuring")
    theirs = bench.quickest(args.repeat, lambda: bench.duckdb([], case))
    rows = imported.answer["rows"]
    what = f"twelve months of {rows:,} rows, {args.rules} rules changed"
    whole = bench.Measured(imported.seconds + full.seconds, max(imported.peak_mebibytes, full.peak_mebibytes))
    return [
        bench.line(f"{what}, beside CASE over parquet", anew, theirs),
        bench.line(f"{what}, beside reading every charge", anew, scanned),
        bench.line(f"{what}, beside import and first run", anew, whole),
    ]


def measure_preview(args, farthing: bench.Farthing, work: Path) -> dict:
    files = bench.generate(args.generator, work, args.chargeback_rows, args.seed, "parquet")
    source = bench.reader(files, "parquet")
    facts = {name: bench.duckdb([], query).answer for name, query in rule_files.facts_query(source).items()}
    rules = rule_files.make_rules(facts, args.rules)
    (work / "rules.toml").write_text(rule_files.toml(rules))
    bench.say("preview: importing")
    farthing.import_bill(files)
    farthing("rules", "publish", work / "rules.toml")
    draft = work / "draft.toml"
    draft.write_text(rule_files.toml(changed(rules)))
    ask = ("rules", "preview", draft, "--period", bench.PERIOD)
    bench.say("preview: comparing what each unit has before and after")
    of_month = f"(SELECT * FROM {source} WHERE strftime(CAST(BillingPeriodStart AS TIMESTAMP), '%Y-%m') = '{bench.PERIOD}')"
    cases = [rule_files.case_query(each, of_month) for each in (rules, changed(rules))]
    both = f"SELECT unit, sum(before), sum(after) FROM (SELECT unit, cost AS before, 0 AS after FROM ({cases[0]}) UNION ALL SELECT unit, 0, cost FROM ({cases[1]})) WHERE unit IS NOT NULL GROUP BY 1"
    theirs = {row[0]: (Decimal(row[1]), Decimal(row[2])) for row in bench.duckdb([], both).answer}
    theirs = {unit: sides for unit, sides in theirs.items() if sides[0] != sides[1]}
    changes = farthing(*ask).answer["units"]
    ours = {one["unit"]: (Decimal(one["before"]["effective"]), Decimal(one["after"]["effective"])) for one in changes}
    ours = {unit: sides for unit, sides in ours.items() if sides[0] != sides[1]}
    bench.same("preview", ours, theirs)
    best = bench.quickest(args.repeat, lambda: farthing(*ask))
    other = bench.quickest(args.repeat, lambda: bench.duckdb([], both))
    return bench.line(f"preview of {args.rules} rules on {args.chargeback_rows:,} rows, beside both CASEs", best, other)


def measure(args, farthing: bench.Farthing, work: Path) -> list[dict]:
    return [*measure_year(args, farthing, work), measure_preview(args, farthing, work)]
