"""A range of days read again: what it mends, what it leaves alone, and that it goes on after a failure."""
from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import unittest
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from http_ward import FILE, MATCH, HttpWard  # noqa: E402
from odbc_test import MariaDB  # noqa: E402
from ward import DEPARTMENT, ClusterCase, Ward, bill  # noqa: E402

REQUEST = '    request: {path: %s, query: {%s}, times: %s}\n    records: /data/rows\n'
DAYS = REQUEST % ("/attendance/days", 'from: "{from}", to: "{to}"', "yyyy-MM-dd") + (
    "    slices: {days: 10, begin: 2025-12-01}\n"
    "    paging: {kind: page_number, page: page, size: size, page_size: 1, total: /data/total}\n")
SINCE = REQUEST % ("/attendance", 'since: "{since}"', '"yyyy-MM-dd HH:mm:ss"') + (
    "    paging: {kind: offset, offset: offset, limit: limit, page_size: 1, total: /data/total}\n")
BEFORE = [bill(8, changed="2025-12-31 23:59:58"), bill(1, changed="2026-01-01 00:00:00"), bill(2, changed="2026-01-20 08:00:00"),
          bill(3, changed="2026-02-01 00:00:00"), bill(4, changed="2026-03-09 08:00:00")]
# corrected without a new time, one of them taken out, one that came late
AFTER = [bill(8, fee="7", changed="2025-12-31 23:59:58"), bill(1, fee="7", changed="2026-01-01 00:00:00"),
         bill(3, fee="7", changed="2026-02-01 00:00:00"), bill(4, fee="7", changed="2026-03-09 08:00:00"), bill(5, changed="2026-01-31 23:59:59")]


class BackfillCase(ClusterCase):
    def fees(self, ward: Ward) -> str:
        return ward.sql("select string_agg(record_key || ':' || f_burden, ' ' order by record_key) from bidui.fact_ward__bill"
                        " where ended is null")

    def again(self, ward: Ward, day: str = "2026-03-11", ok: tuple[int, ...] = (0,)) -> str:
        return ward.run("pull", "ward.bill", "--from", "2026-01-01", "--to", "2026-01-31", day=day, ok=ok).stdout

    def watermark(self, ward: Ward) -> str:
        return json.loads(ward.run("status", "ward.bill", "--json", day="2026-03-12").stdout)["watermark"]


