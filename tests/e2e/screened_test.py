"""Screened lists: people a department judged at risk who are not on the roster, from the list to the end of their lead."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from datetime import date
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent)] + [str(Path(__file__).resolve().parents[1] / f) for f in ("lib", "departments")]

import returned  # noqa: E402
from county.numbers import make  # noqa: E402
from deployment import Cluster, Deployment  # noqa: E402
from lookup_test import person, roster  # noqa: E402
from support import texts_of  # noqa: E402

PUSHED = """department: health_push
title: 卫生健康局推送
connection: {kind: file, folder: "${env:PUSH_DIR}"}
datasets:
  at_risk:
    title: 大病人员推送名单
    grain: person
    access: bulk
    screened: true
    purpose: 防止返贫监测
    legal_basis: 中农组发〔2021〕7号
    match: "push-*.csv"
    format: {kind: csv, header: true}
    after: keep
    arrives: {every: event}
    key: [push_no]
    identity: {id_number: 证件号码, name: 姓名, village: 行政村编码}
    fields:
      push_no:   {from: 推送编号, type: text}
      reason:    {from: 推送原因, type: text}
      pushed_on: {from: 推送日期, type: date, role: event_date}
    quality: {on_new_column: warn, on_missing_column: hold}
"""
RULE = """- id: pushed
  title: 部门推送
  family: medical
  subject: person
  applies_to: [monitored, lifted, general]
  let:
    pushed: exists(health_push.at_risk)
  when: pushed
  severity: low
  reason: 卫健部门推送
  field_reason: 请入户核实
  basis: {document: 试验, place: 试验, year: 2026}
