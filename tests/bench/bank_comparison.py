"""What a loan application costs: the people of a real bank, as its event log measures them, beside models at their list prices.

`make bench-comparison` builds the program and runs this; it needs the folder of real data (FARTHING_SHARED). Everything is computed by the
program, from files that this writes; the script adds nothing up.

- People: 13,087 applications of a Dutch bank (BPI Challenge 2012). Handling time a case is measured by `farthing process`.
- AI: the requests of Azure's conversation trace of 2023. An application takes as many of them, one after the other, as the log has pieces of
  people's work for each case. Tokens are priced by LiteLLM's list; the prices make the bill, a charge for each model and kind of token.
- Every second application is decided by the model alone; for the others a person checks the answer.

What real data do not say is entered, and shown as such: the wage, and the minutes of a check. Neither source knows of wrong decisions, so
their cost is left out on both sides.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from decimal import Decimal
from math import log10
from pathlib import Path

MODELS = ["gpt-4o-mini", "claude-haiku-4-5", "gpt-4.1"]
MONTH, NEXT_MONTH = "2023-11-01T00:00:00Z", "2023-12-01T00:00:00Z"
WAGE, REVIEW_MINUTES = "27.50", 6
COSTS = ["BilledCost", "ContractedCost", "EffectiveCost", "ListCost"]
LOG = "automatic = ['112']\ncalendar = 'mon-fri 08:00-21:00; sat 08:00-18:00'\noffset = '+01:00'\n"


class Program:
    """The built program, in a folder of its own."""

    def __init__(self, path: Path, folder: Path):
        self.path, self.folder = path, folder

    def run(self, *arguments: str) -> str:
        command = [str(self.path), "--home", "home", "--no-progress", *arguments]
        run = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        if run.returncode not in (0, 3):
            sys.exit(f"{' '.join(command)}: status {run.returncode}\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
        return run.stdout

    def json(self, *arguments: str):
        return json.loads(self.run(*arguments, "--format", "json"))


def requests(shared: Path) -> list[tuple[str, int, int]]:
    """Moment, tokens in and tokens out of each request of the trace."""
    with gzip.open(shared / "data/traces/azure_llm_2023/AzureLLMInferenceTrace_conv.csv.gz", "rt") as file:
        return [(row["TIMESTAMP"], int(row["ContextTokens"]), int(row["GeneratedTokens"])) for row in csv.DictReader(file)]


def write(folder: Path, name: str, rows: list[dict]) -> str:
    with open(folder / name, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return name


def unit(model: str) -> str:
    return f"loans-by-{model.replace('.', '-')}"


def bill(costs: dict) -> list[dict]:
    """A FOCUS charge for each model: what its tokens cost by the list."""
    return [
        {
            "BillingAccountId": "bank", "BillingCurrency": "USD", "BillingPeriodStart": MONTH, "BillingPeriodEnd": NEXT_MONTH,
            "ChargePeriodStart": "2023-11-16T00:00:00Z", "ChargePeriodEnd": "2023-11-17T00:00:00Z", "ChargeCategory": "Usage",
            "InvoiceIssuerName": "model vendors", "ServiceCategory": "AI and Machine Learning", "ServiceName": f"tokens of {model}",
            "PricingUnit": "Tokens", "SubAccountId": "lending", "Tags": json.dumps({"unit": unit(model)}),
            **dict.fromkeys(COSTS, str(cost)),
        }
        for model, cost in costs.items()
    ]


def decisions(count: int) -> list[dict]:
    """Every second application by the model alone, the others checked by a person."""
    first = datetime(2023, 11, 1, 8)
    rows = []
    for model in MODELS:
        for at in range(count):
            alone = at % 2 == 0
            decided = first + timedelta(days=at % 22, minutes=at % 500)
            rows.append({
                "id": f"{model}-{at}", "decided_at": f"{decided.isoformat()}Z", "workflow": unit(model), "unit": unit(model),
                "actor": "ai" if alone else "ai_then_person", "model": model, "outcome": "accepted",
                "review_seconds": "" if alone else str(REVIEW_MINUTES * 60),
            })
    return rows


def documents(folder: Path) -> None:
    units = "".join(f'[[units]]\nid = "{unit(model)}"\n' for model in MODELS)
    (folder / "rules.toml").write_text(f'version = 1\n{units}[[rules]]\nid = "by-unit"\nunit_from_tag = "unit"\n')
    people = "version = 1\n"
    for model in MODELS:
        people += (
            f'[[workflow]]\nid = "{unit(model)}"\nrole = "loan officer"\ncurrency = "USD"\nunits = ["{unit(model)}"]\nwage_per_hour = {WAGE}\n'
            f"overhead_rate = 0.15\nproductive_hours = 1720\n[workflow.event_log]\nsource = 'bank'\n{LOG}"
            "[workflow.sources]\nwage_per_hour = { source = 'entered for this comparison', year = 2026 }\n"
        )
    (folder / "people.toml").write_text(people)


def plot(lines: list[tuple[str, Decimal, Decimal, Decimal]]) -> str:
    """Points on a logarithmic scale, with intervals, as SVG: bars would need a zero to begin at."""
    left, width, row = 250, 430, 34
    low, high = -3, 2
    height = 62 + row * len(lines)

    def place(amount: Decimal) -> float:
        return left + (log10(float(amount)) - low) / (high - low) * width

    parts = [f'<rect width="760" height="{height}" fill="#ffffff"/>']
    for decade in range(low, high + 1):
        x = place(Decimal(10) ** decade)
        parts.append(f'<line x1="{x:.1f}" y1="24" x2="{x:.1f}" y2="{36 + row * len(lines)}" stroke="#d8dadd"/>')
        parts.append(f'<text x="{x:.1f}" y="18" text-anchor="middle" fill="#5a6068">{10.0**decade:g}</text>')
    for at, (name, cost, down, up) in enumerate(lines):
        y = 32 + row * at
        colour = "#8a5a2b" if name == "People" else "#2f6f73"
        parts.append(f'<text x="{left - 10}" y="{y + 17}" text-anchor="end">{name}</text>')
        parts.append(f'<path d="M{left} {y + 13}H{place(cost):.1f}" stroke="#eceef0"/>')
        parts.append(f'<path d="M{place(down):.1f} {y + 13}H{place(up):.1f}" stroke="{colour}" stroke-width="4"/>')
        parts.append(f'<circle cx="{place(cost):.1f}" cy="{y + 13}" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{place(up) + 12:.1f}" y="{y + 17}">{cost:.4f}</text>')
    parts.append(f'<text x="{left}" y="{height - 6}" fill="#5a6068">USD for one loan application, logarithmic; bar: 95 % interval</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" font-family="system-ui, sans-serif" font-size="13">'
    return head + "".join(parts) + "</svg>\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--svg", type=Path, help="also draw the comparison into this file")
    arguments = parser.parse_args()
    if "FARTHING_SHARED" not in os.environ:
        sys.exit("skipped: FARTHING_SHARED names no folder of real data")
    shared = Path(os.environ["FARTHING_SHARED"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        farthing = Program(arguments.program.resolve(), folder)
        farthing.run("ingest", "event-log", str((shared / "data/event_logs/bpic2012.xes.gz").resolve()), "--source", "bank", "--offset", "+01:00")
        print(farthing.run("process", "--source", "bank", "--automatic", "112", "--calendar", "mon-fri 08:00-21:00; sat 08:00-18:00", "--offset", "+01:00"))
        process = farthing.json("process", "--source", "bank", "--automatic", "112")
        each = max(1, round(process["baseline"]["measured_runs"] / process["baseline"]["measured_cases"]))

        trace = requests(shared)
        documents(folder)
        with gzip.open(shared / "data/prices/llm/model_prices_and_context_window.litellm-1.109.1.json.gz") as prices:
            (folder / "prices.json").write_bytes(prices.read())
        farthing.run("prices", "publish", "prices.json", "--from", "2023-01-01")
        farthing.run("rules", "publish", "rules.toml")
        for model in MODELS:
            rows = [{"TIMESTAMP": at, "ContextTokens": into, "GeneratedTokens": out} for at, into, out in trace]
            file = write(folder, f"{model}.csv", rows)
            farthing.run("ingest", "usage", file, "--source", model, "--format", "request-trace", "--model", model, "--workload", unit(model))
        costs = farthing.json("token-cost", "--basis", "usage", "--window", "2023-11-01/2023-12-01", "--by", "model")
        cost_of = {group["model"]: group["usage"]["cost"] for group in costs[0]["groups"]}
        farthing.run("ingest", "billing", write(folder, "bill.csv", bill({model: cost_of[model] for model in MODELS})), "--source", "vendors")
        farthing.run("ingest", "decisions", write(folder, "decisions.csv", decisions(len(trace) // each)), "--source", "lending")
        farthing.run("ingest", "people", "people.toml")
        print(f"An application takes {each} requests of the trace; {len(trace) // each:,} applications a model.\n")
        print(farthing.run("unit-cost", "--window", "2023-11-01/2023-12-01"))
        reports = farthing.json("unit-cost", "--window", "2023-11-01/2023-12-01")
        lines = []
        for report in reports:
            for arm in report["arms"]:
                who = {"ai": "", "ai_then_person": ", checked", "person": "People"}[arm["actor"]]
                name = who if arm["actor"] == "person" else arm["model"] + who
                ends = arm["interval"] or {"low": arm["per_decision"], "high": arm["per_decision"]}
                lines.append((name, *(Decimal(text) for text in [arm["per_decision"], ends["low"], ends["high"]])))
        lines = sorted(set(lines), key=lambda line: line[1])
        if arguments.svg:
            arguments.svg.write_text(plot(lines))


if __name__ == "__main__":
    main()
