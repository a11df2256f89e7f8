"""The table of cases of every rule (catalogue/*.yaml), put into one county: each case is a household (or works) of its own.

The sample configuration is taken as it stands, except that every dataset is read from a CSV file with a column for each
field: what a department sends is tested elsewhere, what a rule makes of it here."""
from __future__ import annotations

import csv
import io
import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Iterator

import yaml

from deployment import ROOT
from ward import WEIGHTS

HERE = Path(__file__).resolve().parent
DAY = date(2026, 11, 16)                # of the list, where a case says nothing else
PERSON = {"relation": "户主", "sex": "男", "birth_date": "1980-01-01", "resident_insurance": "是", "employee_insurance": "否",
          "major_illness_cover": "是"}
HOUSE = {"village_code": "990121001001", "village_name": "001村", "township_name": "石桥镇", "category": "农户", "unsafe_house": "否",
         "safe_water": "是"}
CLASSES = {"lifted": {"origin": "脱贫户"}, "general": {"origin": "一般农户"},
           "unstable": {"origin": "脱贫户", "monitor_class": "脱贫不稳定户", "risk_cleared": "否"},
           "marginal": {"origin": "一般农户", "monitor_class": "边缘易致贫户", "risk_cleared": "否"},
           "sudden": {"origin": "一般农户", "monitor_class": "突发严重困难户", "risk_cleared": "否"},
           "cleared": {"origin": "脱贫户", "monitor_class": "脱贫不稳定户", "risk_cleared": "是", "cleared_on": "2026-06-01"}}
SHIFT = re.compile(r"([+-]\d+)([my]?)")


def shifted(day: date, count: int, unit: str) -> date:
    if unit == "":
        return day + timedelta(days=count)
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_of(text: str, today: date) -> str | None:
    """D-1, M-1m, Y, T+60: the list's day, the first of its month, its year, its term; and so many days, months, years."""
    if not re.fullmatch(r"[DMYT]([+-]\d+[my]?)*", text):
        return None
    term = max(d for y in (today.year - 1, today.year) for d in (date(y, 3, 1), date(y, 9, 1)) if d <= today)
    day = {"D": today, "M": today.replace(day=1), "Y": date(today.year, 1, 1), "T": term}[text[0]]
    for count, unit in SHIFT.findall(text):
        day = shifted(day, int(count), unit)
    return day.isoformat()


def values_of(text: Any) -> list[Any]:
    return text if isinstance(text, list) else [text]


