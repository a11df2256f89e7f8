"""The bulletin of a month: a story of seven leads in two townships, counted by hand from the texts."""
from __future__ import annotations

import json
import unittest
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from typing import Any

import openpyxl

import returned
from feedback_test import N1, N2, N3, TOWNSHIP, FeedbackTest

OTHER = "990121002"
N9, D4, D6, D7 = "2026-11-09", "2026-12-04", "2026-12-06", "2026-12-07"
STORY = {"H1": ("6000", "A"), "H2": ("6000", "A"), "H3": ("6000", "C"), "H4": ("1", "C"), "H5": ("6000", "A"), "H6": ("6000", "A")}


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))


class Report(FeedbackTest):
    def setUp(self) -> None:
        super().setUp()
        roster = self.ward.inbox / "roster-1.csv"
        text = roster.read_text()
        for i in range(6, 11):
            text = text.replace(f"P{i},H{i},户主,男,1980-01-01,990121001001,001村,石桥镇", f"P{i},H{i},户主,男,1980-01-01,{OTHER}001,002村,柳河镇")
        roster.write_text(text)
        self.night(N1)
        self.night(N2, **STORY, H7=("1", "C"))
        self.no = {h: self.number(N2, h) for h in (*STORY, "H7")}
        first = self.sent(N2)
        returned.fill(first, self.no["H1"], "10", N2, "属实")
        returned.fill(first, self.no["H4"], "60", N2)
        self.send_back(N3, first)
        self.ward.run("withdraw", self.no["H5"], "--because", "来数有误", day=N3)
        self.night(N3, **STORY)                                      # the house of H7 was mended: its lead ends by itself
        returned.fill(first, self.no["H2"], "40", "2026-11-08", "不属实")   # due on the 6th
        self.send_back(N9, first)
        self.night(N9, **STORY, H10=("2", "A"))
        self.night(D4, **STORY, H10=("3", "A"))

    def late(self) -> None:
        """After November has closed on 5 December: what H6 was found to be in time, and another result of H1."""
        table = returned.read(self.ward.d.out / N2 / "townships" / f"{OTHER}.xlsx")
        returned.fill(table, self.no["H6"], "31", "2026-11-05", "属实")
        self.send_back(D6, table)
        first = self.sent(N2)
        returned.fill(first, self.no["H1"], "40", "2026-12-01", "不属实")
        self.send_back(D6, first)
        self.night(D7, **STORY, H10=("4", "A"))

    def report(self, period: str, *more: str, day: str = D7, ok: tuple[int, ...] = (0,)) -> dict[str, Any]:
        said = json.loads(self.ward.run("report", period, "--json", *more, day=day, ok=ok).stdout)
        return said | {t["table"]: {next(iter(r.values())): r for r in t["rows"]} for t in said["tables"]}

    def some(self, row: dict[str, Any], *keys: str) -> tuple:
        return tuple(row[k] for k in keys)

    def test_a_month_and_what_came_too_late_for_it(self) -> None:
        keys = ("leads", "due", "on_time", "late", "overdue", "pending", "closed", "withdrawn", "checked", "enrolled", "rejected", "code_10",
                "code_40", "unreachable", "on_time_rate", "enrolled_rate")
        before = self.report("2026-11", day=D4)
        self.assertEqual(self.some(before, "period", "first", "last", "closes", "list", "final"),
                         ("2026-11", "2026-11-01", "2026-11-30", "2026-12-05 18:00", D4, False))
        one = (5, 4, 1, 1, 2, 0, 0, 1, 2, 1, 1, 1, 1, 1, 0.25, 0.5)
        two = (2, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0.0, None)
        both = (7, 5, 1, 1, 3, 0, 1, 1, 2, 1, 1, 1, 1, 1, 0.2, 0.5)
        self.assertEqual({n: self.some(r, *keys) for n, r in before["townships"].items()}, {"石桥镇": one, "柳河镇": two, "合计": both})
        self.assertEqual({n: self.some(r, *keys) for n, r in before["departments"].items()}, {"试验部门": both})
        self.assertEqual(before["late"].keys(), {"合计"})
        # 5 persons asked about a burden, of them one withdrawn; 3 houses, of which nobody said anything
        self.assertEqual({n: self.some(r, "title", "unit", "alerts", "answered", "true", "untrue", "data_wrong", "unanswered", "withdrawn",
                                       "enrolled", "true_rate", "conversion") for n, r in before["rules"].items()},
                         {"burden": ("个人负担过高", "person", 5, 2, 1, 1, 0, 2, 1, 1, 0.5, 0.5),
                          "bad_house": ("危房", "household", 3, 0, 0, 0, 0, 3, 0, 0, None, None)})
        feed = before["datasets"]["ward.bill"]
        self.assertEqual(self.some(feed, "lists", "healthy", "late", "last_complete", "rejected", "healthy_rate"), (4, 4, 0, N9, 0, 1.0))

        self.late()
        after = self.report("2026-11")
        self.assertTrue(after["final"])
        self.assertEqual(after["tables"], before["tables"])
        december = self.report("2026-12")
        self.assertEqual(december["townships"]["合计"]["leads"], 0)
        names = ("results", "on_time", "late", "enrolled", "others", "corrected")
        self.assertEqual({n: self.some(r, *names) for n, r in december["late"].items()},
                         {"石桥镇": (0, 0, 0, 0, 0, 1), "柳河镇": (1, 1, 0, 0, 1, 0), "合计": (1, 1, 0, 0, 1, 1)})
        quarter = self.report("2026Q4")                               # closes on 5 January: all of it counts
        self.assertEqual(self.some(quarter["townships"]["柳河镇"], "leads", "on_time", "overdue", "rejected", "code_31"), (2, 1, 0, 1, 1))
        self.assertEqual(self.some(quarter["townships"]["石桥镇"], "enrolled", "code_40"), (0, 2))
        self.assertEqual(self.report("2026H2")["tables"], quarter["tables"])
        self.assertEqual(self.report("2026")["title"], "2026年")

    def test_the_hour_at_which_it_closes(self) -> None:
        self.ward.d.edit("bidui.yaml", "dispatch: automatic", 'report_day: 9\nreport_at: "10:30"\ndispatch: automatic')
        self.late()
        said = "update bidui.result_taken set taken_at = '2026-12-09 10:29:59' where code = 31"
        self.ward.sql(said)
        self.assertEqual(self.report("2026-11")["townships"]["柳河镇"]["code_31"], 1)
        self.ward.sql(said.replace("10:29:59", "10:30"))
        self.assertEqual(self.report("2026-11")["townships"]["柳河镇"]["code_31"], 0)

    def test_files_are_the_same_each_time_and_need_nothing_else(self) -> None:
        self.late()
        folder = self.ward.d.out / "reports/2026-11"
        said = self.ward.run("report", "2026-11", day=D7).stdout
        self.assertIn(str(folder), said)
        first = {p.name: p.read_bytes() for p in folder.iterdir()}
        self.assertEqual(set(first), {"bulletin.xlsx", "bulletin.html", "bulletin.json"})
        table = self.sent(N2)
        returned.fill(table, self.no["H3"], "40", D7, "不属实", "不属实")
        self.send_back(D7, table)
        self.ward.run("report", "2026-11", day="2027-05-01")
        self.assertEqual({p.name: p.read_bytes() for p in folder.iterdir()}, first)
        page = Page()
        text = first["bulletin.html"].decode()
        page.feed(text)
        self.assertEqual({t for t, _ in page.tags} & {"script", "img", "link", "iframe", "object"}, set())
        self.assertFalse([a for _, a in page.tags if {"src", "href"} & set(a)])
        pictures = [ElementTree.fromstring("<svg" + part.split("</svg>")[0] + "</svg>") for part in text.split("<svg")[1:]]
        self.assertEqual(len(pictures), 4)
        bars = [p for p in pictures[0] if p.tag.endswith("rect") and len(p)]
        self.assertEqual([b[0].text for b in bars], ["按期核查 1", "逾期核查 1", "逾期未查 2", "逾期未查 1", "未查自消 1"])
        book = openpyxl.load_workbook(folder / "bulletin.xlsx")
        self.assertEqual(book.sheetnames, ["说明", "各乡镇", "各部门", "名册外人员和工程", "各规则", "补报", "数据及时性和质量"])
        rows = [row[:3] for row in book["各乡镇"].iter_rows(values_only=True)]
        self.assertEqual(rows, [("乡镇", "线索", "应查"), ("石桥镇", 5, 4), ("柳河镇", 2, 1), ("合计", 7, 5)])
        for word in ("甲1", "H1", self.no["H1"]):
            self.assertNotIn(word, text)

    def test_few_are_not_published(self) -> None:
        self.report("2026-11", "--publish")
        text = (self.ward.d.out / "reports/2026-11-public/bulletin.html").read_text()
        row = openpyxl.load_workbook(self.ward.d.out / "reports/2026-11-public/bulletin.xlsx")["各乡镇"]
        shown = [[c for c in r] for r in row.iter_rows(min_row=2, values_only=True)]
        self.assertEqual([r[:2] for r in shown], [["石桥镇", "*"], ["柳河镇", "<5"], ["合计", 7]])
        for r in shown:
            self.assertFalse([c for c in r if isinstance(c, int) and 0 < c < 5], r)
            self.assertFalse([c for c in r if isinstance(c, str) and "%" in c], r)
        self.assertIn("不足 5 的数", text)

    def test_what_is_no_period_or_has_no_list(self) -> None:
        for wrong in ("2026-13", "2026Q5", "2026H0", "26", "2026-1", "2026Q", "2026-011", "x"):
            self.assertIn("2026Q4", self.ward.run("report", wrong, day=D4, ok=(2,)).stderr, wrong)
        self.assertIn("2026-09", self.ward.run("report", "2026-09", day=D4, ok=(1,)).stderr)


if __name__ == "__main__":
    unittest.main()