class Backfill(BackfillCase):
    def ward(self, source: str) -> HttpWard:
        name = self.id().rsplit(".", 1)[1]
        ward = HttpWard(self.folder / name, self.cluster, name, source, incremental=True)
        self.addCleanup(ward.stop)
        ward.write(*BEFORE)
        ward.night("2026-03-10")
        self.assertEqual(self.fees(ward), "B001:100 B002:100 B003:100 B004:100 B008:100")
        ward.write(*AFTER)
        return ward

    def test_a_range(self) -> None:
        ward = self.ward(DAYS)
        before = self.watermark(ward)
        said = self.again(ward)
        # B002 is not there any more, but an increment ends nothing; B003 lies behind the range; B004 comes every night
        self.assertEqual(self.fees(ward), "B001:700 B002:100 B003:100 B004:700 B005:100 B008:100")
        self.assertEqual(self.watermark(ward), before)
        self.assertIn("ward.bill: 时段 2026-01-01..2026-01-31 已重读", said)
        first = [line for line in ward.d.log.read_text().splitlines() if "pull begins" in line and "ward.bill" in line][-1]
        for word in ("mode=BACKFILL", "again=2026-01-01..2026-01-31", "upper_bound=yes", "then=INCREMENTAL", "since=2026-03-09"):
            self.assertIn(word, first)
        state = json.loads(ward.run("status", "ward.bill", "--json", day="2026-03-11").stdout)["backfills"]
        self.assertEqual([(b["from"], b["to"], b["asked_on"], b["edition"]) for b in state],
                         [("2026-01-01", "2026-01-31", "2026-03-11", 2)])
        self.assertIn("重读 2026-01-01..2026-01-31", ward.run("status", "ward.bill", day="2026-03-11").stdout)
        self.assertEqual(ward.sql("select count(*) from bidui.audit where action = 'backfill' and object = 'ward.bill'"), "1")
        ward.night("2026-03-11")                             # the same day: this was its delivery
        self.assertEqual(self.fees(ward), "B001:700 B002:100 B003:100 B004:700 B005:100 B008:100")

    def test_without_an_upper_bound(self) -> None:
        ward = self.ward(SINCE)
        said = self.again(ward)
        self.assertIn("请求没有上限", said)
        self.assertEqual(self.fees(ward), "B001:700 B002:100 B003:700 B004:700 B005:100 B008:100")
        self.assertIn('upper_bound="no, reads on to the end"', ward.d.log.read_text())

    def test_goes_on_where_it_broke_off(self) -> None:
        ward = self.ward(DAYS)
        ward.misbehave("education.attendance down 2")        # the second page of the last days of January
        ward.write(*AFTER, bill(6, changed="2026-01-31 08:00:00"))
        self.again(ward, ok=(3,))
        self.assertEqual(self.fees(ward), "B001:100 B002:100 B003:100 B004:100 B008:100")
        pages = int(ward.sql("select pages from bidui.delivery where state = 'landing'"))
        self.assertGreater(pages, 1)
        self.assertIn("尚未读取", ward.run("status", "ward.bill", day="2026-03-11").stdout)
        ward.misbehave("")
        said = self.again(ward)                              # the same words go on with it, and ask for nothing twice
        self.assertIn("已重读", said)
        self.assertIn(f"pages_before={pages}", ward.last_log())
        self.assertEqual(self.fees(ward), "B001:700 B002:100 B003:100 B004:700 B005:100 B006:100 B008:100")
        self.assertEqual(ward.sql("select count(*) from bidui.backfill"), "1")
        self.assertEqual(ward.sql("select received from bidui.delivery order by edition desc limit 1"), "4")

    def test_read_again_under_another_date(self) -> None:
        """The night that follows dates the edition anew and asks for everything anew: the range, too."""
        ward = self.ward(DAYS)
        self.again(ward)
        ward.night("2026-03-12")
        self.assertEqual(self.fees(ward), "B001:700 B002:100 B003:100 B004:700 B005:100 B008:100")
        self.assertEqual(ward.sql("select done from bidui.backfill"), "2")

    def test_with_the_next_delivery(self) -> None:
        ward = self.ward(DAYS)
        ward.run("pull", "ward.bill", day="2026-03-11")
        said = self.again(ward)
        self.assertIn("时段 2026-01-01..2026-01-31 尚未重读", said)
        self.assertEqual(self.fees(ward), "B001:100 B002:100 B003:100 B004:700 B008:100")
        ward.night("2026-03-11")
        ward.night("2026-03-12")
        self.assertEqual(self.fees(ward), "B001:700 B002:100 B003:100 B004:700 B005:100 B008:100")
        self.assertIn("已入库,版次 3", ward.run("status", "ward.bill", day="2026-03-12").stdout)

    def test_a_range_that_contradicts_itself(self) -> None:
        ward = self.ward(SINCE)
        ward.misbehave("education.attendance false_total 1")
        self.again(ward, ok=(3,))
        self.assertEqual(self.fees(ward), "B001:100 B002:100 B003:100 B004:100 B008:100")
        self.assertEqual(ward.sql("select count(*) from bidui.backfill where done is null"), "1")
        ward.misbehave("")
        ward.night("2026-03-12")
        self.assertEqual(self.fees(ward), "B001:700 B002:100 B003:700 B004:700 B005:100 B008:100")

    def test_a_range_that_holds_nothing(self) -> None:
        """Days on which nothing happened are read and done, and end nothing."""
        ward = self.ward(DAYS)
        said = ward.run("pull", "ward.bill", "--from", "2026-02-10", "--to", "2026-02-20", day="2026-03-11").stdout
        self.assertIn("时段 2026-02-10..2026-02-20 已重读", said)
        self.assertEqual(self.fees(ward), "B001:100 B002:100 B003:100 B004:700 B008:100")
        self.assertEqual(ward.sql("select verdict || ' ' || received from bidui.delivery order by edition desc limit 1"), "complete 1")
        self.assertEqual(ward.sql("select count(*) from bidui.backfill where done is null"), "0")

    def test_what_cannot_be_asked(self) -> None:
        ward = self.ward(SINCE)
        for args in (("ward.bill", "--to", "2026-01-31"), ("--from", "2026-01-01"),
                     ("ward.bill", "--full", "--from", "2026-01-01"), ("ward.bill", "--from", "2026-1-1"),
                     ("ward.bill", "--from", "2026-02-01", "--to", "2026-01-31"),
                     ("ward.bill", "--from", "2026-02-01", "--to", "2026-03-12"),
                     ("roster.person", "--from", "2026-01-01")):
            ward.run("pull", *args, day="2026-03-11", ok=(2,))
        self.assertEqual(ward.sql("select count(*) from bidui.backfill"), "0")
        self.assertIn("--from", ward.d.run("completion").stdout)


TABLE = "create table bill (no varchar(20) primary key, id varchar(18), name varchar(20), day date, fee varchar(20),"\
        " grade varchar(4), changed %s);"
QUERY = '    query: "select * from bill where changed > {since} and changed < {until}"\n' \
        '    count_query: "select count(*) from bill where changed > {since} and changed < {until}"\n'


