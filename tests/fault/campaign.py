#!/usr/bin/python3
"""Every kind of connector against every fault that can befall it: retry, hold or a clear error; never a duplicate, a
loss, a hang or a leak.

campaign.py [--quick] [--kind KIND] [--fault WORD]    --quick: those marked so in table.py

A case is a deployment of its own whose roster is loaded. One pull runs under the fault and must end as table.py says:
its facts are all of the undisturbed pull's or none, and nothing of it is left behind: no file in the temporary folder,
no process, no session of the database, no open file. Then the pull is run again, undisturbed, in the same edition, and
must come to the undisturbed facts, row by row."""
from __future__ import annotations

import argparse
import fnmatch
import os
import re
import sys
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from faults import Fault  # noqa: E402
from table import CASES, Case  # noqa: E402
from world import Kind, World  # noqa: E402
from deployment import BUILD, Deployment  # noqa: E402

LONGEST_S = 200          # a pull that takes longer hangs
HEALTHY = {"complete", "unchanged"}
SETTLED = {"held", "late", "not_due"}
LANES_AT_ONCE = 3
NUMBER = re.compile(r"(?<!\d)99\d{15}[\dX](?!\d)")


class Undisturbed:
    """What a pull without a fault comes to, for one kind."""

    def __init__(self, world: World, kind: Kind):
        self.d = world.deployment(kind, f"undisturbed_{kind.name}")
        pull(self.d, kind, {}, ())
        self.rows, self.open_files = rows_of(self.d, kind), open_files(self.d)
        if not self.rows:
            raise AssertionError(f"{kind.name}: no facts without a fault")


def pull(d: Deployment, kind: Kind, extra: dict[str, str], prefix: tuple[str, ...], ok: tuple[int, ...] | None = (0,)):
    (d.folder / "open").unlink(missing_ok=True)
    return d.run("pull", kind.dataset, ok=ok, timeout=LONGEST_S, prefix=prefix,
                 extra={"LD_PRELOAD": str(BUILD / "tests/lib/open_files.so"), "OPEN_FILES": str(d.folder / "open"),
                        "FAULT_CASE": d.database, **extra})


def rows_of(d: Deployment, kind: Kind) -> list[str]:
    """The facts but where in the source they stood, and what waits beside them."""
    table, mine = kind.dataset.replace(".", "__"), f" where dataset = '{kind.dataset}'"
    sql = ";".join(f"select '{name} ' || (to_jsonb(t) - 'page' - 'row_number')::text from bidui.{name} t{where} order by 1"
                   for name, where in ((f"fact_{table}", ""), ("review", mine), ("quarantine", mine)))
    return [re.sub(r'"(review_no|number|sealed|seal|content)": ("[^"]*"|\d+|null)(, )?', "", line)
            for line in d.cluster.psql(sql, d.database).splitlines()]


def facts_only(rows: list[str]) -> list[str]:
    return [r for r in rows if r.startswith("fact_")]


def open_files(d: Deployment) -> list[str]:
    """What the processes of the last pull held open at their end, the fullest of each kind of process."""
    lines = (d.folder / "open").read_text().splitlines()
    return sorted(" ".join(sorted(line.split())) for line in lines)


# -- one case ---------------------------------------------------------------------------------------------------------


def processes_of(case: str) -> list[str]:
    mark = f"FAULT_CASE={case}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            pass
    return found


def sessions_of(d: Deployment) -> list[str]:
    """Still there after a while: a server process ends a moment after its client."""
    for _ in range(50):
        names = d.cluster.psql("select coalesce(nullif(application_name, ''), 'one without a name') from pg_stat_activity"
                               f" where datname = '{d.database}'", "postgres").splitlines()
        if not names:
            break
        time.sleep(0.1)
    return names


def leaks(d: Deployment, undisturbed: Undisturbed) -> list[str]:
    """What the pull has left behind."""
    bad = [f"left in the temporary folder: {p.name}" for p in (d.folder / "tmp").rglob("*")]
    bad += [f"process left: {p}" for p in processes_of(d.database)]
    bad += [f"session left: {s}" for s in sessions_of(d)]
    most = max(len(line.split()) for line in undisturbed.open_files)
    bad += [f"open at the end: {line}" for line in open_files(d) if len(line.split()) > most]
    return bad


def outcome_of(done, kind: Kind, d: Deployment) -> str:
    """The verdict in one word, and why."""
    said = re.search(rf"^{re.escape(kind.dataset)} (\w+) \d+$", done.stdout, re.M)
    if said is None:
        return f"no verdict, exit {done.returncode}"
    wanted = 0 if said[1] in HEALTHY | {"not_due"} else 3
    if done.returncode != wanted:
        return f"{said[1]}, exit {done.returncode}"
    return said[1]


def reasons_of(d: Deployment, kind: Kind) -> str:
    return d.cluster.psql(f"select coalesce(reasons::text, '') from bidui.delivery where dataset = '{kind.dataset}'",
                          d.database).strip()


def complaints(done, outcome: str, reasons: str) -> list[str]:
    bad = []
    if "pull worker died" in done.stderr:
        bad.append("a worker died")
    if NUMBER.search(done.stderr + done.stdout):
        bad.append("an identity number in what was said")
    if outcome in ("failed", "incomplete", "held") and len(reasons) < 3:
        bad.append("no reason stands beside the verdict")
    return bad


