"""Records without a good number: whom they are linked to by name, birth date, village and phone, whom a person is asked
about, and that nothing of a stranger is kept. Each record's truth is known, because it is made here."""
from __future__ import annotations

import json
import random
import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from ward import DEPARTMENT, ROSTER, WEIGHTS, ClusterCase, Ward  # noqa: E402

HEAD = "no,id,name,born,sex,village,phone,day,fee,grade,changed"
LIKELY = (DEPARTMENT.replace("    access: bulk\n", "    access: bulk\n    link: probable\n")
          .replace("identity: {id_number: id, name: name}",
                   "identity: {id_number: id, name: name, birth_date: born, sex: sex, village: village, phone: phone}"))
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平"


def numbered(born: str, serial: int) -> str:
    digits = "990121" + born.replace("-", "") + f"{serial:03d}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, WEIGHTS)) % 11]


def broken(number: str) -> str:
    """Two digits of the birth month and the serial mistyped, so that no single repair leads anywhere."""
    digit = lambda c, by: str((int(c) + by) % 10)  # noqa: E731
    return number[:13] + digit(number[13], 3) + number[14:16] + digit(number[16], 5) + number[17]


class Person:
    def __init__(self, n: int, name: str, born: str, village: int, serial: int = 0):
        self.n, self.name, self.born, self.village = n, name, born, village
        self.serial = serial or 100 + n
        self.number = numbered(born, self.serial)
        self.sex = "男" if self.serial % 2 else "女"
        self.code = f"9901210{1 + village // 5:02d}{1 + village % 5:03d}"

    def row(self) -> str:
        return (f"P{self.n},H{self.n},户主,{self.sex},{self.born},{self.code},{self.village:03d}村,石桥镇{self.village // 5},农户,脱贫户,,否,,"
                f"9000,否,是,否,否,是,否,否,,,否,,{self.number},{self.name},139000{self.n:05d}\n")


def county() -> list[Person]:
    """400 persons of 20 villages in 4 townships; no two share a name."""
    draw = random.Random(7)
    names = [s + a + b for s in SURNAMES for a in GIVEN for b in GIVEN]
    draw.shuffle(names)
    return [Person(n, names[n], f"{draw.randrange(1940, 2015)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}", n % 20)
            for n in range(1, 401)]


class LikelyWard(Ward):
    persons: list[Person] = county()

    def roster(self, persons: int = 0, edition: int = 1) -> None:
        (self.inbox / f"roster-{edition}.csv").write_text(ROSTER + "".join(p.row() for p in self.persons))


def record(no: str, number: str, name: str, born: str, sex: str, code: str, phone: str = "", fee: str = "1") -> str:
    return f"{no},{number},{name},{born},{sex},{code},{phone},2026-03-01,{fee},A,"


