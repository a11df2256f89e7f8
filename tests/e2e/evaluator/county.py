"""The generated county as a department's client sees it on a day: roster rows and records, all as text."""
from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Iterator

Record = dict[str, str]
JSON_FILES = ("education.enrolment", "education.attendance", "education.aid", "health_insurance.enrolment",
              "health_insurance.settlement")
TABLES = {"civil_affairs.allowance": "dibao", "civil_affairs.hardship": "tekun", "civil_affairs.relief": "linshijiuzhu",
          "civil_affairs.low_income": "dishouru", "civil_affairs.child": "ertong",
          "civil_affairs.disability_allowance": "canjibutie",
          "water.works": "gongcheng", "water.served_village": "gongcheng_cun", "water.outage": "tingshui",
          "water.test": "shuizhi"}
# The other departments, where a deployment has them.
OTHERS = ("human_resources.employment", "human_resources.unemployment", "human_resources.public_post", "health.major_disease", "health.death",
          "disabled_persons.certificate", "public_security.cancellation", "public_security.accident", "emergency.damage",
          "agriculture.dividend", "finance.microcredit", "finance.payout", "justice.sentence", "relocation.household")
TABLES |= {name: name.split(".")[1] for name in OTHERS}
HOUSING = {"housing.assessment": "鉴定", "housing.renovation": "改造"}


def decode(raw: bytes) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw.decode("utf-8-sig")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def read_csv(path: Path) -> list[Record]:
    return list(csv.DictReader(io.StringIO(decode(path.read_bytes()), newline="")))


class County:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.days = [date.fromisoformat(d) for d in (folder / "days").read_text().split()]
        self.rows: dict[str, list[Record]] = {}
        for dataset in JSON_FILES:
            department, name = dataset.split(".")
            with (folder / department / f"{name}.jsonl").open(encoding="utf-8") as lines:
                self.rows[dataset] = [json.loads(line, parse_float=str, parse_int=str) for line in lines]
        for dataset, table in TABLES.items():
            self.rows[dataset] = read_csv(folder / dataset.split(".")[0] / f"{table}.csv")

    def roster(self, day: date) -> list[Record]:
        return read_csv(self.folder / "roster" / day.isoformat() / f"roster-{day.isoformat()}.csv")

    def records(self, dataset: str, day: date) -> Iterator[Record]:
        """What the department shows on that day."""
        if dataset in HOUSING:
            file = f"{HOUSING[dataset]}_{day.isoformat()}.csv"
            yield from read_csv(self.folder / "housing" / day.isoformat() / file)
            return
        today = day.isoformat()
        for row in self.rows[dataset]:
            first, end = row.get("_from") or "", row.get("_to") or ""
            if first <= today and (not end or today < end):
                yield row
