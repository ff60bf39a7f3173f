"""Reads a chargeback and a unit's statement back from their files, with other tools than ours, and compares them with the JSON.

    read_back.py FOLDER URL

FOLDER has chargeback.json, .xlsx and .parquet, statement.json, statement.pdf (A4) and letter.pdf of one closed period; URL is an API
over the same home, whose answers must be the same bytes. What does not agree is printed, and the status is 1.
"""

import io
import json
import pathlib
import sys
import urllib.request
from decimal import Decimal, getcontext

import openpyxl
import pyarrow.parquet
import pypdf

getcontext().prec = 60
found = []


def check(what, left, right):
    if left != right:
        found.append(f"{what}: {left!r} is not {right!r}")


def rows_of(sheet):
    """The rows of a sheet by the names of its columns; each number beside its exact text."""
    heads = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        values = dict(zip(heads, row))
        for head, cell in values.items():
            if cell.data_type == "f":
                found.append(f"{sheet.title}!{cell.coordinate} is a formula: {cell.value}")
            if f"{head}, exact" in values and cell.value is not None:
                exact = values[f"{head}, exact"]
                check(f"{sheet.title}!{cell.coordinate} is a number", cell.data_type, "n")
                check(f"{sheet.title}!{exact.coordinate} is a text", exact.data_type, "s")
                check(f"{sheet.title}!{cell.coordinate}", float(cell.value), float(exact.value))
        yield {head: cell.value for head, cell in values.items()}


def expected_rows(statements):
    """What the first sheet and the Parquet file must hold."""
    for one in statements:
        for unit in one["units"]:
            amounts = [unit["direct"], unit["shared"], unit["total"], unit["rolled_up"]["total"]]
            yield one["currency"], unit["unit"], None, unit["name"], [Decimal(amount) for amount in amounts]
        for line in one["unattributed"]:
            amount = Decimal(line["amount"])
            yield one["currency"], None, line["reason"], line["description"], [amount, Decimal(0), amount, amount]


AMOUNTS = ["Direct", "Shared", "Total", "TotalWithUnitsBelow"]


def check_workbook(folder, statements):
    book = openpyxl.load_workbook(folder / "chargeback.xlsx")
    check("sheets", book.sheetnames, ["Statement", "Shares", "Proof", "About"])
    for sheet in book:
        check(f"{sheet.title}: the heads are frozen", sheet.freeze_panes, "A2")
    read = [
        (row["Currency"], row["Unit"], row["Reason"], row["Name"], [Decimal(row[f"{name}, exact"]) for name in AMOUNTS])
        for row in rows_of(book["Statement"])
    ]
    check("the workbook's rows", read, list(expected_rows(statements)))
    for one in statements:
        shares = [row for row in rows_of(book["Shares"]) if row["Currency"] == one["currency"]]
        check("shares sum to zero", sum((Decimal(row["Amount, exact"]) for row in shares), Decimal(0)), Decimal(0))
        check("shares", len(shares), sum(len(unit["shares"]) for unit in one["units"]))
        whole = [row for row in rows_of(book["Proof"]) if row["Currency"] == one["currency"] and row["Source"] == "all"]
        check("proof", Decimal(whole[0]["Billed, exact"]), Decimal(one["billed_total"]))


def check_parquet(folder, statements):
    table = pyarrow.parquet.read_table(folder / "chargeback.parquet")
    for name in AMOUNTS:
        check(f"the type of {name}", str(table.schema.field(name).type), "decimal128(38, 18)")
    read = [
        (row["Currency"], row["Unit"], row["Reason"], row["Name"], [row[name] for name in AMOUNTS]) for row in table.to_pylist()
    ]
    check("the Parquet file's rows", read, list(expected_rows(statements)))
    for one in statements:
        total = sum((row["Total"] for row in table.to_pylist() if row["Currency"] == one["currency"]), Decimal(0))
        check("the sum of Total", total, Decimal(one["billed_total"]))


def grouped(amount):
    """Every digit, with commas and a true minus, as the PDF has it."""
    amount = Decimal(amount)
    whole, _, fraction = f"{abs(amount):f}".partition(".")
    return ("\u2212" if amount < 0 else "") + f"{int(whole):,}" + (f".{fraction}" if fraction else "")


