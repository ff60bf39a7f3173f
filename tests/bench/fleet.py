"""The fleet model by decomposition beside the same program as a whole in HiGHS, and how it grows with the number of workloads.

`make bench-fleet` prepares what this needs and runs it. Instances come from the shared folder where there is one; those for growth are made
from a seed. First both ways must have the same optimum where both prove one, and each plan must pass the folder's own verify.py. Both
report their own proven bound, on the same machine, one after the other, on all cores. Nothing passes or fails by a time: the figures are
printed and written to target/bench/fleet.json.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

WHOLE = """
import json, sys, time, highspy
path, limit, threads, gap = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
solver = highspy.Highs()
for name, value in [("output_flag", False), ("time_limit", limit), ("threads", threads), ("mip_rel_gap", gap), ("mip_abs_gap", 0.0)]:
    solver.setOptionValue(name, value)
start = time.perf_counter()
solver.readModel(path)
read = time.perf_counter() - start
solver.run()
info = solver.getInfo()
found = {"read": read, "seconds": time.perf_counter() - start - read, "gap": info.mip_gap, "objective": info.objective_function_value}
print(json.dumps(found))
"""


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def made(workloads: int, types: int, seed: int) -> dict:
    """A week of daily demand for so many workloads, in the neutral format."""
    draw = random.Random(seed)
    kinds = []
    for i in range(types):
        price = round(draw.uniform(0.5, 12.0), 3)
        kinds.append({
            "id": f"t{i}", "od_price": price, "commit_price": round(price * draw.uniform(0.55, 0.7), 3),
            "plan_rate": round(price * draw.uniform(0.68, 0.8), 3), "quota": 40 * workloads,
        })
    loads = []
    for w in range(workloads):
        level, phase = 10 ** draw.uniform(0.5, 2.5), draw.randrange(24)
        day = [1 + 0.6 * math.sin((hour + phase) * math.pi / 12) for hour in range(24)]
        demand = [round(level * day[h % 24] * (0.6 if h // 24 % 7 > 4 else 1) * draw.uniform(0.9, 1.1), 3) for h in range(168)]
        usable = draw.sample(kinds, max(2, types // 2))
        capacity = {kind["id"]: round(kind["od_price"] * draw.uniform(4, 9), 2) for kind in usable}
        loads.append({"id": f"w{w}", "min_replicas": 1, "capacity": capacity, "demand": demand})
    return {"name": f"made {workloads}x{types}", "hours": 168, "types": kinds, "workloads": loads}


def with_terms(instance: dict, draw: random.Random) -> dict:
    """The same with a ramp, a loss to survive and soft limits."""
    for workload in instance["workloads"]:
        workload["ramp"] = draw.choice([3, 5, 8])
    for index, workload in enumerate(instance["workloads"]):
        if index % 5 == 0:
            workload["unserved_price"] = round(3 * max(t["od_price"] for t in instance["types"]), 3)
    for index, kind in enumerate(instance["types"]):
        kind["zone"] = f"zone {index % 3}"
    instance["survive"] = [{"loss": "zone", "demand": 0.5}]
    instance["types"][0]["excess_price"] = round(4 * instance["types"][0]["od_price"], 3)
    return instance


class Solver:
    """The model's own program, and what it says on its way."""

    def __init__(self, program: Path, work: Path):
        self.program, self.work = program, work

    def solve(self, instance: Path, seconds: float, gap: float, program: Path | None = None) -> dict:
        plan = self.work / f"{instance.stem}.plan.json"
        command = [str(self.program), str(instance), str(seconds), str(gap), str(plan), *([str(program)] if program else [])]
        start = time.perf_counter()
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(run.stdout)
        way = re.findall(r"^([0-9.]+) s\t.*\tgap ([0-9.]+) %$", run.stderr, re.M)
        found["way"] = [(float(at), float(gap) / 100) for at, gap in way]
        found.update(wall=time.perf_counter() - start, plan=str(plan), building_share=found["building"] / max(found["seconds"], 1e-9))
        return found


def gap_at(found: dict, seconds: float) -> float | None:
    """The gap that was proven by then."""
    known = [gap for at, gap in found["way"] if at <= seconds]
    return min(known) if known else None


def whole(path: Path, seconds: float, threads: int, gap: float = 1e-4) -> dict:
    """The program of the instance, as HiGHS reads it from a file."""
    arguments = [sys.executable, "-c", WHOLE, str(path), str(seconds), str(threads), str(gap)]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def percent(value: float | None) -> str:
    return "none" if value is None or not math.isfinite(value) else f"{100 * value:.2f} %"


