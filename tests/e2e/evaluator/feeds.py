"""Deliveries: what each night brings of each dataset, and the facts known after it."""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Callable, Iterable

from .county import County, Record
from .links import link, served_village, works_no
from .roster import Roster
from .texts import fold
from .values import Codes, Span, Unreadable, fen, flag, moment, plain_number, span


def text(raw: str | None) -> str | None:
    return fold(raw) or None


def code(name: str) -> Callable[[str | None], Any]:
    return lambda raw: ("code", name, raw)


def wan(raw: str | None) -> int | None:
    return fen(raw, 10000)


@dataclass(frozen=True)
class Dataset:
    grain: str
    key: tuple[str, ...]
    identity: dict[str, str]
    fields: dict[str, tuple[str, Callable[[str | None], Any]]]
    event: str = ""              # field that dates the event
    updated: str = ""            # field that dates the record
    incremental_days: int = -1   # overlap; -1: a full snapshot


NUMBER_AND_NAME = {"id_number": "SFZH", "name": "XM"}
INSURED = {"id_number": "certno", "name": "psn_name"}
HOUSE = {"id_number": "身份证号", "name": "户主姓名", "village": "所在村"}
CITIZEN = {"id_number": "sfzh", "name": "xm"}

DATASETS: dict[str, Dataset] = {
    "education.enrolment": Dataset("person", ("student_no",), {**NUMBER_AND_NAME, "birth_date": "CSRQ", "sex": "XB"}, {
        "student_no": ("XJH", text), "school": ("XXMC", text), "grade": ("NJ", text),
        "status": ("XJZT", code("school_status")), "mode": ("JDFS", code("school_mode")), "enrolled_on": ("RXRQ", span),
        "updated_at": ("GXSJ", moment)}, updated="updated_at"),
    "education.attendance": Dataset("person", ("absence_no",), NUMBER_AND_NAME, {
        "absence_no": ("QQBH", text), "absent_from": ("KSRQ", span), "school_days": ("TS", plain_number),
        "leave": ("QJLX", code("leave_kind")), "updated_at": ("GXSJ", moment)}, "absent_from", "updated_at", 3),
    "education.aid": Dataset("person", ("aid_no",), NUMBER_AND_NAME, {
        "aid_no": ("ZZBH", text), "programme": ("ZZXM", text), "amount": ("ZZJE", fen), "granted_on": ("FFRQ", span)},
        "granted_on"),
    "health_insurance.enrolment": Dataset("person", ("insured_no",), INSURED, {
        "insured_no": ("psn_no", text), "scheme": ("insutype", code("insurance_scheme")),
        "year": ("clct_year", plain_number), "status": ("psn_insu_stas", code("insured_status")),
        "updated_at": ("updt_time", moment)}, updated="updated_at"),
    "health_insurance.settlement": Dataset("person", ("settlement_no",), INSURED, {
        "settlement_no": ("setl_id", text), "settled_on": ("setl_time", span), "kind": ("med_type", code("medical_kind")),
        "total": ("medfee_sumamt", fen),
        "burden": ("psn_part_amt", fen), "updated_at": ("updt_time", moment)}, "settled_on", "updated_at", 3),
    "civil_affairs.allowance": Dataset("household", ("certificate_no",), {
        "id_number": "hz_sfzh", "name": "hz_xm", "village": "cwh"}, {
        "certificate_no": ("jzzh", text), "class": ("lb", code("allowance_class")), "monthly": ("ybzj", fen),
        "applied_on": ("sqrq", span), "decision": ("spjg", code("decision")), "started_on": ("qsrq", span),
        "ended_on": ("tfrq", span), "end_reason": ("tfyy", code("end_reason"))}),
    "civil_affairs.hardship": Dataset("person", ("certificate_no",), CITIZEN, {
        "certificate_no": ("tkzh", text), "mode": ("gyfs", text), "started_on": ("qsrq", span),
        "ended_on": ("zzrq", span)}),
    "civil_affairs.relief": Dataset("person", ("relief_no",), CITIZEN, {
        "relief_no": ("jzbh", text), "cause": ("jzyy", text), "amount": ("je", fen), "granted_on": ("jzrq", span)},
        "granted_on"),
    "civil_affairs.low_income": Dataset("household", ("certificate_no",), {
        "id_number": "hz_sfzh", "name": "hz_xm", "village": "cwh"}, {
        "certificate_no": ("rdbh", text), "kind": ("rdlb", code("low_income_kind")), "started_on": ("rdrq", span),
        "ended_on": ("zzrq", span)}),
    "civil_affairs.child": Dataset("person", ("certificate_no",), CITIZEN, {
        "certificate_no": ("rdbh", text), "kind": ("rtlb", code("child_kind")), "started_on": ("rdrq", span),
        "ended_on": ("zzrq", span)}),
    "civil_affairs.disability_allowance": Dataset("person", ("allowance_no",), {"id_number": "cjzh", "name": "xm"}, {
        "allowance_no": ("btbh", text), "kind": ("btlx", code("disability_allowance")), "monthly": ("je", fen),
        "started_on": ("qsrq", span), "ended_on": ("zzrq", span)}),
    "housing.assessment": Dataset("house", ("house_no",), HOUSE, {
        "house_no": ("房屋编号", text), "grade": ("鉴定等级", code("house_grade")), "assessed_on": ("鉴定日期", span),
        "only_house": ("是否唯一住房", flag), "safe_alternative": ("有无其他安全住房", flag)}, "assessed_on"),
    "housing.renovation": Dataset("house", ("project_no",), HOUSE, {
        "project_no": ("项目编号", text), "method": ("改造方式", text), "started_on": ("开工日期", span),
        "finished_on": ("竣工日期", span), "grant_paid": ("补助金额（万元）", wan)}),
    "water.works": Dataset("works", ("works_no",), {}, {
        "works_no": ("gcbm", text), "name": ("gcmc", text), "mode": ("gsfs", text), "population": ("gsrk", plain_number)}),
    "water.served_village": Dataset("village", ("works_no", "village_label"), {}, {
        "works_no": ("gcbm", text), "village_label": ("cmc", text)}),
    "water.outage": Dataset("works", ("outage_no",), {}, {
        "outage_no": ("tsbh", text), "started_on": ("tsrq", span), "days": ("tsts", plain_number),
        "hours": ("tsxs", plain_number), "cause": ("yy", text), "truck_supply": ("songshui", flag)}, "started_on"),
    "water.test": Dataset("works", ("test_no",), {}, {
        "test_no": ("jcbh", text), "tested_on": ("jcrq", span), "result": ("jg", code("test_result")),
        "failed_items": ("bhgx", text)}, "tested_on"),
}

