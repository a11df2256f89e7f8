"""What a delivery may look like before a person must vouch for it: limits, and what accepting one leaves behind."""
from __future__ import annotations

import json
import sys
import unittest
from datetime import datetime
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import openpyxl  # noqa: E402

from http_ward import HttpWard  # noqa: E402
from ward import DEPARTMENT, HEAD, ClusterCase, Ward, bill, number  # noqa: E402


class WardTest(ClusterCase):
    def ward(self, quality: str = "") -> Ward:
        name = self.id().rsplit(".", 1)[1]
        ward = Ward(self.folder / name, self.cluster, name)
        if quality:
            ward.quality(quality)
            ward.check()
        return ward


class Limits(WardTest):
    def held(self, ward: Ward, day: str, *reasons: str) -> None:
        """Held for these reasons, in words where people look, and not one of its rows is a fact."""
        before = ward.facts()
        ward.night(day, ok=(3,))
        feed = ward.feed(day)
        self.assertEqual((feed["verdict"], feed["reasons"]), ("held", list(reasons)))
        self.assertEqual(ward.facts(), before)
        self.assertEqual(len(feed["reason_texts"]), len(reasons))
        book = openpyxl.load_workbook(ward.d.out / day / "leads.xlsx")
        row = next(r for r in book["数据健康"].iter_rows(values_only=True) if r[0] == "ward.bill")
        self.assertEqual(row[8], "\n".join(feed["reason_texts"]))
        said = ward.run("status", day=day).stdout
        told = json.loads(ward.run("status", "--json", day=day).stdout)["datasets"]
        self.assertEqual(next(f["reason_texts"] for f in told if f["dataset"] == "ward.bill"), feed["reason_texts"])
        for text in feed["reason_texts"]:
            self.assertIn(text, said)
            self.assertTrue(any("\u4e00" <= c <= "\u9fff" for c in text), text)

    def test_rows(self) -> None:
        ward = self.ward("rows: {least: 2, most: 3}")
        ward.write(bill(1), bill(2))
        ward.night("2026-03-10")
        ward.write(bill(1))
        self.held(ward, "2026-03-11", "few_rows 1 of 2")
        ward.write(*(bill(n) for n in range(1, 5)))
        self.held(ward, "2026-03-12", "many_rows 4 of 3")
        ward.write(*(bill(n) for n in range(1, 4)))
        ward.night("2026-03-13")
        self.assertEqual(ward.facts(), "B001 B002 B003")

    def test_growth(self) -> None:
        ward = self.ward("max_growth: 100%")
        ward.write(bill(1), bill(2))
        ward.night("2026-03-10")
        ward.write(*(bill(n) for n in range(1, 6)))
        self.held(ward, "2026-03-11", "grown 2 to 5")
        ward.write(*(bill(n) for n in range(1, 5)))
        ward.night("2026-03-12")
        self.assertEqual(ward.facts(), "B001 B002 B003 B004")

    def test_fields(self) -> None:
        ward = self.ward("fields: {grade: {max_null: 25%, least_distinct: 2, most_distinct: 3}}")
        stranger = "B{0},330106199001011{0},外人,2026-03-01,1,{1},"      # strangers' rows count too
        ward.write(bill(1, grade="A"), bill(2, grade="B"), bill(3, grade=""), stranger.format("900", "C"))
        ward.night("2026-03-10")
        ward.write(bill(1, grade="A"), bill(2, grade=""), stranger.format("900", "B"), stranger.format("901", ""))
        self.held(ward, "2026-03-11", "blank grade 2 of 4")
        ward.write(bill(1, grade="A"), bill(2, grade="A"), stranger.format("900", "A"))
        self.held(ward, "2026-03-12", "few_values grade 1 of 2")
        ward.write(bill(1, grade="A"), bill(2, grade="B"), stranger.format("900", "C"), stranger.format("901", "D"))
        self.held(ward, "2026-03-13", "many_values grade over 3")

    def test_fresh(self) -> None:
        ward = self.ward("fresh: 40d")
        ward.write(bill(1, day="2026-01-29"), bill(2, day="2025-01-01"))
        ward.night("2026-03-10")
        ward.write(bill(1, day="2026-01-29"), bill(2, day="2025-01-02"))
        self.held(ward, "2026-03-11", "stale 2026-01-29")

    def test_pages(self) -> None:
        """A delivery of more pages than `caps.pages` isn't read to its end: it names the key, and nothing of it counts."""
        name = self.id().rsplit(".", 1)[1]
        ward = HttpWard(self.folder / name, self.cluster, name, "    request: {path: /enrolment}\n    records: /data/rows\n"
                        "    paging: {kind: page_number, page: page, size: pageSize, page_size: 1}\n    caps: {pages: 3}\n")
        self.addCleanup(ward.stop)
        ward.write(*(bill(n) for n in range(1, 4)))
        ward.night("2026-03-10")
        ward.write(*(bill(n) for n in range(1, 6)))
        ward.night("2026-03-11", ok=(3,))
        feed = ward.feed("2026-03-11")
        self.assertEqual((feed["verdict"], feed["reasons"]), ("incomplete", ["too_many_pages"]))
        self.assertIn("caps.pages", feed["reason_texts"][0])
        self.assertIn('detail="caps.pages: 3"', ward.d.log.read_text())
        self.assertEqual(ward.facts(), "B001 B002 B003")
        ward.edit("caps: {pages: 3}", "caps: {pages: 5}")
        ward.night("2026-03-12")
        self.assertEqual(ward.facts(), "B001 B002 B003 B004 B005")

    def test_a_first_delivery_too(self) -> None:
        ward = self.ward("rows: {least: 3}")
        ward.write(bill(1), bill(2))
        self.held(ward, "2026-03-10", "few_rows 2 of 3")

    def test_accepting_one(self) -> None:
        ward = self.ward("rows: {least: 2}")
        ward.write(bill(1), bill(2))
        ward.night("2026-03-10")
        ward.write(bill(1))
        ward.night("2026-03-11", ok=(3,))
        self.assertIn("--because", ward.run("accept", "2026-03-11", "ward.bill", day="2026-03-11", ok=(2,)).stderr)
        self.assertIn("--because", ward.run("accept", "2026-03-11", "ward.bill", "--because", "", day="2026-03-11", ok=(2,)).stderr)
        ward.run("accept", "2026-03-11", "ward.bill", "--because", "电话核实:确实只有一条", day="2026-03-11")
        self.assertEqual(ward.sql("select action || ' ' || object || ' ' || reason from bidui.audit"),
                         "accept ward.bill 电话核实:确实只有一条")
        ward.run("run", "--new-edition", day="2026-03-11", ok=(0, 3))
        self.assertEqual(ward.facts(), "B001")


