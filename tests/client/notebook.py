"""A month with the client, cell by cell, as somebody would in a notebook: what was spent, by whom, why, and what a plan would change.

    PYTHONPATH=deploy/python python3 tests/client/notebook.py URL
"""

from __future__ import annotations

import sys
from decimal import Decimal

from farthing_client import Farthing, Problem

farthing = Farthing(sys.argv[1])

# %% What is there?
status = farthing.get_status()
periods = sorted({line["period"] for line in farthing.get_periods()})
period = periods[-1]
print(f"{len(status['periods'])} sources and periods, the newest {period}")

# %% Who spent what? Amounts are exact, as text.
answer = farthing.get_chargeback(period=period, cost="effective")
statement = answer[0] if isinstance(answer, list) else answer
assert Decimal(statement["difference"]) == 0
units = {unit["unit"]: Decimal(unit["total"]) for unit in statement["units"]}
unattributed = sum((Decimal(line["amount"]) for line in statement["unattributed"]), Decimal(0))
assert sum(units.values(), unattributed) == Decimal(statement["billed_total"])
print(f"{statement['currency']} {statement['billed_total']} over {len(units)} units")

# %% The same from the charges themselves, a million of them if need be: rows come as they are read.
charged: dict[str, Decimal] = {}
for row in farthing.rows("GET", "/v1/charges", query={"period": period, "attributed": True}):
    charged[row["BillingCurrency"]] = charged.get(row["BillingCurrency"], Decimal(0)) + Decimal(row["EffectiveCost"])
assert charged[statement["currency"]] == Decimal(statement["billed_total"]), charged

# %% Any other question.
services = farthing.post_sql({
    "query": "SELECT ServiceName, SUM(EffectiveCost) AS cost FROM focus GROUP BY ServiceName ORDER BY cost DESC LIMIT 3",
    "period": period,
})
print("most:", ", ".join(f"{row['ServiceName']} {row['cost']}" for row in services))

# %% A list to its end, however many pages that are.
metrics = [metric["id"] for metric in farthing.every_kpis(limit=5)]
assert metrics == [metric["id"] for metric in farthing.get_kpis()] and len(metrics) > 5

# %% What is wrong is an exception with the next step in it.
try:
    farthing.get_chargeback(period="2031-01")
    raise SystemExit("there are no charges of 2031")
except Problem as problem:
    assert problem.status == 404 and period in problem.detail, problem

# %% Long work need not be waited for.
instance = {
    "hours": 2,
    "types": [{"id": "s", "od_price": 1.5, "commit_price": 1.6, "plan_rate": 1.7, "quota": 4}],
    "workloads": [{"id": "w", "min_replicas": 1, "capacity": {"s": 10}, "demand": [15, 20]}],
}
run = farthing.asked("POST", "/v1/plans/fleet/solve", body=instance, headers={"Prefer": "respond-async"})
states = [event["state"] for event in farthing.events(run["id"])]
done = farthing.get_jobs_by_id(run["id"])
assert states[-1] == "done" and done["result"] is not None, done
print(f"a plan of {done['result']['objective']}, after {len(states)} events")
