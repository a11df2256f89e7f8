"""A year of nights over the stories of year.py. By default the nights on which something happens, or should show, and every
thirtieth of the year; YEAR_EVERY=1 for all 365."""
from __future__ import annotations

import os
import shutil
import sys
import tempfile
import unittest
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Iterable, TypeVar

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import openpyxl  # noqa: E402

import returned  # noqa: E402
from catalogue import CLASSES, HOUSE as HOUSEHOLD, PERSON, Files, number_of  # noqa: E402
from deployment import Cluster, Deployment  # noqa: E402
from support import read_json  # noqa: E402
from ward import NoDepartments  # noqa: E402
from year import AFTER_HELD, FIRST, HELD, LAST, NEW_LINE, STORIES, Story  # noqa: E402

EVERY = int(os.environ.get("YEAR_EVERY", "30"))
T = TypeVar("T")


class FiveFiles(NoDepartments):
    has_others = False


def as_of(day: str, entries: Iterable[tuple[str, T | None]]) -> T | None:
    """What the last entry up to a day says."""
    found = None
    for since, what in entries:
        if since <= day:
            found = what
    return found


def days_of(story: Story) -> set[str]:
    return {day for entries in (story.roster, story.records, story.answers, story.steps, story.shows, story.cases)
            for day, *_ in entries} | set(story.withdrawn)


def nights() -> list[str]:
    told = {FIRST.isoformat(), HELD[0], AFTER_HELD, LAST.isoformat()}.union(*map(days_of, STORIES))
    every = ((FIRST + timedelta(days=i)).isoformat() for i in range(0, (LAST - FIRST).days + 1, EVERY))
    return sorted(told.union(every))


