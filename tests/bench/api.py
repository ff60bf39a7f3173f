"""Measures the API under load: a year's chargeback by unit, asked by 32 connections, beside a FastAPI and DuckDB service that answers the same.

`make bench-api` prepares what this needs and runs it. Nothing here passes or fails by a time: figures are printed and written to
target/bench/api.json. What is compared before any time is taken is the money; where it differs the run stops.

- tag: `If-None-Match` with the tag of the answer that stands: 304, and no computing.
- cache: without a tag; both services answer with what they have computed before.
- uncached: `Cache-Control: no-cache`. Farthing puts the answer together from what it knows of the year's statement; FastAPI asks DuckDB.
- cold: the first answer after something was published: the year is attributed anew.
- memory: of the serving process, over a longer run of cached and uncached answers.
- overload: 1,000 connections that want uncached answers. Refusals are 429 or 503, health is answered all the while, and every decision
  that was acknowledged meanwhile is there afterwards, once.

wrk has the machine's cores to share with whoever it asks.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path

import rule_change
import rules as rule_files
import run as bench

CONNECTIONS = 32
OVERLOAD = 1_000
GOOD = {"tag": (5_000, 25), "cache": (5_000, 25), "uncached": (300, None)}


class Served:
    """A service that runs, until it is told to stop."""

    def __init__(self, command: list[str], address: str | None = None, cwd: Path | None = None) -> None:
        self.child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=cwd)
        if address is None:
            lines = (re.search(r"http://([0-9.:]+)", line) for line in self.child.stderr)
            address = next(found for found in lines if found).group(1)
        threading.Thread(target=self.child.stderr.read, daemon=True).start()
        self.address = address
        self.url = f"http://{address}"

    def __enter__(self) -> Served:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.url}/healthz").read()
                return self
            except OSError:
                if self.child.poll() is not None:
                    raise SystemExit("bench: a service ended at its start")
                time.sleep(0.1)
        raise SystemExit("bench: a service does not answer")

    def __exit__(self, *_: object) -> None:
        self.child.terminate()
        self.child.wait()

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[dict, object]:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers or {})) as answer:
            return {name.lower(): value for name, value in answer.headers.items()}, json.load(answer)

    def mebibytes(self) -> float:
        """The memory of its process and the processes that it started."""
        pids = [self.child.pid]
        for pid in pids:
            try:
                pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            except OSError:
                continue
        kilobytes = 0
        for pid in pids:
            try:
                kilobytes += int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()).group(1))
            except (OSError, AttributeError):
                continue
        return kilobytes / 1024


def wrk(url: str, seconds: int, connections: int, headers: dict[str, str]) -> dict:
    """What wrk counted."""
    command = ["wrk", "-t", "2", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    scale = {"us": 0.001, "ms": 1.0, "s": 1_000.0, "m": 60_000.0}
    figure, unit = re.search(r"99%\s+([0-9.]+)(us|ms|s|m)", said).groups()
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: (.*)", said)
    return {
        "requests_per_second": float(re.search(r"Requests/sec:\s+([0-9.]+)", said).group(1)),
        "requests": int(re.search(r"(\d+) requests in", said).group(1)),
        "p99_ms": float(figure) * scale[unit],
        "refused": int(refused.group(1)) if refused else 0,
        "broken": broken.group(1) if broken else "",
    }


def query(rules: list[rule_files.Rule], files: list[Path], database: Path) -> str:
    """Fills a DuckDB database with the year; gives the question of a window's units, with two places for the window."""
    database.unlink(missing_ok=True)
    tags = ", ".join(f"json_extract_string(Tags, '$.\"{tag}\"') AS {rule_files.tag_column(tag)}" for tag in rule_files.TAGS)
    columns = "CAST(ChargePeriodStart AS TIMESTAMP) AS moment, CAST(EffectiveCost AS DECIMAL(38, 18)) AS cost, SubAccountId, ServiceName"
    bench.duckdb([
        f"ATTACH {rule_files.literal(str(database))} AS year",
        f"CREATE TABLE year.charges AS SELECT {columns}, {tags} FROM {bench.reader(files, 'parquet')} ORDER BY moment",
    ])
    whens = " ".join(f"WHEN {' AND '.join(test.sql() for test in rule.tests)} THEN {rule_files.literal(rule.unit)}" for rule in rules)
    return f"""SELECT unit, sum(cost) AS cost, count(*) AS charges FROM (
  SELECT cost, CASE {whens} ELSE NULL END AS unit FROM charges WHERE moment >= CAST(? AS TIMESTAMP) AND moment < CAST(? AS TIMESTAMP)
) GROUP BY unit ORDER BY unit"""


def of_farthing(statement: dict) -> dict:
    """Unit → cost; none where no unit has it."""
    if Decimal(statement["difference"]) != 0:
        raise SystemExit(f"bench: the statement does not close: difference {statement['difference']}")
    costs = {unit["unit"]: Decimal(unit["total"]) for unit in statement["units"]} | {None: Decimal(statement["unattributed_total"])}
    return {unit: cost for unit, cost in costs.items() if cost != 0}


