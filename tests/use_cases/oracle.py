#!/usr/bin/env python3
"""What DuckDB answers to the FOCUS use-case queries, as exact decimals.

    oracle.py FOCUS_FOLDER [EXTRA_CSV...]  >  expected.json

FOCUS_FOLDER holds `use_cases/<release>/*.yaml` and the files of charges named below; EXTRA_CSV are further files for every release.
Every query runs on the files of its release, with parameters taken from their rows. Printed is one JSON document:

    {"data": {release: [file...]},
     "cases": [{"query", "release", "sql", "parameters", "columns": [kind...], "rows": [[text or null...]...],
                "limit", "order": [column...]}]}

`kind` is `number`, `float`, `moment`, `date`, `boolean` or `text`. `rows` are all rows that the query has without its LIMIT, in its
order. A query that DuckDB refuses has `error` instead.

DuckDB's `/` of decimals is a float, which is not what is to be compared, so quotients are taken here in exact decimals and rounded
half to even at 18 places; a quotient by zero is NULL. DuckDB's `json_value` keeps the quotes of a text, against the SQL standard;
`json_extract_string` takes its place.
"""

import csv
import decimal
import json
import pathlib
import re
import sys

import duckdb
import sqlglot
import yaml
from sqlglot import exp

decimal.getcontext().prec = 120

# 1.1 published no data; its columns are among those of 1.2.
V1_2 = ["generated_v1.2/focus_1_2_cost_and_usage_aws.csv", "generated_v1.2/focus_1_2_cost_and_usage_azure.csv"]
DATA = {
    "1.0": ["real/focus_1.0_sample_1000.csv"],
    "1.1": V1_2,
    "1.2": V1_2,
    "1.3": ["generated_v1.3/focus_1_3_cost_and_usage_aws.csv", "generated_v1.3/focus_1_3_cost_and_usage_gcp.csv"],
    "1.4": ["generated_v1.4_synthetic/synthetic_focus_1_4_cost_and_usage.csv"],
}
MOMENT = re.compile(r"(Start|End|Created|LastUpdated)$")
NUMBER = re.compile(r"(Cost|UnitPrice|Quantity)$")
# Columns of any release that a file of another may lack.
COLUMNS = """
AllocatedMethodDetails AllocatedMethodId AllocatedResourceId AllocatedResourceName AllocatedTags AvailabilityZone BilledCost
BillingAccountId BillingAccountName BillingAccountType BillingCurrency BillingPeriodEnd BillingPeriodStart CapacityReservationId
CapacityReservationStatus ChargeCategory ChargeClass ChargeDescription ChargeFrequency ChargePeriodEnd ChargePeriodStart
CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName CommitmentDiscountQuantity CommitmentDiscountStatus
CommitmentDiscountType CommitmentDiscountUnit CommitmentProgramEligibilityDetails ConsumedQuantity ConsumedUnit ContractApplied
ContractedCost ContractedUnitPrice EffectiveCost HostProviderName InvoiceDetailId InvoiceId InvoiceIssuerName ListCost ListUnitPrice
PricingCategory PricingCurrency PricingCurrencyContractedUnitPrice PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice
PricingQuantity PricingUnit ProviderName PublisherName RegionId RegionName ResourceId ResourceName ResourceType ServiceCategory
ServiceName ServiceProviderName ServiceSubcategory SkuId SkuMeter SkuPriceDetails SkuPriceId SubAccountId SubAccountName
SubAccountType Tags
""".split()


def quotient(left, right):
    """Exact, rounded half to even at 18 places."""
    if left is None or right is None or not decimal.Decimal(right):
        return None
    right = decimal.Decimal(right)
    return (decimal.Decimal(left) / right).quantize(decimal.Decimal(1).scaleb(-18), rounding=decimal.ROUND_HALF_EVEN)


def kind_of_column(name):
    if MOMENT.search(name):
        return "TIMESTAMP"
    return "DECIMAL(38, 18)" if NUMBER.search(name) else "VARCHAR"


def read(files):
    """A database with the rows of these files as `focus_data_table`."""
    database = duckdb.connect()
    database.create_function("exact_quotient", quotient, ["VARCHAR", "VARCHAR"], "DECIMAL(38, 18)", null_handling="special")
    selects = []
    for file in files:
        with open(file, newline="", encoding="utf-8") as lines:
            header = next(csv.reader(lines))
        present = {name.lower(): name for name in header}
        values = []
        for name in COLUMNS:
            kind = kind_of_column(name)
            found = present.get(name.lower())
            # A column that the release does not have yet is empty.
            value = f"CAST(NULLIF(NULLIF(\"{found}\", ''), 'NULL') AS {kind})" if found else f"CAST(NULL AS {kind})"
            values.append(f'{value} AS "{name}"')
        source = f"read_csv('{file}', all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')"
        selects.append(f"SELECT {', '.join(values)} FROM {source}")
    database.execute(f"CREATE TABLE focus_data_table AS {' UNION ALL '.join(selects)}")
    return database


def exact(tree):
    """The query with exact quotients."""

    def rewrite(node):
        if isinstance(node, exp.Div):
            sides = [exp.cast(side, "VARCHAR") for side in (node.this.unnest(), node.expression.unnest())]
            return exp.func("exact_quotient", *sides)
        return node

    return tree.transform(rewrite)


