"""Records made to do harm, served by a real department: each ends in quarantine, review or as a fact, and what cannot be
read at all fails its own dataset. The night goes on, and nothing of them reaches a log."""
from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from deployment import Deployment  # noqa: E402
from shared import SHARED, misbehave  # noqa: E402
from support import summary, verdicts  # noqa: E402

DATASET = "health_insurance.settlement"
HEALTHY = {"complete", "unchanged", "not_due"}
DEEP = 50
MARK = "恶意记录"


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


# Members in place of a good record's; what becomes of it: a reason of quarantine, "review" or "fact".
CASES: dict[str, tuple[dict[str, object], str]] = {
    "amount of 40 digits": ({"psn_part_amt": "1" * 40}, "bad_money"),
    "amount beyond 64 bits": ({"psn_part_amt": "92233720368547758.08"}, "bad_money"),
    "amount with an exponent": ({"psn_part_amt": "1e400"}, "bad_money"),
    "amount that is none": ({"psn_part_amt": "NaN"}, "bad_money"),
    "amount in full width": ({"psn_part_amt": "１２３．４５"}, "fact"),
    "zero date": ({"setl_time": "0000-00-00"}, "bad_date"),
    "date of for ever": ({"setl_time": "9999-12-31"}, "bad_date"),
    "thirtieth of February": ({"setl_time": "2026-02-30"}, "bad_date"),
    "instant of for ever": ({"updt_time": "9999-12-31 23:59:59"}, "bad_instant"),
    "a name of a megabyte": ({"psn_name": "张" * 340_000}, "review"),
    "a key of a megabyte": ({"setl_id": "K" * 1_000_000}, "key_missing"),
    "a key that is blank": ({"setl_id": " \t\u3000"}, "key_missing"),
    "a date of a megabyte": ({"setl_time": "2" * 1_000_000}, "bad_date"),
    "a value of 50 levels": ({"psn_part_amt": json.loads(nested(DEEP))}, "bad_money"),
    "another member of 50 levels": ({"more": json.loads(nested(DEEP))}, "fact"),
    "thousands of columns": ({f"c{i}": i for i in range(5000)}, "fact"),
    "a number that is a list": ({"certno": ["1", "2"]}, "id_unreadable"),
    "statements": ({"setl_id": "'; drop table bidui.county; --"}, "fact"),
    "a format": ({"setl_id": "%s%n%1$s"}, "fact"),
    "a right-to-left name": ({"psn_name": "\u202e三张"}, "review"),
}
# Records that can't be decoded: quarantined without key or candidate.
UNDECODABLE = {"a lone surrogate": b'{"setl_id":"\\ud800"}', "not UTF-8": b'{"setl_id":"\xff\xfe"}',
               "a key with NUL": b'{"setl_id":"A\\u0000B"}', "UTF-8 of a surrogate": b'{"setl_id":"\xed\xa0\x80"}'}
# After these nothing of the page can be read.
UNREADABLE = {"100 levels": b'{"setl_id":' + nested(100).encode() + b"}",
              "100000 levels": b'{"setl_id":' + nested(100_000).encode() + b"}", "an open string": b'{"setl_id":"}'}


class Adversarial(unittest.TestCase):
    def setUp(self) -> None:
        self.d, self.day = SHARED.at(3), SHARED.days[3]
        self.d.edit("connectors/health_insurance.yaml", "max_reject_ratio: 2%", "max_reject_ratio: 100%")
        self.file = SHARED.sandbox.data / "health_insurance/settlement.jsonl"
        whole = self.file.read_bytes()
        self.addCleanup(self.file.write_bytes, whole)
        misbehave(SHARED.departments)

    def persons(self, n: int) -> list[tuple[str, str, str]]:
        """Id, number and name of persons on the roster whose number and name are nobody else's."""
        rows = self.sql("select min(person_id), id_number, min(name) from bidui.identity where ended is null and"
                        " id_number is not null and name ~ '^.{2,4}$' group by id_number having count(*) = 1"
                        f" order by 1 desc limit {n}")
        return [tuple(line.split("|")) for line in rows.splitlines()]

    def sql(self, text: str) -> str:
        return self.d.cluster.psql(text, self.d.database).strip()

    def append(self, line: bytes) -> None:
        with self.file.open("ab") as out:
            out.write(line + b"\n")

    def outcome(self, person: str, key: str) -> str:
        if self.sql(f"select count(*) from bidui.fact_health_insurance__settlement where person_id = {person} and"
                    f" record_key = $k${key}$k$") == "1":
            return "fact"
        if self.sql(f"select count(*) from bidui.review where {person} = any (candidates) and dataset = '{DATASET}'"
                    " and state = 'open'") != "0":
            return "review"
        return self.sql(f"select coalesce(max(reason), 'gone') from bidui.quarantine where dataset = '{DATASET}' and"
                        f" edition = (select max(edition) from bidui.edition) and {person} = any (candidates)")

    def test_each_record_finds_its_place(self) -> None:
        people = self.persons(len(CASES))
        keys = []
        for (_, number, name), (case, (members, _)) in zip(people, CASES.items()):
            record = {"setl_id": f"ADV{len(keys)}", "certno": number, "psn_name": name, "setl_time": "2026-11-20",
                      "med_type": "21", "medfee_sumamt": "10", "psn_part_amt": "5", "updt_time": "2026-11-21 10:00:00", "note": MARK}
            record.update(members)
            keys.append(str(record["setl_id"]))
            self.append(json.dumps(record).encode())
        for line in UNDECODABLE.values():
            self.append(line)
        done = self.d.night(self.day, ok=(0,))
        self.assertEqual(verdicts(self.d, self.day)[DATASET], "complete")
        for (person, _, _), key, (case, (_, wanted)) in zip(people, keys, CASES.items()):
            with self.subTest(case):
                self.assertEqual(self.outcome(person, key[:100]), wanted)
        self.assertEqual(self.sql("select count(*) from bidui.quarantine where reason = 'undecodable' and record_code = ''"
                                  " and edition = (select max(edition) from bidui.edition)"), str(len(UNDECODABLE)))
        self.assertNotIn(MARK, done.stderr + done.stdout)
        for _, number, _ in people:
            self.assertNotIn(number, done.stderr + done.stdout)
        self.assertEqual(self.sql("select max(watermark) < '2027' from bidui.delivery"), "t")
        self.d.run("status", extra={"BIDUI_TODAY": self.day})

    def test_what_is_no_record_fails_its_dataset_alone(self) -> None:
        whole = self.file.read_bytes()
        for case, line in UNREADABLE.items():
            with self.subTest(case):
                d = self.d = SHARED.at(3)
                self.file.write_bytes(whole)
                self.append(line)
                d.night(self.day, ok=(3,))
                got = verdicts(d, self.day)
                self.assertIn(got[DATASET], {"failed", "incomplete"})
                self.assertEqual({n for n, v in got.items() if v not in HEALTHY}, {DATASET})
                self.assertTrue(next(f for f in summary(d, self.day)["datasets"] if f["dataset"] == DATASET))


if __name__ == "__main__":
    unittest.main()