"""
STRANGERS = {"A1": ("欧阳外乡", make("990221", date(1961, 3, 4), True, 3)), "A2": ("司马过客", make("990222", date(1972, 5, 6), False, 4))}
DAYS = ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"]


class Files:
    has_others = True

    def __init__(self, folder: Path):
        (folder / "push").mkdir(parents=True)
        (folder / "roster").mkdir()
        self.folder = folder
        self.env = {"ROSTER_DIR": str(folder / "roster"), "PUSH_DIR": str(folder / "push")}

    def day(self, day: str) -> None:
        pass

    def push(self, number: int, *who: str) -> None:
        rows = {"A1": f"A1,{STRANGERS['A1'][0]},{STRANGERS['A1'][1]},990121001001,重大疾病,2026-10-20",
                "A2": f"A2,{STRANGERS['A2'][0]},{STRANGERS['A2'][1]},,慢性病,2026-10-21",
                "B1": f"B1,试验甲,{person(1)},990121001001,重大疾病,2026-10-22"}
        (self.folder / f"push/push-{number}.csv").write_text("推送编号,姓名,证件号码,行政村编码,推送原因,推送日期\n"
                                                            + "".join(rows[w] + "\n" for w in who))

    def roster(self, number: int, text: str) -> None:
        (self.folder / f"roster/roster-{number}.csv").write_text(text)


class Screened(unittest.TestCase):
    def setUp(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="bidui-screened."))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.cluster = Cluster(self.root / "pg")
        self.addCleanup(self.cluster.remove)
        self.files = Files(self.root / "departments")
        self.cluster.create("s1")
        self.d = Deployment(self.root / "deployment", self.cluster, self.files, "s1")
        for path in [*(self.d.config / "connectors").iterdir(), *(self.d.config / "rules").iterdir()]:
            if path.name != "roster.yaml":
                path.unlink()
        (self.d.config / "connectors/health_push.yaml").write_text(PUSHED)
        (self.d.config / "rules/pushed.yaml").write_text(RULE)
        self.d.run("init")
        self.files.roster(1, roster())
        self.files.push(1, "A1", "A2", "B1")
        self.d.night(DAYS[0])

    def leads(self, day: str) -> list[dict]:
        return json.loads((self.d.out / day / "leads.json").read_text())["leads"]

    def off(self, day: str) -> dict[str, dict]:
        return {lead["reasons"][0]["evidence"][0]["record_key"]: lead for lead in self.leads(day) if lead["kind"] == "off_roster"}

    def nowhere(self) -> None:
        """In no dump and no log in clear; in workbooks alone by name."""
        words = [w for pair in STRANGERS.values() for w in pair]
        dump = subprocess.run(["pg_dump", "s1"], check=True, capture_output=True, text=True, env={**os.environ, **self.cluster.env}).stdout
        texts = [dump, self.d.log.read_text()] + [p.read_bytes().decode("utf-8", "replace") for p in (self.root / "pg").rglob("*log*")
                                                  if p.is_file()]
        for path in self.d.out.rglob("*"):
            if path.is_file() and path.suffix != ".xlsx":
                texts += texts_of(path)
        for word in words:
            for text in texts:
                self.assertNotIn(word, text)

    def test_who_is_not_on_the_roster_becomes_a_lead(self) -> None:
        off = self.off(DAYS[0])
        self.assertEqual(set(off), {"A1", "A2"})
        first = off["A1"]
        self.assertEqual((first["state"], first["sheet"], first["level"], first["household_no"], first["householder"], first["village"],
                          first["region"]), ("opened", "off_roster", "medium", None, "欧**", "东村", "990121001001"))
        self.assertEqual((off["A2"]["region"], off["A2"]["village"]), ("990121", None))
        self.assertEqual(first["due_on"], "2026-11-09")                # five working days
        reason = first["reasons"][0]
        self.assertEqual((reason["rule"], reason["title"], reason["text"], reason["evidence"][0]["event_date"]),
                         ("health_push.at_risk", "大病人员推送名单", "重大疾病", "2026-10-20"))
        self.assertEqual([lead["household_no"] for lead in self.leads(DAYS[0]) if lead["kind"] != "off_roster"], ["H1"])
        self.nowhere()
        book = "".join(texts_of(self.d.out / DAYS[0] / "leads.xlsx"))
        self.assertIn("名册外", book)
        self.assertIn("欧阳外乡", book)
        self.assertNotIn(STRANGERS["A1"][1], book)
        (township,) = [p for p in (self.d.out / DAYS[0] / "townships").iterdir()]
        told = "".join(texts_of(township))
        self.assertIn("欧阳外乡", told)
        self.assertNotIn("重大疾病", told)
        self.assertNotIn("司马过客", told)                             # of no known village: the county's
        self.assertIn("重大疾病", self.d.run("explain", first["lead_no"]).stdout)
        sealed = self.cluster.psql("select count(*) from bidui.off_roster where sealed is not null", "s1")
        self.assertEqual(sealed.strip(), "2")
        before = self.d.files()
        self.d.run("run", "--date", DAYS[0], extra={"BIDUI_TODAY": DAYS[0]})
        self.assertEqual(self.d.files(), before)

    def test_until_the_department_withdraws_it_and_the_identity_goes(self) -> None:
        number = self.off(DAYS[0])["A1"]["lead_no"]
        self.d.night(DAYS[1])
        self.assertEqual(self.off(DAYS[1])["A1"]["state"], "open")
        self.files.push(2, "A2", "B1")
        self.d.night(DAYS[2])
        gone = self.off(DAYS[2])["A1"]
        self.assertEqual((gone["lead_no"], gone["state"], gone["sheet"], gone["reasons"][0]["cause"]),
                         (number, "withdrawn", "cleared", "withdrawn"))
        self.assertEqual(self.off(DAYS[2])["A2"]["state"], "open")
        self.d.night(DAYS[3])
        self.assertEqual(set(self.off(DAYS[3])), {"A2"})
        self.d.night("2026-12-03")                                     # 29 days after
        self.assertEqual(self.cluster.psql("select record_key from bidui.off_roster where sealed is not null order by 1", "s1"), "A1\nA2\n")
        self.d.night("2026-12-04")
        self.assertEqual(self.cluster.psql("select record_key from bidui.off_roster where sealed is not null", "s1"), "A2\n")
        self.nowhere()

    def test_until_it_is_answered_or_taken_back(self) -> None:
        first, second = (self.off(DAYS[0])[who]["lead_no"] for who in ("A1", "A2"))
        (path,) = (self.d.out / DAYS[0] / "townships").iterdir()
        table = returned.read(path)
        returned.fill(table, first, "40 不符合条件", DAYS[0], "不属实")
        back = returned.save(table, self.root / "back.xlsx")
        self.d.run("feedback", str(back), extra={"BIDUI_TODAY": DAYS[0]})
        self.d.run("withdraw", second, "--because", "试验", extra={"BIDUI_TODAY": DAYS[0]})
        self.d.night(DAYS[1])
        off = self.off(DAYS[1])
        self.assertEqual((off["A1"]["state"], off["A1"]["sheet"], off["A1"]["result"]["code"], off["A1"]["reasons"][0]["answer"]),
                         ("answered", "cleared", 40, "untrue"))
        self.assertEqual((off["A2"]["state"], off["A2"]["sheet"]), ("withdrawn", "cleared"))
        self.d.night(DAYS[2])
        self.assertEqual(self.off(DAYS[2]), {})
        self.nowhere()

    def test_until_the_person_joins_the_roster(self) -> None:
        line = roster().splitlines()[-1].split(",")
        line[:5] = ["P9", "H9", STRANGERS["A1"][0], STRANGERS["A1"][1], "户主"]
        line[6] = "1961-03-04"
        self.files.roster(2, roster() + ",".join(line) + "\n")
        self.d.night(DAYS[1])
        joined = self.off(DAYS[1])["A1"]
        self.assertEqual((joined["state"], joined["reasons"][0]["cause"]), ("cleared", "joined"))
        self.files.push(2, "B1", "A2", "A1")                           # sent again (in other order): a fact like any other
        self.d.night(DAYS[2])
        self.assertEqual(set(self.off(DAYS[2])), {"A2"})
        self.assertIn("H9", [lead["household_no"] for lead in self.leads(DAYS[2])])


if __name__ == "__main__":
    unittest.main()
