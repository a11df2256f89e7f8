"""What must stand nowhere: strangers in the database, on the disk or in a log; anybody at all in a log."""
from __future__ import annotations

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from shared import SHARED  # noqa: E402
from support import Finder, read_json, roster_identities, texts_of  # noqa: E402

KEYED = """
select c.conrelid::regclass, c.conname, a.attname from pg_constraint c
  join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
 where c.connamespace = 'bidui'::regnamespace and c.contype in ('p', 'u', 'f') and a.attname <> 'county'
union all
select i.indrelid::regclass, i.indexrelid::regclass::text, coalesce(a.attname, '') from pg_index i
  join pg_class t on t.oid = i.indrelid
  left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
 where t.relnamespace = 'bidui'::regnamespace and i.indisunique and a.attname is distinct from 'county'"""


def dump(database: str, *options: str) -> str:
    done = subprocess.run(["pg_dump", "--no-owner", *options, database], check=True, capture_output=True,
                          env={**os.environ, **SHARED.sandbox.cluster.env})
    return done.stdout.decode()


class Nowhere(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.d = SHARED.deployment
        cls.root = SHARED.sandbox.root
        strangers = read_json(SHARED.sandbox.data / "truth.json")["strangers"]
        cls.strangers = Finder({s["name"] for s in strangers} | {s["number"] for s in strangers})
        cls.numbers, cls.names, cls.phones = roster_identities(SHARED.sandbox.data)
        assert len(strangers) == 1000 and len(cls.numbers) > 1900

    def databases(self) -> list[str]:
        return self.d.cluster.psql("select datname from pg_database where datallowconn and not datistemplate and"
                                   " datname not in ('postgres', 'bidui') order by 1", "postgres").split()

    def test_no_stranger_in_the_databases(self) -> None:
        for database in self.databases():
            self.assertEqual(sorted(self.strangers.found(dump(database))), [], database)

    def test_no_stranger_on_the_disk(self) -> None:
        for folder in sorted(self.root.glob("*deployment*")):
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    for text in texts_of(path):
                        self.assertEqual(sorted(self.strangers.found(text)), [], str(path))

    def test_nobody_in_a_log(self) -> None:
        logs = SHARED.all_logs()
        self.assertGreater(len(logs), 10000)
        self.assertEqual(sorted(self.strangers.found(logs)), [])
        self.assertEqual(sorted(Finder(self.numbers | self.phones).found(logs)), [])
        self.assertEqual(sorted(Finder(self.names).found(logs)), [])

    def test_no_stranger_in_the_log_of_the_database(self) -> None:
        logs = [p for p in (self.root / "pg").rglob("*log*") if p.is_file()]
        for path in logs:
            self.assertEqual(sorted(self.strangers.found(path.read_bytes().decode("utf-8", "replace"))), [], str(path))

    def test_numbers_and_phones_of_the_roster_stand_in_one_table(self) -> None:
        text = dump(self.d.database, "--exclude-table-data=bidui.identity")
        self.assertEqual(sorted(Finder(self.numbers | self.phones).found(text))[:5], [])

    def test_every_key_begins_with_the_county(self) -> None:
        self.assertEqual(self.d.cluster.psql(KEYED, self.d.database), "")
        count = self.d.cluster.psql("select count(*) from pg_constraint where connamespace = 'bidui'::regnamespace and"
                                    " contype in ('p', 'u', 'f')", self.d.database)
        self.assertGreater(int(count), 30)


if __name__ == "__main__":
    unittest.main()
