"""A department behind ODBC: the same facts as over PostgreSQL, whatever becomes of its server, in flat memory.

Civil affairs' tables are copied to a private MariaDB in GBK (names apart, which GBK cannot write); the sample
deployment reads them there instead.
"""
from __future__ import annotations

import os
import re
import subprocess
import unittest
from pathlib import Path

import support  # noqa: F401  (puts tests/lib on the path)
from deployment import BUILD, ROOT, Deployment, Sandbox

MARIADB = ROOT / "tests/lib/mariadb.sh"
TABLES = ["dibao", "tekun", "linshijiuzhu", "dishouru", "ertong", "canjibutie"]
RELIEF = "civil_affairs.relief"
FEW, MANY = 40_000, 400_000
SLACK_KB = 16 * 1024     # a driver that kept 400,000 rows would take some 60 MB


class MariaDB:
    def __init__(self, folder: Path):
        self.folder = folder
        self.start()
        self.socket = subprocess.run([MARIADB, "socket", folder], check=True, capture_output=True, text=True).stdout.strip()
        self.sql("create database mz character set gbk; create user reader identified by 'x;y'; grant select on mz.* to reader")

    def start(self) -> None:
        subprocess.run([MARIADB, "start", self.folder, "--innodb-buffer-pool-size=128M"], check=True)

    def kill(self) -> None:
        subprocess.run([MARIADB, "stop", self.folder, "--kill9"], check=True)

    def remove(self) -> None:
        subprocess.run([MARIADB, "remove", self.folder], check=True)

    def sql(self, text: str) -> None:
        subprocess.run([MARIADB, "sql", self.folder], input=text, check=True, text=True, stdout=subprocess.DEVNULL)

    def copy(self, conninfo: str, table: str) -> None:
        def ask(query: str) -> list[str]:
            return subprocess.run(["psql", "-XAtq", "-c", query, conninfo], check=True, capture_output=True,
                                  text=True).stdout.splitlines()
        columns = ask(f"select attname from pg_attribute where attrelid = '{table}'::regclass and attnum > 0 order by attnum")
        rows = ask(f"select concat_ws(',', {', '.join(f'quote_nullable({c})' for c in columns)}) from {table}")
        kinds = ", ".join(f"{c} varchar(100)" + (" character set utf8mb4" if c.endswith("xm") else "") for c in columns)
        self.sql(f"use mz; create or replace table {table} ({kinds}, xh serial);\n"
                 + "".join(f"insert into {table} values ({row}, null);\n" for row in rows))

    def strangers(self, n: int) -> None:
        """n records of people who are not on the roster, behind the department's own."""
        self.sql("use mz; delete from linshijiuzhu where jzbh like 'Z%'; insert into linshijiuzhu (jzbh, sfzh, xm, je, jzrq)"
                 " select concat('Z', seq), '11010119000101001X', '路人', '10.00', '2026-01-01'"
                 f" from seq_1_to_{n + 1} where seq <= {n}")


class OdbcTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.sandbox = Sandbox(persons=2000, days=1)
        cls.s = cls.sandbox.__enter__()
        cls.addClassCleanup(cls.sandbox.__exit__, None, None, None)
        cls.day = cls.s.days[0]
        cls.mariadb = MariaDB(cls.s.root / "mariadb")
        cls.addClassCleanup(cls.mariadb.remove)
        for table in TABLES:
            cls.mariadb.copy(cls.s.departments.env["CIVIL_AFFAIRS_DB"], table)

    def deployment(self, page_rows: int) -> Deployment:
        d = self.s.first_night()
        path = d.config / "connectors/civil_affairs.yaml"
        text = re.sub(r"(?s)connection:.*?datasets:", f"""connection:
  kind: odbc
  dialect: mysql
  connection_string: "Driver=MariaDB Unicode;SOCKET={self.mariadb.socket};DATABASE=mz;CHARSET=utf8mb4"
  user: reader
  password: "${{env:MZ_PASSWORD}}"
datasets:""", path.read_text())
        path.write_text(re.sub(r'(    query: "select )(.*\n)', rf"\1xh, \2    page_by: [xh]\n    page_rows: {page_rows}\n", text))
        d.extra = {"MZ_PASSWORD": "x;y", "BIDUI_TODAY": self.day}
        return d

    def relief(self, d: Deployment, what: str) -> str:
        return self.s.cluster.psql(f"select {what} from bidui.delivery where dataset = '{RELIEF}'", d.database).strip()

    def test_the_same_night_as_over_postgresql(self) -> None:
        self.mariadb.strangers(0)
        want, got = self.s.first_night(), self.deployment(7)
        want.night(self.day)
        got.night(self.day)
        self.assertTrue(want.files() == got.files(), "the lists differ")
        self.assertEqual(want.fact_rows(), got.fact_rows())
        self.assertNotIn("x;y", got.log.read_text())

    def test_a_server_killed_in_mid_pull(self) -> None:
        self.mariadb.strangers(3000)
        want, got = self.deployment(5), self.deployment(5)
        want.run("pull", RELIEF)
        running = subprocess.Popen([str(BUILD / "bidui"), "pull", RELIEF], stderr=subprocess.DEVNULL,
                                   env=got.environment({"BIDUI_PAGES_PER_COMMIT": "1"}))
        while running.poll() is None and int(self.relief(got, "coalesce(max(pages), 0)") or 0) < 20:
            pass
        self.mariadb.kill()
        self.assertEqual(running.wait(60), 3)
        self.assertEqual(self.relief(got, "verdict || ' ' || (pages between 20 and 500)"), "incomplete true")
        self.mariadb.start()
        got.run("pull", RELIEF)
        self.assertEqual(self.relief(got, "verdict || ' ' || received"), self.relief(want, "verdict || ' ' || received"))
        self.assertEqual(want.fact_rows(), got.fact_rows())

    def peak_kb(self, d: Deployment) -> int:
        running = subprocess.Popen([str(BUILD / "bidui"), "pull", "--full", RELIEF], env=d.environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(running.returncode, 0)
        return usage.ru_maxrss

    def test_memory_does_not_grow_with_the_source(self) -> None:
        peaks = []
        for n in (FEW, MANY):
            self.mariadb.strangers(n)
            d = self.deployment(5000)
            peaks.append(self.peak_kb(d))
            self.assertGreater(int(self.relief(d, "received")), n)
        self.assertLess(peaks[1], peaks[0] + SLACK_KB, f"peak RSS {peaks} kB")


if __name__ == "__main__":
    unittest.main()