def run_case(world: World, case: Case, kind: Kind, undisturbed: Undisturbed, name: str) -> tuple[str, list[str]]:
    """The outcome, and everything that is wrong with it."""
    d = world.deployment(kind, name)
    with case.fault.during(world, kind, d) as (extra, prefix):
        done = pull(d, kind, extra, prefix, ok=None)
    outcome, reasons = outcome_of(done, kind, d), reasons_of(d, kind)
    bad = complaints(done, outcome, reasons) + leaks(d, undisturbed)
    if outcome not in case.expected:
        bad.append(f"expected {' or '.join(case.expected)}: {done.stderr[-1500:]}")
    if case.fault.says not in done.stderr:
        bad.append(f"nothing says {case.fault.says}: {done.stderr[-1500:]}")
    rows = rows_of(d, kind)
    if outcome == "complete" and not case.is_lossy and rows != undisturbed.rows:
        bad.append(f"complete, and its facts differ: {different(undisturbed.rows, rows)}")
    if outcome != "complete" and facts_only(rows):
        bad.append(f"{outcome}, and {len(facts_only(rows))} rows are facts")
    if not case.is_lossy:
        bad += run_again(world, d, kind, undisturbed, outcome in SETTLED)
    told = f"{outcome} {reasons}" if outcome != "complete" else outcome
    if not bad:
        world.tidy(d)
    return told, bad


def run_again(world: World, d: Deployment, kind: Kind, undisturbed: Undisturbed, is_settled: bool) -> list[str]:
    """A verdict that isn't failed or incomplete stands until the edition gets another date than it was pulled on."""
    if is_settled:
        done = d.run("run", "--date", world.next_day, ok=(0, 3), timeout=LONGEST_S, extra={"BIDUI_TODAY": world.next_day})
        outcome = d.cluster.psql(f"select verdict from bidui.delivery where dataset = '{kind.dataset}'", d.database).strip()
    else:
        done = pull(d, kind, {}, (), ok=None)
        outcome = outcome_of(done, kind, d)
    bad = [f"run again: {b}" for b in complaints(done, outcome, "none") + leaks(d, undisturbed)]
    if outcome not in HEALTHY:
        return bad + [f"run again: {outcome}: {done.stderr[-1500:]}"]
    rows = rows_of(d, kind)
    return bad + ([f"run again, its facts differ: {different(undisturbed.rows, rows)}"] if rows != undisturbed.rows else [])


def different(want: list[str], got: list[str]) -> str:
    lost, more = sorted(set(want) - set(got)), sorted(set(got) - set(want))
    return (f"{len(want)} rows wanted, {len(got)} got, {len(lost)} lost, {len(more)} more;"
            f" lost {lost[:1]}, more {more[:1]}")


# -- all of them ------------------------------------------------------------------------------------------------------


class Campaign:
    def __init__(self, world: World):
        self.world, self.lock = world, threading.Lock()
        self.passed = self.failed = 0

    def tell(self, kind: Kind, fault: Fault, outcome: str, bad: list[str], seconds: float) -> None:
        with self.lock:
            self.passed, self.failed = self.passed + (not bad), self.failed + bool(bad)
            print(f"{kind.name:17} {fault.title:44} {outcome}  ({seconds:.1f} s)", flush=True)
            for line in bad:
                print(f"FAILED: {kind.name} {fault.title}: {line}", flush=True)

    def lane(self, kinds: list[Kind], cases: list[tuple[int, Case, Kind]]) -> None:
        for kind in kinds:
            mine = [(n, case) for n, case, of in cases if of is kind]
            if not mine:
                continue
            undisturbed = Undisturbed(self.world, kind)
            for n, case in mine:
                began = time.monotonic()
                try:
                    outcome, bad = run_case(self.world, case, kind, undisturbed, f"case{n}")
                except Exception:
                    outcome, bad = "error", [traceback.format_exc()]
                self.tell(kind, case.fault, outcome, bad, time.monotonic() - began)
            self.world.tidy(undisturbed.d)

    def run(self, cases: list[tuple[int, Case, Kind]]) -> None:
        lanes: dict[str, list[Kind]] = {}
        for kind in self.world.kinds.values():
            lanes.setdefault(kind.lane, []).append(kind)
        gate = threading.Semaphore(LANES_AT_ONCE)

        def one(kinds: list[Kind]) -> None:
            try:
                with gate:
                    self.lane(kinds, cases)
            except Exception:
                self.failed += 1
                print(f"FAILED: {traceback.format_exc()}", flush=True)
        threads = [threading.Thread(target=one, args=(kinds,)) for kinds in lanes.values()]
        for t in threads:
            t.start()
        for t in threads:
            t.join()


def chosen(world: World, args: argparse.Namespace) -> list[tuple[int, Case, Kind]]:
    found, n = [], 0
    for case in CASES:
        for kind in world.kinds.values():
            if any(fnmatch.fnmatch(kind.name, k) for k in case.kinds):
                n += 1
                if not case.fault.is_possible():
                    print(f"NOT TRIED, this user may not mount: {kind.name} {case.fault.title}", flush=True)
                    continue
                wanted = (not args.quick or kind.name in case.quick) and fnmatch.fnmatch(kind.name, args.kind)
                if wanted and args.fault in case.fault.title:
                    found.append((n, case, kind))
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--kind", default="*")
    parser.add_argument("--fault", default="")
    args = parser.parse_args()
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    with World() as world:
        campaign = Campaign(world)
        campaign.run(chosen(world, args))
    print(f"{campaign.passed} passed, {campaign.failed} failed")
    return 1 if campaign.failed or not campaign.passed else 0


if __name__ == "__main__":
    sys.exit(main())
