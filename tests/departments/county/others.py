"""What the other twelve departments know: fewer records, few planted risks (cases/catalogue.py), the same dirt. Each dataset is a table here, whatever
the department serves it as; publish.py turns the tables of a day into workbooks, databases and gateway answers."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Callable, Sequence

from . import days as d
from .numbers import dirty, dirty_beyond, mistype, to_certificate
from .people import Household
from .places import Village
from .records import Records
from .roster import money_text


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody a department has a record of."""
    name: str
    number: str
    birth: date
    village: Village
    household_no: str = ""


class Writer:
    """Chance and the calendar, as the makers of rows use them."""

    def __init__(self, seed: int, records: Records, days: Sequence[date], villages: list[Village]) -> None:
        self.rng = Random(f"{seed}/other departments")
        self.records = records
        self.first, self.last = days[0], days[-1]
        self.villages = villages

    def one(self, *choices: str) -> str:
        return choices[int(self.rng.random() * len(choices))]

    def past(self, within: int) -> date:
        return d.add(self.last, -1 - int(self.rng.random() * within))

    def day(self, day: date | None) -> str:
        return d.some_form(self.rng, day) if day else ""

    def money(self, least: int, most: int) -> str:
        """Yuan between the two, to the fen."""
        return money_text(100 * least + int(self.rng.random() * 100 * (most - least)), int(self.rng.random() * 50))

    def company(self) -> tuple[str, str]:
        name = self.one("宏达", "顺兴", "金穗", "绿源", "鑫盛", "民生") + self.one("农业", "建筑", "物流", "服装", "食品") + "有限公司"
        return name, f"91990121MA{int(self.rng.random() * 10**7):07d}X"

    def add(self, dataset: str, row: Sequence[str], happened: date | None = None) -> None:
        """A department tells of an event on the day after it."""
        known = d.add(happened, 1) if happened else None
        self.records.add(dataset, tuple(row), known if known and known > self.first else None)


Row = Callable[[Writer, Who, str], None]


@dataclass(frozen=True, slots=True)
class Dataset:
    share: float            # of the roster's adults (or, by `ages`, of others) who have a record
    strangers: int          # records of people not on the roster
    row: Row                # adds one record
    ages: tuple[int, int] = (18, 120)


def employment(w: Writer, p: Who, no: str) -> None:
    began = w.past(900)
    kind = w.one("单位就业", "灵活就业", "公益性岗位", "1", "2", "3")
    unit, code = w.company()
    w.add("human_resources.employment", (
        no, p.number, p.name, unit, code, kind, w.day(began), w.day(w.past(60)) if w.rng.random() < 0.1 else ""), began)


def unemployment(w: Writer, p: Who, no: str) -> None:
    day = w.past(300)
    w.add("human_resources.unemployment", (
        no, p.number, p.name, w.day(day), w.one("合同到期", "企业裁员", "个人原因", "其他"),
        w.day(d.add(day, 60)) if w.rng.random() < 0.3 else ""), day)


def public_post(w: Writer, p: Who, no: str) -> None:
    began = w.past(700)
    w.add("human_resources.public_post", (
        no, p.number, p.name, w.one("护林员", "保洁员", "护路员", "河道管护"), w.day(began), w.day(d.add(began, 365)),
        w.money(500, 1200)), began)


def major_disease(w: Writer, p: Who, no: str) -> None:
    day = w.past(800)
    w.add("health.major_disease", (
        no, p.number, p.name, w.one("终末期肾病", "肺癌", "胃癌", "急性心肌梗死", "脑梗死", "儿童白血病"), w.day(day),
        w.one("救治中", "已救治", "1", "2")), day)


def chronic_contract(w: Writer, p: Who, no: str) -> None:
    day = w.past(360)
    w.add("health.chronic_contract", (no, p.number, p.name, w.one("高血压", "糖尿病", "高血压、糖尿病", "结核病", "严重精神障碍"),
                                      w.day(day), w.one("石桥镇卫生院", "城关镇卫生院", "高峰乡卫生院")), day)


