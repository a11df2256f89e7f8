"""Departments that compare name lists: what goes out, what may come back, and that nobody leaves the house unrecorded."""
from __future__ import annotations

import shutil
import stat
import sys
import unittest
import zipfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[i]) for i in (0,)] + \
    [str(Path(__file__).resolve().parents[1] / folder) for folder in ("lib", "departments")]

import openpyxl  # noqa: E402
from deployment import Deployment  # noqa: E402
from lookup_test import DAY1, DAY2, Gateway, LookupCase, person  # noqa: E402

RULES = """- id: saves
  title: 有存款
  family: income
  subject: person
  applies_to: [monitored, lifted, general]
  let:
    balance: sum(bank.deposit.balance)
  when: balance > 1000
  severity: low
  reason: 有存款{balance}元
  field_reason: 请入户核实
  basis: {document: 试验, place: 试验, year: 2026}
- id: saves_nothing
  title: 没有存款
  family: income
  subject: person
  applies_to: [monitored, lifted, general]
  let:
    nothing: absent(bank.deposit)
  when: nothing
  severity: low
  reason: 没有存款
  field_reason: 请入户核实
  basis: {document: 试验, place: 试验, year: 2026}
"""
DAY3, OLD, LATER = "2026-11-23", "2026-12-21", "2026-12-22"