CLIENT = {"id_number": "zjhm", "name": "xm"}
PATIENT = {"id_number": "证件号码", "name": "姓名"}
# The other departments', where a deployment has them: what the rules read of them.
OTHER_DATASETS: dict[str, Dataset] = {
    "human_resources.employment": Dataset("person", ("employment_no",), CITIZEN, {
        "employment_no": ("djbh", text), "kind": ("jylx", code("employment_kind")), "started_on": ("jyrq", span),
        "ended_on": ("zzrq", span)}),
    "human_resources.unemployment": Dataset("person", ("registration_no",), CITIZEN, {
        "registration_no": ("sybh", text), "registered_on": ("syrq", span), "employed_on": ("zjyrq", span)}, "registered_on"),
    "human_resources.public_post": Dataset("person", ("post_no",), CITIZEN, {
        "post_no": ("gwbh", text), "started_on": ("ksrq", span), "ends_on": ("htzz", span), "monthly": ("ygz", fen)}),
    "health.major_disease": Dataset("person", ("case_no",), PATIENT, {
        "case_no": ("救治编号", text), "diagnosed_on": ("确诊日期", span), "status": ("救治状态", code("treatment_status"))}, "diagnosed_on"),
    "health.death": Dataset("person", ("certificate_no",), PATIENT, {
        "certificate_no": ("证明编号", text), "died_on": ("死亡日期", span)}, "died_on"),
    "disabled_persons.certificate": Dataset("person", ("certificate_no",), CITIZEN, {
        "certificate_no": ("cjzh", text), "kind": ("cjlb", code("disability_kind")), "level": ("cjdj", code("disability_level")),
        "issued_on": ("fzrq", span), "valid_until": ("yxqz", span), "status": ("zt", code("certificate_status"))}),
    "public_security.cancellation": Dataset("person", ("cancellation_no",), CITIZEN, {
        "cancellation_no": ("zxbh", text), "cause": ("zxyy", code("cancellation_cause")), "cancelled_on": ("zxrq", span)}, "cancelled_on"),
    "public_security.accident": Dataset("person", ("accident_no",), CITIZEN, {
        "accident_no": ("sgbh", text), "happened_on": ("sgrq", span), "harm": ("shcd", code("harm"))}, "happened_on"),
    "emergency.damage": Dataset("household", ("ledger_no",), {"id_number": "身份证号", "name": "户主姓名", "village": "所在村"}, {
        "ledger_no": ("台账编号", text), "happened_on": ("发生日期", span), "damage": ("损坏程度", code("house_damage")),
        "rooms": ("受损间数", plain_number), "relocated": ("是否转移安置", flag)}, "happened_on"),
    "agriculture.dividend": Dataset("person", ("dividend_no",), CITIZEN, {
        "dividend_no": ("fhbh", text), "due": ("yfje", fen), "paid": ("sfje", fen), "paid_on": ("ffrq", span)}, "paid_on"),
    "finance.microcredit": Dataset("person", ("loan_no",), CLIENT, {
        "loan_no": ("jjh", text), "balance": ("dkye", fen), "due_on": ("dqrq", span), "overdue_days": ("yqts", plain_number)}),
    "finance.payout": Dataset("person", ("payout_no",), CLIENT, {
        "payout_no": ("paid_no", text), "amount": ("pfje", fen), "paid_on": ("pfrq", span)}, "paid_on"),
    "justice.sentence": Dataset("person", ("document_no",), {"id_number": "身份证号", "name": "姓名"}, {
        "document_no": ("文书编号", text), "kind": ("类别", text), "started_on": ("起始日期", span), "ends_on": ("截止日期", span)}, "started_on"),
    "relocation.household": Dataset("household", ("relocation_no",), {"id_number": "hz_sfzh", "name": "hz_xm", "household_no": "hbh"}, {
        "relocation_no": ("bqbh", text), "moved_on": ("bqrq", span), "lives_there": ("sfrz", flag), "area": ("azmj", plain_number)}),
}
ALL_DATASETS = {**DATASETS, **OTHER_DATASETS}


