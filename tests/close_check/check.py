"""Checks a closed billing period from its exported files alone, and shares no code with the program.

    check.py FOLDER [CHARGES.csv ...]

FOLDER is what `farthing certificate PERIOD --files FOLDER` wrote: certificate.json and a statement for each cost. The charges are
the Cost and Usage files of `farthing export focus --period PERIOD --as csv`. Every digest is taken again, every statement added up
again, and the charges too; what does not agree is printed, and the status is 1. Python's standard library is all that it needs.
"""

import csv
import decimal
import hashlib
import json
import pathlib
import sys
from collections import defaultdict

decimal.getcontext().prec = 60
COLUMNS = {"billed": "BilledCost", "effective": "EffectiveCost", "contracted": "ContractedCost", "list": "ListCost"}


def amount(text):
    return decimal.Decimal(text or "0")


def check_certificate(certificate, found):
    canonical = json.dumps(certificate["certified"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if hashlib.sha256(canonical.encode()).hexdigest() != certificate["sha256"]:
        found.append("certificate.json: the digest is not that of what it certifies")


def check_statement(statement, total, name, found):
    """Adds up one statement and holds it against the certificate's total."""
    units = sum((amount(unit["total"]) for unit in statement["units"]), decimal.Decimal(0))
    parts = sum((amount(unit["direct"]) + amount(unit["shared"]) for unit in statement["units"]), decimal.Decimal(0))
    tops = sum((amount(unit["rolled_up"]["total"]) for unit in statement["units"] if unit["parent"] is None), decimal.Decimal(0))
    pools = sum((amount(share["amount"]) for unit in statement["units"] for share in unit["shares"]), decimal.Decimal(0))
    rest = sum((amount(line["amount"]) for line in statement["unattributed"]), decimal.Decimal(0))
    proof = sum((amount(row["billed"]) for row in statement["proof"]), decimal.Decimal(0))
    for what, left, right in [
        ("units", units, amount(total["attributed"])),
        ("direct + shared", parts, units),
        ("units at the top with those below", tops, units),
        ("what pools gave and took", pools, decimal.Decimal(0)),
        ("unattributed", rest, amount(total["unattributed"])),
        ("attributed + unattributed", units + rest, amount(total["billed"])),
        ("sources", proof, amount(total["billed"])),
        ("billed", amount(statement["billed_total"]), amount(total["billed"])),
    ]:
        if left != right:
            found.append(f"{name}, {total['currency']}: {what} come to {left}, not {right}")


def check_statements(folder, certified, found):
    totals = {(total["cost"], total["currency"]): total for total in certified["totals"]}
    for output in certified["outputs"]:
        content = (folder / output["file"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != output["sha256"] or len(content) != output["bytes"]:
            found.append(f"{output['file']}: not the bytes that were certified")
        for statement in json.loads(content):
            total = totals.pop((statement["cost"], statement["currency"]), None)
            if total is None:
                found.append(f"{output['file']}: the certificate has no total of {statement['currency']}")
            else:
                check_statement(statement, total, output["file"], found)
    found.extend(f"no statement of {cost} cost in {currency}" for cost, currency in totals)


def check_charges(paths, certified, found):
    sums, rows = defaultdict(decimal.Decimal), defaultdict(int)
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                rows[row["BillingCurrency"]] += 1
                for cost, column in COLUMNS.items():
                    sums[cost, row["BillingCurrency"]] += amount(row[column])
    for total in certified["totals"]:
        key = total["cost"], total["currency"]
        if sums[key] != amount(total["billed"]) or rows[total["currency"]] != total["charges"]:
            found.append(f"charges: {rows[key[1]]} come to {sums[key]} {key[1]} {key[0]}, not {total['charges']} to {total['billed']}")


def main(folder, *charges):
    folder, found = pathlib.Path(folder), []
    certificate = json.loads((folder / "certificate.json").read_bytes())
    certified = certificate["certified"]
    check_certificate(certificate, found)
    check_statements(folder, certified, found)
    if charges:
        check_charges(charges, certified, found)
    for line in found:
        print(line)
    if not found:
        print(f"{certified['period']}: {len(certified['outputs'])} statements and {len(charges)} files of charges agree with {certificate['sha256']}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
