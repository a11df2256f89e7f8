"""What goes back to departments: who was not served, what was found to be wrong, and who is dead and goes on being paid."""
from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any

import openpyxl

import returned
from feedback_test import BAD, HOUSE, N1, N2, N3, FeedbackTest
from ward import DEPARTMENT, RULE, Ward, number

MORE = """  {name}:
    title: {title}
    grain: person
    access: bulk
    purpose: 试验
    legal_basis: 试验
    match: "{name}*.csv"
    format: {{kind: csv, header: true}}
    after: keep
    arrives: {{every: event}}
    key: [no]
    identity: {{id_number: id, name: name}}
    fields:
      no: {{from: no, type: text}}
{fields}
    quality: {{on_new_column: warn, on_missing_column: hold}}
"""
TEXT = (DEPARTMENT
        + MORE.format(name="death", title="死亡", fields="      cause: {from: cause, type: text}\n      died_on: {from: day, type: date, role: event_date}")
        + MORE.format(name="benefit", title="补贴", fields="      ended_on: {from: day, type: date}")
        + MORE.format(name="pay", title="发放", fields="      paid_on: {from: day, type: date, role: event_date}"))
RETURNS = """- {department: ward, kind: not_served, rules: [bad_house]}
- {department: ward, kind: dead_but_paid, paid: ward.benefit, ended: ended_on, dead: ward.death, field: cause, values: [死亡], grace: 31d}
- {department: ward, kind: dead_but_paid, paid: ward.pay, dead: ward.death, field: cause, values: [死亡]}
"""


class Returns(FeedbackTest):
    def setUp(self) -> None:
        name = self.id().rsplit(".", 1)[1]
        self.own = self.folder / name
        self.ward = Ward(self.own, self.cluster, name[:60], TEXT)
        (self.ward.d.config / "rules/ward.yaml").write_text(RULE + HOUSE)
        self.returns = self.ward.d.config / "returns.yaml"
        self.returns.write_text(RETURNS)
        self.ward.check()
        path = self.ward.inbox / "roster-1.csv"
        path.write_text(path.read_text().replace("P4,H4,户主,男,1980-01-01,990121001001,001村,石桥镇,农户,脱贫户,,",
                                                 "P4,H4,户主,男,1980-01-01,990121001001,001村,石桥镇,农户,脱贫户,突发严重困难户,"))

    def drop(self, name: str, head: str, *rows: tuple[int, str]) -> None:
        lines = [f"{name[0].upper()}{i},{number(person)},甲{person},{rest}" for i, (person, rest) in enumerate(rows, 1)]
        (self.ward.inbox / f"{name}-1.csv").write_text("\n".join((head, *lines)) + "\n")

    def write(self, day: str) -> dict[str, Any]:
        return json.loads(self.ward.run("returns", "--json", day=day).stdout)

    def sheets(self, day: str) -> dict[str, list[tuple]]:
        book = openpyxl.load_workbook(self.ward.d.out / "returns" / day / "ward.xlsx")
        return {s.title: [tuple(returned.text_of(v) for v in row) for row in s.iter_rows(min_row=2, values_only=True)] for s in book}

    def test_each_gets_what_it_can_mend(self) -> None:
        # as of 4 November: P5 died long ago; P6's thirty-one days are not over; P7 moved; P8's benefit ended on the last day of grace
        self.drop("death", "no,id,name,cause,day", (5, "死亡,2026-09-10"), (6, "死亡,2026-10-20"), (7, "迁出,2026-09-10"), (8, "死亡,2026-09-10"),
                  (9, "死亡,2026-09-10"))
        self.drop("benefit", "no,id,name,day", (5, ""), (6, ""), (7, ""), (8, "2026-10-11"), (9, "2026-10-12"), (10, ""))
        self.drop("pay", "no,id,name,day", (8, "2026-09-10"), (8, "2026-09-11"), (10, "2026-10-01"))
        self.ward.run("returns", day=N1, ok=(1,))                              # before the first list
        self.night(N1)
        self.night(N2, **BAD)
        table = self.sent(N2)
        returned.fill(table, self.number(N2, "H1"), "50", N2, "数据有误")
        returned.fill(table, self.number(N2, "H2"), "40", N2, "不属实")
        self.send_back(N2, table)
        self.night(N3, **BAD)
        said = self.write(N3)
        self.assertEqual(said["departments"], [{"department": "ward", "file": "ward.xlsx", "not_served": 1, "conflicting": 1, "dead_but_paid": 3}])
        sheets = self.sheets(N3)
        who = lambda i: (f"H{i}", "甲*", number(i)[:6] + "********" + number(i)[-4:], "石桥镇", "001村")   # noqa: E731
        self.assertEqual(sheets["应享未享"], [(*who(4), "bad_house", "危房", "突发严重困难户", "", "")])
        self.assertEqual(sheets["数据矛盾"], [(*who(1), "ward.bill", "B001", "个人负担过高", "2026-03-01", N2)])
        self.assertEqual(sheets["死亡仍发放"], [(*who(5), "ward.benefit", "B1", "ward.death", "2026-09-10", ""),
                                           (*who(9), "ward.benefit", "B5", "ward.death", "2026-09-10", "2026-10-12"),
                                           (*who(8), "ward.pay", "P2", "ward.death", "2026-09-10", "2026-09-11")])
        path = self.ward.d.out / "returns" / N3 / "ward.xlsx"
        before = path.read_bytes()
        self.assertIn("死亡仍发放 3", self.ward.run("returns", day="2027-01-01").stdout)
        self.assertEqual(path.read_bytes(), before)
        self.night("2026-12-05", **BAD | {"H10": ("2", "A")})                  # what was found wrong is told for thirty days
        self.assertEqual(self.write("2026-12-05")["departments"][0]["conflicting"], 0)
        self.assertEqual(len(self.sheets("2026-12-05")["死亡仍发放"]), 4)          # P6's days are over

    def test_what_check_says_of_returns(self) -> None:
        cases = {"- {department: ward, kind: not_served}": ("rules", True), "- {department: ward, kind: paid}": ("not_served", True),
                 "- {department: ward, kind: dead_but_paid, dead: ward.death}": ("paid", True),
                 "- {department: ward, kind: dead_but_paid, paid: ward.benefit, dead: ward.death}": ("事件日期", True),
                 "- {department: ward, kind: dead_but_paid, paid: ward.benefit, ended: no, dead: ward.death}": ("no", True),
                 "- {department: ward, kind: dead_but_paid, paid: ward.pay, dead: ward.death, field: cause}": ("values", True),
                 "department: ward": ("列表", True), "- ward": ("kind", True),
                 "- {department: nobody, kind: not_served, rules: [burden]}": ("nobody", False),
                 "- {department: ward, kind: not_served, rules: [nothing]}": ("nothing", False),
                 "- {department: ward, kind: dead_but_paid, paid: ward.none, dead: ward.death}": ("ward.none", False)}
        for text, (word, is_error) in cases.items():
            self.returns.write_text(text + "\n")
            done = self.ward.d.run("check", ok=(2,) if is_error else (0,))
            self.assertRegex(done.stdout, rf"returns\.yaml:1:.*{word}", text)
        self.returns.unlink()
        self.ward.check()


if __name__ == "__main__":
    unittest.main()