class Columns(WardTest):
    def drifted(self, *rows: str, head: str) -> dict:
        ward = self.ward()
        ward.write(*(bill(n) for n in range(1, 21)))
        ward.night("2026-03-10")
        ward.write(*rows, head=head)
        ward.night("2026-03-11", ok=(0, 3))
        return ward.feed("2026-03-11")

    def line(self, text: str) -> str:
        return f"connectors/ward.yaml:{DEPARTMENT[:DEPARTMENT.index(text)].count(chr(10)) + 1}"

    def test_renamed(self) -> None:
        feed = self.drifted(bill(1), head=HEAD.replace("grade", "grade2"))
        self.assertEqual(feed["verdict"], "held")
        self.assertEqual(feed["reasons"], ["renamed_column grade -> grade2 at " + self.line("grade:")])
        self.assertEqual(feed["reason_texts"], [f"列grade不见了,多出列grade2,疑似改名;若是,把{self.line('grade:')}改为grade2"])

    def moved(self, heads: str, *rows: str) -> tuple[Ward, dict]:
        """After a night of 30 bills in the usual columns, a night of these rows under these heads."""
        ward = self.ward()
        ward.write(*(self.usual(n) for n in range(1, 31)))
        ward.night("2026-03-10")
        ward.write(*rows, head=heads)
        ward.night("2026-03-11", ok=(3,))
        return ward, ward.feed("2026-03-11")

    @staticmethod
    def usual(n: int) -> str:
        return bill(n, fee=f"{n * 37}.50", grade="ABC"[n % 3], day=f"2026-0{1 + n % 2}-{1 + n % 28:02d}")

    def test_renamed_beyond_recognition(self) -> None:
        """Known again by its contents, among other new columns; these are looked at and nothing of them is kept."""
        secret = [f"1391234{n:04d}" for n in range(1, 31)]
        rows = [f"{self.usual(n)},{secret[n - 1]},村道旁{n}号" for n in range(1, 31)]
        heads = HEAD.replace("fee", "ZFJE").replace("grade", "dengji") + ",lianxi,dizhi"
        ward, feed = self.moved(heads, *rows)
        self.assertEqual(feed["verdict"], "held")
        self.assertEqual(feed["reasons"], ["renamed_column fee -> ZFJE at " + self.line("burden:"),
                                           "renamed_column grade -> dengji at " + self.line("grade:"),
                                           "new_column dizhi", "new_column lianxi"])
        self.assertEqual(feed["reason_texts"][0], f"列fee不见了,多出列ZFJE,疑似改名;若是,把{self.line('burden:')}改为ZFJE")
        everything = ward.d.cluster.dump(ward.d.database) + ward.d.log.read_text()
        for value in (secret[0], secret[29], "村道旁"):
            self.assertNotIn(value, everything)
        shapes = ward.sql("select shapes from bidui.delivery where dataset = 'ward.bill' and edition = 1")
        self.assertEqual({line.split("\t")[0] for line in shapes.splitlines()}, {"no", "id", "name", "day", "fee", "grade"})
        for n in (1, 30):
            self.assertNotIn(number(n), shapes)
            self.assertNotIn(f"{n * 37}.50", shapes)

    def test_missing_and_something_else_new(self) -> None:
        rows = [self.usual(n).replace(f",{'ABC'[n % 3]},", f",见附件第{n}页的说明,") for n in range(1, 31)]
        _, feed = self.moved(HEAD.replace("grade", "beizhu"), *rows)
        self.assertEqual(feed["reasons"], ["missing_column grade at " + self.line("grade:"), "new_column beizhu"])

    def test_two_that_could_be_it(self) -> None:
        rows = [f"{self.usual(n)},{'ABC'[n % 3]}" for n in range(1, 31)]
        _, feed = self.moved(HEAD.replace("grade", "jia") + ",yi", *rows)
        self.assertEqual(feed["reasons"], ["missing_column grade at " + self.line("grade:"), "new_column jia", "new_column yi"])

    def test_the_files_are_put_away_after_a_look(self) -> None:
        ward = self.ward()
        ward.edit("after: keep", "after: delete")
        ward.write(*(self.usual(n) for n in range(1, 31)))
        ward.night("2026-03-10")
        ward.write(*(self.usual(n) for n in range(1, 31)), head=HEAD.replace("grade", "dengji"))
        ward.night("2026-03-11", ok=(3,))
        self.assertEqual(ward.feed("2026-03-11")["reasons"], ["renamed_column grade -> dengji at " + self.line("grade:")])
        self.assertEqual([path.name for path in ward.inbox.glob("bill*.csv")], [])

    def test_what_columns_look_like_stays_with_the_last_delivery_alone(self) -> None:
        ward = self.ward()
        kept = "select string_agg(edition || ' ' || (shapes <> ''), ', ' order by edition) from bidui.delivery where dataset = 'ward.bill'"
        for n, day in enumerate(("2026-03-10", "2026-03-11"), 31):
            ward.write(*(self.usual(n) for n in range(1, n)))
            ward.night(day)
        self.assertEqual(ward.sql(kept), "1 false, 2 true")
        ward.write(*(self.usual(n) for n in range(1, 6)))       # too few to be nobody's: what was known stays
        ward.night("2026-03-12")
        self.assertEqual(ward.sql(kept), "1 false, 2 false, 3 true")

    def test_retyped(self) -> None:
        feed = self.drifted(*(bill(n, fee="一千元整吧") for n in range(1, 21)), head=HEAD)
        self.assertEqual(feed["verdict"], "held")
        self.assertEqual(feed["reasons"], ["retyped_column fee 20 of 20 at " + self.line("burden:")])

    def test_new(self) -> None:
        feed = self.drifted(bill(1) + ",x", head=HEAD + ",note")
        self.assertEqual((feed["verdict"], feed["reasons"]), ("complete", ["new_column note"]))


