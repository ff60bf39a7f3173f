"""Verifies the record of changes from the database's file alone, and shares no code with the program.

    verify.py RECORD FOLDER KEY

RECORD is an SQLite database (farthing.db) or what `farthing --format ndjson audit list --limit 1000` printed, FOLDER has the checkpoints
that were written outside, KEY is what `farthing audit key` prints. Every hash and signature is made again; what does not agree is
printed, and the status is 1. Python's standard library is all that it needs.
"""

import hashlib
import json
import pathlib
import sqlite3
import sys

COLUMNS = ["sequence", "at", "actor", "action", "subject", "details", "previous", "hash"]

# Ed25519 as section 5.1 of RFC 8032 defines it, by its formulas and without haste.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    e, f, g, h = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2), 2 * D * t1 * t2, 2 * z1 * z2
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point, number = add(point, point), number >> 1
    return result


def point(octets):
    y = int.from_bytes(octets, "little")
    odd, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        raise ValueError("no point of the curve")
    x = P - x if x & 1 != odd else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(key, message, signature):
    try:
        public, first, second = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    except ValueError:
        return False
    if len(signature) != 64 or second >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = times(second, BASE), add(first, times(challenge, public))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def canonical(value):
    """RFC 8785 for what the record holds: names of ASCII letters, whole numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def entries_and_checkpoints(record):
    if record.suffix != ".db":
        lines = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
        return sorted(lines, key=lambda entry: entry["sequence"]), []
    with sqlite3.connect(f"file:{record}?mode=ro", uri=True) as database:
        rows = database.execute(f"SELECT {', '.join(COLUMNS)} FROM audit_entry ORDER BY sequence").fetchall()
        entries = [dict(zip(COLUMNS, row)) for row in rows]
        for entry in entries:
            read = json.loads(entry["details"])
            entry["details"] = read if canonical(read).decode() == entry["details"] else entry["details"]
        names = ["sequence", "head", "at", "reason", "public_key", "signature"]
        rows = database.execute(f"SELECT {', '.join(names)} FROM audit_checkpoint ORDER BY sequence").fetchall()
        return entries, [dict(zip(names, row)) for row in rows]


def verify(entries, checkpoints, key):
    found, hashes, previous = [], {}, "0" * 64
    for number, entry in enumerate(entries, 1):
        if entry["sequence"] != number:
            found.append(f"entry {entry['sequence']} stands where {number} should")
        if entry["previous"] != previous:
            found.append(f"entry {entry['sequence']} does not follow the one before it")
        said = {name: value for name, value in entry.items() if name != "hash"}
        if hashlib.sha256(canonical(said)).hexdigest() != entry["hash"]:
            found.append(f"entry {entry['sequence']} was altered")
        hashes[entry["sequence"]] = previous = entry["hash"]
    for checkpoint in checkpoints:
        at = checkpoint["sequence"]
        said = {name: value for name, value in checkpoint.items() if name != "signature"}
        if checkpoint["public_key"] != key:
            found.append(f"the checkpoint at {at} was signed with another key")
        elif not is_signed(bytes.fromhex(key), canonical(said), bytes.fromhex(checkpoint["signature"])):
            found.append(f"the checkpoint at {at} was altered")
        elif hashes.get(at) != checkpoint["head"]:
            found.append(f"entry {at} is missing or another than the one that was signed")
    return found


def main():
    record, folder, key = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    entries, checkpoints = entries_and_checkpoints(record)
    outside = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("checkpoint-*.json"))]
    found = verify(entries, checkpoints + outside, key)
    for problem in found:
        print(problem)
    print(f"{len(entries)} entries, {len(checkpoints) + len(outside)} checkpoints, {len(found)} problems")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
