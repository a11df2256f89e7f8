"""What the end-to-end tests share: reading what a night wrote."""
from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Iterator

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from deployment import PYTHON, ROOT, Deployment  # noqa: E402

Row = dict[str, Any]
FULL_NUMBER = re.compile(r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx](?![0-9])")
PHONE = re.compile(r"(?<![0-9])1[2-9][0-9]{9}(?![0-9])")
SHEETS = {"new": "新增", "changed": "风险变化", "reopen": "已消除拟回退", "works": "行业整改", "standing": "存量", "open": "在办",
          "cleared": "已消除"}

# What each rule reads, by its meaning.
READS = {
    "medical_burden_registered": {"health_insurance.settlement"}, "medical_burden_other": {"health_insurance.settlement"},
    "not_insured": {"health_insurance.enrolment"}, "absent_from_enrolment": {"education.enrolment"},
    "enrolled_but_absent": {"education.enrolment", "education.attendance"},
    "aid_not_granted": {"education.enrolment", "education.aid"}, "relief_granted": {"civil_affairs.relief"},
    "allowance_granted": {"civil_affairs.allowance"}, "hardship_granted": {"civil_affairs.hardship"},
    "allowance_ended": {"civil_affairs.allowance"}, "allowance_refused": {"civil_affairs.allowance"},
    "allowance_not_registered": {"civil_affairs.allowance"},
    "registered_without_allowance": {"civil_affairs.allowance", "civil_affairs.hardship"},
    "unsafe_house": {"housing.assessment", "housing.renovation"},
    "house_damaged_after_clearing": {"housing.assessment", "housing.renovation"}, "outage_days": {"water.outage"},
    "repeated_outages": {"water.outage"}, "water_test_old": {"water.test"}, "water_test_failed": {"water.test"},
    **dict.fromkeys(("inpatient_registered", "inpatient_other", "special_outpatient", "medical_burden_year", "income_after_medical",
                     "household_medical_share"), {"health_insurance.settlement"}),
    "several_pupils": {"education.enrolment"}, "unsafe_house_registered": {"housing.assessment", "housing.renovation"},
    "low_income_unassessed": {"civil_affairs.allowance", "civil_affairs.low_income", "housing.assessment"},
    "house_damaged_registered": {"housing.renovation"}, "marginal_recognised": {"civil_affairs.low_income"},
    "rigid_expense_recognised": {"civil_affairs.low_income"}, "child_registered": {"civil_affairs.child"},
    "no_labour_unprotected": {"civil_affairs.allowance", "civil_affairs.hardship"},
    **dict.fromkeys(("no_major_illness_cover", "schooling_unknown", "dropout_registered", "no_safe_water", "water_damaged_registered",
                     "income_below_line", "no_labour_cleared"), set()),      # the roster alone
}


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def leads(d: Deployment, day: str) -> list[Row]:
    return read_json(d.out / day / "leads.json")["leads"]


def summary(d: Deployment, day: str) -> Row:
    return read_json(d.out / day / "summary.json")


def verdicts(d: Deployment, day: str) -> dict[str, str]:
    return {feed["dataset"]: feed["verdict"] for feed in summary(d, day)["datasets"]}


def csv_rows(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def start_evaluator(data: Path, config: Path) -> subprocess.Popen:
    return subprocess.Popen([PYTHON, "-m", "evaluator", data, config], cwd=HERE, stdout=subprocess.PIPE)


def expected_nights(evaluator: subprocess.Popen) -> dict[str, list[Row]]:
    out, _ = evaluator.communicate()
    if evaluator.returncode:
        raise AssertionError("the evaluator failed")
    return {night["date"]: night["leads"] for night in json.loads(out)}


def texts_of(path: Path) -> Iterator[str]:
    """Everything a file says; the parts of a workbook unpacked."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                yield book.read(name).decode("utf-8", "replace")
    else:
        yield path.read_bytes().decode("utf-8", "replace")


def roster_identities(data: Path) -> tuple[set[str], set[str], set[str]]:
    """Numbers, names and phones of everybody ever on the roster."""
    numbers: set[str] = set()
    names: set[str] = set()
    phones: set[str] = set()
    for path in sorted((data / "roster").rglob("*.csv")):
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig") if raw.startswith(b"\xef\xbb\xbf") else raw.decode("gb18030")
        for row in csv.DictReader(io.StringIO(text, newline="")):
            numbers.add(row["证件号码"])
            names.add(row["姓名"])
            phones.add(row["联系电话"])
    return numbers - {""}, names - {""}, phones - {""}


class Finder:
    """Looks for many words at once."""

    def __init__(self, words: set[str]) -> None:
        self.by_length: dict[int, set[str]] = {}
        for word in words:
            self.by_length.setdefault(len(word), set()).add(word)

    def found(self, text: str) -> set[str]:
        return {text[i:i + n] for n, words in self.by_length.items() for i in range(len(text) - n + 1)
                if text[i:i + n] in words}


__all__ = ["FULL_NUMBER", "Finder", "PHONE", "READS", "ROOT", "Row", "SHEETS", "csv_rows", "expected_nights", "leads",
           "read_json", "roster_identities", "start_evaluator", "summary", "texts_of", "verdicts"]