class Absent(WardTest):
    def leads(self, ward: Ward, day: str) -> list[tuple[str, str]]:
        said = json.loads((ward.d.out / day / "leads.json").read_text())
        return [(lead["household_no"], lead["state"]) for lead in said["leads"]]

    def test_a_row_nobody_can_read_may_be_anybodys(self) -> None:
        ward = self.ward()
        ward.d.edit("rules/ward.yaml", "burden: sum(ward.bill.burden, calendar year)", "none: absent(ward.bill)")
        ward.d.edit("rules/ward.yaml", "when: burden > 5000", "when: none")
        ward.d.edit("rules/ward.yaml", "本年个人负担{burden}元", "没有费用记录")
        ward.check()
        ward.write(*(bill(n) for n in range(1, 40)), '"B040","cut short')
        ward.night("2026-03-10")
        self.assertEqual(ward.feed("2026-03-10")["reasons"], ["unreadable_keys 1"])
        self.assertEqual(self.leads(ward, "2026-03-10"), [])
        self.assertIn("无法判断", ward.run("explain", "H40", day="2026-03-10").stdout)
        ward.write(*(bill(n) for n in range(1, 40)))
        ward.night("2026-03-11")
        self.assertEqual(self.leads(ward, "2026-03-11"), [("H40", "opened")])