def same_optimum(solver: Solver, instance: Path, threads: int) -> None:
    """Both ways have one optimum, or there is nothing to compare."""
    program = solver.work / f"{instance.stem}.mps"
    ours, theirs = solver.solve(instance, 60, 0, program), whole(program, 60, threads, 0.0)
    if abs(float(ours["objective"]) - theirs["objective"]) > 1e-6 * abs(theirs["objective"]):
        sys.exit(f"{instance.stem}: {ours['objective']} here, {theirs['objective']} in HiGHS")
    say(f"{instance.stem}: {ours['objective']} either way")


def verified(folder: Path, instance: Path, found: dict) -> str:
    """What the folder's own checker says of the plan; it knows none of our code, and none of the further terms."""
    checker = folder / "verify.py"
    if not checker.exists():
        return "no checker"
    run = subprocess.run([sys.executable, str(checker), str(instance), found["plan"]], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{instance.stem}: the plan does not pass verify.py:\n{run.stdout}{run.stderr}")
    return "passes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, required=True, help="the example plan_fleet of solver-models, built for release")
    parser.add_argument("--work", type=Path, default=Path("target/bench"), help="folder for files that are made")
    parser.add_argument("--instances", nargs="*", default=["10x10_1:60", "50x20_1:60", "200x20_1:60", "1000x20_1:120"],
                        help="of the shared folder, each with its seconds")
    parser.add_argument("--growth", type=int, nargs="*", default=[100, 300, 1000], help="numbers of workloads of the instances that are made")
    parser.add_argument("--growth-gap", type=float, default=0.01, help="the gap until which growth is timed")
    parser.add_argument("--ramp", type=int, default=3, help="the 50 x 20 instance once more, with this ramp; 0 leaves it out")
    parser.add_argument("--terms", type=int, default=50, help="workloads of the instance with ramps, losses and soft limits; 0 leaves it out")
    parser.add_argument("--whole-limit", type=int, default=120, help="seconds for the whole program in HiGHS; 0 leaves it out")
    parser.add_argument("--whole-most", type=int, default=200, help="workloads up to which the whole program is tried")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads for HiGHS")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    solver = Solver(args.program, args.work)
    folder = Path(os.environ.get("FARTHING_SHARED", "/nonexistent")) / "data/solver/fleet"
    results: dict = {"instances": {}, "growth": {}}
    for name in ["tiny_a", "tiny_plan"]:
        if (folder / f"{name}.json").exists():
            same_optimum(solver, folder / f"{name}.json", args.threads)
    chosen = [(folder / f"fleet_{name}.json", int(seconds)) for name, _, seconds in (entry.partition(":") for entry in args.instances)]
    chosen = [(path, seconds) for path, seconds in chosen if path.exists()]
    plain = folder / "fleet_50x20_1.json"
    if args.ramp and plain.exists():
        ramped = json.loads(plain.read_text())
        for workload in ramped["workloads"]:
            workload["ramp"] = args.ramp
        path = args.work / f"ramp_{args.ramp}_50x20.json"
        path.write_text(json.dumps(ramped))
        chosen.append((path, 60))
    if args.terms:
        path = args.work / f"terms_{args.terms}x20.json"
        path.write_text(json.dumps(with_terms(made(args.terms, 20, 1), random.Random(1))))
        chosen.append((path, 120))
    print("| instance | seconds | gap in a quarter of them | in half | in all | building | verify.py | whole program in HiGHS |")
    print("|---|---:|---:|---:|---:|---:|---|---:|")
    for instance, seconds in chosen:
        tried = args.whole_limit and len(json.loads(instance.read_text())["workloads"]) <= args.whole_most
        program = args.work / f"{instance.stem}.mps" if tried else None
        say(f"{instance.stem}: solving for {seconds} s")
        found = solver.solve(instance, seconds, 1e-4, program)
        checked = "own terms" if instance.stem.startswith("terms") else verified(folder, instance, found)
        other = whole(program, args.whole_limit, args.threads) if program else None
        results["instances"][instance.stem] = {"ours": found, "whole": other}
        beside = f"{percent(other['gap'])} in {other['seconds']:.0f} s" if other else "not run"
        gaps = " | ".join(percent(gap_at(found, seconds * share)) for share in (0.25, 0.5)) + f" | {percent(found['gap'])}"
        print(f"| {instance.stem} | {seconds} | {gaps} | {percent(found['building_share'])} | {checked} | {beside} |", flush=True)
    print(f"\n| workloads | seconds to a gap of {percent(args.growth_gap)} | a workload |\n|---:|---:|---:|")
    for workloads in args.growth:
        path = args.work / f"made_{workloads}x20.json"
        path.write_text(json.dumps(made(workloads, 20, 1)))
        found = solver.solve(path, 300, args.growth_gap)
        results["growth"][workloads] = found
        print(f"| {workloads} | {found['seconds']:.1f} | {1000 * found['seconds'] / workloads:.0f} ms |", flush=True)
    (args.work / "fleet.json").write_text(json.dumps(results, indent=2) + "\n")
    say(f"written to {args.work / 'fleet.json'}")


if __name__ == "__main__":
    main()
