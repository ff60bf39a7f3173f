"""A rule file for the benchmark, as Farthing's TOML and as the SQL CASE that means the same.

The rules are made from the bill's own accounts, services and tags, so that they match, and in a fixed order, so that the same
bill gives the same rules. Every second rule or so reads a tag: that is what real rule files look like.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

UNITS = [f"unit-{number:02}" for number in range(1, 17)]
TAGS = ["Team", "Environment", "Application", "env"]


@dataclass(frozen=True)
class Test:
    """One test of one field: `equals` one of some texts, `prefix`, or `absent`."""

    field: str
    kind: str
    texts: tuple[str, ...] = ()

    def toml(self) -> str:
        name = self.field if self.field.isalnum() else json.dumps(self.field)
        match self.kind:
            case "equals":
                return f"{name} = {json.dumps(list(self.texts))}"
            case "prefix":
                return f"{name} = {{ prefix = {json.dumps(self.texts[0])} }}"
            case _:
                return f"{name} = {{ absent = true }}"

    def sql(self) -> str:
        column = tag_column(self.field[4:]) if self.field.startswith("tag:") else f'"{self.field}"'
        match self.kind:
            case "equals":
                return f"{column} IN ({', '.join(map(literal, self.texts))})"
            case "prefix":
                return f"starts_with({column}, {literal(self.texts[0])})"
            case _:
                return f"coalesce({column}, '') = ''"


@dataclass(frozen=True)
class Rule:
    """Charges that meet all tests belong to the unit."""

    unit: str
    tests: tuple[Test, ...]


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def tag_column(tag: str) -> str:
    """The name of the column that holds a tag's value in the benchmark's SQL."""
    return f'"tag_{tag}"'


def make_rules(facts: dict[str, list], count: int) -> list[Rule]:
    """`count` rules from what a bill holds: pairs of account and service, pairs of team and environment, applications."""
    tests: list[tuple[Test, ...]] = []
    pairs = [(Test("SubAccountId", "equals", (a,)), Test("ServiceName", "equals", (s,))) for a, s in facts["account_service"]]
    teams = [(Test("tag:Team", "equals", (t,)), Test("tag:Environment", "equals", (e,))) for t, e in facts["team_environment"]]
    untagged = [(Test("ServiceName", "prefix", (s[:8],)), Test("tag:Team", "absent")) for (s,) in facts["service"]]
    applications = [(Test("tag:Application", "prefix", (a,)), Test("SubAccountId", "equals", (b,))) for a, b in facts["application"]]
    kinds = [pairs, teams, applications, untagged]
    seen = set()
    # One of each kind in turn, so that no kind takes the whole bill before the others are asked.
    while len(tests) < count and any(kinds):
        for kind in kinds:
            if kind and len(tests) < count:
                candidate = kind.pop(0)
                if candidate not in seen:
                    seen.add(candidate)
                    tests.append(candidate)
    if len(tests) < count:
        raise SystemExit(f"bench: the bill has accounts, services and tags for {len(tests)} rules only, not {count}: use more rows")
    return [Rule(UNITS[index % len(UNITS)], each) for index, each in enumerate(tests)]


def facts_query(files_sql: str) -> dict[str, str]:
    """The queries that `make_rules` is fed from: most frequent first, ties by name."""
    tags = ", ".join(f"json_extract_string(Tags, '$.\"{tag}\"') AS {tag_column(tag)}" for tag in TAGS)
    bill = f"(SELECT SubAccountId, ServiceName, {tags} FROM {files_sql})"
    team, environment, application = tag_column("Team"), tag_column("Environment"), tag_column("Application")

    def ranked(*columns: str) -> str:
        wanted = " AND ".join(f"{column} <> ''" for column in columns)
        listed = ", ".join(columns)
        return f"SELECT {listed} FROM {bill} WHERE {wanted} GROUP BY ALL ORDER BY count(*) DESC, {listed}"

    return {
        "account_service": ranked("SubAccountId", "ServiceName"),
        "team_environment": ranked(team, environment),
        "service": ranked("ServiceName"),
        "application": ranked(application, "SubAccountId"),
    }


def recipients(stage: int) -> list[str]:
    """Who the pool of a stage, counted from 0, gives to: the pools after it, and all units that are none."""
    return UNITS[stage + 1 :]


def toml(rules: list[Rule], stages: int = 0) -> str:
    """The rule file. The first `stages` units are pools that step down: each gives to those after it by their direct cost."""
    lines = ["version = 1"]
    lines += [f'\n[[units]]\nid = "{unit}"' for unit in UNITS]
    for number, rule in enumerate(rules, start=1):
        when = ", ".join(test.toml() for test in rule.tests)
        lines.append(f'\n[[rules]]\nid = "rule-{number:03}"\nunit = "{rule.unit}"\nwhen = {{ {when} }}')
    for stage in range(stages):
        named = json.dumps(recipients(stage))
        lines.append(f'\n[[pools]]\nid = "stage-{stage + 1}"\nunit = "{UNITS[stage]}"\ndriver = "direct_cost"\nrecipients = {named}')
    return "\n".join(lines) + "\n"


def case_query(rules: list[Rule], files_sql: str) -> str:
    """Period, unit (null: none), the exact sum of EffectiveCost and the count of charges, over the raw files.

    Tags are taken out of their JSON once a row, before the CASE, as a careful author would write it.
    """
    tags = ", ".join(f"json_extract_string(Tags, '$.\"{tag}\"') AS {tag_column(tag)}" for tag in TAGS)
    whens = "\n".join(f"    WHEN {' AND '.join(test.sql() for test in rule.tests)} THEN {literal(rule.unit)}" for rule in rules)
    return f"""
SELECT period, unit, sum(cost) AS cost, count(*) AS charges FROM (
  SELECT period, cost, CASE
{whens}
    ELSE NULL END AS unit
  FROM (
    SELECT strftime(CAST(BillingPeriodStart AS TIMESTAMP), '%Y-%m') AS period, CAST(EffectiveCost AS DECIMAL(38, 18)) AS cost,
      SubAccountId, ServiceName, {tags}
    FROM {files_sql}
  )
) GROUP BY period, unit ORDER BY period, unit"""


def stepped_query(case: str, stages: int) -> str:
    """The costs of `case` after each pool, one after the other, was split over those after it by their direct cost.

    SQL has no exact quotient of decimals: shares are doubles here, as whoever writes such a query has them.
    """
    parts = [f"step_0 AS (SELECT period, unit, cost AS direct, CAST(cost AS DOUBLE) AS cost FROM ({case}))"]
    for stage in range(stages):
        pool, named = literal(UNITS[stage]), ", ".join(map(literal, recipients(stage)))
        given = f"(SELECT period, cost AS given FROM step_{stage} WHERE unit = {pool})"
        total = f"(SELECT period, sum(direct) AS total FROM step_{stage} WHERE unit IN ({named}) GROUP BY 1)"
        cost = f"CASE WHEN unit = {pool} THEN 0 WHEN unit IN ({named}) THEN cost + coalesce(given, 0) * direct / total ELSE cost END"
        parts.append(
            f"step_{stage + 1} AS (SELECT period, unit, direct, {cost} AS cost FROM step_{stage} LEFT JOIN {given} USING (period) LEFT JOIN {total} USING (period))"
        )
    return f"WITH {', '.join(parts)} SELECT period, unit, cost FROM step_{stages}"