class Reminders(WardTest):
    def test_a_late_department_is_reminded(self) -> None:
        ward = self.ward()
        ward.write(bill(1))
        ward.night("2026-03-10")
        ward.night("2026-03-13")                             # due on the 11th, grace until the 13th
        self.assertFalse((ward.d.out / "2026-03-13/departments").exists())
        ward.night("2026-03-14", ok=(3,))
        path = ward.d.out / "2026-03-14/departments/催报单-ward.txt"
        text = path.read_text()
        for words in ("王科长", "13912345678", "试验部门", "费用(ward.bill)", "应报日期:2026-03-11(宽限2天)",
                      "上次完整来数:2026-03-10", "个人负担过高(burden)"):
            self.assertIn(words, text)
        self.assertNotIn("13912345678", ward.d.log.read_text())
        ward.edit("王科长", "李科长")                          # a list is given again as it was
        ward.run("deliver", "--date", "2026-03-14", day="2026-03-14", ok=(3,))
        self.assertEqual(path.read_text(), text)

    def test_a_held_delivery_in_the_departments_words(self) -> None:
        ward = self.ward("fields: {burden: {max_null: 10%}}")
        ward.write(bill(1), bill(2))
        ward.night("2026-03-10")
        ward.write(bill(1, fee=""), bill(2), head=HEAD.replace("grade", "grade2"))
        ward.night("2026-03-11", ok=(3,))
        path = ward.d.out / "2026-03-11/departments/催报单-ward.txt"
        text = path.read_text()
        for words in ("王科长", "试验部门以下数据未能正常采用,请核实处理。清单日期:2026-03-11", "情况:有疑问,暂未采用",
                      "“grade”列不见了,多出“grade2”列;请确认是否改名", "“fee”列有1条为空(共2条),请补全",
                      "上次完整来数:2026-03-10", "个人负担过高(burden)"):
            self.assertIn(words, text)
        for words in ("yaml", "renamed_column", "到期未报"):
            self.assertNotIn(words, text)
        ward.edit("王科长", "李科长")
        ward.run("deliver", "--date", "2026-03-11", day="2026-03-11", ok=(3,))
        self.assertEqual(path.read_text(), text)

    def test_a_failed_delivery_in_english(self) -> None:
        ward = self.ward()
        ward.write(bill(1))
        ward.night("2026-03-10")
        ward.files += 1
        (ward.inbox / f"bill-{ward.files}.csv").write_bytes(b"Rar!\x1a\x07\x00 no table")
        ward.d.run("run", "--date", "2026-03-11", ok=(3,), extra={"BIDUI_TODAY": "2026-03-11", "BIDUI_LANG": "en"})
        self.assertEqual(ward.feed("2026-03-11")["verdict"], "failed")
        text = (ward.d.out / "2026-03-11/departments/reminder-ward.txt").read_text()
        for words in ("State: nothing could be read", "what came cannot be read; please tell whether its format was changed",
                      "Last complete delivery: 2026-03-10"):
            self.assertIn(words, text)
        self.assertNotIn("RC_", text)


