"""One who tries a new connector: what was pulled already, what to type to have it read again, what a probe tells."""
from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from http_ward import HttpWard  # noqa: E402
from ward import ClusterCase, bill, number  # noqa: E402

DAY = "2026-03-11"


class Again(ClusterCase):
    def setUp(self) -> None:
        name = self.id().rsplit(".", 1)[1]
        self.ward = HttpWard(self.folder / name, self.cluster, name)
        self.addCleanup(self.ward.stop)
        self.ward.write(bill(1))
        self.ward.night("2026-03-10")

    def pull(self, *args: str, ok: tuple[int, ...] = (0,)) -> tuple[str, str]:
        done = self.ward.run("pull", *args, day=DAY, ok=ok)
        return done.stdout, done.stderr

    def test_settled_is_told_and_read_again_in_full(self) -> None:
        self.ward.write(bill(1), bill(2))
        out, err = self.pull("ward.bill")
        self.assertEqual(out, "ward.bill complete 2\n")
        self.assertNotIn("没有重取", err)
        self.ward.write(bill(1), bill(3), bill(4))
        out, err = self.pull("ward.bill")
        self.assertEqual(out, "ward.bill complete 2\n")
        self.assertIn("ward.bill: 本次运行已有来数,没有重取;要重取写 bidui pull 数据集 --full", err)
        out, err = self.pull("--full", "ward.bill")
        self.assertEqual(out, "ward.bill complete 3\n")
        self.assertNotIn("没有重取", err)
        self.assertEqual(self.ward.facts(), "B001 B003 B004")
        self.assertEqual(self.ward.sql("select count(*) from bidui.fact_ward__bill"), "3")

    def test_held_for_a_mistake_of_ours(self) -> None:
        self.ward.write(bill(1), bill(2))
        self.ward.edit("from: fee,", "from: feee,")
        out, _ = self.pull("ward.bill", ok=(3,))
        self.assertEqual(out, "ward.bill held 2\n")
        self.ward.edit("from: feee,", "from: fee,")
        out, _ = self.pull("--full", "ward.bill")
        self.assertEqual(out, "ward.bill complete 2\n")
        self.assertEqual(self.ward.facts(), "B001 B002")

    def test_nothing_readable_is_held(self) -> None:
        self.ward.write(*(bill(n).replace(number(n), f"密文{n}") for n in range(1, 20)))
        self.assertEqual(self.pull("ward.bill")[0], "ward.bill complete 19\n")
        self.ward.write(*(bill(n).replace(number(n), f"密文{n}") for n in range(1, 21)))
        self.assertEqual(self.pull("--full", "ward.bill", ok=(3,))[0], "ward.bill held 20\n")
        self.assertEqual(self.ward.sql("select reasons[1] from bidui.delivery where dataset = 'ward.bill' and edition = 2"), "rejected 20 of 20")

    def test_names_that_are_nearly_right(self) -> None:
        for command in ("pull", "probe", "status"):
            done = self.ward.run(command, "ward.bil", day=DAY, ok=(2,))
            self.assertIn("没有数据集 ward.bil", done.stderr)
            self.assertIn("是不是想写 ward.bill?", done.stderr)

    def test_a_probe_tells_what_is_missing(self) -> None:
        self.ward.write(bill(1))
        self.ward.edit("from: fee,", "from: feee,")
        self.ward.edit("id_number: id,", "id_number: name,")
        self.ward.edit(", name: name}", "}")
        done = self.ward.run("probe", "ward.bill", day=DAY)
        self.assertRegex(done.stdout, r"注意:列feee不见了,多出列fee,疑似改名;若是,把connectors/ward.yaml:\d+改为fee")
        self.assertIn("注意:1 行的证件号码无法识别", done.stdout)


if __name__ == "__main__":
    unittest.main()