NOBODY = ("none", "")


@dataclass
class Fact:
    dataset: str
    key: tuple[str, ...]
    subject: tuple[str, str]         # ("person" | "household" | "works" | "village", number)
    values: dict[str, Any]
    event: Span | None = None
    updated: datetime | None = None

    def same(self, other: "Fact") -> bool:
        return self.subject == other.subject and self.values == other.values


@dataclass
class Feed:
    """One dataset over the nights."""
    facts: dict[tuple[str, ...], Fact] = field(default_factory=dict)
    watermark: datetime | None = None
    waiting: datetime | None = None      # earliest change of a record whose day is still to come
    quarantined: set[str] = field(default_factory=set)       # candidates, of the newest delivery
    questioned: set[str] = field(default_factory=set)        # candidates of open reviews
    nameless: bool = False               # the newest delivery has a record without a key, and nobody knows whose
    villages: dict[tuple[str, ...], str] = field(default_factory=dict)
    read_for: set[str] = field(default_factory=set)          # persons on the roster when everything was read


class Feeds:
    def __init__(self, county: County, codes: Codes, has_others: bool = False) -> None:
        self.county, self.codes = county, codes
        self.datasets = ALL_DATASETS if has_others else DATASETS
        self.feeds = {name: Feed() for name in self.datasets}
        self.by_subject: dict[str, dict[tuple[str, str], list[Fact]]] = {}

    def night(self, day: date, roster: Roster) -> None:
        for name, dataset in self.datasets.items():
            self._deliver(name, dataset, self.feeds[name], day, roster)
        for name, feed in self.feeds.items():
            index: dict[tuple[str, str], list[Fact]] = defaultdict(list)
            for fact in feed.facts.values():
                index[fact.subject].append(fact)
            self.by_subject[name] = index

    def of(self, dataset: str, subjects: Iterable[tuple[str, str]]) -> list[Fact]:
        index = self.by_subject[dataset]
        return [fact for subject in subjects for fact in index.get(subject, ())]

    def may_concern(self, dataset: str, persons: Iterable[str]) -> bool:
        feed = self.feeds[dataset]
        return feed.nameless or any(p in feed.quarantined or p in feed.questioned for p in persons)

    def _values(self, dataset: Dataset, row: Record) -> dict[str, Any]:
        values = {}
        for name, (column, read) in dataset.fields.items():
            value = read(row.get(column))
            if isinstance(value, tuple) and value[0] == "code":
                value = self.codes.read(value[1], value[2])
            values[name] = value
        return values

    def _asked(self, dataset: Dataset, feed: Feed, row: Record, everything: bool) -> bool:
        if everything or feed.watermark is None:
            return True
        known = min(filter(None, (feed.watermark, feed.waiting)))
        column = dataset.fields[dataset.updated][0]
        at = moment(row.get(column))
        return at is None or at >= known - timedelta(days=dataset.incremental_days)

    def _deliver(self, name: str, dataset: Dataset, feed: Feed, day: date, roster: Roster) -> None:
        landed: dict[tuple[str, ...], list[tuple[Fact, frozenset[str]]]] = defaultdict(list)
        held: set[tuple[str, ...]] = set()
        keyless: list[frozenset[str]] = []
        feed.quarantined = set()
        greatest = feed.watermark
        # newcomers to the roster get a past: the department is asked for everything once more
        everything = dataset.incremental_days < 0 or not feed.read_for.issuperset(roster.persons)
        if everything:
            feed.read_for |= set(roster.persons)
        waiting: list[datetime] = []
        for row in self.county.records(name, day):
            if not self._asked(dataset, feed, row, everything):
                continue
            if dataset.updated:
                at = moment(row.get(dataset.fields[dataset.updated][0]))
                greatest = max(filter(None, (greatest, at)), default=None)
            self._take(name, dataset, feed, row, day, roster, landed, held, keyless, waiting)
        feed.watermark = greatest
        feed.waiting = min(waiting, default=None)
        feed.nameless = frozenset() in keyless
        self._admit(dataset, feed, landed, held, keyless, roster)

    def _subject(self, dataset: Dataset, row: Record, roster: Roster) -> tuple[str, Any]:
        if dataset.grain == "works":
            return "exact", (("works", works_no(row)), frozenset())
        if dataset.grain == "village":
            village = served_village(row, roster)
            return ("exact" if village else "none"), (("village", village), frozenset())
        own = fold(row.get(dataset.identity.get("household_no", ""), ""))
        if own in roster.households:             # the department knows the household by its number
            return "exact", (("household", own), frozenset(p.person_no for p in roster.households[own].members))
        found = link(row, dataset.identity, dataset.grain, roster, self.codes)
        if not found.is_fact:
            return found.word, (None, found.candidates)
        if found.household is not None:
            members = roster.households[found.household].members
            return found.word, (("household", found.household), frozenset(p.person_no for p in members))
        return found.word, (("person", found.person), frozenset((found.person,)))

    def _take(self, name: str, dataset: Dataset, feed: Feed, row: Record, day: date, roster: Roster,
              landed: dict, held: set, keyless: list[frozenset[str]], waiting: list[datetime]) -> None:
        word, (subject, concerned) = self._subject(dataset, row, roster)
        key = tuple(fold(row.get(dataset.fields[k][0])) for k in dataset.key)
        if word == "none":
            was = feed.facts[key].subject if dataset.incremental_days >= 0 and key in feed.facts else NOBODY
            if was[1] in roster.persons or was[1] in roster.households:     # somebody's before, a stranger's now
                updated = moment(row.get(dataset.fields[dataset.updated][0]))
                landed[key].append((Fact(name, key, NOBODY, {}, None, updated), frozenset()))
            return
        if word == "review":
            feed.questioned |= concerned
            held.add(key)
            return
        try:
            if not all(key):
                keyless.append(concerned)
                raise Unreadable("key")
            if word == "unreadable":
                raise Unreadable("number")
            values = self._values(dataset, row)
            event = values[dataset.event] if dataset.event else None
            if dataset.event and (event is None or event.first > day):
                updated = values[dataset.updated] if dataset.updated else None
                if event is not None and updated is not None and updated.date() > day - timedelta(days=31):
                    waiting.append(updated)
                raise Unreadable("event date")
        except Unreadable:
            feed.quarantined |= concerned
            held.add(key)
            return
        updated = values[dataset.updated] if dataset.updated else None
        landed[key].append((Fact(name, key, subject, values, event, updated), concerned))

    @staticmethod
    def _admit(dataset: Dataset, feed: Feed, landed: dict, held: set, keyless: list[frozenset[str]], roster: Roster) -> None:
        """Of two versions of one key the later counts; without a time of update neither does. A record without a key may
        be any of those of the persons it may concern, or any at all: none of these vanishes."""
        now: dict[tuple[str, ...], Fact] = {}
        for key, versions in landed.items():
            best = [versions[0]]
            for version in versions[1:]:
                if version[0].same(best[0][0]):
                    continue
                mine, other = version[0].updated, best[0][0].updated
                if mine is None or other is None or mine == other:
                    best.append(version)
                elif mine > other:
                    best = [version]
            if len(best) == 1:
                now[key] = best[0][0]
            else:
                held.add(key)
                for _, concerned in best:
                    feed.quarantined |= concerned
        if dataset.incremental_days >= 0:
            feed.facts = {k: f for k, f in {**feed.facts, **now}.items() if f.subject != NOBODY}
        else:
            spared = {("person", p) for concerned in keyless for p in concerned}
            spared |= {("household", roster.persons[p].household_no) for _, p in spared if p in roster.persons}
            kept = {k: f for k, f in feed.facts.items()
                    if k not in now and (k in held or feed.nameless or f.subject in spared)}
            feed.facts = {**kept, **now}