@dataclass
class Case:
    rule: str
    name: str
    day: date
    given: dict[str, Any]
    fires: bool
    exception: str = ""
    key: str = ""
    people: list[dict[str, Any]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Facts of both; of all else the latter's."""
    out = dict(base)
    for name, value in more.items():
        out[name] = values_of(base[name]) + values_of(value) if "." in name and name in base else value
    return out


def cases_of(rule: str, table: dict[str, Any]) -> Iterator[Case]:
    always = table.get("given") or {}

    def case(name: str, given: dict[str, Any], fires: bool, exception: str = "") -> Case:
        rest = {k: v for k, v in given.items() if k != "day"}
        return Case(rule, name, given.get("day", DAY), rest, fires, exception)
    for fires, group in ((True, "fires"), (False, "quiet")):
        for name, given in (table.get(group) or {}).items():
            yield case(name, merged(always, given or {}), fires)
    typical = next(iter(table["fires"].values())) or {}
    for exception, rows in (table.get("unless") or {}).items():
        for name, given in rows.items():
            yield case(name, merged(merged(always, typical), given), False, exception)


def read_cases() -> list[Case]:
    cases: list[Case] = []
    for path in sorted((HERE / "catalogue").glob("*.yaml")):
        for rule, table in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            cases += cases_of(rule, table)
    for i, case in enumerate(cases, 1):
        case.key = f"C{i:04d}"
    return cases


def read_rules() -> dict[str, dict[str, Any]]:
    return {rule["id"]: rule for path in sorted((ROOT / "config/rules").glob("*.yaml"))
            for rule in yaml.safe_load(path.read_text(encoding="utf-8"))}


class Files:
    """Rewrites a configuration to read CSV files, and writes those of a night."""

    def __init__(self, config: Path, inbox: Path) -> None:
        self.config, self.inbox, self.nights = config, inbox, 0
        self.codes = yaml.safe_load((ROOT / "config/codes/codes.yaml").read_text(encoding="utf-8"))
        self.datasets: dict[str, dict[str, Any]] = {}
        for path in sorted((config / "connectors").glob("*.yaml")):
            department = yaml.safe_load(path.read_text(encoding="utf-8"))
            department["connection"] = {"kind": "file", "folder": "${env:WARD_DIR}"}
            for name, dataset in department["datasets"].items():
                department["datasets"][name] = self._plain(f"{department['department']}.{name}", dataset)
            path.write_text(yaml.safe_dump(department, allow_unicode=True, sort_keys=False), encoding="utf-8")

    def _plain(self, name: str, dataset: dict[str, Any]) -> dict[str, Any]:
        identity = {"works": {"works_no": "works_no"}, "village": {"works_no": "works_no", "village": "village"}}.get(
            dataset["grain"], {"id_number": "id_number", "name": "person_name"})
        if name == "roster.person":
            identity = {"id_number": "id_number", "name": "person_name", "household_no": "household_no", "village": "village_code",
                        "phone": "phone"}
        fields = {f: {k: v for k, v in {"from": f, **spec, **{"from": f}}.items() if k != "unit"} for f, spec in dataset["fields"].items()}
        self.datasets[name] = {**dataset, "fields": fields, "identity": identity}
        kept = {k: dataset[k] for k in ("title", "grain", "purpose", "legal_basis", "key", "updated_at") if k in dataset}
        return {**kept, "access": "bulk", "match": f"{name}-*.csv", "format": {"kind": "csv", "header": True}, "after": "keep",
                "arrives": {"every": "event"}, "identity": identity, "fields": fields,
                "quality": {"max_reject_ratio": "100%", "max_shrink": "100%", "on_missing_column": "hold"}}

    def text(self, value: Any, spec: dict[str, Any], today: date) -> str:
        if isinstance(value, bool):
            return "是" if value else "否"
        if spec.get("type") == "code" and value in self.codes[spec["codes"]]:
            return str(next(v for v in self.codes[spec["codes"]][value] if v != "*" or value != "other"))
        return day_of(str(value), today) or str(value)

    def row(self, name: str, given: dict[str, Any], base: dict[str, str], today: date) -> dict[str, str]:
        fields = self.datasets[name]["fields"]
        unknown = given.keys() - fields.keys() - set(self.datasets[name]["identity"].values())
        if unknown:
            raise ValueError(f"{name} has no {unknown}")
        return {**base, **{k: self.text(v, fields.get(k, {}), today) for k, v in given.items() if v is not None}}

    def write(self, name: str, rows: list[dict[str, str]]) -> None:
        dataset = self.datasets[name]
        columns = list(dict.fromkeys([*dataset["fields"], *dataset["identity"].values()]))
        out = io.StringIO(newline="")
        table = csv.DictWriter(out, columns, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        (self.inbox / f"{name}-{self.nights:02d}.csv").write_text(out.getvalue(), encoding="utf-8")

    def night(self, cases: list[Case]) -> None:
        """Everything the cases of one night need."""
        self.nights += 1
        rows: dict[str, list[dict[str, str]]] = {name: [] for name in self.datasets}
        for case in cases:
            Household(self, case).put(rows)
        if not rows["roster.person"]:
            raise ValueError("a night without people")
        for name, found in rows.items():
            self.write(name, found)


class Household:
    """One case as rows of the roster and of the departments."""

    def __init__(self, files: Files, case: Case) -> None:
        self.files, self.case = files, case

    def put(self, rows: dict[str, list[dict[str, str]]]) -> None:
        given = dict(self.case.given)
        if given.pop("works", False):
            rows["water.works"].append({"works_no": self.case.key, "name": "水厂", "mode": "集中", "population": "100"})
            return self.facts(rows, given, {"works_no": self.case.key})
        house = {**HOUSE, **CLASSES[given.pop("class", "lifted")], "household_no": f"H{self.case.key}"}
        people = given.pop("people", [{}])
        roster = {k: given.pop(k) for k in list(given) if "." not in k}
        identities = []
        for i, person in enumerate(people):
            serial = int(self.case.key[1:]) * 10 + i
            identity = {"id_number": number_of(serial), "person_name": f"甲{serial}"}
            identities.append(identity)
            base = {**house, **PERSON, **({"relation": "子女"} if i else {}), **identity, "person_no": f"P{serial}"}
            rows["roster.person"].append(self.files.row("roster.person", {**roster, **person}, base, self.case.day))
        self.facts(rows, given, identities)

    def facts(self, rows: dict[str, list[dict[str, str]]], given: dict[str, Any], whose: Any) -> None:
        for name, facts in given.items():
            for i, fact in enumerate(values_of(facts)):
                fact = dict(fact)
                base = whose if isinstance(whose, dict) else whose[fact.pop("who", 0)]
                key = self.files.datasets[name]["key"][0]
                base = {**base, **({} if key == "works_no" else {key: f"{self.case.key}-{i}"})}
                rows[name].append(self.files.row(name, fact, base, self.case.day))


def number_of(serial: int) -> str:
    """Numbers of nobody; the day of birth in them is not the roster's, which says its own."""
    digits = f"990121{1940 + serial // 10000 % 60}{1 + serial // 1000 % 10:02d}{1 + serial // 100 % 10:02d}{serial % 100 * 2 + 1:03d}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, WEIGHTS)) % 11]


__all__ = ["Case", "Files", "read_cases", "read_rules"]