def check_pdf(folder, name, size, report):
    reader = pypdf.PdfReader(folder / name)
    pages = [page.extract_text() for page in reader.pages]
    text = "\n".join(pages)
    for page, content in enumerate(pages):
        check(f"{name}: the size of page {page + 1}", [round(float(side)) for side in reader.pages[page].mediabox[2:]], size)
        if f"{page + 1} / {len(pages)}" not in content:
            found.append(f"{name}: page {page + 1} has no number")
        for font in reader.pages[page]["/Resources"]["/Font"].values():
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            if "/FontFile2" not in descriptor:
                found.append(f"{name}: a typeface is not embedded")
    says = [report["closed"]["certificate"], "Every sum is what it must be. Difference 0."]
    for one in report["statements"]:
        says += [one["name"], grouped(one["total"]["amount"]), grouped(one["whole"]["billed_total"])]
        shared = Decimal(one["shared_total"]["amount"])
        sign = "\u2212" if shared < 0 else "+"
        says += [f"{grouped(one['direct_total']['amount'])} {sign} {grouped(abs(shared))}"]
        says += [line["service"] for line in one["direct"]] + [line["pool"] for line in one["shared"]]
        services = sum((Decimal(line["amount"]) for line in one["direct"]), Decimal(0))
        pools = sum((Decimal(line["amount"]) for line in one["shared"]), Decimal(0))
        check("services + pools", services + pools, Decimal(one["total"]["amount"]))
    for words in says:
        if " ".join(words.split()) not in " ".join(text.split()):
            found.append(f"{name} does not say {words!r}:\n{text}")


SHOWN = {
    "title": "Cost by service: [May]",
    "dek": "USD, effective cost, May 2026",
    "basis": "Acme",
    "columns": [{"label": "Service"}, {"label": "Cost", "figures": True}, {"label": "Charges", "figures": True}],
    "rows": [
        {"kind": "group", "cells": [{"shown": "Direct"}]},
        {"kind": "within", "cells": [{"shown": "=HYPERLINK(1)"}, {"shown": "1.210,26", "exact": "1210.255000000000000001"}, {"shown": "3", "exact": "3"}]},
        {"kind": "within", "cells": [{"shown": "Credits Łódź"}, {"shown": "(12,00)", "exact": "-12"}]},
        {"kind": "total", "cells": [{"shown": "All"}, {"shown": "1.198,26", "exact": "1198.255000000000000001"}, {"shown": "3", "exact": "3"}]},
    ],
}


def check_shown(url):
    """A table that is handed in comes back as it was shown, with the exact figures behind it."""

    def made(form):
        request = urllib.request.Request(f"{url}/v1/tables?format={form}", json.dumps(SHOWN).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return io.BytesIO(answer.read())

    book = openpyxl.load_workbook(made("xlsx"))
    check("sheets of a table", book.sheetnames, ["Cost by service May", "About"])
    read = [(row["Service"], row["Cost, exact"], row["Charges"]) for row in rows_of(book["Cost by service May"])]
    exact = lambda row, at: row["cells"][at].get("exact") if len(row["cells"]) > at else None
    whole = lambda text: None if text is None else int(text)
    check("the table's rows", read, [(row["cells"][0]["shown"], exact(row, 1), whole(exact(row, 2))) for row in SHOWN["rows"]])
    check("what it is", [row["Says"] for row in rows_of(book["About"])][:3], [SHOWN["title"], SHOWN["dek"], SHOWN["basis"]])
    pages = pypdf.PdfReader(made("pdf")).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    for words in [SHOWN["title"], SHOWN["dek"], "1 / 1", *(cell["shown"] for row in SHOWN["rows"] for cell in row["cells"])]:
        if words not in text:
            found.append(f"a printed table does not say {words!r}:\n{text}")


def main(folder, url):
    folder = pathlib.Path(folder)
    statements = json.loads((folder / "chargeback.json").read_text())
    statements = statements if isinstance(statements, list) else [statements]
    report = json.loads((folder / "statement.json").read_text())
    check_workbook(folder, statements)
    check_parquet(folder, statements)
    check_pdf(folder, "statement.pdf", [595, 842], report)
    check_pdf(folder, "letter.pdf", [612, 792], report)
    unit = report["statements"][0]["unit"]
    period = report["statements"][0]["period"]
    for path, accept, name in [
        (f"chargeback?period={period}&format=xlsx", "*/*", "chargeback.xlsx"),
        (f"chargeback?period={period}", "application/vnd.apache.parquet", "chargeback.parquet"),
        (f"statements/{unit}?period={period}", "application/pdf", "statement.pdf"),
        (f"statements/{unit}?period={period}&format=pdf&paper=letter", "application/json", "letter.pdf"),
    ]:
        request = urllib.request.Request(f"{url}/v1/{path}", headers={"Accept": accept})
        with urllib.request.urlopen(request) as answer:
            if answer.read() != (folder / name).read_bytes():
                found.append(f"/v1/{path} does not answer with the bytes of {name}")
    check_shown(url)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
