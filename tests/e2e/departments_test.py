"""Seventeen departments, each served in a manner of its own: what becomes facts is what the evaluator links.

The other twelve come through a signed gateway, SOAP, an encrypted gateway, MariaDB, SQLite, workbooks over SFTP and in
folders, and archives; the evaluator reads the generated tables."""
from __future__ import annotations

import json
import sys
import unittest
from datetime import date
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import openpyxl  # noqa: E402
import yaml  # noqa: E402

from deployment import ROOT, Sandbox  # noqa: E402
from evaluator.asking import Asking  # noqa: E402
from evaluator.assets import notes  # noqa: E402
from evaluator.catalogue import OF_OTHERS  # noqa: E402
from evaluator.county import read_csv  # noqa: E402
from evaluator.county import County as Source  # noqa: E402
from evaluator.links import link  # noqa: E402
from evaluator.lists import evaluate  # noqa: E402
from evaluator.roster import Roster  # noqa: E402
from evaluator.texts import fold  # noqa: E402
from evaluator.values import Codes, fen  # noqa: E402
from comparing import as_number, differences  # noqa: E402
from support import Finder, read_json, roster_identities  # noqa: E402

CITIZEN = {"id_number": "sfzh", "name": "xm"}
CLIENT = {"id_number": "zjhm", "name": "xm"}
PATIENT = {"id_number": "证件号码", "name": "姓名"}
LEDGER = {"id_number": "身份证号", "name": "户主姓名", "village": "所在村"}
# dataset: grain, key column ("" where the key holds an identity number), identity columns
DATASETS = {
    "human_resources.employment": ("person", "djbh", CITIZEN), "human_resources.unemployment": ("person", "sybh", CITIZEN),
    "human_resources.public_post": ("person", "gwbh", CITIZEN), "health.major_disease": ("person", "救治编号", PATIENT),
    "health.chronic_contract": ("person", "签约编号", PATIENT), "health.death": ("person", "证明编号", PATIENT),
    "disabled_persons.certificate": ("person", "", CITIZEN), "disabled_persons.need": ("person", "dcbh", CITIZEN),
    "public_security.cancellation": ("person", "zxbh", CITIZEN), "public_security.accident": ("person", "sgbh", CITIZEN),
    "emergency.damage": ("household", "台账编号", LEDGER), "emergency.winter_relief": ("household", "救助编号", LEDGER),
    "agriculture.claim": ("person", "lpbh", CITIZEN), "agriculture.dividend": ("person", "fhbh", CITIZEN),
    "agriculture.subsidy": ("person", "btbh", CITIZEN), "finance.microcredit": ("person", "jjh", CLIENT),
    "finance.payout": ("person", "paid_no", CLIENT),
    "justice.sentence": ("person", "文书编号", {"id_number": "身份证号", "name": "姓名"}),
}


