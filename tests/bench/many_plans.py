"""A plan for a thousand workloads, from their usage to a recommendation: the solve, its verification and the replay, as a user waits for it.

`make bench-plan-many` runs it. A week of hourly usage is made from a seed: a daily wave of its own for every workload, on twenty types of
machine, each model with a queue's figures on half of them. The times are those of the commands from start to exit; the plan says its own gap, and whether
its replay kept every promise. Nothing here passes or fails by a time.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

MONDAY = datetime(2026, 1, 5)
INPUT, OUTPUT = 512, 128


def write_profile(path: Path, workloads: int, types: int, draw: random.Random) -> None:
    lines = ["version = 1", 'currency = "USD"']
    prices = [round(draw.uniform(0.8, 12), 4) for _ in range(types)]
    for index, price in enumerate(prices):
        lines += ["", "[[instance_types]]", f'id = "type-{index}"', f'price = "{price}"', f'plan_rate = "{price * 0.72:.6f}"', f"quota = {12 * workloads}"]
    for index in range(workloads):
        lines += ["", "[[workloads]]", f'id = "work-{index}"', f'model = "model-{index}"', 'unit = "inference"', "min_replicas = 1"]
        lines += ["slo = { time_to_first_token_ms = 2500, inter_token_latency_ms = 90 }"]
        for kind in sorted(draw.sample(range(types), types // 2)):
            # Dearer machines are faster, more or less.
            pace = (2 / prices[kind]) ** 0.5 * draw.uniform(0.8, 1.2)
            lines += [f'[workloads.profiles."type-{kind}"]', f"alpha = {18 * pace:.3f}", f"beta = {0.05 * pace:.5f}", f"gamma = {0.0006 * pace:.6f}", "max_batch = 16"]
    path.write_text("\n".join(lines) + "\n")


def write_usage(path: Path, workloads: int, draw: random.Random) -> None:
    with path.open("w") as file:
        file.write("timestamp,workload,model,requests,input_tokens,output_tokens\n")
        for index in range(workloads):
            level, phase = 10 ** draw.uniform(2.5, 4.0), draw.randrange(24)
            for hour in range(168):
                wave = 1 + 0.6 * math.sin((hour + phase) * math.pi / 12)
                requests = round(level * wave * (0.6 if hour // 24 > 4 else 1) * draw.uniform(0.9, 1.1))
                at = (MONDAY + timedelta(hours=hour)).isoformat() + "Z"
                file.write(f"{at},work-{index},model-{index},{requests},{requests * INPUT},{requests * OUTPUT}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True, help="the built farthing")
    parser.add_argument("--workloads", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--types", type=int, default=20)
    parser.add_argument("--time-limit", type=int, default=90, help="seconds for the solve")
    parser.add_argument("--output", type=Path, default=Path("target/bench/many"))
    arguments = parser.parse_args()
    print("| workloads | usage imported | plan, verified and replayed | of it the solve | gap | requests replayed | replay |\n|---:|---:|---:|---:|---:|---:|---|")
    for workloads in arguments.workloads:
        folder = arguments.output / str(workloads)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        draw = random.Random(workloads)
        write_profile(folder / "fleet.toml", workloads, arguments.types, draw)
        write_usage(folder / "usage.csv", workloads, draw)

        def run(*given: str) -> tuple[str, float]:
            command = [str(arguments.program.resolve()), "--home", "home", "--no-progress", *given]
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
            if done.returncode not in (0, 2, 3):
                sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
            return done.stdout, time.perf_counter() - start

        run("ingest", "fleet", "fleet.toml")
        _, imported = run("ingest", "usage", "usage.csv", "--source", "made", "--format", "request-trace")
        text, planned = run("plan", "fleet", "--gap", "0.003", "--time-limit", str(arguments.time_limit), "--format", "json")
        plan = json.loads(text)
        replay = plan["replay"]
        requests = sum(one["requests"] for one in replay["workloads"])
        verdict = "keeps every promise" if replay["keeps_promises"] else f"{sum(one['missed_hours'] for one in replay['workloads'])} hours missed"
        print(f"| {workloads} | {imported:.1f} s | {planned:.1f} s | {plan['seconds']:.1f} s | {100 * plan['gap']:.2f} % | {requests:,} | {verdict} |", flush=True)


if __name__ == "__main__":
    main()
