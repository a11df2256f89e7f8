#!/usr/bin/env python3
"""Looks over what generate.py made:  check_generated.py DATA  (or nothing: generates small counties and looks at those)

Columns against config/, encodings, days, visibility, planted strangers, the share of roster persons among the records,
that every rule has its cases, and that generating again gives the same bytes under another hash seed, locale and zone."""
from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator

HERE = Path(__file__).resolve().parent
CONFIG = HERE.parents[1] / "config"
sys.path.insert(0, str(HERE))

from county.columns import ALL, FILE_DATASETS, JSON_DATASETS, OTHER_DATASETS, ROSTER, TABLE_DATASETS  # noqa: E402
from county.numbers import is_valid  # noqa: E402

LEAST_STRANGERS = 0.6
ID_COLUMNS = ("SFZH", "certno", "hz_sfzh", "sfzh", "zjhm", "cjzh", "身份证号", "证件号码")
NAME_COLUMNS = ("XM", "psn_name", "hz_xm", "xm", "户主姓名", "姓名")
OF_THE_ROSTER_ALONE = ("relocation.household",)
failures: list[str] = []


def check(holds: bool, what: str) -> None:
    if not holds:
        failures.append(what)


def config_columns(dataset: str) -> set[str]:
    """The columns a dataset of the configuration reads; the files are simple enough for this."""
    department, name = dataset.split(".")
    path = CONFIG / "connectors" / f"{department}.yaml"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    part = re.search(rf"^  {name}:\n(.*?)(?=^  \w|\Z)", text, re.M | re.S)
    body = part.group(1) if part else ""
    found = set(re.findall(r"{from: ([^,}]+)", body))
    identity = re.search(r"identity: \{(.*?)\}", body)
    for pair in identity.group(1).split(",") if identity else ():
        found.add(pair.split(":")[1].strip())
    return found


