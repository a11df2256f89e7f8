"""A range of days read again: what it mends, what it leaves alone, and that it goes on after a failure."""
from __future__ import annotations

import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from deployment import Cluster  # noqa: E402
from http_ward import HttpWard  # noqa: E402
from ward import Ward, bill  # noqa: E402

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


class Backfill(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="bidui-backfill-"))
        cls.folder.chmod(0o711)
        cls.cluster = Cluster(cls.folder / "pg")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.cluster.remove()
        shutil.rmtree(cls.folder)

    def ward(self, source: str) -> HttpWard:
        name = self.id().rsplit(".", 1)[1]
        ward = HttpWard(self.folder / name, self.cluster, name, source, incremental=True)
        self.addCleanup(ward.stop)
        ward.write(*BEFORE)
        ward.night("2026-03-10")
        self.assertEqual(self.fees(ward), "B001:100 B002:100 B003:100 B004:100 B008:100")
        ward.write(*AFTER)
        return ward

    def fees(self, ward: Ward) -> str:
        return ward.sql("select string_agg(record_key || ':' || f_burden, ' ' order by record_key) from bidui.fact_ward__bill"
                        " where ended is null")

    def again(self, ward: Ward, day: str = "2026-03-11", ok: tuple[int, ...] = (0,)) -> str:
        return ward.run("pull", "ward.bill", "--from", "2026-01-01", "--to", "2026-01-31", day=day, ok=ok).stdout

    def watermark(self, ward: Ward) -> str:
        return json.loads(ward.run("status", "ward.bill", "--json", day="2026-03-12").stdout)["watermark"]

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


if __name__ == "__main__":
    unittest.main()