class County:
    """The stories' households as departments and township tell of them."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.names = {(f"W{i}" if s.is_works else f"H{i}"): s for i, s in enumerate(STORIES, 1)}
        self.rows: dict[str, dict[str, dict[str, str]]] = {name: {} for name in files.datasets}

    def people(self, name: str) -> list[dict[str, str]]:
        serial = int(name[1:]) * 10
        return [{"id_number": number_of(serial + i), "person_name": f"甲{serial + i}"} for i in range(len(self.names[name].people))]

    def roster(self, day: str) -> dict[str, dict[str, str]]:
        rows = {}
        for name, story in self.names.items():
            given = as_of(day, [("", story.household), *story.roster])
            if story.is_works or given is None:
                continue
            house = {**HOUSEHOLD, **CLASSES["lifted"], "net_income": "100000", "household_no": name}
            for i, (person, identity) in enumerate(zip(story.people, self.people(name))):
                base = {**house, **PERSON, **identity, "person_no": f"P{name[1:]}-{i}"}
                rows[base["person_no"]] = self.files.row("roster.person", {**given, **person}, base, date.fromisoformat(day))
        return rows

    def insured(self) -> dict[str, dict[str, str]]:
        return {f"I{name}-{i}-{year}": self.files.row("health_insurance.enrolment", {"year": year, "status": "normal"},
                                                      {**identity, "insured_no": f"I{name}-{i}-{year}"}, FIRST)
                for name, story in self.names.items() if not story.is_works for i, identity in enumerate(self.people(name))
                for year in (2026, 2027)}

    def take(self, day: str) -> set[str]:
        """What arrived for this night; the datasets that changed."""
        changed = set()
        for name, story in self.names.items():
            for arrives, dataset, key, record in story.records:
                if arrives != day:
                    continue
                changed.add(dataset)
                if not record:
                    del self.rows[dataset][key]
                    continue
                values = dict(record)
                whose = {"works_no": name} if story.is_works else self.people(name)[values.pop("who", 0)]
                base = {**whose, self.files.datasets[dataset]["key"][0]: key}
                self.rows[dataset][key] = self.files.row(dataset, values, base, date.fromisoformat(day))
        if any(since == day for story in STORIES for since, _ in story.roster):
            changed.add("roster.person")
            self.rows["roster.person"] = self.roster(day)
        return changed

    def night(self, day: str) -> None:
        changed = self.take(day)
        if day == FIRST.isoformat():
            self.rows["roster.person"] = self.roster(day)
            self.rows["health_insurance.enrolment"] = self.insured()
            self.rows["water.works"] = {"W": {"works_no": next(n for n, s in self.names.items() if s.is_works), "name": "水厂", "mode": "集中",
                                              "population": "100"}}
            changed = set(self.rows)
        self.files.nights += 1
        for dataset in changed | ({HELD[1]} if day == HELD[0] else set()):
            self.files.write(dataset, list(self.rows[dataset].values()))
            if (day, dataset) == HELD:
                path = max(self.files.inbox.glob(f"{dataset}-*.csv"))
                path.write_text(path.read_text().replace("status", "zt", 1))


class Year(unittest.TestCase):
    def setUp(self) -> None:
        root = Path(tempfile.mkdtemp(prefix="bidui-year."))
        root.chmod(0o711)
        self.addCleanup(shutil.rmtree, root, True)
        cluster = Cluster(root / "pg")
        self.addCleanup(cluster.remove)
        (root / "inbox").mkdir()
        cluster.create("year")
        self.own = root
        self.d = Deployment(root / "bidui", cluster, FiveFiles({"WARD_DIR": str(root / "inbox")}), "year")
        self.county = County(Files(self.d.config, root / "inbox"))
        self.county.files.nights = 100                                        # names of one length: the last is the newest

    def run_on(self, day: str, *args: str, ok: tuple[int, ...] = (0,)) -> None:
        self.d.run(*args, extra={"BIDUI_TODAY": day}, ok=ok)

    # -- what people do after a night --

    def answer(self, day: str, leads: dict[str, Any]) -> None:
        told = [(name, *rest) for name, s in self.county.names.items() for visited, *rest in s.answers
                if visited == day and name in leads]                      # or else its story went wrong already
        if told:
            path = next((self.d.out / day / "townships").glob("*.xlsx"))
            table = returned.read(path)
            for name, code, answer in told:
                returned.fill(table, leads[name]["lead_no"], code, day, *[answer for _ in leads[name]["reasons"]])
            self.run_on(day, "feedback", str(returned.save(table, self.own / "back.xlsx")))

    def report_steps(self, day: str) -> None:
        rows = [(self.numbers[name], step, day) for name, s in self.county.names.items() for on, step in s.steps
                if on == day and name in self.numbers]
        if rows:
            book = openpyxl.Workbook()
            for row in (("线索编号", "办理步骤", "办理日期"), *rows):
                book.active.append(row)
            book.save(self.own / "steps.xlsx")
            self.run_on(day, "cases", "take", str(self.own / "steps.xlsx"))

    def withdraw(self, day: str, leads: dict[str, Any]) -> None:
        for name, story in self.county.names.items():
            if day in story.withdrawn and name in leads:
                self.run_on(day, "withdraw", leads[name]["lead_no"], "--because", "记在别人名下")

    # -- what a night must show --

    def compare(self, day: str, leads: dict[str, Any], cases: dict[str, Any]) -> list[str]:
        wrong = []
        for name, story in self.county.names.items():
            x, c = leads.get(name), cases.get(name)
            got = x and (x["kind"], x["level"], x["state"], x["due_on"], {r["rule"]: r["state"] for r in x["reasons"]})
            case = c and (c["state"], c["overdue"], c["mismatch"])
            for said, want in ((got, as_of(day, story.shows)), (case, as_of(day, story.cases))):
                if said != want:
                    wrong.append(f"{day} {name} {story.name}: expected {want}, got {said}")
        return wrong

    def test_each_story_comes_to_its_end(self) -> None:
        self.d.edit("parameters.yaml", "- {name: allowance_line", NEW_LINE + "- {name: allowance_line")
        self.d.run("init")
        self.numbers: dict[str, str] = {}
        wrong: list[str] = []
        for day in nights():
            self.county.night(day)
            if day == FIRST.isoformat():
                self.run_on(day, "roster", "load")
            self.run_on(day, "run", "--date", day, ok=(0, 3))
            shown = read_json(self.d.out / day / "leads.json")
            leads = {x["household_no"] or x["works_no"]: x for x in shown["leads"]}
            cases = {x["household_no"]: x for x in shown["cases"]}
            self.numbers |= {name: x["lead_no"] for name, x in leads.items()}
            wrong += self.compare(day, leads, cases)
            self.withdraw(day, leads)
            self.answer(day, leads)
            self.report_steps(day)
        self.assertFalse(wrong, f"{len(wrong)} times another story\n" + "\n".join(wrong[:40]))


if __name__ == "__main__":
    unittest.main()
