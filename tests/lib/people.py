"""People of a made-up county, as two lists have them: a roster, and what a department wrote down, with the mistakes
departments make and the truth of who is who. The same seed gives the same bytes; nobody in it exists.

    python3 tests/lib/people.py DIR [--people N] [--rate R] [--seed S]     writes left.csv, right.csv, truth.csv
"""
from __future__ import annotations

import argparse
import csv
import datetime
import random
from dataclasses import dataclass
from pathlib import Path

SURNAMES = ("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金"
            "陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文")
GIVEN = ("伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂红玉华建国文辉力斌新梅宁雪晓慧云波海山仁义良清飞彬富顺信子凤洁琳素莲真环荣爱妹香月莺媛瑞凡佳嘉琼勤珍"
         "贞莉锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁蓓仪荷丹蓉眉君琴蕊薇菁梦岚苑筠柔竹霭凝欢枫芸菲寒欣滢馥瑗融园艺咏卿聪澜纯毓悦昭冰爽琬茗羽希")
# characters that sound alike, and pairs that dialects confuse
ALIKE = ["伟玮炜", "芳方", "丽莉利", "军君钧", "明鸣铭", "平萍苹", "华桦", "国", "英瑛莹", "霞遐", "建健", "文雯", "波博", "佳嘉家", "晓筱小", "艳燕雁",
         "玉钰育", "娟鹃", "强", "清青卿", "云芸匀", "兰岚", "红宏虹", "静敬靖", "张章", "陈沉", "余于俞", "许徐"]
CONFUSED = ["兰南", "宁林", "英音", "新星", "曾邓", "山三", "枝滋", "城岑", "华发", "程岑", "林凌", "金京"]
VARIANTS = {"张": "張", "陈": "陳", "刘": "劉", "杨": "楊", "赵": "趙", "黄": "黃", "吴": "吳", "孙": "孫", "马": "馬", "罗": "羅", "郑": "鄭", "谢": "謝",
            "韩": "韓", "国": "國", "华": "華", "丽": "麗", "兰": "蘭", "云": "雲", "凤": "鳳", "宁": "寧", "庆": "慶"}
LONG = ["阿依古丽·买买提", "买买提·吐尔逊", "迪丽热巴·艾力", "古丽娜尔·玉素甫", "扎西次仁", "旦增罗布", "卓玛央金"]
TOWNS = ["青石", "白水", "大坪", "柳林", "新安", "龙潭", "双河", "马鞍", "石桥", "古塘", "长岭", "桃源"]
VILLAGES = ["上湾", "下湾", "东坑", "西坑", "塘背", "井头", "竹园", "高坡", "田心", "水口", "老屋", "新屋", "黄泥", "榕树", "沙洲", "石陂"]
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FIELDS = ["编号", "姓名", "身份证号", "出生日期", "性别", "联系电话", "行政村", "家庭住址"]


@dataclass(frozen=True)
class Person:
    no: int
    name: str
    number: str
    born: datetime.date
    male: bool
    phone: str
    village: str
    address: str
    household: int


def number_of(region: str, born: datetime.date, sequence: int) -> str:
    body = f"{region}{born:%Y%m%d}{sequence:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS)) % 11]


