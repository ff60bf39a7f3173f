"""Measures Farthing beside DuckDB on the same files: time and peak memory of import and of chargeback.

`make bench` prepares what this needs and runs it. Nothing here passes or fails by a time: the figures are printed and written to
target/bench/results.json. What is compared exactly, before any time is taken, is the money; where it differs the run stops.

- import: `farthing ingest billing` into a fresh home, beside DuckDB copying the same files to Parquet with the same types.
  Farthing also validates every row, keeps the sums, makes the roll-up and reads everything back.
- chargeback: the command `farthing chargeback` as a whole, on an imported lake, beside DuckDB's CASE of the same rules over the
  raw files. The command attributes May and, to compare, April; DuckDB's query covers the same two months.
- stages: the same with 200 rules and five pools that step down, each over all units after it by their direct cost. SQL has doubles
  for quotients, so these costs are compared to a millionth.
- rule changes: twelve months attributed anew after a change of the rules, and the preview of that change; see rule_change.py.
- revision diff: `farthing revisions diff` of two deliveries of a month, beside DuckDB matching the rows of the same two files; see
  revision_diff.py.

Each is run several times, the quickest counts, and both programs find the files in the page cache.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import rules as rule_files

HERE = Path(__file__).resolve().parent
COSTS = ["BilledCost", "EffectiveCost", "ContractedCost", "ListCost"]
DECIMALS = {
    *COSTS, "ListUnitPrice", "ContractedUnitPrice", "PricingQuantity", "ConsumedQuantity", "CommitmentDiscountQuantity",
    "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice",
}
MOMENTS = {"BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"}
PERIOD, PERIOD_BEFORE = "2026-05", "2026-04"


@dataclass
class Measured:
    """One run of a program."""

    seconds: float
    peak_mebibytes: float
    answer: object = None


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run(command: list[str], stdin: str | None = None) -> Measured:
    """Runs a program to its end; peak memory is what the kernel counted for this very process."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as given:
        given.write(stdin or "")
        given.seek(0)
        start = time.perf_counter()
        child = subprocess.Popen(command, stdin=given, stdout=out)
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"bench: `{' '.join(command[:6])} …` ended with status {child.returncode}")
        out.seek(0)
        return Measured(seconds, usage.ru_maxrss / 1024, out.read())


def duckdb(statements: list[str], query: str = "") -> Measured:
    """Runs SQL in a DuckDB of its own. Its time is that of the statements, without the start of Python."""
    measured = run([sys.executable, str(HERE / "duck.py")], json.dumps({"statements": statements, "query": query}))
    answer = json.loads(measured.answer)
    return Measured(answer["seconds"], measured.peak_mebibytes, answer["rows"])


