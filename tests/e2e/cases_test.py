"""What becomes of a household after the answer: step by step to its end, with the days of every clock reckoned by hand."""
from __future__ import annotations

import json
import shutil
import unittest
from pathlib import Path
from typing import Any

import openpyxl

import returned
from feedback_test import BAD, N2, N3, FeedbackTest, N1

DOCS = Path(__file__).resolve().parents[2] / "docs"
HEAD = ("线索编号", "办理步骤", "办理日期")


class Cases(FeedbackTest):
    def setUp(self) -> None:
        super().setUp()
        self.fee, self.ward.files = 1, 100                                    # names of one length: the last is the newest
        self.text = (self.ward.inbox / "roster-1.csv").read_text()
        self.rosters = 1
        self.night(N1)
        self.night(N2, **BAD)
        self.no = {h: self.number(N2, h) for h in BAD}
        self.table = self.sent(N2)
        for household, code, answer in (("H1", "10", "属实"), ("H2", "10", "属实"), ("H3", "11", "属实"), ("H4", "40", "不属实")):
            returned.fill(self.table, self.no[household], code, N2, answer)
        self.send_back(N2, self.table)
        self.next(N3)

    def next(self, day: str) -> dict[str, dict[str, Any]]:
        """A night in which nothing is new but a small bill; the cases of its list."""
        self.fee += 1
        self.night(day, **BAD | {"H10": (str(self.fee), "A")})
        return self.cases(day)

    def cases(self, day: str) -> dict[str, dict[str, Any]]:
        return {c["household_no"]: c for c in json.loads((self.ward.d.out / day / "leads.json").read_text())["cases"]}

    def where(self, day: str) -> dict[str, tuple]:
        return {h: (c["state"], c["since"], c["due_on"], c["overdue"], c["confirmed"], c["mismatch"]) for h, c in self.cases(day).items()}

    def roster(self, **households: str | None) -> None:
        """The roster anew; of some households another class, risk and day of clearing, or None: gone."""
        for household, what in households.items():
            i = household[1:]
            lines = self.text.split("\n")
            at = next(k for k, line in enumerate(lines) if line.startswith(f"P{i},H{i},"))
            cells = lines[at].split(",")
            if what is None:
                del lines[at]
            else:
                cells[10:13] = what.split(",")
                lines[at] = ",".join(cells)
            self.text = "\n".join(lines)
        (self.ward.inbox / f"roster-{self.rosters}.csv").unlink(missing_ok=True)   # taken files are gone
        self.rosters += 1
        (self.ward.inbox / f"roster-{self.rosters}.csv").write_text(self.text)

    def take(self, day: str, *steps: tuple[str, str, str], ok: tuple[int, ...] = (0,), more: tuple[str, ...] = ()) -> dict[str, Any]:
        book = openpyxl.Workbook()
        for row in (HEAD, *((self.no.get(h, h), step, on) for h, step, on in steps)):
            book.active.append(row)
        book.save(self.own / "steps.xlsx")
        return json.loads(self.ward.run("cases", "take", "--json", *more, str(self.own / "steps.xlsx"), day=day, ok=ok).stdout)

    def test_from_the_visit_to_the_end(self) -> None:
        fresh = ("visited", N2, "2026-11-18", False, False, False)          # fifteen days from the lead
        self.assertEqual(self.where(N3), {"H1": fresh, "H2": fresh, "H3": fresh})
        self.assertEqual(self.take(N3, ("H1", "授权核查", N3), more=("--dry-run",))["taken"], 1)
        said = self.take("2026-11-09", ("H1", "授权核查", N3), ("H1", "评议公示", "2026-11-05"), ("H1", "乡镇审核", "2026-11-09"), ok=(3,))
        self.assertEqual((said["taken"], self.faults(said)), (2, [(4, "办理日期")]))      # five days of publicity
        self.assertIn("2026-11-10", said["rows"][2]["faults"][0]["expected"])
        said = self.take("2026-11-11", ("H1", "评议公示", "2026-11-05"), ("H1", "乡镇审核", "2026-11-10"), ("H1", "县级审批", "2026-11-10"),
                         ("H1", "已纳入", "2026-11-11"))
        self.assertEqual((said["taken"], said["known"]), (3, 1))
        self.assertEqual(self.where(N3)["H1"], fresh)                          # a past list stays
        self.next("2026-11-12")
        self.assertEqual(self.where("2026-11-12"), {"H1": ("enrolled", "2026-11-11", "2026-11-26", False, False, False), "H2": fresh, "H3": fresh})
        self.next("2026-11-19")
        late = (*fresh[:3], True, False, False)
        self.assertEqual((self.where("2026-11-19")["H2"], self.where("2026-11-19")["H3"]), (late, late))
        status = json.loads(self.ward.run("status", "--json", day="2026-11-19").stdout)
        self.assertEqual(status["cases"], {"open": 3, "overdue": 2, "mismatch": 0})
        self.assertIn("逾期 2", self.ward.run("status", day="2026-11-19").stdout)
        self.take("2026-12-01", ("H1", "帮扶到位", "2026-12-01"))
        # reported on 3 November, thirty days: from the 4th on the roster should have shown them
        self.next("2026-12-03")
        self.assertFalse(self.where("2026-12-03")["H2"][5])
        self.next("2026-12-04")
        self.assertEqual({h: c[5] for h, c in self.where("2026-12-04").items()}, {"H1": False, "H2": True, "H3": True})
        listed = self.ward.run("cases", "list", day="2026-12-04").stdout
        self.assertEqual(listed.count("账账不符"), 2)
        sheet = openpyxl.load_workbook(self.ward.d.out / "2026-12-04/leads.xlsx")["办理进度"]
        rows = {r[1]: (r[5], r[8], r[9]) for r in sheet.iter_rows(min_row=2, values_only=True)}
        self.assertEqual((rows["H1"], rows["H2"]), (("帮扶到位", None, None), ("已核查", -16, "逾期;账账不符")))
        self.roster(H3="突发严重困难户,否,", H1="突发严重困难户,否,")
        self.next("2026-12-07")
        self.assertEqual(self.where("2026-12-07"), {"H1": ("helped", "2026-12-01", None, False, True, False), "H2": (*late[:5], True),
                                                    "H3": ("enrolled", "2026-12-07", "2026-12-22", False, True, False)})
        said = self.take("2026-12-08", ("H1", "风险消除", "2026-12-08"), ok=(3,))
        self.assertIn("2027-05-11", said["rows"][0]["faults"][0]["expected"])   # six months after 11 November
        self.take("2026-12-08", ("H1", "暂不标注消除", "2026-12-08"))
        self.roster(H1="突发严重困难户,是,2026-12-09", H2=None)
        self.next("2026-12-10")
        now = self.where("2026-12-10")
        self.assertEqual((now["H1"][:2], now["H2"][:2]), (("cleared", "2026-12-09"), ("lapsed", "2026-12-10")))
        self.assertEqual(set(self.next("2026-12-11")), {"H3"})                  # what is over was shown once
        self.roster(H1="突发严重困难户,否,")
        self.next("2026-12-14")
        self.assertEqual(self.where("2026-12-14")["H1"], ("reopened", "2026-12-14", "2026-12-29", False, True, False))
        before = self.ward.d.files()
        for day in (N3, "2026-12-04", "2026-12-14"):
            shutil.rmtree(self.ward.d.out / day)
            self.ward.night(day)
        self.assertEqual(self.ward.d.files(), before)

    def test_cleared_by_people_but_not_in_the_roster(self) -> None:
        self.ward.d.edit("parameters.yaml", "- {name: due_low", "- {name: case_stable, region: \"99\", from: 2022-01-01, value: 2, unit: working_day, basis: 试验}\n"
                         "- {name: case_confirm, region: \"99\", from: 2022-01-01, value: 3, unit: working_day, basis: 试验}\n- {name: due_low")
        self.roster(H1="突发严重困难户,否,")
        self.next("2026-11-05")                                                # Thursday
        said = self.take("2026-11-09", ("H1", "帮扶到位", "2026-11-06"), ("H1", "风险消除", "2026-11-08"), ("H1", "风险消除", "2026-11-09"), ok=(3,))
        self.assertEqual((said["taken"], self.faults(said)), (2, [(3, "办理日期")]))
        self.next("2026-11-10")
        self.assertEqual(self.where("2026-11-10")["H1"], ("cleared", "2026-11-09", None, False, False, False))
        self.next("2026-11-12")
        self.assertNotIn("H1", self.cases("2026-11-12"))
        self.next("2026-11-13")                                                # three working days after the 9th have passed
        self.assertEqual(self.where("2026-11-13")["H1"], ("cleared", "2026-11-09", None, False, False, True))
        self.roster(H1="突发严重困难户,是,2026-11-09")
        self.next("2026-11-16")
        self.assertEqual(self.where("2026-11-16")["H1"][4:], (True, False))

    def test_a_later_result_ends_it(self) -> None:
        returned.fill(self.table, self.no["H1"], "40", "2026-11-05", "不属实")
        returned.fill(self.table, self.no["H2"], "60", "2026-11-05", None)
        self.send_back("2026-11-05", self.table)
        self.next("2026-11-05")
        self.assertEqual((self.where("2026-11-05")["H1"][:2], self.where("2026-11-05")["H2"][0]), (("rejected", "2026-11-05"), "visited"))

    def test_what_cannot_be_taken_is_told(self) -> None:
        said = self.take(N3, ("H2", "乡镇审核", N3), ("H3", "授权核查", N1), ("H4", "授权核查", N3), ("260000999", "授权核查", N3), ("H1", "睡觉", N3),
                         ("H1", "授权核查", "2026-12-01"), ("H1", "=STEP()", N3), ("H1", "未纳入", N3), ("H1", "授权核查", N3), ok=(3,))
        self.assertEqual(self.faults(said), [(2, "办理步骤"), (3, "办理日期"), (4, "线索编号"), (5, "线索编号"), (6, "办理步骤"), (7, "办理日期"),
                                             (8, "办理步骤"), (10, "办理步骤")])
        self.assertEqual((said["taken"], said["refused"]), (1, 8))
        self.assertIn("授权核查", said["rows"][0]["faults"][0]["expected"])
        returned.save([["线索编号", "办理步骤"], [self.no["H2"], "授权核查"]], self.own / "bare.xlsx")
        said = json.loads(self.ward.run("cases", "take", "--json", str(self.own / "bare.xlsx"), day=N3, ok=(3,)).stdout)
        self.assertIn("办理日期", said["rows"][0]["faults"][0]["expected"])
        back = openpyxl.load_workbook(self.ward.d.out / N3 / "leads.xlsx")     # the county's own workbook, nothing filled in
        back["办理进度"].cell(3, 12, "授权核查")
        back["办理进度"].cell(3, 13, N3)
        back.save(self.own / "leads.xlsx")
        said = json.loads(self.ward.run("cases", "take", "--json", str(self.own / "leads.xlsx"), day=N3).stdout)
        self.assertEqual((said["taken"], said["refused"], said["blank"], said["rows"][0]["lead_no"]), (1, 0, 2, self.no["H2"]))

    def test_the_diagram_in_the_guides_is_the_programs(self) -> None:
        for name, more in (("cases.zh-CN.md", ()), ("cases.md", ("--english",))):
            shown = (DOCS / name).read_text().split("```mermaid\n")[1].split("```")[0]
            self.assertEqual(shown, self.ward.run("cases", "diagram", *more, day=N3).stdout, name)


if __name__ == "__main__":
    unittest.main()