class NameLists(LookupCase):
    connectors = ("roster.yaml", "bank.yaml")
    rules = RULES

    def setUp(self) -> None:
        super().setUp()
        self.usual_consents(self.d)

    def deployment(self, name: str):
        self.bank = self.root / f"{name}-bank"
        self.gateway.env["BANK_DIR"] = str(self.bank)
        (self.bank / "back").mkdir(parents=True)
        return super().deployment(name)

    @property
    def sent(self) -> list[Path]:
        return sorted((self.bank / "out").glob("[!.]*"))

    @staticmethod
    def rows(path: Path) -> list[dict[str, str]]:
        header, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        return [dict(zip(header, row)) for row in rows]

    def give_back(self, rows: list[dict[str, str]], name: str = "回执.xlsx") -> Path:
        book = openpyxl.Workbook()
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append(list(row.values()))
        path = self.bank / "back" / name
        book.save(path)
        return path

    def verdict(self) -> str:
        return self.d.cluster.psql("select verdict || ': ' || array_to_string(reasons, '; ') from bidui.delivery"
                                   " where dataset = 'bank.deposit' order by edition desc limit 1", self.d.database).strip()

    def filled(self, *answers: tuple[int, str, str], sheet: Path | None = None) -> list[dict[str, str]]:
        """Rows of the list for (person, account or "", result)."""
        by_number = {row["证件号码"]: row for row in self.rows(sheet or self.sent[0])}
        return [{**by_number[person(i)], "账户代码": account, "余额": "5000.00" if account else "", "核对结果": result}
                for i, account, result in answers]

    def test_what_goes_out_and_what_comes_back(self) -> None:
        d = self.d
        d.night(DAY1)
        [path] = self.sent
        self.assertEqual(path.name, "存款核对名单_20261121-1.xlsx")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        rows = self.rows(path)
        # H3's consent is over, H4 is no monitored household
        self.assertEqual([(r["证件号码"], r["授权书编号"], r["授权日期"]) for r in rows],
                         [(person(i), f"SQ-{c}", f"2026-10-0{day}") for i, c, day in ((1, 1, 1), (2, 1, 1), (3, 3, 2), (6, 6, 5), (7, 6, 5))])
        self.assertEqual({r["名单号"] for r in rows}, {"20261121-1"})
        self.assertEqual(len({r["核对码"] for r in rows}), 5)
        self.assertTrue(all(r["账户代码"] is None and r["核对结果"] is None for r in rows))
        self.assertEqual(self.questions(d), [f"P{p} {DAY1} SQ-{c} asked" for p, c in ((1, 1), (2, 1), (3, 3), (6, 6), (7, 6))])
        self.assertEqual(d.cluster.psql("select action, object, reason from bidui.audit where action = 'name list'", d.database),
                         "name list|bank.deposit 20261121-1|5\n")
        self.assertEqual(self.verdict(), "not_due: answered 0 of 5")
        self.assertEqual(self.found(d, DAY1), {})
        self.give_back(self.filled((1, "A1", ""), (1, "A2", ""), (2, "", "无"), (3, "", ""), (6, "", " 无记录 ")))
        d.night(DAY2)
        # P3's row came back as it went out, P7's not at all: both are asked still, and by no second list
        self.assertEqual(self.questions(d)[5:], [f"P{p} {DAY2} SQ-{c} {o}" for p, c, o in
                                                 ((1, 1, "record"), (2, 1, "none"), (6, 6, "none"))])
        self.assertEqual(self.verdict(), "complete: answered 3 of 5")
        self.assertIn("20261121-1 2026-11-21 3/5", d.run("status", "bank.deposit").stdout)
        self.assertEqual(self.sent, [])
        self.assertEqual(list((self.bank / "back").iterdir()), [])
        self.assertEqual(self.found(d, DAY2), {"H1": {"saves", "saves_nothing"}, "H5": {"saves_nothing"}})
        # the rest, and a correction
        self.give_back(self.filled((3, "A3", ""), (1, "A1", ""), sheet=self.keep(rows)))
        d.night(DAY3)
        self.assertEqual(self.questions(d)[8:], [f"P1 {DAY3} SQ-1 record", f"P3 {DAY3} SQ-3 record"])
        self.assertEqual(d.cluster.psql("select f_account_code, ended_why from bidui.fact_bank__deposit order by 1", d.database),
                         "A1|\nA2|vanished\nA3|\n")
        self.no_number_in(d)

    def keep(self, rows: list[dict[str, str]]) -> Path:
        """The department's own copy of a list."""
        path = self.root / "copy.xlsx"
        book = openpyxl.Workbook()
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append(list(row.values()))
        book.save(path)
        return path

    def no_number_in(self, d) -> None:
        text = self.dump(d, "--exclude-table-data=bidui.identity") + d.log.read_text()
        for i in range(1, 8):
            self.assertNotIn(person(i), text)

    def test_who_was_not_asked_about(self) -> None:
        d = self.d
        d.night(DAY1)
        rows = self.filled((1, "A1", ""), (2, "A2", ""), (3, "A3", ""), (6, "A6", ""), (7, "A7", "无"))
        rows[1]["证件号码"] = person(5)          # P2's row speaks of somebody who was never asked about
        rows[2]["核对码"], rows[3]["核对码"] = rows[3]["核对码"], rows[2]["核对码"]      # two rows mixed up
        rows.append({**rows[0], "证件号码": person(4), "核对码": "", "账户代码": "A4"})  # nobody's
        self.give_back(rows)
        d.night(DAY2)
        self.assertEqual(d.cluster.psql("select reason, count(*) from bidui.quarantine group by 1 order by 1", d.database),
                         "not_asked|4\nresult_unclear|1\n")
        self.assertEqual([q.split()[0] + " " + q.split()[-1] for q in self.questions(d)[5:]],
                         ["P1 record", "P2 conflict", "P3 conflict", "P6 conflict", "P7 conflict"])
        self.assertEqual(d.cluster.psql("select f_account_code from bidui.fact_bank__deposit", d.database), "A1\n")
        self.assertEqual(self.found(d, DAY2), {"H1": {"saves"}})

    def test_a_file_of_no_list_of_ours(self) -> None:
        d = self.d
        d.night(DAY1)
        wrong = [{**row, "名单号": "20261120-7"} for row in self.filled((1, "A1", ""))]
        kept = self.give_back(wrong, "别处的.xlsx")
        done = d.night(DAY2, ok=(3,))
        self.assertIn("别处的.xlsx", done.stderr)
        self.assertIn("不是送出过的名单", done.stderr)
        self.assertEqual(self.verdict(), "failed: refused unknown_list; answered 0 of 5")
        self.assertIn("不属于送出的任何名单", d.run("status", "bank.deposit").stdout)
        self.assertTrue(kept.exists())
        self.give_back(self.filled((1, "A1", "")), "正确的.xlsx")     # does not keep the others from being taken
        d.night(DAY3)
        self.assertEqual(self.verdict(), "complete: answered 1 of 5; stopped unknown_list")
        self.assertEqual([p.name for p in (self.bank / "back").iterdir()], ["别处的.xlsx"])

    def test_a_file_that_cannot_be_read(self) -> None:
        """Between two lists: neither the one before it nor the one behind it is lost, and it stays where it lies."""
        d = self.d
        d.edit("connectors/bank.yaml", "batch: 200", "batch: 2")
        d.night(DAY1)
        first, second, third = self.sent
        self.give_back(self.filled((1, "A1", ""), (2, "", "无"), sheet=first), "a.xlsx")
        broken = self.give_back(self.filled((3, "A3", ""), sheet=second), "b.xlsx")
        whole = broken.read_bytes()
        broken.write_bytes(whole[:len(whole) // 2])
        (self.bank / "back/c.xlsx").write_text("not a workbook")
        self.give_back(self.filled((7, "A7", ""), sheet=third), "d.xlsx")
        done = d.night(DAY2)
        self.assertEqual([q.split()[0] + " " + q.split()[-1] for q in self.questions(d)[5:]], ["P1 record", "P2 none", "P7 record"])
        self.assertTrue(self.verdict().startswith("complete: answered 3 of 5; stopped "), self.verdict())
        self.assertEqual(sorted(p.name for p in (self.bank / "back").iterdir()), ["b.xlsx", "c.xlsx"])
        for name in ("b.xlsx", "c.xlsx"):
            self.assertEqual(done.stderr.count(f'event="name list unreadable" dataset=bank.deposit error=RC_FORMAT detail="{name} '), 1, done.stderr)
        broken.write_bytes(whole)
        (self.bank / "back/c.xlsx").unlink()
        d.night(DAY3)
        self.assertEqual(self.verdict(), "complete: answered 1 of 2")      # of whom the night still waited for
        self.assertEqual(list((self.bank / "back").iterdir()), [])

    def test_half_a_list_is_none(self) -> None:
        """A list whose file breaks off behind pages of answers, between two whole ones."""
        d = self.d
        d.edit("connectors/bank.yaml", "format: {kind: xlsx}", 'format: {kind: xlsx, sheets: ["*"]}')
        d.edit("connectors/bank.yaml", "batch: 200", "batch: 2")
        d.night(DAY1)
        first, second, third = self.sent
        self.give_back(self.filled((1, "A1", ""), sheet=first), "a.xlsx")
        self.break_second_sheet(self.give_back(self.filled((3, "A3", ""), (6, "A6", ""), sheet=second), "b.xlsx"))
        self.give_back(self.filled((7, "A7", ""), sheet=third), "c.xlsx")
        d.night(DAY2)
        self.assertEqual([q.split()[0] + " " + q.split()[-1] for q in self.questions(d)[5:]], ["P1 record", "P7 record"])
        self.assertEqual(d.cluster.psql("select f_account_code from bidui.fact_bank__deposit order by 1", d.database), "A1\nA7\n")
        self.assertEqual(d.cluster.psql("select received, landed from bidui.delivery where dataset = 'bank.deposit'"
                                        " order by edition desc limit 1", d.database), "2|2\n")
        self.assertEqual([p.name for p in (self.bank / "back").iterdir()], ["b.xlsx"])

    @staticmethod
    def break_second_sheet(path: Path) -> None:
        """The same rows on a second sheet, which breaks off in its middle."""
        book = openpyxl.load_workbook(path)
        book.copy_worksheet(book.active)
        book.save(path)
        with zipfile.ZipFile(path) as package:
            parts = {name: package.read(name) for name in package.namelist()}
        sheet = parts["xl/worksheets/sheet2.xml"]
        parts["xl/worksheets/sheet2.xml"] = sheet[:sheet.rindex(b"<row ")]
        with zipfile.ZipFile(path, "w") as package:
            for name, content in parts.items():
                package.writestr(name, content)

    def test_an_old_list_is_over(self) -> None:
        d = self.d
        d.night(DAY1)
        copy = self.keep(self.rows(self.sent[0]))
        d.night(DAY2)
        self.assertEqual(len(self.sent), 1)       # asked already
        d.night(OLD, ok=(3,))                     # 30 days: who was not answered is due again
        self.assertEqual(self.verdict(), "late: given_up 5; answered 0 of 5")
        self.assertEqual([p.name for p in self.sent], ["存款核对名单_20261221-1.xlsx"])
        self.give_back(self.filled((1, "A1", ""), sheet=copy))
        done = d.night(LATER, ok=(3,))
        self.assertIn("名单已到期", done.stderr)
        self.assertEqual(self.verdict(), "failed: refused old_list; answered 0 of 5")

    def test_no_more_than_the_share_of_a_night(self) -> None:
        d = self.d
        d.edit("connectors/bank.yaml", "per_night: 500", "per_night: 3")
        d.edit("connectors/bank.yaml", "batch: 200", "batch: 2")
        d.night(DAY1)
        self.assertEqual([len(self.rows(p)) for p in self.sent], [2, 1])
        d.run("run", "--date", DAY1, "--new-edition", extra={"BIDUI_TODAY": DAY1})
        self.assertEqual(len(self.sent), 2)
        d.night(DAY2)
        self.assertEqual([(p.stem, len(self.rows(p))) for p in self.sent[2:]], [("存款核对名单_20261122-1", 2)])

    def test_the_folder_that_is_read_by_another_name(self) -> None:
        """A list that goes out there would be taken for one that came back, and be put away."""
        d = self.d
        (self.bank / "out").symlink_to(self.bank / "back")
        done = d.night(DAY1, ok=(3,))
        self.assertIn("ask.list.to 就是读取退回名单的文件夹", done.stderr)
        self.assertEqual(list((self.bank / "back").iterdir()), [])
        (self.bank / "out").unlink()
        d.night(DAY2)
        self.assertEqual([p.name for p in self.sent], ["存款核对名单_20261121-1.xlsx"])      # as it was recorded

    def test_nothing_leaves_without_consent(self) -> None:
        d = self.d
        d.cluster.psql("delete from bidui.consent", d.database)
        d.night(DAY1)
        self.assertEqual(self.sent, [])
        self.assertEqual(self.questions(d), [])

    def copy(self, of: Deployment, bank: Path, name: str) -> None:
        """Another deployment where that one stands, with a bank of its own."""
        self.cluster.create(name, of.database)
        self.bank = self.root / f"{name}-bank"
        shutil.copytree(bank, self.bank)
        self.gateway.env["BANK_DIR"] = str(self.bank)
        self.d = Deployment(self.root / f"{name}-deployment", self.cluster, self.gateway, name, of.config)

    def pull(self, day: str, kill: str = "") -> bool:
        """Was it killed? Whoever lies where the bank takes him from is on record, at any moment."""
        faults = {"BIDUI_FAULT": kill, "BIDUI_FAULT_KINDS": "commit,fsync,rename"} if kill else {}
        was_killed = self.d.run("pull", "bank.deposit", ok=None, extra={"BIDUI_TODAY": day, **faults}).returncode == -9
        recorded = {person(int(q.split()[0][1:])) for q in self.questions(self.d)}
        self.assertLessEqual({row["证件号码"] for path in self.sent for row in self.rows(path)}, recorded, kill)
        return was_killed

    def state(self) -> tuple:
        lists = self.d.cluster.psql("select list_no, sent_on, persons, state, has_file from bidui.name_list", self.d.database)
        facts = self.d.cluster.psql("select record_key, learned, ended, person_id, f_balance from bidui.fact_bank__deposit"
                                    " order by 1, 2", self.d.database)
        return (self.questions(self.d), lists, facts, {path.name: path.read_bytes() for path in self.sent})

    def test_killed_anywhere_nobody_leaves_unrecorded(self) -> None:
        """At each point of a pull that sends a list, and of one that takes it back: the same list, the same answers, nobody on
        two lists."""
        first, first_bank = self.d, self.bank
        self.copy(first, first_bank, "second")
        self.d.night(DAY1)
        self.give_back(self.filled((1, "A1", ""), (2, "", "无"), (3, "A3", ""), (6, "", "无"), (7, "", "无")))
        for of, bank, day in ((first, first_bank, DAY1), (self.d, self.bank, DAY2)):
            self.copy(of, bank, f"whole_{day[-2:]}")
            self.pull(day)
            want, point, was_killed = self.state(), 0, True
            self.assertEqual(len(want[0]), 5 if day == DAY1 else 10)
            while was_killed:
                point += 1
                self.copy(of, bank, f"killed_{day[-2:]}_{point}")
                was_killed = self.pull(day, f"run:{point}")
                self.pull(day)
                self.assertEqual(self.state(), want, f"{day} {point}")
            self.assertGreater(point, 5)

    def test_answered_while_it_is_being_written(self) -> None:
        """Killed when the list lay out but was not yet known to be sent: the department fills it in meanwhile."""
        first, first_bank, point, was_killed = self.d, self.bank, 0, True
        states = "select state, has_file from bidui.name_list"
        while not self.sent or self.d.cluster.psql(states, self.d.database) != "writing|t\n":
            self.assertTrue(was_killed, "at no point")
            point += 1
            self.copy(first, first_bank, f"writing_{point}")
            was_killed = self.pull(DAY1, f"run:{point}")
        self.give_back(self.filled((1, "A1", ""), (2, "", "无")))
        self.pull(DAY2)
        self.assertEqual([q.split()[0] + " " + q.split()[-1] for q in self.questions(self.d) if not q.endswith(" asked")],
                         ["P1 record", "P2 none"])
        self.assertEqual(self.sent, [])                       # not written once more
        self.assertEqual(self.d.cluster.psql(states, self.d.database), "writing|f\n")

    def test_csv(self) -> None:
        d = self.d
        d.edit("connectors/bank.yaml", "存款核对名单_{list}.xlsx", "{list}.csv")
        d.edit("connectors/bank.yaml", 'match: "*.xlsx"\n    format: {kind: xlsx}', 'match: "*.csv"\n    format: {kind: csv}')
        d.night(DAY1)
        header, *lines = self.sent[0].read_text("utf-8-sig").splitlines()
        self.assertEqual(header, "序号,名单号,核对码,姓名,证件号码,授权书编号,授权日期,核对结果,账户代码,余额,统计日期")
        self.assertEqual(lines[0].split(",")[3:], ["试验甲", person(1), "SQ-1", "2026-10-01", "", "", "", ""])
        (self.bank / "back/a.csv").write_text("\n".join([header, lines[0][:-3] + ",B1,70,2026-11-20", lines[1][:-3] + "无,,,"]))
        d.night(DAY2)
        self.assertEqual(self.verdict(), "complete: answered 2 of 5")


if __name__ == "__main__":
    unittest.main()