class Quarantine(WardTest):
    """Bad records go back to their department, and leave when they come sound or are gone."""

    def states(self, ward: Ward) -> str:
        return ward.sql("select string_agg(concat_ws(' ', edition, reason, settled_why, settled_edition), '; ' order by edition,"
                        " row_number) from bidui.quarantine")

    def sheet(self, ward: Ward, day: str) -> list[tuple]:
        ward.run("quarantine", "export", "ward", day=day)
        path = ward.d.out / f"departments/问题数据反馈单-ward-{day}.xlsx"
        return list(openpyxl.load_workbook(path)["问题数据反馈单"].iter_rows(values_only=True))[1:]

    def test_a_full_snapshot(self) -> None:
        ward = self.ward()
        ward.write(bill(1, fee="一千二"), bill(2, day="2026/13/40"), bill(3))
        ward.night("2026-03-10")
        rows = self.sheet(ward, "2026-03-10")
        self.assertEqual([row[:8] for row in rows],
                         [("ward.bill", "费用", "B001", "fee", "某某某", "不是金额", "金额,最多到分,如 1234.50",
                           datetime(2026, 3, 10)),
                          ("ward.bill", "费用", "B002", "day", "9999/99/99", "不是日期", "日期,如 2024-03-05",
                           datetime(2026, 3, 10))])
        self.assertEqual(len({row[8] for row in rows}), 2)
        ward.write(bill(1, fee="1200"), bill(2, day="2026/13/40"), bill(3))
        ward.night("2026-03-11")                              # one corrected, one still wrong
        self.assertEqual(self.states(ward), "1 bad_money corrected 2; 1 bad_date again 2; 2 bad_date")
        self.assertEqual([row[2] for row in self.sheet(ward, "2026-03-11")], ["B002"])
        ward.write(bill(1, fee="1200"), bill(3))
        ward.night("2026-03-12")                              # gone from a full snapshot
        self.assertEqual(self.states(ward), "1 bad_money corrected 2; 1 bad_date again 2; 2 bad_date corrected 3")
        said = ward.run("quarantine", "export", "ward", day="2026-03-12").stdout
        self.assertIn("没有待更正", said)
        self.assertEqual(ward.run("quarantine", "export", "nobody", day="2026-03-12", ok=(2,)).stdout, "")

    def test_a_held_delivery_settles_nothing(self) -> None:
        ward = self.ward("rows: {least: 2}")
        ward.write(bill(1, fee="一千二"), bill(2))
        ward.night("2026-03-10")
        ward.write(bill(2))
        ward.night("2026-03-11", ok=(3,))
        self.assertEqual(self.states(ward), "1 bad_money")

    def test_increments(self) -> None:
        ward = self.ward()
        ward.edit("    updated_at: updated_at\n", "    incremental: {by: updated_at, overlap: 1d}\n")
        ward.write(*(bill(n, fee="坏", changed="2026-03-09") for n in (1, 2, 3)), bill(4, changed="2026-03-09"))
        ward.night("2026-03-10")
        ward.write(bill(1, changed="2026-03-10"), bill(2, fee="又坏", changed="2026-03-10"))
        ward.night("2026-03-11")                              # the third didn't come: nothing is known of it
        self.assertEqual(self.states(ward), "1 bad_money corrected 2; 1 bad_money again 2; 1 bad_money; 2 bad_money")

    def test_keys_that_hold_a_number_go_as_codes(self) -> None:
        ward = self.ward()
        ward.edit("from: no,", "from: id,")
        ward.write(bill(1, fee="一千二"))
        ward.night("2026-03-10")
        row = self.sheet(ward, "2026-03-10")[0]
        self.assertRegex(row[2], r"^k[0-9a-f]{20}$")
        self.assertNotIn(number(1), " ".join(str(cell) for cell in row))