class County:
    """Households one after the other, until there are enough people."""

    def __init__(self, people: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.people: list[Person] = []
        self.weights = [1 / (i + 3) for i in range(len(SURNAMES))]
        self.sequences: dict[tuple[str, datetime.date, bool], int] = {}
        household = 0
        while len(self.people) < people:
            self.settle(household, people)
            household += 1

    def given(self) -> str:
        return "".join(self.random.choice(GIVEN) for _ in range(1 if self.random.random() < 0.18 else 2))

    def number(self, region: str, born: datetime.date, male: bool) -> str:
        key = (region, born, male)
        self.sequences[key] = self.sequences.get(key, self.random.randrange(0, 60) * 2 + (1 if male else 0)) + 2
        return number_of(region, born, self.sequences[key] % 1000)

    def settle(self, household: int, people: int) -> None:
        r = self.random
        region = f"4416{r.randrange(20, 28)}"
        village = f"{r.choice(TOWNS)}镇{r.choice(VILLAGES)}村"
        address = f"{village}{r.randrange(1, 13)}组{r.randrange(1, 200)}号"
        surname = r.choices(SURNAMES, self.weights)[0]
        phone = f"1{r.choice('3578')}{r.randrange(10 ** 8, 10 ** 9)}"
        twins: Person | None = None
        for member in range(r.choice([1, 2, 3, 3, 4, 4, 5])):
            if len(self.people) >= people:
                return
            born = datetime.date(1935 + r.randrange(0, 85), r.randrange(1, 13), r.randrange(1, 29))
            male = r.random() < 0.51
            if twins is not None and r.random() < 0.03:
                born, male = twins.born, twins.male
            own = surname if member != 1 else r.choices(SURNAMES, self.weights)[0]
            name = r.choice(LONG) if r.random() < 0.01 else own + self.given()
            own_phone = phone if r.random() < 0.4 else f"1{r.choice('3578')}{r.randrange(10 ** 8, 10 ** 9)}"
            if self.people and r.random() < 0.01:  # a namesake born the same day, of the same township
                other = r.choice(self.people)
                name, born, male, village = other.name, other.born, other.male, other.village
            twins = Person(len(self.people), name, self.number(region, born, male), born, male, own_phone, village, address, household)
            self.people.append(twins)


class Department:
    """Writes people down as departments do. `rate` 1 is what they do; 3 is three times as bad."""

    def __init__(self, county: County, rate: float, seed: int) -> None:
        self.county, self.rate, self.random = county, rate, random.Random(seed)
        self.by_household: dict[int, list[Person]] = {}
        for p in county.people:
            self.by_household.setdefault(p.household, []).append(p)

    def happens(self, share: float) -> bool:
        return self.random.random() < min(share * self.rate, 0.9)

    def swap(self, text: str, groups: list[str]) -> str:
        places = [(i, g) for i, c in enumerate(text) for g in groups if c in g and len(g) > 1]
        if not places:
            return text
        i, group = self.random.choice(places)
        return text[:i] + self.random.choice([c for c in group if c != text[i]]) + text[i + 1:]

    def digit(self, text: str) -> str:
        i = self.random.randrange(len(text) - 1)
        return text[:i] + self.random.choice([d for d in "0123456789" if d != text[i]]) + text[i + 1:]

    def neighbours(self, text: str) -> str:
        i = self.random.randrange(len(text) - 2)
        return text[:i] + text[i + 1] + text[i] + text[i + 2:]

    def name(self, name: str) -> str:
        if "·" in name:
            return self.random.choice([name, name.replace("·", "."), name.replace("·", ""), name.split("·")[0]])
        if self.happens(0.02):
            name = self.swap(name, ALIKE)
        if self.happens(0.01):
            name = self.swap(name, CONFUSED)
        if self.happens(0.01):
            name = "".join(VARIANTS.get(c, c) for c in name)
        if self.happens(0.01):
            i = self.random.randrange(1, len(name))
            name = name[:i] + self.random.choice(["?", "□", self.random.choice(GIVEN)]) + name[i + 1:]
        if self.happens(0.01) and len(name) == 2:
            name = name[0] + "  " + name[1]
        return name

    def number(self, p: Person) -> str:
        elder = min(self.by_household[p.household], key=lambda q: q.born)
        if self.happens(0.06):
            return ""
        if self.happens(0.015):
            return self.digit(p.number)
        if self.happens(0.005):
            return self.neighbours(p.number)
        if p.born.year > 2005 and elder is not p and self.happens(0.03):
            return elder.number  # a pupil under a guardian's number
        return p.number.lower() if self.happens(0.02) else p.number

    def born(self, p: Person) -> str:
        text = f"{p.born:%Y-%m-%d}"
        if self.happens(0.03):
            return ""
        if self.happens(0.005) and p.born.day <= 12:
            return f"{p.born.year}-{p.born.day:02d}-{p.born.month:02d}"
        if self.happens(0.01):
            return f"{p.born.year + self.random.choice([-10, -1, 1, 10])}-{p.born.month:02d}-{p.born.day:02d}"
        return text if self.random.random() < 0.8 else f"{p.born.year}年{p.born.month}月{p.born.day}日"

    def phone(self, p: Person) -> str:
        if self.happens(0.15):
            return ""
        return self.digit("1" + p.phone[1:]) if self.happens(0.01) else f"13{self.random.randrange(10 ** 8, 10 ** 9)}" if self.happens(0.15) else p.phone

    def row(self, p: Person, no: str) -> list[str]:
        village = p.village.split("镇")[1] if self.random.random() < 0.3 else p.village
        address = "" if self.happens(0.1) else p.address.replace("号", "") if self.random.random() < 0.3 else p.address
        sex = "" if self.happens(0.02) else ("男" if p.male != self.happens(0.003) else "女")
        return [no, self.name(p.name), self.number(p), self.born(p), sex, self.phone(p), village, address]


def roster_row(p: Person, no: str) -> list[str]:
    return [no, p.name, p.number, f"{p.born:%Y%m%d}", "男" if p.male else "女", p.phone, p.village, p.address]


def write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f)
        out.writerow(header)
        out.writerows(rows)


def make(folder: Path, people: int, rate: float = 1.0, seed: int = 1, both: float = 0.6) -> None:
    """`both`: of the people, those that both lists have; the others are in one of them."""
    county = County(people, seed)
    department = Department(county, rate, seed + 1)
    r = random.Random(seed + 2)
    left, right, truth = [], [], []
    for p in county.people:
        draw = r.random()
        if draw < both or draw < both + (1 - both) / 2:
            left.append(roster_row(p, f"L{p.no:07d}"))
        if draw < both or draw >= both + (1 - both) / 2:
            right.append(department.row(p, f"R{p.no:07d}"))
        if draw < both:
            truth.append([f"L{p.no:07d}", f"R{p.no:07d}"])
    r.shuffle(left)
    r.shuffle(right)
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "left.csv", FIELDS, left)
    write(folder / "right.csv", FIELDS, right)
    write(folder / "truth.csv", ["left", "right"], truth)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    make(a.folder, a.people, a.rate, a.seed)


if __name__ == "__main__":
    main()
