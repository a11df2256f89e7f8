"""A small county made by hand: a roster of a few persons and one department whose files a test writes night by night."""
from __future__ import annotations

import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from deployment import Cluster, Deployment  # noqa: E402

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ROSTER = ("人编号,户编号,与户主关系,性别,出生日期,行政村编码,行政村名称,乡镇名称,户类型,户来源,监测对象类别,风险是否已消除,"
          "风险消除日期,人均纯收入（元）,是否危房户,是否解决安全饮用水,风险消除后是否住房损毁,风险消除后是否饮水设施损毁,"
          "是否参加城乡居民基本医疗保险,是否参加城镇职工基本医疗保险,是否参加大病保险,在校生状况,义务教育阶段未上学原因,"
          "是否义务教育阶段适龄儿童少年失学辍学,劳动技能,证件号码,姓名,联系电话\n")
HEAD = "no,id,name,day,fee,grade,changed"
DEPARTMENT = """department: ward
title: 试验部门
contact: {name: 王科长, phone: "13912345678"}
connection: {kind: file, folder: "${env:WARD_DIR}"}
datasets:
  bill:
    title: 费用
    grain: person
    access: bulk
    purpose: 试验
    legal_basis: 试验
    match: "bill*.csv"
    format: {kind: csv, header: true}
    after: keep
    arrives: {every: day, grace: 2d}
    key: [bill_no]
    identity: {id_number: id, name: name}
    fields:
      bill_no:    {from: no, type: text}
      paid_on:    {from: day, type: date, role: event_date}
      burden:     {from: fee, type: money}
      grade:      {from: grade, type: text}
      updated_at: {from: changed, type: instant}
    updated_at: updated_at
    quality: {on_new_column: warn, on_missing_column: hold}
"""
RULE = """- id: burden
  title: 个人负担过高
  family: medical
  subject: person
  applies_to: [lifted, monitored, general]
  let:
    burden: sum(ward.bill.burden, calendar year)
  when: burden > 5000
  severity: high
  reason: 本年个人负担{burden}元
  field_reason: 请入户核实
  basis: {document: 试验, place: 试验, year: 2026}
"""


def number(n: int) -> str:
    """An identity number of an unallocated region, its check digit right."""
    digits = f"99012119800101{n:03d}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, WEIGHTS)) % 11]


class ClusterCase(unittest.TestCase):
    """Tests that share a cluster and a folder."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix=f"bidui-{cls.__name__.lower()}-"))
        cls.folder.chmod(0o711)
        cls.cluster = Cluster(cls.folder / "pg")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.cluster.remove()
        shutil.rmtree(cls.folder)


class NoDepartments:
    """Files need no server."""
    has_others = True

    def __init__(self, env: dict[str, str]):
        self.env = env

    def day(self, day: str) -> None:
        pass


class Ward:
    """One deployment in its own database; `write` is what the department drops for a night."""

    def __init__(self, folder: Path, cluster: Cluster, database: str, department: str = DEPARTMENT,
                 more: dict[str, str] | None = None):
        cluster.create(database)
        self.inbox, self.files = folder / "inbox", 0
        self.inbox.mkdir(parents=True)
        env = {"WARD_DIR": str(self.inbox), "ROSTER_DIR": str(self.inbox), **(more or {})}
        self.d = Deployment(folder / "bidui", cluster, NoDepartments(env), database)
        for path in (self.d.config / "connectors").glob("*.yaml"):
            if path.name != "roster.yaml":
                path.unlink()
        shutil.rmtree(self.d.config / "rules")
        (self.d.config / "rules").mkdir()
        (self.d.config / "rules/ward.yaml").write_text(RULE)
        (self.d.config / "connectors/ward.yaml").write_text(department)
        self.roster()
        self.check()
        self.d.run("init")

    def check(self) -> None:
        done = self.d.run("check", ok=None)
        if done.returncode:
            raise AssertionError(done.stdout)

    def roster(self, persons: int = 40, edition: int = 1) -> None:
        lines = [f"P{i},H{i},户主,男,1980-01-01,990121001001,001村,石桥镇,农户,脱贫户,,否,,9000,否,是,否,否,是,否,否,,,否,,"
                 f"{number(i)},甲{i},\n" for i in range(1, persons + 1)]
        (self.inbox / f"roster-{edition}.csv").write_text(ROSTER + "".join(lines))

    def quality(self, text: str) -> None:
        self.edit("quality: {on_new_column: warn, on_missing_column: hold}", f"quality: {{{text}}}")

    def edit(self, old: str, new: str) -> None:
        self.d.edit("connectors/ward.yaml", old, new)

    def write(self, *rows: str, head: str = HEAD) -> None:
        self.files += 1
        (self.inbox / f"bill-{self.files}.csv").write_text("\n".join((head, *rows)) + "\n")

    def run(self, *args: str, day: str, ok: tuple[int, ...] = (0,)) -> Any:
        return self.d.run(*args, ok=ok, extra={"BIDUI_TODAY": day})

    def night(self, day: str, ok: tuple[int, ...] = (0,)) -> None:
        self.run("run", "--date", day, day=day, ok=ok)

    def feed(self, day: str) -> dict[str, Any]:
        said = json.loads((self.d.out / day / "summary.json").read_text())
        return next(f for f in said["datasets"] if f["dataset"] == "ward.bill")

    def sql(self, text: str) -> str:
        return self.d.cluster.psql(text, self.d.database).strip()

    def facts(self) -> str:
        return self.sql("select string_agg(record_key, ' ' order by record_key) from bidui.fact_ward__bill where ended is null")


def bill(n: int, person: int | None = None, day: str = "2026-03-01", fee: str = "1", grade: str = "A", changed: str = "") -> str:
    person = n if person is None else person
    return f"B{n:03d},{number(person)},甲{person},{day},{fee},{grade},{changed}"


__all__ = ["DEPARTMENT", "HEAD", "Ward", "bill", "number"]