class One(WardTest):
    def increments(self) -> Ward:
        ward = self.ward()
        ward.edit("    updated_at: updated_at\n", "    incremental: {by: updated_at, overlap: 1d}\n")
        ward.write(bill(1, changed="2026-03-05"), bill(2, fee="坏", changed="2026-03-05"))
        ward.night("2026-03-10")
        ward.write(bill(3, changed="2026-03-10"))
        ward.night("2026-03-11")
        return ward

    def state(self, ward: Ward) -> dict:
        return json.loads(ward.run("status", "ward.bill", "--json", day="2026-03-11").stdout)

    def test_status_of_a_dataset(self) -> None:
        ward = self.increments()
        said = self.state(ward)
        self.assertEqual({key: said[key] for key in ("watermark", "last_admitted", "changed_on", "next_due", "taken_files",
                                                     "review", "unfinished", "frozen_rules")},
                         {"watermark": "2026-03-10T00:00:00.000000", "last_admitted": "2026-03-11", "changed_on": "2026-03-11",
                          "next_due": "2026-03-12", "taken_files": 2, "review": 0, "unfinished": None, "frozen_rules": []})
        self.assertEqual(said["quarantine"], {"waiting": {"bad_money": 1}, "corrected": 0, "again": 0})
        self.assertEqual([(d["edition"], d["verdict"], d["rows"]) for d in said["deliveries"]],
                         [(2, "complete", 1), (1, "complete", 2)])
        text = ward.run("status", "ward.bill", day="2026-03-11").stdout
        for words in ("下次应报: 2026-03-12", "1 不是金额(bad_money)", "2026-03-10.1"):
            self.assertIn(words, text)
        self.assertEqual(ward.run("status", "ward.bil", day="2026-03-11", ok=(2,)).stdout, "")

    def test_reset(self) -> None:
        ward = self.increments()
        said = ward.run("reset", "ward.bill", "--watermark", "2026-03-11", day="2026-03-11").stdout
        self.assertIn("约重取 1 行", said)
        self.assertIn("burden", said)
        self.assertIn("--yes", said)
        self.assertEqual(self.state(ward)["watermark"], "2026-03-10T00:00:00.000000")
        ward.run("reset", "ward.bill", "--watermark", "2026-03-01", "--yes", day="2026-03-11")
        self.assertEqual(self.state(ward)["watermark"], "2026-03-01T00:00:00.000000")
        ward.write(bill(4, changed="2026-03-11"))
        ward.night("2026-03-12")
        self.assertEqual(ward.sql("select asked_since from bidui.delivery where dataset = 'ward.bill' and edition = 3"),
                         "2026-02-28T00:00:00")
        self.assertIn("约重取 4 行", ward.run("reset", "ward.bill", "--all", day="2026-03-12").stdout)
        ward.run("reset", "ward.bill", "--all", "--yes", day="2026-03-12")
        ward.night("2026-03-13")
        self.assertEqual(ward.sql("select asked_since || received from bidui.delivery where dataset = 'ward.bill'"
                                  " and edition = 4"), "4")    # every file again, from the beginning
        self.assertEqual(ward.facts(), "B001 B003 B004")
        self.assertEqual(ward.sql("select string_agg(action || ' ' || reason, ', ' order by reason) from bidui.audit"),
                         "reset --all, reset --watermark 2026-03-01")
        for args in ((), ("--watermark", "2026-03-01", "--all"), ("--watermark", "gestern")):
            ward.run("reset", "ward.bill", *args, day="2026-03-13", ok=(2,))
        ward.run("reset", "roster.person", "--watermark", "2026-03-01", day="2026-03-13", ok=(2,))

    def test_what_has_not_changed_is_not_written(self) -> None:
        ward = self.ward()
        ward.write(*(bill(n) for n in range(1, 31)))
        ward.night("2026-03-10")
        rows = "select xmin || ' ' || xmax || ' ' || ctid::text from bidui.fact_ward__bill where record_key {} 'B007' order by 1"
        before, changed = ward.sql(rows.format("<>")), ward.sql(rows.format("="))
        ward.write(*(bill(n, fee="2" if n == 7 else "1") for n in range(30, 0, -1)))
        ward.night("2026-03-11")
        self.assertEqual(ward.sql(rows.format("<>")), before)
        self.assertNotEqual(ward.sql(rows.format("=")), changed)
        self.assertEqual(ward.sql("select count(*) from bidui.fact_ward__bill"), "31")


if __name__ == "__main__":
    unittest.main()