def death(w: Writer, p: Who, no: str) -> None:
    day = w.past(400)
    w.add("health.death", (no, p.number, p.name, w.day(day), w.one("I21", "C34", "I63", "J44")), day)


def certificate(w: Writer, p: Who, no: str) -> None:
    kind, level = 1 + int(w.rng.random() * 7), 1 + int(w.rng.random() * 4)
    number = to_certificate(p.number, kind, level) if len(p.number) == 18 else p.number
    issued = w.past(2500)
    w.add("disabled_persons.certificate", (
        number, p.number, p.name, ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")[kind - 1],
        w.one(str(level), f"{'一二三四'[level - 1]}级"), w.day(issued), w.day(d.add(issued, 3650)),
        w.one("正常", "正常", "正常", "冻结", "注销")))


def service_need(w: Writer, p: Who, no: str) -> None:
    w.add("disabled_persons.need", (no, p.number, p.name, w.one("康复", "辅助器具", "托养", "就业", "无障碍改造"), w.day(w.past(300))))


def cancellation(w: Writer, p: Who, no: str) -> None:
    day = w.past(400)
    w.add("public_security.cancellation", (no, p.number, p.name, w.one("死亡", "迁出", "参军", "1", "2"), w.day(day)), day)


def accident(w: Writer, p: Who, no: str) -> None:
    day = w.past(300)
    w.add("public_security.accident", (no, p.number, p.name, w.day(day), w.one("轻伤", "重伤", "死亡"), w.one("同等", "次要", "无责", "主要")), day)


def vehicle(w: Writer, p: Who, no: str) -> None:
    w.add("public_security.vehicle", (no, p.number, p.name, w.one("小型轿车", "普通二轮摩托车", "轻型货车", "农用三轮车"), w.day(w.past(3000))))


def damage(w: Writer, p: Who, no: str) -> None:
    day = w.past(200)
    number = "" if w.rng.random() < 0.2 else p.number
    w.add("emergency.damage", (
        no, p.name, number, p.village.as_written(w.rng), w.one("洪涝", "风雹", "滑坡", "低温冷冻"), w.day(day),
        w.one("倒塌", "严重损坏", "一般损坏"), str(1 + int(w.rng.random() * 5)), w.one("是", "否")), day)


def winter_relief(w: Writer, p: Who, no: str) -> None:
    day = w.past(360)
    w.add("emergency.winter_relief", (no, p.name, p.number, p.village.as_written(w.rng), w.money(200, 900), w.day(day)), day)


def claim(w: Writer, p: Who, no: str) -> None:
    day = w.past(300)
    w.add("agriculture.claim", (no, p.number, p.name, w.one("水稻", "玉米", "能繁母猪", "育肥猪", "柑橘"), w.day(day), w.money(50, 6000)), day)


def dividend(w: Writer, p: Who, no: str) -> None:
    due = 200 + int(w.rng.random() * 1500)
    paid = due if w.rng.random() < 0.95 else due // 2
    w.add("agriculture.dividend", (no, p.number, p.name, w.one("光伏项目", "黄牛养殖合作社", "茶叶合作社"), f"{due}", f"{paid}", w.day(w.past(360))))


def subsidy(w: Writer, p: Who, no: str) -> None:
    w.add("agriculture.subsidy", (no, p.number, p.name, w.one("耕地地力保护补贴", "种粮补贴"), w.money(80, 1500), w.day(w.past(360))))


def microcredit(w: Writer, p: Who, no: str) -> None:
    until = d.add(w.last, int(w.rng.random() * 900) - 60)
    late = max(0, (w.last - until).days)
    w.add("finance.microcredit", (no, p.number, p.name, w.money(0, 50000), w.day(until), str(late)))


def payout(w: Writer, p: Who, no: str) -> None:
    day = w.past(300)
    w.add("finance.payout", (no, p.number, p.name, w.one("因病", "因灾", "意外"), w.money(500, 20000), w.day(day)), day)