class Farthing:
    """The program, on one home."""

    def __init__(self, program: Path, home: Path) -> None:
        self.program, self.home = program, home

    def __call__(self, *arguments: str | Path) -> Measured:
        options = ["--home", str(self.home), "--format", "json", "--no-progress"]
        measured = run([str(self.program), *options, *map(str, arguments)])
        measured.answer = json.loads(measured.answer)
        return measured

    def to_file(self, target: Path, *arguments: str | Path) -> Measured:
        """Runs a command that writes its answer as Parquet."""
        target.unlink(missing_ok=True)
        options = ["--home", str(self.home), "--no-progress"]
        return run([str(self.program), *options, *map(str, arguments), "--format", "parquet", "-o", str(target)])

    def served(self, times: int, query: str, period: str) -> Measured:
        """The quickest of several answers of `POST /v1/sql`, as an Arrow stream, of a program that runs already: what peers are measured by
        whose own start is not counted. The first answer, which warms what they warm, counts as well."""
        options = ["--home", str(self.home), "serve", "--listen", "127.0.0.1:0"]
        child = subprocess.Popen([str(self.program), *options], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        try:
            address = next(re.search(r"http://([0-9.:]+)", line) for line in child.stderr if "http://" in line).group(1)
            body = json.dumps({"query": query, "period": period}).encode()
            seconds = []
            for _ in range(max(times, 3)):
                headers = {"Content-Type": "application/json", "Accept": "application/vnd.apache.arrow.stream"}
                request = urllib.request.Request(f"http://{address}/v1/sql", body, headers)
                start = time.perf_counter()
                with urllib.request.urlopen(request) as answer:
                    answer.read()
                seconds.append(time.perf_counter() - start)
            peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{child.pid}/status").read_text()).group(1)
        finally:
            child.terminate()
            child.wait()
        return Measured(min(seconds), int(peak) / 1024)

    def import_bill(self, files: list[Path]) -> Measured:
        shutil.rmtree(self.home, ignore_errors=True)
        return self("ingest", "billing", *files, "--source", "bench")


def quickest(times: int, measure) -> Measured:
    """The quickest of several runs, with the largest peak memory."""
    runs = [measure() for _ in range(times)]
    best = min(runs, key=lambda one: one.seconds)
    return Measured(best.seconds, max(one.peak_mebibytes for one in runs), best.answer)


def generate(generator: Path, work: Path, rows: int, seed: int, form: str) -> list[Path]:
    """The first delivery of a sample organisation's bill, made once and kept."""
    folder = work / f"sample-{rows}-{seed}-{form}"
    manifest = folder / "manifest.json"
    if not manifest.exists():
        say(f"generating {rows:,} charges as {form}")
        run([str(generator), str(folder), str(rows), str(seed), form])
    listed = json.loads(manifest.read_text())["billing"]
    files = [folder / bill["path"] for bill in listed if not bill["restates"]]
    # Into the page cache, for both programs alike.
    for file in files:
        with file.open("rb") as opened:
            while opened.read(1 << 24):
                pass
    return files


def reader(files: list[Path], form: str) -> str:
    """DuckDB's table function for the files."""
    listed = "[" + ", ".join(rule_files.literal(str(file)) for file in files) + "]"
    if form == "parquet":
        return f"read_parquet({listed}, union_by_name = true)"
    return f"read_csv({listed}, all_varchar = true, header = true, union_by_name = true)"


def copy_statement(source: str, columns: list[str], target: Path) -> str:
    """DuckDB's import: the same types as in the lake."""

    def typed(name: str) -> str:
        kind = "DECIMAL(38, 18)" if name in DECIMALS else "TIMESTAMP" if name in MOMENTS else "VARCHAR"
        return f'CAST("{name}" AS {kind}) AS "{name}"'

    return f"COPY (SELECT {', '.join(map(typed, columns))} FROM {source}) TO {rule_files.literal(str(target))} (FORMAT parquet)"


def same(what: str, ours: dict, theirs: dict) -> None:
    """Stops the run where two exact results differ."""
    if ours == theirs:
        return
    for key in sorted(ours.keys() | theirs.keys(), key=str):
        if ours.get(key) != theirs.get(key):
            say(f"{what}: {key}: farthing has {ours.get(key)}, DuckDB has {theirs.get(key)}")
    raise SystemExit(f"bench: {what}: the results differ, so no time was taken")


def imported_sums(report: dict) -> dict:
    """(period, currency) → rows' four sums, from the import's report."""
    if report["set_aside"]:
        raise SystemExit(f"bench: {report['set_aside']} generated rows were set aside")
    sums = {}
    for period in report["periods"]:
        for total in period["totals"]:
            key = (period["period"], total["currency"])
            sums[key] = tuple(Decimal(total[cost]) for cost in ["billed", "effective", "contracted", "list"])
    return sums


def measure_import(args, farthing: Farthing, work: Path, form: str) -> dict:
    files = generate(args.generator, work, args.import_rows, args.seed, form)
    source, target = reader(files, form), work / "duckdb.parquet"
    columns = [row[0] for row in duckdb([], f"DESCRIBE SELECT * FROM {source}").answer]
    copy = copy_statement(source, columns, target)

    say(f"import, {form}: comparing the sums")
    report = farthing.import_bill(files).answer
    duckdb([copy])
    totals = ", ".join(f"sum({cost})" for cost in COSTS)
    query = f"SELECT strftime(BillingPeriodStart, '%Y-%m'), BillingCurrency, count(*), {totals} FROM read_parquet('{target}') GROUP BY 1, 2"
    rows = duckdb([], query).answer
    same(f"import, {form}", imported_sums(report), {(row[0], row[1]): tuple(map(Decimal, row[3:])) for row in rows})
    same(f"import, {form}, rows", {"rows": report["rows"]}, {"rows": sum(row[2] for row in rows)})

    say(f"import, {form}: the sums are equal; measuring {args.repeat} runs of each")
    ours = quickest(args.repeat, lambda: farthing.import_bill(files))
    theirs = quickest(args.repeat, lambda: duckdb([copy]))
    target.unlink()
    return line(f"import of {args.import_rows:,} rows, {form}", ours, theirs)


def units_of(statement) -> dict:
    """(period, unit) → cost, from `farthing chargeback`; the unit None is what is unattributed."""
    if isinstance(statement, list):
        raise SystemExit("bench: the generated bill has more than one currency")
    if Decimal(statement["difference"]) != 0:
        raise SystemExit(f"bench: the statement does not close: difference {statement['difference']}")
    period = statement["period"]
    costs = {(period, unit["unit"]): Decimal(unit["total"]) for unit in statement["units"]}
    costs[period, None] = Decimal(statement["unattributed_total"])
    return {key: cost for key, cost in costs.items() if cost != 0}


def nearly_same(what: str, ours: dict, theirs: dict) -> None:
    """Stops the run where two results differ by a millionth of their unit of currency or more: one of them has no exact quotients."""
    apart = {key for key in ours.keys() | theirs.keys() if abs(ours.get(key, Decimal(0)) - theirs.get(key, Decimal(0))) >= Decimal("1e-6")}
    if apart:
        same(what, {key: ours.get(key) for key in apart}, {key: theirs.get(key) for key in apart})


def measure_stages(args, farthing: Farthing, work: Path) -> list[dict]:
    """Rules and pools that step down, on the charges that are imported already."""
    forms = {form: generate(args.generator, work, args.chargeback_rows, args.seed, form) for form in ["parquet", "csv-gz"]}
    facts = {name: duckdb([], query).answer for name, query in rule_files.facts_query(reader(forms["parquet"], "parquet")).items()}
    rules = rule_files.make_rules(facts, args.stage_rules)
    rule_file = work / "rules.toml"
    rule_file.write_text(rule_files.toml(rules, args.stages))
    farthing("rules", "publish", rule_file)

    say(f"{args.stages} stages: comparing every unit's cost")
    ask = ("chargeback", "--cost", "effective", "--period")
    ours = {}
    for period in [PERIOD_BEFORE, PERIOD]:
        ours |= units_of(farthing(*ask, period).answer)
    queries = {form: rule_files.stepped_query(rule_files.case_query(rules, reader(files, form)), args.stages) for form, files in forms.items()}
    for form, query in queries.items():
        theirs = {(row[0], row[1]): Decimal(repr(row[2])) for row in duckdb([], query).answer}
        nearly_same(f"{args.stages} stages, DuckDB over {form}", ours, theirs)
    say(f"{args.stages} stages: equal to a millionth; measuring {args.repeat} runs of each")
    best = quickest(args.repeat, lambda: farthing(*ask, PERIOD))
    what = f"chargeback of {args.chargeback_rows:,} rows, {args.stage_rules} rules, {args.stages} stages"
    return [
        line(f"{what}, beside CASE over {form}", best, quickest(args.repeat, lambda query=query: duckdb([], query)))
        for form, query in queries.items()
    ]


def measure_chargeback(args, farthing: Farthing, work: Path) -> list[dict]:
    forms = {form: generate(args.generator, work, args.chargeback_rows, args.seed, form) for form in ["parquet", "csv-gz"]}
    say(f"chargeback: making {args.rules} rules from the bill")
    queries = rule_files.facts_query(reader(forms["parquet"], "parquet"))
    facts = {name: duckdb([], query).answer for name, query in queries.items()}
    rules = rule_files.make_rules(facts, args.rules)
    rule_file = work / "rules.toml"
    rule_file.write_text(rule_files.toml(rules))

    say("chargeback: importing")
    farthing.import_bill(forms["parquet"])
    farthing("rules", "publish", rule_file)

    say("chargeback: comparing every unit's cost")
    ask = ("chargeback", "--cost", "effective", "--period")
    ours = {}
    for period in [PERIOD_BEFORE, PERIOD]:
        ours |= units_of(farthing(*ask, period).answer)
    cases = {form: rule_files.case_query(rules, reader(files, form)) for form, files in forms.items()}
    for form, case in cases.items():
        theirs = {(row[0], row[1]): Decimal(row[2]) for row in duckdb([], case).answer}
        same(f"chargeback, DuckDB over {form}", ours, {key: cost for key, cost in theirs.items() if cost != 0})

    say(f"chargeback: the costs of all units are equal; measuring {args.repeat} runs of each")
    best = quickest(args.repeat, lambda: farthing(*ask, PERIOD))
    what = f"chargeback of {args.chargeback_rows:,} rows, {args.rules} rules"
    return [
        line(f"{what}, beside CASE over {form}", best, quickest(args.repeat, lambda case=case: duckdb([], case)))
        for form, case in cases.items()
    ]


def line(what: str, ours: Measured, theirs: Measured) -> dict:
    return {
        "what": what,
        "farthing_seconds": round(ours.seconds, 3),
        "duckdb_seconds": round(theirs.seconds, 3),
        "time_ratio": round(ours.seconds / theirs.seconds, 3),
        "farthing_peak_mib": round(ours.peak_mebibytes),
        "duckdb_peak_mib": round(theirs.peak_mebibytes),
        "memory_ratio": round(ours.peak_mebibytes / theirs.peak_mebibytes, 3),
    }


def table(lines: list[dict]) -> str:
    width = max(len(one["what"]) for one in lines)
    head = f"{'':{width}}  {'farthing':>10}  {'DuckDB':>10}  {'ratio':>6}  {'farthing':>10}  {'DuckDB':>10}  {'ratio':>6}"
    out = [head]
    for one in lines:
        out.append(
            f"{one['what']:{width}}  {one['farthing_seconds']:8.2f} s  {one['duckdb_seconds']:8.2f} s  {one['time_ratio']:6.2f}"
            f"  {one['farthing_peak_mib']:6} MiB  {one['duckdb_peak_mib']:6} MiB  {one['memory_ratio']:6.2f}"
        )
    return "\n".join(out)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=Path, required=True, help="the folder of the built farthing program")
    parser.add_argument("--import-rows", type=int, default=1_000_000, help="charges to import (default: 1000000)")
    parser.add_argument("--chargeback-rows", type=int, default=10_000_000, help="charges to attribute (default: 10000000)")
    parser.add_argument("--rules", type=int, default=80, help="rules to attribute them with (default: 80)")
    parser.add_argument("--stage-rules", type=int, default=200, help="rules where pools are split as well (default: 200)")
    parser.add_argument("--stages", type=int, default=5, help="pools that step down (default: 5)")
    parser.add_argument("--seed", type=int, default=1, help="the sample organisation's seed (default: 1)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the quickest counts (default: 3)")
    parser.add_argument("--work", type=Path, default=Path("target/bench"), help="folder for files and results (default: target/bench)")
    parser.add_argument("--diff-rows", type=int, default=1_000_000, help="charges of each of two revisions (default: 1000000)")
    parser.add_argument("--skip", choices=["import", "chargeback", "rule-change", "diff"], nargs="*", default=[], help="leave some out")
    parser.add_argument("--forms", choices=["csv-gz", "parquet"], nargs="+", default=["csv-gz", "parquet"], help="files to import")
    args = parser.parse_args()
    args.generator = args.programs / "examples" / "organisation"
    args.program = args.programs / "farthing"
    for program in [args.generator, args.program]:
        if not program.exists():
            raise SystemExit(f"bench: {program} is missing; `make bench` builds it")
    return args


