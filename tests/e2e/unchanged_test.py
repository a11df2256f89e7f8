"""A department that says by itself that nothing has changed: what is taken on its word, and when everything is read again."""
from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from http_ward import HttpWard  # noqa: E402
from ward import ClusterCase, bill  # noqa: E402


class Unchanged(ClusterCase):
    def setUp(self) -> None:
        name = self.id().rsplit(".", 1)[1]
        self.ward = HttpWard(self.folder / name, self.cluster, name)
        self.addCleanup(self.ward.stop)
        self.ward.write(bill(1), bill(2), bill(50))          # the last one's is nobody of the roster
        self.ward.night("2026-03-10")
        self.assertEqual(self.ward.feed("2026-03-10")["verdict"], "complete")

    def state(self, day: str) -> str:
        """What became of the night: verdict, state, and how many rows were read."""
        return self.ward.sql("select concat_ws(' ', d.verdict, d.state, d.received) from bidui.delivery d join bidui.edition e"
                             f" using (county, edition) where d.dataset = 'ward.bill' and e.as_of = '{day}'")

    def test_not_read_again(self) -> None:
        self.ward.night("2026-03-11")
        self.assertEqual(self.state("2026-03-11"), "unchanged nothing 0")
        self.assertEqual(self.ward.feed("2026-03-11")["verdict"], "unchanged")
        self.assertEqual(self.ward.facts(), "B001 B002")
        self.ward.write(bill(1), bill(3))
        self.ward.night("2026-03-12")
        self.assertEqual(self.state("2026-03-12"), "complete admitted 2")
        self.assertEqual(self.ward.facts(), "B001 B003")
        etag = self.ward.sql("select split_part(validators, E'\\n', 2) from bidui.delivery where dataset = 'ward.bill'"
                             " and validators <> '' order by edition desc limit 1").strip('"')
        self.assertGreater(len(etag), 8)
        for path in self.ward.d.out.rglob("*.json"):
            self.assertNotIn(etag, path.read_text())
        self.assertNotIn(etag, self.ward.d.log.read_text())

    def test_late_all_the_same(self) -> None:
        for day in ("2026-03-11", "2026-03-12", "2026-03-13"):
            self.ward.night(day)
            self.assertEqual(self.state(day), "unchanged nothing 0")
        self.ward.night("2026-03-14", ok=(3,))
        self.assertEqual(self.state("2026-03-14"), "late nothing 0")
        self.assertEqual(self.ward.feed("2026-03-14")["reasons"], ["unchanged_since 2026-03-10"])

    def test_another_roster(self) -> None:
        """Somebody who was a stranger is on the roster now: his record stood there all the time."""
        self.ward.roster(persons=60, edition=2)
        self.ward.night("2026-03-11")
        self.assertEqual(self.state("2026-03-11"), "unchanged admitted 3")
        self.assertEqual(self.ward.facts(), "B001 B002 B050")
        self.ward.night("2026-03-12")
        self.assertEqual(self.state("2026-03-12"), "unchanged nothing 0")

    def test_another_configuration(self) -> None:
        self.ward.edit("title: 费用", "title: 医疗费用")
        self.ward.night("2026-03-11")
        self.assertEqual(self.state("2026-03-11"), "unchanged admitted 3")

    def test_when_told_to(self) -> None:
        self.ward.run("reset", "ward.bill", "--all", "--yes", day="2026-03-11")
        self.ward.night("2026-03-11")
        self.assertEqual(self.state("2026-03-11"), "unchanged admitted 3")
        self.ward.run("pull", "--full", "ward.bill", day="2026-03-12")
        self.assertIn("ward.bill unchanged 3", self.ward.last_log())

    def test_turned_off(self) -> None:
        self.ward.edit('query: {pageSize: "10000"}}', 'query: {pageSize: "10000"}, conditional: off}')
        for day in ("2026-03-11", "2026-03-12"):
            self.ward.night(day)
            self.assertEqual(self.state(day), "unchanged admitted 3")
        self.assertEqual(self.ward.sql("select string_agg(validators, '' order by edition) from bidui.delivery where"
                                       " dataset = 'ward.bill' and edition > 1"), "")

    def test_a_record_that_waits_for_its_day(self) -> None:
        self.ward.write(bill(1), bill(4, day="2026-03-13"))
        self.ward.night("2026-03-11")
        self.assertEqual(self.ward.facts(), "B001")
        self.ward.night("2026-03-12")
        self.assertEqual(self.state("2026-03-12"), "unchanged admitted 2")
        self.ward.night("2026-03-13")
        self.assertEqual(self.ward.facts(), "B001 B004")

    def test_read_again_after_a_week(self) -> None:
        self.ward.edit("arrives: {every: day, grace: 2d}", "arrives: {every: event}")
        self.ward.night("2026-03-11")                        # with the new configuration
        self.ward.night("2026-03-17")
        self.assertEqual(self.state("2026-03-17"), "unchanged nothing 0")
        self.ward.night("2026-03-18")
        self.assertEqual(self.state("2026-03-18"), "unchanged admitted 3")

    def test_a_lie(self) -> None:
        """Nobody asked, yet "not modified": that is no news, good or bad."""
        self.ward.misbehave("* 304")
        self.ward.run("pull", "--full", "ward.bill", day="2026-03-11", ok=(3,))
        self.assertIn("RC_HTTP", self.ward.last_log())
        self.assertEqual(self.ward.facts(), "B001 B002")


if __name__ == "__main__":
    unittest.main()