class SeventeenDepartments(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.sandbox = Sandbox(persons=1500, days=2, has_others=True)
        cls.sandbox.__enter__()
        cls.addClassCleanup(cls.sandbox.__exit__, None, None, None)
        cls.deployment = cls.sandbox.first_night()
        cls.deployment.run("consent", "load", str(cls.sandbox.data / "consents.csv"))
        cls.nights = [cls.deployment.night(day, ok=(0, 3)) for day in cls.sandbox.days]

    def facts(self, dataset: str) -> set[tuple[str, str]]:
        department, name = dataset.split(".")
        key = "f.record_key" if DATASETS[dataset][1] else "''"
        rows = self.deployment.cluster.psql(
            f"select {key}, coalesce(p.person_no, h.household_no) from bidui.fact_{department}__{name} f"
            " left join bidui.person_key p using (county, person_id) left join bidui.household_key h using (county, household_id)"
            " where f.ended is null", self.deployment.database)
        return {tuple(line.split("|")) for line in rows.splitlines()}

    def expected(self, dataset: str) -> set[tuple[str, str]]:
        source, codes = Source(self.sandbox.data), Codes(ROOT / "config/codes")
        day = self.sandbox.days[-1]
        roster = Roster(source.roster(date.fromisoformat(day)), codes)
        grain, key, identity = DATASETS[dataset]
        found = set()
        for row in read_csv(self.sandbox.data / f"{dataset.replace('.', '/')}.csv"):
            if (row["_from"] or day) <= day and (not row["_to"] or day < row["_to"]):
                decided = link(row, identity, grain, roster, codes)
                if decided.is_fact:
                    found.add((fold(row[key]) if key else "", decided.household if grain == "household" else decided.person))
        return found

    def test_every_lead_of_every_night_is_the_expected_one(self) -> None:
        """All rules, the other departments' among them, against the independent evaluator."""
        expected = {night["date"]: night["leads"] for night in evaluate(self.sandbox.data, ROOT / "config", has_others=True)}
        seen: set[str] = set()
        for day in self.sandbox.days:
            got = read_json(self.deployment.out / day / "leads.json")["leads"]
            seen |= {reason["rule"] for lead in got for reason in lead["reasons"]}
            with self.subTest(day):
                said = differences(expected[day], got)
                self.assertEqual(said[:20], [], f"{len(said)} differences")
        self.assertLessEqual({rule.id for rule in OF_OTHERS}, seen, "rules that opened nothing")

    def test_what_is_linked_is_what_the_evaluator_links(self) -> None:
        for dataset in DATASETS:
            with self.subTest(dataset):
                self.assertEqual(self.facts(dataset), self.expected(dataset))
        self.assertGreater(sum(len(self.expected(d)) for d in DATASETS), 150)

    def test_every_delivery_is_complete(self) -> None:
        verdicts = {d["dataset"]: d["verdict"] for d in read_json(self.deployment.out / self.sandbox.days[0] / "summary.json")["datasets"]
                    if d["dataset"] in DATASETS}
        self.assertEqual(verdicts, dict.fromkeys(DATASETS, "complete"))

    def log_of(self, name: str) -> list[tuple[str, ...]]:
        return [tuple(line.split()) for line in (self.sandbox.departments.folder / "others" / name).read_text().splitlines()]

    def asked(self) -> Asking:
        """Who is to be asked about, by the list of consents, the roster and the leads of the night before."""
        asking = Asking(Source(self.sandbox.data), Codes(ROOT / "config/codes"))
        for before, day in zip([None, *self.sandbox.days], self.sandbox.days):
            leads = read_json(self.deployment.out / before / "leads.json")["leads"] if before else []
            asking.night(date.fromisoformat(day), {lead["household_no"] for lead in leads if lead["state"] in ("opened", "open", "escalated")})
        return asking

    def test_asked_about_is_whoever_has_a_consent_and_nobody_else(self) -> None:
        """By what the departments themselves have put down."""
        expected = sorted(self.asked().questions)
        self.assertGreater(len(expected), 50)
        self.assertGreater(len({consent for _, consent, _ in expected}), 20)
        told: dict[str, list[tuple[str, ...]]] = {}
        for path, *question in self.log_of("show/persons.log"):
            told.setdefault(path, []).append(tuple(question))
        self.assertEqual(sorted(told), ["/market_regulation/enterprise", "/natural_resources/property", "/public_security/vehicle",
                                        "/tax/income"])
        for path, questions in told.items():
            with self.subTest(path):
                self.assertEqual(sorted(questions), expected)
        # the bank's lists: those of the first night came back before the second
        self.assertEqual(sorted(question for _, *question in map(list, self.log_of("names.log"))),
                         sorted(map(list, self.asked().of_night(0))))

    def test_what_the_bank_says_is_taken(self) -> None:
        """Its accounts of whoever was on the list of the first night; of everybody on it there is an answer."""
        numbers = {number for number, _, _ in self.asked().of_night(0)}
        day = self.sandbox.days[-1]
        expected = {(row["ckbh"], str(fen(row["ckye"]))) for row in read_csv(self.sandbox.data / "finance/deposit.csv")
                    if row["zjhm"] in numbers and (row["_from"] or day) <= day and (not row["_to"] or day < row["_to"])}
        psql = lambda sql: self.deployment.cluster.psql(sql, self.deployment.database)  # noqa: E731
        got = {tuple(line.split("|")) for line in psql("select f_account_code, f_balance from bidui.fact_bank__deposit"
                                                       " where ended is null").splitlines()}
        self.assertGreater(len(expected), 5)
        self.assertEqual(got, expected)
        answers = dict(line.split("|") for line in psql("select outcome, count(*) from bidui.question where dataset = 'bank.deposit'"
                                                        " and outcome <> 'asked' group by 1").splitlines())
        self.assertEqual(sum(map(int, answers.values())), len(numbers))
        self.assertLessEqual(set(answers), {"record", "none"})
        self.assertEqual(sorted(p.name for p in (self.sandbox.departments.folder / "others/bank/out").iterdir()),
                         [f"存款核对名单_{day.replace('-', '')}-1.xlsx"] if self.asked().nights[1] else [])

    def test_what_needs_an_explanation_stands_on_the_lead(self) -> None:
        """Assets, as the catalogue tells them, of persons who were asked about and answered; of nobody else a word."""
        asking = self.asked()
        source, codes = Source(self.sandbox.data), Codes(ROOT / "config/codes")
        seen = set()
        for index, day in enumerate(self.sandbox.days):
            expected = notes(source, codes, asking, index)
            for lead in read_json(self.deployment.out / day / "leads.json")["leads"]:
                open_now = lead["state"] in ("opened", "open", "escalated") and lead["household_no"] is not None
                want = expected.get(lead["household_no"], []) if open_now else []
                got = [(n["rule"], f"{n['person']['name']} {n['person']['number']}", n["values"]) for n in lead["notes"]]
                self.assertEqual([(rule, who, {k: as_number(v) for k, v in values.items() if k in ("capital", "cars")})
                                  for rule, who, values in got], want,
                                 f"{day} {lead['household_no']}")
                self.assertEqual("需说明" in (lead["note"] or ""), bool(want))
                self.assertLessEqual({n["rule"] for n in lead["notes"]}.intersection(r["rule"] for r in lead["reasons"]), set())
                seen |= {rule for rule, _, _ in got}
        self.assertEqual(seen, {"company_capital", "several_cars"})

    def test_townships_are_told_what_to_ask_about(self) -> None:
        words = {r["id"]: r["field_reason"] for r in yaml.safe_load((ROOT / "config/rules/assets.yaml").read_text())}
        asked, told = {}, 0
        for day in self.sandbox.days:
            asked |= {(day, lead["lead_no"]): lead["notes"] for lead in read_json(self.deployment.out / day / "leads.json")["leads"]}
        for path in self.deployment.out.glob("*/townships/*.xlsx"):
            for row in openpyxl.load_workbook(path)["待核实"].iter_rows(min_row=2, values_only=True):
                for note in asked.get((path.parents[1].name, row[0]), []):
                    self.assertIn(words[note["rule"]], row[6])
                    told += 1
        self.assertGreater(told, 0)

    def test_no_family_is_hidden_by_what_it_owns(self) -> None:
        """The very same leads as without the notes."""
        plain = self.sandbox.first_night()
        (plain.config / "rules/assets.yaml").unlink()
        plain.run("consent", "load", str(self.sandbox.data / "consents.csv"))
        plain.night(self.sandbox.days[0], ok=(0, 3), extra={"BANK_DIR": str(plain.folder)})

        def told(d):
            rows = read_json(d.out / self.sandbox.days[0] / "leads.json")["leads"]
            return [{k: v for k, v in lead.items() if k not in ("note", "notes")} for lead in rows]
        self.assertEqual(told(plain), told(self.deployment))

    def test_resettled_households_come_by_their_number(self) -> None:
        rows = read_csv(self.sandbox.data / "relocation/household.csv")
        got = self.deployment.cluster.psql("select h.household_no from bidui.fact_relocation__household f join bidui.household_key h"
                                           " using (county, household_id) where f.ended is null order by 1", self.deployment.database)
        self.assertEqual(got.split(), sorted(row["hbh"] for row in rows))

    def test_no_stranger_and_no_secret(self) -> None:
        strangers = Finder({text for s in read_json(self.sandbox.data / "truth.json")["strangers"] for text in (s["name"], s["number"])})
        numbers, _, phones = roster_identities(self.sandbox.data)
        log = self.deployment.log.read_text()
        env = self.sandbox.departments.env
        secrets = {env[name] for name in env if name.endswith(("SECRET", "PASSWORD", "SM4_KEY", "TOKEN"))}
        self.assertGreater(len(secrets), 4)
        self.assertEqual(sorted(strangers.found(log)), [])
        self.assertEqual(sorted(Finder(numbers | phones | secrets).found(log)), [])

    def test_what_goes_back_to_departments(self) -> None:
        """The sample's returns.yaml over all departments: counts by statements of our own."""
        d = self.deployment
        said = {x["department"]: x for x in json.loads(d.run("returns", "--json").stdout)["departments"]}
        day, edition = self.sandbox.days[-1], d.cluster.psql("select max(edition) from bidui.edition", d.database).strip()
        served = d.cluster.psql(
            "select split_part(x.department, ',', 1), count(*) from bidui.finding f join bidui.household h using (county, household_id)"
            " join (values ('health_insurance', 'not_insured'), ('education', 'aid_not_granted'), ('civil_affairs', 'registered_without_allowance'))"
            " x (department, rule) on x.rule = f.rule where h.ended is null and h.monitor_class is not null and not h.risk_cleared"
            f" and f.edition = {edition} group by 1", d.database).split()
        self.assertEqual({k: x["not_served"] for k, x in said.items() if x["not_served"]}, {k: int(n) for k, n in (w.split("|") for w in served)})
        dead = 0
        for table in ("disability_allowance", "hardship"):
            dead += int(d.cluster.psql(
                f"select count(*) from bidui.fact_civil_affairs__{table} w join bidui.fact_public_security__cancellation c using (county, person_id)"
                " where w.ended is null and c.ended is null and c.f_cause = 'death' and case when w.f_ended_on is null"
                f" then date '{day}' - c.f_cancelled_on > 31 else w.f_ended_on - c.f_cancelled_on > 31 end", d.database))
        self.assertEqual(said.get("civil_affairs", {}).get("dead_but_paid", 0), dead)


if __name__ == "__main__":
    unittest.main()