def rows(data: Path, dataset: str) -> Iterator[dict[str, str]]:
    folder, name, _ = ALL[dataset]
    if dataset in JSON_DATASETS:
        with (data / folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                yield {k: str(v) for k, v in json.loads(line, parse_float=str, parse_int=str).items()}
    elif dataset in TABLE_DATASETS or dataset in OTHER_DATASETS:
        with (data / folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)
    else:
        day = (data / "days").read_text().split()[-1]
        with (data / folder / day / f"{name}_{day}.csv").open(encoding="gb18030", newline="") as lines:
            yield from csv.DictReader(lines)


def check_columns(data: Path) -> None:
    check(set(ROSTER) == config_columns("roster.person"), "the roster's columns are not those of config/connectors")
    for dataset, (_, _, columns) in ALL.items():
        read = config_columns(dataset)
        check(set(columns) == read or (not read and dataset in OTHER_DATASETS), f"{dataset}: columns differ from config/connectors")
        first = next(rows(data, dataset), None)
        check(first is not None and set(first) - {"_from", "_to"} == set(columns), f"{dataset}: columns of the file")


def check_roster(data: Path, days: list[str]) -> set[str]:
    numbers: set[str] = set()
    for day in days:
        raw = (data / "roster" / day / f"roster-{day}.csv").read_bytes()
        has_bom = raw.startswith(b"\xef\xbb\xbf")
        check(has_bom == bool(int(day[-2:]) % 2), f"roster of {day}: wrong charset")
        text = raw.decode("utf-8-sig" if has_bom else "gb18030")
        people = list(csv.DictReader(text.splitlines()))
        check(len({p["人编号"] for p in people}) == len(people), f"roster of {day}: a person twice")
        heads = [p["户编号"] for p in people if p["与户主关系"] in ("户主", "01")]
        check(len(set(heads)) == len(heads) == len({p["户编号"] for p in people}), f"roster of {day}: one head each")
        villages = {p["行政村编码"] for p in people}
        check(len(villages) >= 100 and all(len(v) == 12 for v in villages), f"roster of {day}: villages")
        general = sum(p["户类型"] == "一般农户" for p in people) / len(people)
        check(len(people) < 20000 or general >= 0.6, f"roster of {day}: only {general:.0%} of general households")
        numbers.update(p["证件号码"] for p in people)
    bad = sum(not is_valid(n) for n in numbers) / len(numbers)
    check(0.005 < bad < 0.12, f"{bad:.1%} of the roster's numbers are not valid as they stand")
    check(all(n[:2] in ("99", "９９") for n in numbers if n), "a number that may be somebody's")
    return numbers


def check_records(data: Path, truth: dict, roster: set[str]) -> None:
    total = known = 0
    names = {s["name"] for s in truth["strangers"]}
    seen: dict[str, int] = {}
    for dataset in ALL:
        id_column = next((c for c in ID_COLUMNS if c in ALL[dataset][2]), None)
        name_column = next((c for c in NAME_COLUMNS if c in ALL[dataset][2]), None)
        if not id_column:
            continue
        planted_here = 0
        for row in rows(data, dataset):
            first, until = row.get("_from") or "", row.get("_to") or ""
            check(not until or first <= until, f"{dataset}: visibility {first}..{until}")
            total += 1
            known += row[id_column][:18] in roster
            if row[name_column] in names:
                planted_here += 1
                seen[row[name_column]] = seen.get(row[name_column], 0) + 1
        check(not names or planted_here > 0 or dataset in OF_THE_ROSTER_ALONE, f"{dataset}: no planted stranger")
    check(len(seen) == len(names), f"{len(names) - len(seen)} planted strangers occur nowhere")
    check(known / total <= 1 - LEAST_STRANGERS or total < 50000, f"{known / total:.0%} of the records are of the roster")


def check_strangers(data: Path, truth: dict, roster: set[str], days: list[str]) -> None:
    strangers = truth["strangers"]
    check(len({s["name"] for s in strangers}) == len({s["number"] for s in strangers}) == 1000, "1,000 strangers")
    check(all(is_valid(s["number"]) for s in strangers), "a stranger's number is not valid")
    check(not roster & {s["number"] for s in strangers}, "a planted stranger is on the roster")
    day = days[-1]
    charset = "utf-8-sig" if int(day[-2:]) % 2 else "gb18030"
    text = (data / "roster" / day / f"roster-{day}.csv").read_text(encoding=charset)
    check(not any(s["name"] in text for s in strangers), "a stranger's name is on the roster")


def check_cases(truth: dict) -> None:
    rules = set()
    for path in (CONFIG / "rules").glob("*.yaml"):
        for rule in re.split(r"^(?=- id: )", path.read_text(encoding="utf-8"), flags=re.M):
            if "effect: note" not in rule:       # notes open nothing
                rules.update(re.findall(r"^- id: (\w+)", rule, re.M))
    cases = truth["cases"]
    check(len({c["case"] for c in cases}) == len(cases), "a case twice: " + str(
        sorted({c["case"] for c in cases if sum(o["case"] == c["case"] for o in cases) > 1})))
    for rule in sorted(rules):
        expected = {c["expect"] for c in cases if c["rule"] == rule}
        skipped = any(s["case"].startswith(("aid",) if rule == "aid_not_granted" else (f"{rule}.",)) for s in truth["skipped"])
        check(skipped or {"opens", "never"} <= expected, f"{rule}: planted {sorted(expected)} only")
    check({c["rule"] for c in cases} <= rules, "cases of a rule that is not in config/rules")
    kinds = {c["kind"] for c in cases if c["day"] == truth["days"][-1]}
    if len(truth["days"]) > 1:
        check({"new", "changed", "reopen", "works"} <= kinds, f"the last day has only {sorted(k for k in kinds if k)}")


def digest(data: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(p for p in data.rglob("*") if p.is_file()):
        total.update(str(path.relative_to(data)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def generate(out: Path, *options: str, **environment: str) -> None:
    subprocess.run([sys.executable, str(HERE / "generate.py"), "--out", str(out), *options], check=True,
                   env={**os.environ, **environment}, stderr=subprocess.DEVNULL)


def check_again(folder: Path) -> None:
    for i, options in enumerate((["--seed", "7", "--persons", "3000", "--days", "3", "--last-day", "2026-03-05"],
                                 ["--bench", "--seed", "7", "--persons", "3000", "--days", "2", "--last-day", "2026-01-02"])):
        one, two = folder / f"one{i}", folder / f"two{i}"
        generate(one, *options, PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC")
        generate(two, *options, PYTHONHASHSEED="2", LC_ALL="C.UTF-8", TZ="America/New_York")
        check(digest(one) == digest(two), f"not the same bytes again: {' '.join(options)}")


def check_county(data: Path) -> None:
    truth = json.loads((data / "truth.json").read_text(encoding="utf-8"))
    days = (data / "days").read_text().split()
    check(days == truth["days"] and days == sorted(days), "days")
    check_columns(data)
    roster = check_roster(data, days)
    if truth["cases"]:
        check_records(data, truth, roster)
        check_strangers(data, truth, roster, days)
        check_cases(truth)
    for dataset, (folder, name, _) in FILE_DATASETS.items():
        for day in days:
            path = data / folder / day / f"{name}_{day}.csv"
            check(path.with_name(path.name + ".done").exists(), f"{path.name}: no marker")
            check(path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n"), f"{path.name}: a line without CR LF")
    print(f"{data}: {truth['persons']} persons, {sum(truth['records'].values())} records, {len(truth['cases'])} cases, "
          f"{len(truth['skipped'])} skipped")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="county.") as name:
        if len(sys.argv) > 1:
            check_county(Path(sys.argv[1]))
        else:
            for last_day in ("2026-11-22", "2026-01-02", "2026-03-05"):
                generate(Path(name) / last_day, "--persons", "2000", "--days", "5", "--last-day", last_day)
                check_county(Path(name) / last_day)
        check_again(Path(name))
    for failure in failures[:40]:
        print(f"check_generated.py: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