def main() -> None:
    args = arguments()
    work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    farthing = Farthing(args.program.resolve(), work / "home")
    args.generator = args.generator.resolve()
    lines: list[dict] = []
    try:
        if "import" not in args.skip:
            lines += [measure_import(args, farthing, work, form) for form in args.forms]
        if "chargeback" not in args.skip:
            lines += measure_chargeback(args, farthing, work)
            lines += measure_stages(args, farthing, work)
        if "rule-change" not in args.skip:
            import rule_change

            lines += rule_change.measure(args, farthing, work)
        if "diff" not in args.skip:
            import revision_diff

            lines += revision_diff.measure(args, farthing, work)
    except KeyboardInterrupt:
        say("interrupted; generated files stay for the next run")
        raise SystemExit(130) from None
    finally:
        shutil.rmtree(farthing.home, ignore_errors=True)
        if lines:
            machine = {"cores": os.cpu_count(), "rows": {"import": args.import_rows, "chargeback": args.chargeback_rows, "diff": args.diff_rows}}
            (work / "results.json").write_text(json.dumps({"machine": machine, "measured": lines}, indent=2) + "\n")
            print(table(lines))
            say(f"written to {work / 'results.json'}; a ratio below 1 means that Farthing needs less")


if __name__ == "__main__":
    main()