def deposit(w: Writer, p: Who, no: str) -> None:
    w.add("finance.deposit", (no, p.number, p.name, w.money(0, 120000), w.day(d.month_start(w.last))))


def income(w: Writer, p: Who, no: str) -> None:
    year = w.last.year - 1
    w.add("tax.income", (no, p.number, p.name, w.one("工资薪金", "劳务报酬", "经营所得"), str(year), w.money(3000, 90000)))


def enterprise(w: Writer, p: Who, no: str) -> None:
    unit, code = w.company()
    w.add("market_regulation.enterprise", (
        code, p.number, p.name, unit, w.one("个体工商户", "有限责任公司", "农民专业合作社"), w.one("法定代表人", "经营者", "股东", "成员"),
        w.money(5000, 2000000), w.one("存续", "注销", "吊销"), w.day(w.past(3000))))


def estate(w: Writer, p: Who, no: str) -> None:
    w.add("natural_resources.property", (no, p.number, p.name, f"{40 + int(w.rng.random() * 160)}.{int(w.rng.random() * 100):02d}",
                                         w.one("城镇住宅", "商业", "农村宅基地"), w.day(w.past(4000))))


def sentence(w: Writer, p: Who, no: str) -> None:
    began = w.past(900)
    w.add("justice.sentence", (no, p.number, p.name, w.one("服刑", "社区矫正", "强制隔离戒毒"), w.day(began),
                               w.day(d.add(began, 200 + int(w.rng.random() * 1500)))), began)


def resettled(w: Writer, p: Who, no: str) -> None:
    w.add("relocation.household", (
        no, p.household_no, p.number, p.name, w.one("城关镇幸福小区安置点", "石桥镇集中安置点", "分散安置"),
        w.day(d.add(w.first, -1500 - int(w.rng.random() * 800))), w.one("是", "否"), str(20 * (1 + int(w.rng.random() * 6)))))


DATASETS: dict[str, Dataset] = {
    "human_resources.employment": Dataset(0.08, 1500, employment, (16, 65)),
    "human_resources.unemployment": Dataset(0.01, 600, unemployment, (16, 65)),
    "human_resources.public_post": Dataset(0.02, 200, public_post, (18, 70)),
    "health.major_disease": Dataset(0.006, 400, major_disease, (0, 120)),
    "health.chronic_contract": Dataset(0.05, 1000, chronic_contract, (30, 120)),
    "health.death": Dataset(0.0, 300, death, (60, 120)),
    "disabled_persons.certificate": Dataset(0.03, 800, certificate, (3, 120)),
    "disabled_persons.need": Dataset(0.01, 300, service_need, (3, 120)),
    "public_security.cancellation": Dataset(0.0, 500, cancellation, (0, 120)),
    "public_security.accident": Dataset(0.002, 200, accident, (3, 120)),
    "public_security.vehicle": Dataset(0.12, 500, vehicle),
    "emergency.damage": Dataset(0.003, 200, damage),
    "emergency.winter_relief": Dataset(0.01, 200, winter_relief),
    "agriculture.claim": Dataset(0.02, 400, claim),
    "agriculture.dividend": Dataset(0.05, 300, dividend),
    "agriculture.subsidy": Dataset(0.10, 800, subsidy),
    "finance.microcredit": Dataset(0.03, 400, microcredit, (18, 65)),
    "finance.payout": Dataset(0.004, 200, payout),
    "finance.deposit": Dataset(0.3, 300, deposit),
    "tax.income": Dataset(0.05, 300, income),
    "market_regulation.enterprise": Dataset(0.03, 300, enterprise),
    "natural_resources.property": Dataset(0.04, 300, estate),
    "justice.sentence": Dataset(0.002, 150, sentence),
    "relocation.household": Dataset(0.0, 0, resettled),
}