class Likely(ClusterCase):
    def setUp(self) -> None:
        name = self.id().rsplit(".", 1)[1]
        self.p = {p.n: p for p in county()}
        self.ward = LikelyWard(self.folder / name, self.cluster, name, LIKELY)

    def cases(self) -> tuple[list[str], dict[str, str]]:
        """Rows, and what has to become of each: `link N`, `review N`, `none`."""
        p, rows, truth = self.p, [], {}

        def add(no: str, fate: str, *fields: str) -> None:
            rows.append(record(no, *fields))
            truth[no] = fate

        add("B01", "exact 1", p[1].number, p[1].name, p[1].born, p[1].sex, p[1].code)
        add("B02", "probable 2", broken(p[2].number), p[2].name, p[2].born, p[2].sex, p[2].code)
        add("B03", "probable 3", numbered("1979-05-06", 777), p[3].name, p[3].born, p[3].sex, p[3].code)  # a stranger's number
        add("B04", "probable 4", "", p[4].name, p[4].born, p[4].sex, p[4].code)
        add("B05", "probable 5", "", p[5].name, p[5].born, p[5].sex, "", f"139000{5:05d}")
        add("B06", "review 6", "", p[6].name[:2] + "□", p[6].born, p[6].sex, p[6].code)                    # a rare character lost
        add("B07", "review 7", "", p[7].name, p[7].born, p[7].sex, Person(0, "", "2000-01-01", p[7].village ^ 1).code)  # a namesake next door
        add("B08", "review 8", "", p[8].name, p[8].born, p[8].sex, "")                                     # nothing but name and birth
        add("B09", "review 10,9", p[9].number, p[10].name, p[10].born, p[10].sex, p[10].code)              # a guardian's number, both ours
        add("B10", "none", "", "欧阳不在", "1990-07-08", "男", p[11].code, "13711112222")                    # strangers
        add("B11", "none", numbered("1990-07-09", 345), "司马路人", "1990-07-09", "男", p[12].code, "13711113333")
        add("B12", "none", numbered("1990-07-09", 347), p[13].name, "1990-07-09", p[13].sex, p[13].code)   # a proven number of its own
        twin = p[14].name[:2] + next(c for c in GIVEN if p[14].name[:2] + c not in {q.name for q in p.values()})
        add("B13", "never 14", "", twin, p[14].born, p[14].sex, p[14].code)                                # a twin who is not ours
        return rows, truth

    def fates(self) -> dict[str, str]:
        sql = ("select f.record_key || ' ' || f.link || ' ' || substr(k.person_no, 2) from bidui.fact_ward__bill f"
               " join bidui.person_key k using (county, person_id) where f.ended is null")
        linked = {key: f"{link} {no}" for key, link, no in (line.split() for line in self.ward.sql(sql).splitlines())}
        return linked

    def questions(self) -> list[dict]:
        return json.loads(self.ward.run("review", "list", "--json", day="2026-03-11").stdout)["review"]

    def asked(self) -> dict[str, str]:
        """Reason and persons of each open question, by the record's number (found by its evidence's order)."""
        sql = ("select r.review_no, string_agg(substr(k.person_no, 2), ',' order by k.person_no) from bidui.review r"
               " join bidui.person_key k on k.county = r.county and k.person_id = any (r.candidates)"
               " where r.state = 'open' group by 1 order by 1")
        return dict(line.split("|") for line in self.ward.sql(sql).splitlines())

    def check_fates(self, truth: dict[str, str]) -> None:
        linked, asked = self.fates(), sorted(self.asked().values())
        expected = {no: fate for no, fate in truth.items() if fate.split()[0] in ("exact", "probable")}
        self.assertEqual(linked, expected)
        sure = sorted(fate.split()[1] for fate in truth.values() if fate.startswith("review"))
        maybe = [fate.split()[1] for fate in truth.values() if fate.startswith("never")]
        self.assertEqual([a for a in asked if a not in maybe], sure)

    def test_a_night(self) -> None:
        rows, truth = self.cases()
        self.ward.write(*rows, head=HEAD)
        self.ward.night("2026-03-10")
        self.check_fates(truth)
        dump = self.cluster.dump(self.ward.d.database)
        for secret in ("欧阳不在", "13711112222", "司马路人", "13711113333", numbered("1990-07-09", 345), numbered("1990-07-09", 347),
                       numbered("1979-05-06", 777), "1990-07-08", "1990-07-09"):
            self.assertNotIn(secret, dump)
            self.assertNotIn(secret, self.ward.d.log.read_text())
        self.assertIn(self.p[1].number, dump)                # the dump is whole

    def test_the_order_changes_nothing(self) -> None:
        rows, truth = self.cases()
        self.ward.write(*rows, head=HEAD)
        self.ward.night("2026-03-10")
        before = self.ward.sql("select record_key, learned, evidence from bidui.link_evidence order by 1, 2")
        asked = self.asked()
        self.assertEqual(len(before.splitlines()), 4)
        self.ward.write(*rows[::-1], *rows[:6], head=HEAD)    # the other way round, and some of them twice
        self.ward.night("2026-03-11")
        self.check_fates(truth)
        self.assertEqual(self.ward.sql("select record_key, learned, evidence from bidui.link_evidence order by 1, 2"), before)
        self.assertEqual(self.asked(), asked)                 # no question has another number, none is asked twice
        self.assertEqual(self.ward.sql("select count(*) from bidui.fact_ward__bill"), "5")

    def test_answers_hold(self) -> None:
        p = self.p
        same = record("N1", "", p[7].name, p[7].born, p[7].sex, "")
        other = record("N2", "", p[8].name, p[8].born, p[8].sex, "")
        self.ward.write(same, other, head=HEAD)
        self.ward.night("2026-03-10")
        said = self.questions()
        self.assertEqual([q["reason"] for q in said], ["likely", "likely"])
        fields = {f["field"]: f for f in said[0]["candidates"][0]["evidence"]["fields"]}
        self.assertEqual(set(fields), {"name", "birth_date", "sex"})
        evidence = said[0]["candidates"][0]["evidence"]
        self.assertEqual(evidence["prior"] + sum(f["weight"] for f in fields.values()), evidence["weight"])
        text = self.ward.run("review", "list", day="2026-03-11").stdout
        self.assertIn("姓名:相同", text)
        self.assertIn("出生日期:相同", text)
        self.assertNotIn(p[7].name, text)
        whose = {no: subject for subject, no in (line.split("|") for line in self.ward.sql(
            "select r.review_no, k.person_no from bidui.review r join bidui.person_key k on k.person_id = any (r.candidates)").splitlines())}
        self.ward.run("review", "reject", whose["P7"], "--reason", "不是同一人", day="2026-03-11")
        self.ward.run("review", "accept", whose["P8"], "--reason", "电话核实", day="2026-03-11")
        self.ward.write(same, other, record("N3", "", "路过之人", "1990-01-01", "男", ""), head=HEAD)
        self.ward.night("2026-03-11")
        self.assertEqual(self.fates(), {"N2": "review 8"})
        self.assertEqual(self.questions(), [])                # the pair that was refused doesn't come back
        # the record says more: another question
        self.ward.write(record("N1", "", p[7].name, p[7].born, p[7].sex, Person(0, "", "2000-01-01", p[7].village ^ 1).code), other, head=HEAD)
        self.ward.night("2026-03-12")
        self.assertEqual(list(self.asked().values()), ["7"])

    def test_a_refused_pair_returns_with_the_roster(self) -> None:
        p = self.p[7]
        same = record("N1", "", p.name, p.born, p.sex, "")
        self.ward.write(same, head=HEAD)
        self.ward.night("2026-03-10")
        self.ward.run("review", "reject", "1", "--reason", "不是同一人", day="2026-03-11")
        moved = county()
        moved[6].village, moved[6].code = 9, Person(0, "", "2000-01-01", 9).code
        self.ward.persons = moved
        self.ward.roster(edition=2)
        self.ward.write(same, record("N4", "", "路过之人", "1990-01-01", "男", ""), head=HEAD)
        self.ward.night("2026-03-11")
        self.assertEqual(list(self.asked().values()), ["7"])

    def test_explained(self) -> None:
        p = self.p[4]
        self.ward.write(record("E1", "", p.name, p.born, p.sex, p.code, fee="9000"), head=HEAD)
        self.ward.night("2026-03-10")
        told = self.ward.run("explain", f"H{p.n}", day="2026-03-11").stdout
        self.assertIn("推定匹配,第 1 版来数", told)
        for words in ("姓名:相同", "出生日期:相同", "村:相同", "权重第 0 版"):
            self.assertIn(words, told)
        self.assertNotIn(p.name, told)

    def test_trained(self) -> None:
        p = self.p[4]
        probable = record("E1", "", p.name, p.born, p.sex, p.code)
        self.ward.write(probable, head=HEAD)
        self.ward.night("2026-03-10")
        refused = self.ward.run("link", "train", day="2026-03-11", ok=(1,))
        self.assertIn("不足 1000 条", refused.stderr)
        self.assertEqual(self.ward.sql("select count(*) from bidui.link_version"), "0")
        # 30 records of each; every twentieth was born a day later, every tenth says no village
        rows = [record(f"T{q.n}x{i}", q.number, q.name, q.born[:-2] + "29" if (q.n + i) % 20 == 0 else q.born, q.sex,
                       "" if (q.n + i) % 10 == 3 else q.code) for q in self.p.values() for i in range(30)]
        self.ward.write(probable, *rows, head=HEAD)
        self.ward.night("2026-03-11")
        said = json.loads(self.ward.run("link", "train", "--json", day="2026-03-12").stdout)
        fields = {f["field"]: f for f in said["fields"]}
        self.assertEqual(said["version"], 1)
        self.assertEqual([name for name, f in fields.items() if f["learned"]], ["name", "birth_date", "sex", "village"])
        same = {name: next(level["m"] for level in f["levels"] if level["level"] == 1) for name, f in fields.items()}
        self.assertTrue(900000 < same["birth_date"] < 960000, same)      # 19 of 20
        self.assertGreater(same["village"], 950000)                      # what is missing is no disagreement
        self.assertEqual(self.ward.sql("select summary->>'link_version' from bidui.edition order by edition"), "0\n0")
        self.ward.write(probable, *rows[:-1], head=HEAD)
        self.ward.night("2026-03-12")
        self.assertEqual(self.ward.sql("select summary->>'link_version' from bidui.edition order by edition desc limit 1"), "1")
        self.assertEqual(self.ward.sql("select split_part(evidence, ' ', 2) from bidui.link_evidence order by learned"), "0\n1")
        self.assertEqual(self.fates()["E1"], "probable 4")
        versions = [json.loads((self.ward.d.out / f"2026-03-{day}" / "summary.json").read_text())["link_version"] for day in (10, 11, 12)]
        self.assertEqual(versions, [0, 0, 1])


if __name__ == "__main__":
    unittest.main()