def of_fast_api(answer: dict) -> dict:
    return {unit["unit"]: Decimal(unit["total"]) for unit in answer["units"] if Decimal(unit["total"]) != 0}


def measured(name: str, service: Served, path: str, seconds: int) -> dict:
    """The three ways to ask, each warmed before it is measured."""
    tag = service.get(path)[0]["etag"]
    lines = {}
    for way, headers in {"tag": {"If-None-Match": tag}, "cache": {}, "uncached": {"Cache-Control": "no-cache"}}.items():
        bench.say(f"{name}: {way}")
        wrk(service.url + path, 2, CONNECTIONS, headers)
        lines[way] = wrk(service.url + path, seconds, CONNECTIONS, headers) | {"mebibytes": service.mebibytes()}
    return lines


def memory(service: Served, path: str, seconds: int) -> dict:
    """Memory over a longer run, the mean of its first and of its last quarter."""
    samples, stop = [], threading.Event()

    def sampled() -> None:
        while not stop.wait(1):
            samples.append(service.mebibytes())

    thread = threading.Thread(target=sampled)
    thread.start()
    for headers in [{}, {"Cache-Control": "no-cache"}] * 2:
        wrk(service.url + path, max(seconds // 4, 2), CONNECTIONS, headers)
    stop.set()
    thread.join()
    quarter = max(len(samples) // 4, 1)
    return {"first": statistics.mean(samples[:quarter]), "last": statistics.mean(samples[-quarter:]), "peak": max(samples)}


class Writer(threading.Thread):
    """Sends decisions, one request each, and notes which were acknowledged."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.acknowledged, self.refused, self.stopped = address, [], 0, threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stopped.is_set():
            number += 1
            row = {"id": f"load-{number}", "decided_at": "2026-05-04T00:00:00Z", "workflow": "load", "actor": "ai", "outcome": "accepted"}
            request = urllib.request.Request(
                f"http://{self.address}/v1/decisions?source=load", json.dumps([row]).encode(), {"Content-Type": "application/json"}
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    if answer.status == 200:
                        self.acknowledged.append(row["id"])
            except urllib.error.HTTPError as error:
                self.refused += 1
                if error.code not in (409, 429, 503):
                    raise SystemExit(f"bench: a write was answered with {error.code}: {error.read()[:300]}")
                self.stopped.wait(float(error.headers.get("Retry-After") or 1) / 4)
            except OSError:
                self.refused += 1
                self.stopped.wait(0.1)


def overload(service: Served, path: str, seconds: int) -> dict:
    """More than can be worked on: who is refused, who is not, and what becomes of what was acknowledged."""
    waits, failed, stop = [], [], threading.Event()

    def watched() -> None:
        while not stop.wait(0.1):
            start = time.perf_counter()
            try:
                connection = http.client.HTTPConnection(service.address, timeout=10)
                connection.request("GET", "/healthz")
                if connection.getresponse().status != 200:
                    failed.append("refused")
                waits.append(time.perf_counter() - start)
            except OSError as error:
                failed.append(str(error))
            finally:
                connection.close()

    statuses: dict[int, int] = {}

    def sampled() -> None:
        """wrk does not say which refusals it got."""
        while not stop.wait(0.05):
            try:
                urllib.request.urlopen(urllib.request.Request(service.url + path, headers={"Cache-Control": "no-cache"}), timeout=30).read()
                status = 200
            except urllib.error.HTTPError as error:
                status = error.code
            except OSError:
                continue
            statuses[status] = statuses.get(status, 0) + 1

    writer = Writer(service.address)
    others = [threading.Thread(target=watched), threading.Thread(target=sampled), writer]
    for thread in others:
        thread.start()
    counted = wrk(service.url + path, seconds, OVERLOAD, {"Cache-Control": "no-cache"})
    peak = service.mebibytes()
    stop.set()
    writer.stopped.set()
    for thread in others:
        thread.join()
    if failed:
        raise SystemExit(f"bench: health was not answered {len(failed)} times of {len(waits) + len(failed)}: {failed[0]}")
    if not statuses.keys() <= {200, 429, 503}:
        raise SystemExit(f"bench: overload was answered with {statuses}")
    body = json.dumps({"query": "SELECT DecisionId, COUNT(*) AS times FROM decisions WHERE Workflow = 'load' GROUP BY DecisionId"}).encode()
    request = urllib.request.Request(f"{service.url}/v1/sql", body, {"Content-Type": "application/json"})
    found = {row["DecisionId"]: row["times"] for row in json.load(urllib.request.urlopen(request))}
    lost = [one for one in writer.acknowledged if found.get(one) != 1]
    if lost:
        raise SystemExit(f"bench: {len(lost)} of {len(writer.acknowledged)} acknowledged writes are not there once: {lost[:3]}")
    health = {"asked": len(waits), "worst_ms": max(waits) * 1_000}
    return counted | {"health": health, "acknowledged": len(writer.acknowledged), "writes_refused": writer.refused, "mebibytes": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=Path, required=True, help="the folder of the built farthing program")
    parser.add_argument("--chargeback-rows", type=int, default=1_000_000, help="charges of the sample that the year is made of")
    parser.add_argument("--rules", type=int, default=80, help="rules to attribute them with (default: 80)")
    parser.add_argument("--seed", type=int, default=1, help="the sample organisation's seed (default: 1)")
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement (default: 10)")
    parser.add_argument("--long", type=int, default=120, help="seconds of the run that memory is watched in (default: 120)")
    parser.add_argument("--work", type=Path, default=Path("target/bench"), help="folder for files and results (default: target/bench)")
    args = parser.parse_args()
    args.work = work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    args.generator = args.programs / "examples" / "organisation"
    program, home = (args.programs / "farthing").resolve(), work / "home-api"

    files = rule_change.year(args, work)
    rules = rule_files.make_rules(
        {name: bench.duckdb([], text).answer for name, text in rule_files.facts_query(bench.reader(files, "parquet")).items()}, args.rules
    )
    farthing = bench.Farthing(program, home)
    bench.say("importing a year")
    imported = farthing.import_bill(files)
    (work / "rules.toml").write_text(rule_files.toml(rules))
    farthing("rules", "publish", work / "rules.toml")
    first, last = rule_change.months()[0], rule_change.months()[-1]
    window = f"{first:%Y-%m-%d}/{last.replace(month=last.month % 12 + 1, year=last.year + last.month // 12):%Y-%m-%d}"
    path = f"/v1/chargeback?window={window}"
    database, asked = work / "api.duckdb", work / "api.sql"
    asked.write_text(query(rules, files, database))
    here = Path(__file__).resolve().parent
    peer = [sys.executable, str(here / "fast_api.py"), str(database), str(asked), "7871", "2"]

    results: dict[str, object] = {"charges": imported.answer["rows"], "window": window, "connections": CONNECTIONS}
    with Served([str(program), "--home", str(home), "serve", "--listen", "127.0.0.1:0"]) as ours:
        start = time.perf_counter()
        statement = ours.get(path)[1]
        results["cold_ms"] = (time.perf_counter() - start) * 1_000
        with Served(peer, "127.0.0.1:7871", here) as theirs:
            bench.same("a year by unit", of_farthing(statement), of_fast_api(theirs.get(path)[1]))
            bench.say(f"the costs of all {len(of_farthing(statement))} units are equal; measuring")
            results["fastapi"] = measured("FastAPI and DuckDB", theirs, path, args.seconds)
        results["farthing"] = measured("Farthing", ours, path, args.seconds)
        bench.say("memory")
        results["memory"] = memory(ours, path, args.long)
        bench.say("overload")
        results["overload"] = overload(ours, path, args.seconds)
    shutil.rmtree(home, ignore_errors=True)
    (work / "api.json").write_text(json.dumps(results, indent=2) + "\n")
    shown(results)


def shown(results: dict) -> None:
    print(f"A year's chargeback by unit, {results['charges']:,} charges, {results['connections']} connections\n")
    print(f"{'':10}{'Farthing':>24}{'FastAPI + DuckDB':>28}{'ratio':>8}")
    for way, (rate, wait) in GOOD.items():
        ours, theirs = results["farthing"][way], results["fastapi"][way]
        told = [f"{one['requests_per_second']:,.0f}/s, p99 {one['p99_ms']:,.1f} ms" for one in (ours, theirs)]
        # Whoever ended no request in that time has no rate.
        beside = theirs["requests_per_second"]
        ratio = f"{ours['requests_per_second'] / beside:.1f}x" if beside else "–"
        wanted = f"wanted {rate:,}/s" + (f", {wait} ms" if wait else "")
        print(f"{way:10}{told[0]:>24}{told[1]:>28}{ratio:>8}   {wanted}")
        for name, one in [("Farthing", ours), ("FastAPI", theirs)]:
            if one["refused"] or one["broken"]:
                print(f"  {name}: {one['refused']} refused, {one['broken'] or 'no connection'} broken")
    kept, over = results["memory"], results["overload"]
    print(f"\nThe first answer took {results['cold_ms']:,.0f} ms.")
    print(f"Memory: {kept['first']:,.0f} MiB at first, {kept['last']:,.0f} at last, {kept['peak']:,.0f} at most.")
    health = over["health"]
    print(
        f"Overload, {OVERLOAD:,} connections: {over['requests_per_second']:,.0f}/s answered, {over['refused']:,} of {over['requests']:,} refused; "
        f"health {health['asked']} times, {health['worst_ms']:,.0f} ms at worst;\n"
        f"{over['acknowledged']} writes acknowledged, all there once, {over['writes_refused']} refused; {over['mebibytes']:,.0f} MiB."
    )


if __name__ == "__main__":
    main()