class Others:
    """Fills the other departments' tables."""

    def __init__(self, seed: int, records: Records, days: Sequence[date], villages: list[Village]) -> None:
        self.writer = Writer(seed, records, days, villages)

    def know(self, households: Sequence[Household]) -> None:
        for household in households:
            if household.origin == "lifted" and self.writer.rng.random() < 0.05:
                head = household.head
                self._add("relocation.household", Who(head.name, head.number, head.birth, household.village, household.household_no))
            for person in household.members:
                if person.ordinary and person.number:
                    self._know_person(household, Who(person.name, dirty(self.writer.rng, person.number), person.birth, household.village))
                if person.died:
                    self._add("public_security.cancellation", Who(person.name, person.number, person.birth, household.village))

    def work(self, households: Sequence[Household]) -> None:
        """In every registered household somebody has a job, unless it is said that nobody has."""
        for household in households:
            workers = [p for p in household.members if 18 <= d.age(p.birth, self.writer.last) < 60 and p.number and not p.labour]
            if household.is_registered and not household.jobless and workers:
                p, no = workers[0], self.writer.records.serial("HUJO")
                unit, code = self.writer.company()
                began = d.add(self.writer.first, -30 - int(self.writer.rng.random() * 900))
                self.writer.add("human_resources.employment", (
                    no, p.number, p.name, unit, code, self.writer.one("单位就业", "灵活就业", "1", "2"), self.writer.day(began), ""))

    def own(self, households: Sequence[Household]) -> None:
        """What a visit has to ask about, and what just isn't worth it: householders with companies and cars, on both sides
        of the usual lines. Companies that are gone and cooperatives' nominal members don't count."""
        for i, household in enumerate(households):
            head = household.head
            who = Who(head.name, head.number, head.birth, household.village)
            if not head.number:
                continue
            capital, kind, state = (("200000.00", "有限责任公司", "存续"), ("199999.99", "有限责任公司", "存续"),
                                    ("900000.00", "有限责任公司", "注销"), ("900000.00", "农民专业合作社", "存续"),
                                    ("120000.00", "个体工商户", "存续"))[i % 5]
            for _ in range(2 if i % 5 == 4 else 1):
                unit, code = self.writer.company()
                self.writer.add("market_regulation.enterprise", (
                    code, who.number, who.name, unit, kind, "成员" if kind == "农民专业合作社" else "法定代表人", capital, state,
                    self.writer.day(self.writer.past(2000))))
            if i % 2 == 0:
                deposit(self.writer, who, self.writer.records.serial("FIDE"))
            for car in ("小型轿车",) * (i % 3) + ("农用三轮车",) * (i % 2):
                self.writer.add("public_security.vehicle", (
                    self.writer.records.serial("PUVE"), who.number, who.name, car, self.writer.day(self.writer.past(2000))))

    def crowd(self, strangers: Sequence, planted: Sequence) -> None:
        """People who are not on the roster; the planted ones appear in every dataset in turn, with a fault now and then."""
        rng, names = self.writer.rng, [n for n, s in DATASETS.items() if s.strangers]
        village = self.writer.villages
        for name in names:
            for i in range(DATASETS[name].strangers):
                s = strangers[(i * 7 + len(name)) % len(strangers)]
                self._add(name, Who(s.name, dirty_beyond(rng, s.number), s.birth, village[i % len(village)]))
        for i, s in enumerate(planted):
            number = mistype(rng, s.number) if i % 11 == 0 else s.number
            self._add(names[i % len(names)], Who(s.name, number, s.birth, village[i % len(village)]))

    def _know_person(self, household: Household, who: Who) -> None:
        years = d.age(who.birth, self.writer.last)
        for name, dataset in DATASETS.items():
            if dataset.ages[0] <= years <= dataset.ages[1] and self.writer.rng.random() < dataset.share:
                self._add(name, who)

    def _add(self, name: str, who: Who) -> None:
        department, table = name.split(".")
        DATASETS[name].row(self.writer, who, self.writer.records.serial(f"{department[:2]}{table[:2]}".upper()))
