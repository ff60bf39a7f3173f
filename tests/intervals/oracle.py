"""Takes the intervals of a report again, with scipy and statsmodels, from the decisions themselves.

    oracle.py DECISIONS.csv PEOPLE.json UNIT_COST.json COMPARISON.json

PEOPLE.json holds rate_per_hour, handling_minutes and error_cost; no charge is attributed, so that a decision costs its handling and its
error. What does not agree is printed, and the status is 1.
"""

import csv
import json
import math
import sys
from collections import defaultdict

import numpy
from scipy import optimize, stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

decisions, people, report, comparison = (open(path).read() for path in sys.argv[1:5])
people, report, comparison = json.loads(people), json.loads(report), json.loads(comparison)
found = []


def near(what, ours, theirs, tolerance=1e-6):
    if not math.isclose(float(ours), theirs, rel_tol=tolerance, abs_tol=1e-8):
        found.append(f"{what}: {ours} is not {theirs!r}")


def cost(row):
    worked = row["actor"] == "person" or row["outcome"] in ("overridden", "escalated")
    seconds = float(row["handling_seconds"]) if row["handling_seconds"] else 60 * people["handling_minutes"] * worked
    error = float(row["error_cost"]) if row["error_cost"] else people["error_cost"] * (row["outcome"] == "wrong")
    return people["rate_per_hour"] * seconds / 3600 + error


arms = defaultdict(lambda: defaultdict(list))
rows = list(csv.DictReader(decisions.splitlines()))
for row in rows:
    arms[row["actor"], row["model"]][row["decided_at"][:10]].append((cost(row), row["outcome"] != "wrong"))


def interval(days, sound):
    """The ratio of sums by day: the delta method as a t interval of linearised days, or Fieller's set as the roots of its t test."""
    x = numpy.array([sum(one[0] for one in day) for day in days.values()])
    y = numpy.array([sum(one[1] for one in day) if sound else len(day) for day in days.values()], float)
    ratio, n = x.sum() / y.sum(), len(x)
    t = stats.t.ppf(0.975, n - 1)
    if t**2 * y.var(ddof=1) / (n * y.mean() ** 2) < 0.05:
        low, high = DescrStatsW((x - ratio * y) / y.mean()).tconfint_mean()
        return ratio, ratio + low, ratio + high, "delta"
    test = lambda theta: stats.ttest_1samp(x - theta * y, 0).pvalue - 0.05
    width = 40 * (x / y).std(ddof=1)
    return ratio, optimize.brentq(test, ratio - width, ratio), optimize.brentq(test, ratio, ratio + width), "Fieller"


methods, errors = set(), {}
for arm in report[0]["arms"]:
    days = arms[arm["actor"], arm["model"] or ""]
    name = f"{arm['actor']} {arm['model']}"
    for sound, figure, shown in [(False, "per_decision", "interval"), (True, "per_sound_decision", "sound_interval")]:
        ratio, low, high, method = interval(days, sound)
        near(f"{name} {figure}", arm[figure], ratio)
        near(f"{name} {shown} low", arm[shown]["low"], low)
        near(f"{name} {shown} high", arm[shown]["high"], high)
        if method not in arm[shown]["method"]:
            found.append(f"{name}: {arm[shown]['method']} is not {method}")
        methods.add(method)
    errors[name] = (ratio_of := interval(days, False))[0], float(arm["interval"]["standard_error"]), len(days) - 1
    assert ratio_of[3]
    check = arm["interval"]["check"]
    x = numpy.array([[sum(one[0] for one in day), len(day)] for day in days.values()], float)
    # Studentised: each resample's deviation over its own standard error.
    n, whole = len(x), x[:, 0].sum() / x[:, 1].sum()
    rest = numpy.column_stack([x[:, 0] - whole * x[:, 1], x[:, 1]])
    drawn = rest[numpy.random.default_rng(7).integers(0, n, (20_000, n))]

    def deviation(pairs):
        off = pairs[..., 0].sum(axis=-1) / pairs[..., 1].sum(axis=-1)
        squares = ((pairs[..., 0] - off[..., None] * pairs[..., 1]) ** 2).sum(axis=-1)
        return off, numpy.sqrt(n / (n - 1) * squares) / pairs[..., 1].sum(axis=-1)

    off, error = deviation(drawn)
    low, high = numpy.quantile(off / error, [0.025, 0.975])
    bounds = whole - numpy.array([high, low]) * deviation(rest)[1]
    for side, ours, theirs in zip(("low", "high"), (check["low"], check["high"]), bounds):
        if abs(float(ours) - theirs) > 0.15 * (bounds[1] - bounds[0]):
            found.append(f"{name} bootstrap {side}: {ours} is not near {theirs}")

person = errors["person None"]
for arm in report[0]["arms"]:
    against = arm["against_people"]
    if against is None:
        continue
    mine = errors[f"{arm['actor']} {arm['model']}"]
    # Welch's interval of two means with these standard errors, from scipy's own test of summary statistics.
    test = stats.ttest_ind_from_stats(
        person[0], person[1] * math.sqrt(person[2] + 1), person[2] + 1, mine[0], mine[1] * math.sqrt(mine[2] + 1), mine[2] + 1, equal_var=False
    ).confidence_interval(0.95) if hasattr(stats.ttest_ind_from_stats(1, 1, 2, 1, 1, 2), "confidence_interval") else None
    if test is None:
        variances = person[1] ** 2, mine[1] ** 2
        degrees = sum(variances) ** 2 / (variances[0] ** 2 / person[2] + variances[1] ** 2 / mine[2])
        half = stats.t.ppf(0.975, degrees) * math.sqrt(sum(variances))
        test = person[0] - mine[0] - half, person[0] - mine[0] + half
    # Our degrees of freedom are kept as whole numbers in the report.
    near("saving low", against["low"], test[0], 1e-4)
    near("saving high", against["high"], test[1], 1e-4)

# The experiment: by single decisions the standard error is that of a difference of means with unequal variances.
arm = {one["name"]: one for one in comparison["arms"]}
values = [numpy.array([cost(row) for row in rows if row["model"] == name]) for name in (one["name"] for one in comparison["arms"])]
means = CompareMeans(*(DescrStatsW(value) for value in values))
near("difference", comparison["cost"]["difference"], values[0].mean() - values[1].mean())
# statsmodels divides by n − 1 in each arm, the sequence by n, and by n − 1 over all clusters.
count = [len(value) for value in values]
error = math.sqrt(sum(value.var() / len(value) for value in values) * sum(count) / (sum(count) - 1))
near("standard error", comparison["cost"]["standard_error"], error)
near("standard error, statsmodels", comparison["cost"]["standard_error"], means.std_meandiff_separatevar, 1e-2)
alpha, planned, total = 0.05, comparison["tuned_for"], sum(count)
best = optimize.brentq(lambda v: v - math.log(1 + v) + 2 * math.log(alpha), 1, 50)
v = total * best / planned
half = error * math.sqrt(2 * (v + 1) / v * math.log(math.sqrt(v + 1) / alpha))
near("sequence low", comparison["cost"]["low"], values[0].mean() - values[1].mean() - half)
near("sequence high", comparison["cost"]["high"], values[0].mean() - values[1].mean() + half)

if methods != {"delta", "Fieller"}:
    found.append(f"the decisions do not need both methods: {methods}")
print("\n".join(found) or f"{len(rows)} decisions: every interval agrees")
sys.exit(bool(found))
