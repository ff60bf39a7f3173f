"""Plans on the first week of real traffic, replays the second, and says what other ways of scaling would have cost.

`make bench-plan` builds the program and runs this. Traffic is ServeGen's (Alibaba, three language models, two weeks, rates of ten
minutes), a fiftieth of it; prices are Google's on-demand list in us-central1; how fast the models are is llm-inferno's published fit.
Requests have 512 tokens in and 128 out, which the trace does not say. Nothing here passes or fails: figures are printed and
written to target/bench/plan.json.

- plan: `farthing plan fleet` from the first week's usage, as published: 95 % quantile, a tenth of headroom, replayed before it is told
- static peak, static mean: the type that is cheapest for each model, as many as the first week's largest, or mean, hour needs
- floor and reactive: the plan's hours as the fewest replicas, and an autoscaler by request rate on top; how exports run, and what is recommended
- reactive: the type that is cheapest for each model, and an autoscaler that aims at 70 % of the capacity in requests a second of the
  last minute, up to three times the first week's peak
- hindsight: the cheapest plan for the second week's own ten-minute rates, which nobody could have known

Every one is replayed on the second week, request by request, with cold starts of three minutes, by the same seed.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import os
import subprocess
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

WEEK, PARTS = 168, 6
# Share of the capacity that the autoscaler without a plan aims at: what is usual.
REACTIVE_TARGET = "0.7"
SCALE = Decimal("0.02")
INPUT, OUTPUT = 512, 128
MONDAY = datetime(2026, 1, 5)
# Accelerator of the fit, and how many of it each machine has.
MACHINES = {"a2-ultragpu-1g": ("A100", 1), "a2-ultragpu-2g": ("A100", 2), "g2-standard-24": ("L4", 2), "g2-standard-48": ("L4", 4)}
# Model of the trace, model of the fit, promised milliseconds to the first token and between tokens.
WORKLOADS = {"m-small": ("granite_13b", 2000, 80), "m-mid": ("llama_13b", 2000, 160), "m-large": ("granite_34b", 2000, 160)}


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Program:
    """The built program, in a folder of its own."""

    def __init__(self, path: Path, folder: Path):
        self.path, self.folder = path, folder

    def run(self, *arguments: str, ok: tuple[int, ...] = (0,)) -> str:
        command = [str(self.path), "--home", str(self.folder / "home"), "--no-progress", *arguments]
        run = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        if run.returncode not in ok:
            sys.exit(f"{' '.join(command)}: status {run.returncode}\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
        return run.stdout

    def replay(self, plan: str, trace: str, *more: str) -> dict:
        files = ["--profile", "fleet.toml", "--instance", "second-week.json", "--trace", trace]
        arguments = ["simulate", plan, *files, "--every-request", "--format", "json", *more]
        return json.loads(self.run(*arguments, ok=(0, 2)))


def rates_of(path: Path) -> dict[str, list[Decimal]]:
    rates = defaultdict(list)
    with path.open() as file:
        for row in csv.DictReader(file):
            if row["model"] in WORKLOADS:
                rates[row["model"]].append(Decimal(row["requests_per_s"]) * SCALE)
    return rates


def prices_of(path: Path) -> dict[str, str]:
    with gzip.open(path, "rt") as file:
        rows = (row for row in csv.DictReader(file) if row["region"] == "us-central1")
        return {row["machine_type"]: row["on_demand_usd_per_hour"] for row in rows if row["machine_type"] in MACHINES}


def fits_of(path: Path) -> dict[tuple[str, str], dict]:
    """By model and machine: the fit, where so many accelerators are what the fit is of."""
    models = json.loads(path.read_text())["models"]
    return {
        (workload, machine): model
        for workload, (name, _, _) in WORKLOADS.items()
        for machine, (accelerator, count) in MACHINES.items()
        for model in models
        if (model["name"], model["acc"], model["accCount"]) == (name, accelerator, count)
    }


def capacity(fit: dict, first_token: float, between: float) -> float:
    """Requests a second of a replica within its promises: the state-dependent M/M/1/K queue, computed apart from the program."""
    alpha, beta, gamma = (fit["perfParms"][name] for name in ("alpha", "beta", "gamma"))
    memory, computed = INPUT + OUTPUT / 2, (INPUT + OUTPUT) / (OUTPUT + 1)
    batch = max(1, math.floor(fit["maxBatchSize"] * fit["atTokens"] / OUTPUT))

    def iteration(n: float) -> float:
        return alpha + n * (beta * computed + gamma * memory)

    def request(n: float) -> float:
        return iteration(n) + (beta + gamma) * INPUT + OUTPUT * (iteration(n) + beta + gamma * memory)

    rates = [1000 * n / request(n) for n in range(1, batch + 1)]

    def keeps(rate: float) -> bool:
        weight, total, system, busy = 1.0, 1.0, 0.0, 0.0
        for n in range(1, 11 * batch + 1):
            weight *= rate / rates[min(n, batch) - 1]
            total, system, busy = total + weight, system + weight * n, busy + weight * min(n, batch)
            if weight > 1e200:
                weight, total, system, busy = (x / 1e200 for x in (weight, total, system, busy))
        served = rate * (1 - weight / total)
        wait, service = 1000 * (system - busy) / total / served, 1000 * busy / total / served
        prefill = iteration(busy / total) + (beta + gamma) * INPUT
        step = (service - prefill) / OUTPUT
        return step <= between and wait + prefill + step <= first_token

    low, high = rates[0] * 1e-3, rates[-1] * 0.999
    if not keeps(low):
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if keeps(middle) else (low, middle)
    return low


def write_profile(path: Path, prices: dict, fits: dict) -> None:
    lines = ["version = 1", 'currency = "USD"']
    for machine, price in prices.items():
        lines += ["", "[[instance_types]]", f'id = "{machine}"', f'price = "{price}"', 'vendor = "gcp"', 'region = "us-central1"']
    for workload, (model, first_token, between) in WORKLOADS.items():
        lines += ["", "[[workloads]]", f'id = "{workload}"', f'model = "{model}"', 'unit = "inference"', "min_replicas = 1"]
        lines += [f"slo = {{ time_to_first_token_ms = {first_token}, inter_token_latency_ms = {between} }}"]
        for (of, machine), fit in fits.items():
            if of == workload:
                lines += ["", f'[workloads.profiles."{machine}"]']
                lines += [f"{name} = {fit['perfParms'][name]}" for name in ("alpha", "beta", "gamma")]
                lines += [f"max_batch = {fit['maxBatchSize']}", f"at_tokens = {fit['atTokens']}"]
    path.write_text("\n".join(lines) + "\n")


def write_trace(path: Path, rates: dict, week: int) -> None:
    with path.open("w") as file:
        file.write("timestamp,workload,model,requests,input_tokens,output_tokens\n")
        for workload, values in rates.items():
            for index in range(week * WEEK * PARTS, (week + 1) * WEEK * PARTS):
                requests = round(values[index] * 600)
                at = (MONDAY + timedelta(seconds=600 * index)).isoformat() + "Z"
                file.write(f"{at},{workload},{WORKLOADS[workload][0]},{requests},{requests * INPUT},{requests * OUTPUT}\n")


def neutral(replicas: dict[str, dict[str, list[int]]]) -> str:
    return json.dumps({"status": "time_limit", "n": replicas, "commit": {}, "plan": 0})


def instance(prices: dict, capacities: dict, demand: dict) -> str:
    types = [{"id": machine, "od_price": float(price)} for machine, price in prices.items()]
    workloads = [
        {"id": workload, "min_replicas": 1, "capacity": {m: c for (w, m), c in capacities.items() if w == workload}, "demand": values}
        for workload, values in demand.items()
    ]
    return json.dumps({"hours": WEEK, "types": types, "workloads": workloads})


def summary(name: str, replays: list[dict]) -> dict:
    """Cost and misses of a way of scaling; replays are of all workloads or of one each."""
    workloads = [workload for replay in replays for workload in replay["workloads"]]
    total = lambda field: sum(workload[field] for workload in workloads)
    return {
        "name": name,
        "cost": str(sum(Decimal(replay["on_demand_cost"]) for replay in replays).quantize(Decimal("0.01"))),
        "missed_hours": total("missed_hours"),
        "hours": sum(len(workload["hours"]) for workload in workloads),
        "requests": total("requests"),
        "late_share": total("late") / total("requests"),
        "not_served_share": (total("lost") + total("unserved")) / total("requests"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True, help="the built farthing")
    parser.add_argument("--data", type=Path, default=os.environ.get("FARTHING_SHARED"), help="folder with prices and traces")
    parser.add_argument("--output", type=Path, default=Path("target/bench/plan"))
    parser.add_argument("--svg", type=Path, help="also draw the comparison into this file")
    arguments = parser.parse_args()
    if arguments.data is None:
        sys.exit("bench: give --data, or set FARTHING_SHARED, to the folder with the traces and prices")
    data, folder = Path(arguments.data) / "data", arguments.output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    program = Program(arguments.program.resolve(), folder)
    rates = rates_of(data / "traces/servegen/model_rate_10min.csv")
    prices = prices_of(data / "prices/gcp/machine_prices.csv.gz")
    fits = fits_of(data / "solver/inferno/small/model-data.json")
    capacities = {key: capacity(fit, *WORKLOADS[key[0]][1:]) for key, fit in fits.items()}
    capacities = {key: value for key, value in capacities.items() if value > 0}
    for (workload, machine), value in sorted(capacities.items()):
        say(f"{workload} on {machine}: {value:.4f} requests a second, {float(prices[machine]) / value:.3f} USD an hour for each")
    write_profile(folder / "fleet.toml", prices, fits)
    write_trace(folder / "week1.csv", rates, 0)
    write_trace(folder / "week2.csv", rates, 1)
    # The second week as it was: for hindsight alone; the other replays take only capacities and prices from it.
    known = {w: [float(max(v[h * PARTS : (h + 1) * PARTS])) for h in range(WEEK, 2 * WEEK)] for w, v in rates.items()}
    (folder / "second-week.json").write_text(instance(prices, capacities, known))
    results = []

    def add(name: str, *replays: dict) -> None:
        results.append(summary(name, list(replays)))
        say(json.dumps(results[-1]))

    program.run("ingest", "fleet", "fleet.toml")
    program.run("ingest", "usage", "week1.csv", "--source", "servegen", "--format", "request-trace", ok=(0, 3))
    program.run("plan", "fleet", "--gap", "0.002", "--format", "json", "-o", "plan.json")
    planned = json.loads((folder / "plan.json").read_text())
    for workload in planned["workloads"]:
        for kind in workload["types"]:
            known = capacities[workload["workload"], kind["type"]]
            assert abs(float(kind["capacity"]) / known - 1) < 1e-6, (workload["workload"], kind["type"], kind["capacity"], known)
    hourly = {w: [sum(v[h * PARTS : (h + 1) * PARTS]) / PARTS for h in range(WEEK)] for w, v in rates.items()}
    add("Plan as floor, reactive on top", program.replay("plan.json", "week2.csv", "--floor"))
    for share in ("0.9", "0.8"):
        name = f"The same, aiming at {float(share):.0%} of capacity"
        add(name, program.replay("plan.json", "week2.csv", "--floor", "--reactive-rate", share))
    add("Plan of the first week alone", program.replay("plan.json", "week2.csv"))

    cheapest = {w: min((float(prices[m]) / c, m) for (of, m), c in capacities.items() if of == w)[1] for w in WORKLOADS}
    needed = lambda w, demand: max(1, math.ceil(float(demand) / capacities[w, cheapest[w]]))
    for name, of in (("Static, peak of the first week", max), ("Static, mean of the first week", lambda v: sum(v) / len(v))):
        counts = {w: needed(w, of(values)) for w, values in hourly.items()}
        (folder / "static.json").write_text(neutral({w: {cheapest[w]: [n] * WEEK} for w, n in counts.items()}))
        add(name, program.replay("static.json", "week2.csv"))

    reactive = []
    for workload, values in hourly.items():
        (folder / "reactive.json").write_text(neutral({workload: {cheapest[workload]: [needed(workload, values[0])] * WEEK}}))
        lines = (folder / "week2.csv").read_text().splitlines(keepends=True)
        (folder / "own.csv").write_text(lines[0] + "".join(line for line in lines if f",{workload}," in line))
        most = str(3 * needed(workload, max(values)))
        reactive.append(program.replay("reactive.json", "own.csv", "--reactive-rate", REACTIVE_TARGET, "--max-replicas", most))
    add("Reactive autoscaler", *reactive)

    program.run("plan", "fleet", "--instance", "second-week.json", "--gap", "0.002", "--format", "json", "-o", "hindsight.json")
    add("Perfect hindsight", program.replay("hindsight.json", "week2.csv"))
    (folder.parent / "plan.json").write_text(json.dumps(results, indent=2) + "\n")
    show(results)
    if arguments.svg:
        arguments.svg.write_text(plot(results))


def show(results: list[dict]) -> None:
    print("| Way of scaling | Cost of the week, USD | Missed hours | Late requests | Not served |\n| --- | ---: | ---: | ---: | ---: |")
    for r in results:
        late, lost = (f"{100 * r[field]:.2f} %" for field in ("late_share", "not_served_share"))
        print(f"| {r['name']} | {Decimal(r['cost']):,} | {r['missed_hours']} of {r['hours']} | {late} | {lost} |")


def plot(results: list[dict]) -> str:
    """Cost to the right, hours that missed a promise upwards: the lower left is wanted. SVG."""
    left, right, top, bottom = 70, 730, 30, 330
    most = max(float(r["cost"]) for r in results) * 1.1
    highest = max(1, *(r["missed_hours"] for r in results)) * 1.1
    across = lambda cost: left + float(cost) / most * (right - left)
    up = lambda hours: bottom - hours / highest * (bottom - top)
    parts = ['<rect width="760" height="380" fill="#ffffff"/>']
    for cost in range(0, int(most), 10_000):
        x = across(cost)
        parts.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="#eceef0"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" fill="#5a6068">{cost:,}</text>')
    for hours in range(0, int(highest), 50):
        y = up(hours)
        parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#eceef0"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#5a6068">{hours}</text>')
    for r in results:
        x, y = across(r["cost"]), up(r["missed_hours"])
        colour = "#8a5a2b" if "reactive on top" in r["name"] or "The same" in r["name"] else "#2f6f73"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"/>')
        anchor, dx = ("end", -10) if x > (left + right) / 2 else ("start", 10)
        parts.append(f'<text x="{x + dx:.1f}" y="{y - 8:.1f}" text-anchor="{anchor}">{r["name"]}</text>')
    parts.append(f'<text x="{right}" y="370" text-anchor="end" fill="#5a6068">USD for the week</text>')
    parts.append(f'<text x="{left - 60}" y="18" fill="#5a6068">hours of workloads that missed a promise, of {results[0]["hours"]}</text>')
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 380" font-family="system-ui, sans-serif" font-size="13">'
    return head + "".join(parts) + "</svg>\n"


main()