def bounds(database):
    start, end = database.execute(
        "SELECT min(least(BillingPeriodStart, ChargePeriodStart)), max(greatest(BillingPeriodEnd, ChargePeriodEnd)) FROM focus_data_table"
    ).fetchone()
    return f"{start:%Y-%m-%d}", f"{end.year}-{end.month:02}-{end.day + 1:02}"


def places(sql):
    """What stands before each `?`: a column or expression and an operator, or the start of a JSON path."""
    found = []
    for before in sql.split("?")[:-1]:
        match = re.search(r"([\w.]+(?:->>'[^']*')?)\s*(>=|<=|<>|!=|=|<|>)\s*$", before)
        found.append((match.group(1), match.group(2)) if match else ("tag", None))
    return found


def candidates(database, sql):
    """Values for the parameters, the likeliest to give rows first."""
    start, end = bounds(database)
    wanted = places(sql)
    texts = [column for column, _ in wanted if not MOMENT.search(column) and column != "tag"]
    rows = [()]
    if texts:
        # With few rows to choose from, a query of one account and one provider finds both.
        shown = ", ".join(dict.fromkeys(texts))
        query = f"SELECT {shown}, count(*) FROM focus_data_table WHERE {' AND '.join(f'{text} IS NOT NULL' for text in texts)} GROUP BY ALL ORDER BY ALL"
        rows = sorted(database.execute(query).fetchall(), key=lambda row: -row[-1]) or [("none",) * (len(set(texts)) + 1)]
    tag = database.execute(
        "SELECT key, count(*) FROM (SELECT unnest(json_keys(Tags)) AS key FROM focus_data_table) GROUP BY key ORDER BY 2 DESC, 1 LIMIT 1"
    ).fetchone()
    for row in rows[:500]:
        of_text = dict(zip(dict.fromkeys(texts), row))
        values = []
        for column, operator in wanted:
            if column == "tag":
                values.append(tag[0] if tag else "none")
            elif MOMENT.search(column):
                values.append(start if operator == ">=" else end)
            else:
                values.append(str(of_text[column]))
        yield values


def kind(type_name):
    type_name = str(type_name)
    if type_name.startswith("DECIMAL") or type_name in ("BIGINT", "INTEGER", "HUGEINT", "UBIGINT", "SMALLINT"):
        return "number"
    known = {"DOUBLE": "float", "DATE": "date", "BOOLEAN": "boolean"}
    return known.get(type_name, "moment" if type_name.startswith("TIMESTAMP") else "text")


def shown(value, of_kind):
    if value is None:
        return None
    if of_kind == "moment":
        return f"{value:%Y-%m-%dT%H:%M:%S}Z"
    if of_kind == "number":
        return f"{decimal.Decimal(value):f}"
    return str(value)


def order(tree):
    """The positions of the columns that the query is ordered by, as far as they are among its columns."""
    columns = tree.selects
    names = [column.alias_or_name.lower() for column in columns]
    texts = [column.unalias().sql().lower() for column in columns]
    positions = []
    for ordered in (tree.args.get("order") or exp.Order(expressions=[])).expressions:
        text = ordered.this.sql().lower()
        at = names.index(text) if text in names else texts.index(text) if text in texts else None
        if at is None:
            break
        positions.append(at)
    return positions


def answer(database, sql):
    tree = sqlglot.parse_one(re.sub(r"\bJSON_VALUE\(", "json_extract_string(", sql), dialect="duckdb")
    limit = tree.args.get("limit")
    unlimited = exact(tree.copy())
    unlimited.set("limit", None)
    text = unlimited.sql(dialect="duckdb")
    result = None
    for parameters in candidates(database, sql):
        run = database.execute(text, parameters)
        result = (parameters, [kind(column[1]) for column in run.description], run.fetchall())
        if result[2]:
            break
    parameters, kinds, rows = result
    return {
        "parameters": parameters,
        "columns": kinds,
        "rows": [[shown(value, of_kind) for value, of_kind in zip(row, kinds)] for row in rows],
        "limit": int(limit.expression.this) if limit else None,
        "order": order(tree),
    }


def main(folder, extra):
    cases, known = [], {}
    data = {release: [*(str(folder / file) for file in files), *extra] for release, files in DATA.items()}
    mended = yaml.safe_load(pathlib.Path(__file__).with_name("mended.yaml").read_text(encoding="utf-8"))
    for release, files in data.items():
        database = read(files)
        for file in sorted((folder / "use_cases" / release).glob("*.yaml")):
            published = yaml.safe_load(file.read_text(encoding="utf-8"))["sql"].rstrip().rstrip(";")
            forms = {f"{release}/{file.stem}": published}
            for mend in mended:
                sql = re.sub(mend["find"], mend["replace"], published)
                if file.stem in mend["queries"] and sql != published:
                    forms[f"{release}/{file.stem} (mended)"] = sql
            for query, sql in forms.items():
                case = known.get((release, sql))
                if case is None:
                    try:
                        case = answer(database, sql)
                    except Exception as error:  # Whatever it is, it is the query's answer and the test's to judge.
                        case = {"error": str(error)}
                    known[release, sql] = case
                cases.append({"query": query, "release": release, "sql": sql, **case})
    json.dump({"data": data, "cases": cases}, sys.stdout)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