class DatabaseBackfill(BackfillCase):
    """The same behind a database: both bounds are parameters of its query, or of the table's own condition."""

    form = ""

    def ward(self, connection: str, source: str, fill: Callable[[str], None], kind: str = "timestamp") -> Ward:
        name = self.id().rsplit(".", 1)[1] + self.form
        text = DEPARTMENT.replace(FILE, connection).replace(MATCH, source)
        ward = Ward(self.folder / name, self.cluster, name, text.replace(
            "    updated_at: updated_at\n", "    incremental: {by: updated_at, overlap: 1h}\n"), {"WARD_DB": self.link(name)})
        fill(TABLE % kind + self.values(BEFORE))
        ward.night("2026-03-10")
        self.assertEqual(self.fees(ward), "B001:100 B002:100 B003:100 B004:100 B008:100")
        fill("delete from bill;" + self.values(AFTER))
        return ward

    def link(self, name: str) -> str:
        self.cluster.create(name + "_source")
        return f"host={self.cluster.env['PGHOST']} user={self.cluster.env['PGUSER']} dbname={name}_source"

    @staticmethod
    def values(bills: list[str]) -> str:
        return "".join("insert into bill values (" + ", ".join(f"'{value}'" for value in line.split(",")) + ");" for line in bills)

    def both_bounds_hold(self, ward: Ward) -> None:
        before = self.watermark(ward)
        said = self.again(ward)
        # B003 lies at the very instant the range ends, B008 two seconds ahead of it
        self.assertEqual(self.fees(ward), "B001:700 B002:100 B003:100 B004:700 B005:100 B008:100")
        self.assertEqual(self.watermark(ward), before)
        self.assertIn("已重读", said)
        self.assertNotIn("没有上限", said)
        self.assertIn("upper_bound=yes", ward.d.log.read_text())
        self.assertEqual(ward.sql("select verdict || ' ' || received from bidui.delivery order by edition desc limit 1"), "complete 3")

    def postgres(self, source: str) -> Ward:
        database = self.id().rsplit(".", 1)[1] + "_source"
        return self.ward('connection: {kind: postgres, conninfo: "${env:WARD_DB}"}', source,
                         lambda sql: self.cluster.psql(sql, database) and None)

    def test_postgres(self) -> None:
        self.both_bounds_hold(self.postgres(QUERY))

    def test_postgres_in_slices(self) -> None:
        self.both_bounds_hold(self.postgres(QUERY + "    order_by: [no]\n    slices: 2\n"))

    def test_postgres_without_an_upper_bound(self) -> None:
        ward = self.postgres(QUERY.replace(" and changed < {until}", ""))
        told = [p for p in json.loads(ward.d.run("check", "--json").stdout)["problems"] if "until" in p["message"]]
        self.assertEqual([(p["severity"], p["key"], "{until}" in p["hint"]) for p in told],
                         [("warning", "datasets.bill.query", True)])
        self.assertIn("请求没有上限({until})", self.again(ward))
        self.assertEqual(self.fees(ward), "B001:700 B002:100 B003:700 B004:700 B005:100 B008:100")

    def sqlite(self, source: str) -> Ward:
        path = self.folder / f"{self.id().rsplit('.', 1)[1]}.db"

        def fill(sql: str) -> None:
            with contextlib.closing(sqlite3.connect(path)) as db:
                db.executescript(sql)
        return self.ward(f'connection: {{kind: odbc, dialect: sqlite, connection_string: "Driver=SQLite3;Database={path}"}}', source, fill)

    def test_sqlite_by_table(self) -> None:
        self.both_bounds_hold(self.sqlite("    table: bill\n    page_by: [no]\n    page_rows: 2\n"))

    def test_sqlite_by_query(self) -> None:
        self.both_bounds_hold(self.sqlite(QUERY + "    page_by: [no]\n    page_rows: 2\n"))

    def test_mariadb(self) -> None:
        server = MariaDB(self.folder / "mariadb")
        self.addCleanup(server.remove)
        connection = ('connection: {kind: odbc, dialect: mysql, user: reader, password: "${env:WARD_DB}",\n             connection_string: '
                      f'"Driver=MariaDB Unicode;SOCKET={server.socket};DATABASE=mz;CHARSET=utf8mb4"}}')
        self.link = lambda name: "x;y"
        for self.form, source in (("_table", "    table: bill\n"), ("_query", QUERY)):
            self.both_bounds_hold(self.ward(connection, source + "    page_by: [no]\n    page_rows: 2\n", lambda sql: server.sql(
                "use mz; set names utf8mb4;" + sql.replace("create table bill", "create or replace table bill")
                .replace("name varchar(20)", "name varchar(20) character set utf8mb4")), "datetime"))


if __name__ == "__main__":
    unittest.main()
