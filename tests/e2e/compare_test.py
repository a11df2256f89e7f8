"""`bidui compare`: two lists of made-up people whose truth is known, in the shapes people bring them."""
from __future__ import annotations

import csv
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

import openpyxl  # noqa: E402

import people  # noqa: E402
from deployment import BUILD  # noqa: E402

FULL_NUMBER = re.compile(r"\d{17}[\dX]")


def read(path: Path, encoding: str = "utf-8") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as f:
        return list(csv.reader(f))


def write(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as f:
        csv.writer(f).writerows(rows)
    return path


class Comparing(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.made = cls.folder / "made"
        people.make(cls.made, 3000, rate=1, seed=5)
        people.make(cls.folder / "bad", 3000, rate=3, seed=6)
        cls.truth = {tuple(row) for row in read(cls.made / "truth.csv")[1:]}

    def setUp(self) -> None:
        self.out = Path(tempfile.mkdtemp(dir=self.folder))

    def compare(self, *args: str | Path, ok: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([str(BUILD / "bidui"), "compare", *map(str, args), "--out", str(self.out)], text=True, capture_output=True,
                              env={**os.environ, "BIDUI_CONFIG": "/nowhere"})
        self.assertEqual(done.returncode, ok, done.stderr)
        self.assertIsNone(FULL_NUMBER.search(done.stdout + done.stderr), "an identity number is shown")
        return done

    def links(self, result: str = "一致") -> set[tuple[str, str]]:
        return {(row["左键"], row["右键"]) for row in self.rows() if row["结论"] == result}

    def rows(self) -> list[dict[str, str]]:
        with (self.out / "compare.csv").open(encoding="utf-8-sig", newline="") as f:
            return list(csv.DictReader(f))

    def made_links(self, *args: str | Path) -> set[tuple[str, str]]:
        self.compare(self.made / "left.csv", self.made / "right.csv", "--key", "编号", *args)
        return self.links()

    # ---- How good it is ----

    def test_finds_people_though_the_data_are_wrong(self) -> None:
        for folder, precision, recall in ((self.made, 0.999, 0.99), (self.folder / "bad", 0.997, 0.97)):
            said = json.loads(self.compare(folder / "left.csv", folder / "right.csv", "--key", "编号", "--truth", folder / "truth.csv",
                                           "--json").stdout)
            truth, links = {tuple(row) for row in read(folder / "truth.csv")[1:]}, self.links()
            self.assertGreaterEqual(len(truth & links) / len(links), precision)
            self.assertGreaterEqual(len(truth & links) / len(truth), recall)
            # what it says of itself is what we count
            self.assertAlmostEqual(said["precision"], len(truth & links) / len(links), places=5)
            self.assertAlmostEqual(said["recall"], len(truth & links) / len(truth), places=5)
            self.assertAlmostEqual(said["f1"], 2 * len(truth & links) / (len(links) + len(truth)), places=5)
            self.assertEqual((said["accepted"], said["review"]), (len(links), len(self.links("疑似"))))
            self.assertLess(said["review"], 0.02 * (said["left"]["rows"] + said["right"]["rows"]))
            last = said["curve"][-1]
            found = links | {(row["左键"], row["右键"]) for row in self.rows() if row["说明"] == "证据不足以认定"}
            self.assertAlmostEqual(last["recall"], len(truth & found) / len(truth), places=5)

    def test_one_list_with_itself(self) -> None:
        left, right = read(self.made / "left.csv"), read(self.made / "right.csv")
        both = write(self.folder / "both.csv", left + right[1:])
        said = json.loads(self.compare(both, "--key", "编号", "--truth", self.made / "truth.csv", "--json").stdout)
        # a namesake without number and phone, born that day in that village, cannot be told apart
        self.assertGreaterEqual(said["precision"], 0.998)
        self.assertGreaterEqual(said["recall"], 0.97)
        book = openpyxl.load_workbook(self.out / "compare.xlsx", read_only=True)
        self.assertEqual(book.sheetnames, ["重复", "疑似重复", "无重复"])

    # ---- What changes nothing ----

    def test_threads_and_order_change_nothing(self) -> None:
        once = self.made_links("--threads", "1")
        files = {name: (self.out / name).read_bytes() for name in ("compare.csv", "compare.xlsx")}
        self.made_links("--threads", "4")
        self.assertEqual(files, {name: (self.out / name).read_bytes() for name in files})
        shuffled = []
        for name in ("left.csv", "right.csv"):
            rows = read(self.made / name)
            body = rows[1:]
            random.Random(9).shuffle(body)
            shuffled.append(write(self.folder / f"shuffled_{name}", [rows[0], *body]))
        self.compare(*shuffled, "--key", "编号")
        self.assertEqual(once, self.links())

    def test_a_list_and_its_copy(self) -> None:
        rows = read(self.made / "left.csv")
        self.compare(self.made / "left.csv", self.made / "left.csv", "--key", "编号")
        self.assertEqual({(row[0], row[0]) for row in rows[1:]}, self.links())

    def test_strangers_change_nothing(self) -> None:
        once = self.made_links()
        people.make(self.folder / "strangers", 1500, rate=1, seed=77, both=0)
        more = []
        for name in ("left.csv", "right.csv"):
            rows = [[row[0].replace("L", "X").replace("R", "Y"), *row[1:]] for row in read(self.folder / "strangers" / name)[1:]]
            more.append(write(self.folder / f"more_{name}", read(self.made / name) + rows))
        self.compare(*more, "--key", "编号")
        now = self.links()
        self.assertLess(len(once ^ now), 0.005 * len(once))
        self.assertFalse([pair for pair in now if pair[0][0] == "X" or pair[1][0] == "Y"])

    def test_variant_characters_change_nothing(self) -> None:
        once = self.made_links()
        rows = read(self.made / "right.csv")
        wide = str.maketrans("0123456789", "０１２３４５６７８９")
        for row in rows[1:]:
            row[2] = row[2].translate(wide)
            row[1] = row[1].replace("·", "・")
        self.compare(self.made / "left.csv", write(self.folder / "wide.csv", rows), "--key", "编号")
        self.assertEqual(once, self.links())

    # ---- The shapes of files ----

    def test_a_workbook_with_titles_and_gb18030(self) -> None:
        once = self.made_links()
        book = openpyxl.Workbook()
        book.active.append(["2026年人口名单"])
        book.active.append(["填报单位:某局", None, "单位:人"])
        for row in read(self.made / "left.csv"):
            book.active.append(row)
        book.save(self.folder / "left.xlsx")
        right = write(self.folder / "gb.csv", read(self.made / "right.csv"), "gb18030")
        done = self.compare(self.folder / "left.xlsx", right, "--key", "编号")
        self.assertIn("csv gb18030", done.stderr)
        self.assertEqual(once, self.links())

    def test_columns_by_name_content_and_map(self) -> None:
        once = self.made_links()
        rows = read(self.made / "right.csv")
        rows[0] = ["BH", "XM", "SFZH", "CSRQ", "XB", "LXDH", "XZC", "甲"]
        right = write(self.folder / "named.csv", rows)
        done = self.compare(self.made / "left.csv", right, "--key", "编号,BH", "--map", "行政村:XZC=place")
        for line in ("姓名 : XM = name (按列名)", "身份证号 : SFZH = idno", "联系电话 : LXDH = phone", "行政村 : XZC = place (--map)",
                     "家庭住址 : 甲 = address"):
            self.assertIn(line, done.stderr)
        self.assertEqual(once, self.links())
        done = self.compare(self.made / "left.csv", right, "--key", "编号,BH", "--map", "联系电话=ignore")
        self.assertIn("左表未用:联系电话", done.stderr)

    def test_a_householder_is_not_the_person(self) -> None:
        rows = {name: read(self.made / f"{name}.csv") for name in ("left", "right")}
        heads = {int(row[0][1:]) // 4: row for row in reversed(rows["left"][1:])}
        files = []
        for name, body in rows.items():
            out = [[*body[0], "户主姓名", "户主身份证号"]]
            for row in body[1:]:
                head = heads.get(int(row[0][1:]) // 4, row)
                out.append([*row, head[1], head[2]])
            files.append(write(self.folder / f"heads_{name}.csv", out))
        done = self.compare(*files, "--key", "编号")
        self.assertIn("户主姓名 = householder", done.stderr)
        self.assertIn("户主身份证号 = household", done.stderr)
        self.assertGreaterEqual(len(self.links() & self.truth) / len(self.links()), 0.999)
        self.assertGreaterEqual(len(self.links() & self.truth) / len(self.truth), 0.97)

    def test_what_is_odd_is_told(self) -> None:
        text = (self.made / "right.csv").read_text(encoding="utf-8").replace("\r\n", "\n").splitlines()
        text.append(text[-1])
        text.append('R7777777,"王')
        (self.folder / "odd.csv").write_text("\n".join(text), encoding="utf-8")
        said = self.compare(self.made / "left.csv", self.folder / "odd.csv", "--key", "编号").stderr
        self.assertIn("odd.csv 的键有 1 行重复、0 行为空", said)
        self.assertIn("1 行读不出", said)

    def test_rows_that_cannot_be_read_are_told(self) -> None:
        text = (self.made / "right.csv").read_text(encoding="utf-8").splitlines()
        text.insert(3, "R9,多,出,一,列,来,的,人,呢")
        (self.folder / "broken.csv").write_text("\n".join(text), encoding="utf-8")
        done = self.compare(self.made / "left.csv", self.folder / "broken.csv", "--key", "编号")
        self.assertIn("1 行读不出,没有参加比对;第一处在第 4 行", done.stderr)

    # ---- What comes out ----

    def test_the_workbook(self) -> None:
        self.made_links()
        book = openpyxl.load_workbook(self.out / "compare.xlsx")
        self.assertEqual(book.sheetnames, ["一致", "疑似", "仅左", "仅右"])
        parts = {name: [row for row in self.rows() if row["结论"] == name] for name in book.sheetnames}
        for name in book.sheetnames:
            self.assertEqual(book[name].max_row - 1, len(parts[name]), name)
        sheet = book["一致"]
        head = [cell.value for cell in sheet[1]]
        marked = 0
        for row, known in zip(sheet.iter_rows(min_row=2), parts["一致"]):
            self.assertEqual(row[0].value, known["左键"])
            for title in ("姓名", "家庭住址"):
                left, right = row[head.index(f"{title}(左)")], row[head.index(f"{title}(右)")]
                differs = left.value is not None and right.value is not None and left.value != right.value
                self.assertEqual(left.fill.fgColor.rgb == "FFFFE699", differs, (title, known["差异"]))
                self.assertEqual(differs, title in known["差异"])
                marked += differs
        self.assertGreater(marked, 50)
        alone = {row[0].value for row in book["仅左"].iter_rows(min_row=2, min_col=2, max_col=2)}
        self.assertEqual(alone, {row["左键"] for row in parts["仅左"]})
        # every row is somewhere, and only once where it is alone
        met = {row["左键"] for row in self.rows()} - {""}
        self.assertEqual(met, {row[0] for row in read(self.made / "left.csv")[1:]})

    def test_the_curve_in_words(self) -> None:
        said = self.compare(self.made / "left.csv", self.made / "right.csv", "--key", "编号", "--truth", self.made / "truth.csv").stdout
        self.assertRegex(said, r"精确率 [01]\.\d{4}  召回率 [01]\.\d{4}  F1 [01]\.\d{4}")
        self.assertGreater(len(re.findall(r"^ +-?\d+\.\d  [01]\.\d{4}  [01]\.\d{4}  [01]\.\d{4}$", said, re.M)), 5)

    def test_costs_move_the_thresholds(self) -> None:
        cautious = self.made_links("--false-cost", "100000")
        self.assertLess(cautious, self.made_links("--false-cost", "2"))

    def under_another_number(self, birth_too: bool) -> tuple[set[str], str]:
        """Fifty people under the number of one: by mistake (their birth date stays), or as if they were that one."""
        rows = read(self.made / "left.csv")
        other = [list(row) for row in rows]
        for row in other[2:52]:
            row[2] = rows[1][2]
            row[3] = rows[1][3] if birth_too else row[3]
        self.compare(self.made / "left.csv", write(self.folder / "lent.csv", other), "--key", "编号")
        return {row[0] for row in other[2:52] if row[1][0] != rows[1][1][0]}, rows[1][0]

    def test_a_lent_number_is_seen_through(self) -> None:
        lent, owner = self.under_another_number(birth_too=False)
        self.assertGreater(len(lent), 30)
        mine = {pair for pair in self.links() if pair[1] in lent}
        self.assertFalse([pair for pair in mine if pair[0] != pair[1]])
        self.assertGreater(len(mine), 0.9 * len(lent))
        self.assertIn((owner, owner), self.links())

    def test_a_contradiction_is_never_accepted(self) -> None:
        lent, owner = self.under_another_number(birth_too=True)
        self.assertFalse([pair for pair in self.links() if pair[1] in lent])
        self.assertIn("两个证件号都有效但不同", {row["说明"] for row in self.rows() if row["右键"] in lent})
        rows = read(self.made / "left.csv")
        alone = [rows[0], *[row for row in rows[1:] if row[0] != owner]]
        someone = next(row for row in alone[1:] if row[1][0] != rows[1][1][0])
        changed = [[*row[:2], rows[1][2], *row[3:]] if row is someone else row for row in alone]
        self.compare(self.made / "left.csv", write(self.folder / "taken.csv", changed), "--key", "编号")
        self.assertNotIn((owner, someone[0]), self.links())
        told = [row["说明"] for row in self.rows() if (row["左键"], row["右键"]) == (owner, someone[0])]
        self.assertEqual(told, ["证件号相同而姓名不符"])

    # ---- What is refused ----

    def only(self, *columns: str) -> list[Path]:
        made = []
        for name in ("left.csv", "right.csv"):
            rows = read(self.made / name)
            keep = [rows[0].index(column) for column in columns]
            made.append(write(self.folder / f"only_{name}", [[row[i] for i in keep] for row in rows]))
        return made

    def test_fields_that_cannot_tell_people_apart(self) -> None:
        done = self.compare(*self.only("编号", "性别"), "--key", "编号", ok=2)
        self.assertRegex(done.stderr, r"逐对比较要看 \d{7} 对")
        done = self.compare(*self.only("编号", "性别", "行政村"), "--key", "编号", ok=2)
        self.assertIn("分不开", done.stderr)
        self.assertFalse((self.out / "compare.csv").exists())

    def test_mistakes_in_what_is_typed(self) -> None:
        left, right = self.made / "left.csv", self.made / "right.csv"
        for args, expected in (([left, right, "--key", "编好"], "没有列“编好”"), ([left, right, "--map", "姓名=nmae"], "没有类型“nmae”"),
                               ([left, right, "--map", "姓明=name"], "没有列“姓明”"), ([left, right, "--false-cost", "1"], "--false-cost"),
                               ([left, right, "--truth", left], "没有一个左键"), ([left, right, left], "")):
            self.assertIn(expected, self.compare(*args, ok=2).stderr)
        self.assertIn("No such file", self.compare(left, self.folder / "none.csv", ok=1).stderr)
        headless = write(self.folder / "headless.csv", read(left)[1:])
        self.assertIn("第 1 行应是列名", self.compare(headless, right, ok=1).stderr)


if __name__ == "__main__":
    unittest.main()
