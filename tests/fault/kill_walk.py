"""Kill -9 after every commit, fsync, rename and request of a run in turn; run it again; nothing may differ.

kill_walk.py [--every N] [--at-once N]: walks every Nth point (1: all) with one worker. Each point starts from a copy of
the database as it stood after the first night, so points do not lean on each other, and several are walked at once.
"""
from __future__ import annotations

import argparse
import re
import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from deployment import Deployment, Sandbox  # noqa: E402


DROPS = ("HOUSING_DIR", "ROSTER_DIR")
one_at_a_time = threading.Lock()


def prepare(s: Sandbox, name: str, template: str) -> Deployment:
    """A fresh copy of the state after night one, ready for night two."""
    with one_at_a_time:
        d = s.deployment(database=name, template=template)
    small_pages(d)
    shutil.copytree(s.root / "out1", d.out, dirs_exist_ok=True)
    d.extra = {"BIDUI_PAGES_PER_COMMIT": "1"}
    for variable in DROPS:  # files that are taken go
        shutil.copytree(s.departments.env[variable], d.folder / variable)
        d.extra[variable] = str(d.folder / variable)
    return d


def small_pages(d: Deployment) -> None:
    """More points: small pages, one worker."""
    d.edit("bidui.yaml", "workers: 2", "workers: 1")
    for name in ("education", "health_insurance"):
        path = d.config / f"connectors/{name}.yaml"
        path.write_text(re.sub(r"page_size: \d+", "page_size: 100", path.read_text()))


def discard(s: Sandbox, d: Deployment) -> None:
    s.cluster.psql(f'drop database if exists "{d.database}" with (force)', "postgres")
    shutil.rmtree(d.folder)


def differences(want: tuple[dict, dict], d: Deployment) -> list[str]:
    files, rows = d.files(), d.fact_rows()
    bad = [f"file {n}" for n in sorted(set(want[0]) | set(files)) if want[0].get(n) != files.get(n)]
    return bad + [f"table {t}" for t in want[1] if want[1][t] != rows.get(t)]


def one_point(s: Sandbox, want: tuple[dict, dict], kind: str, point: int) -> list[str]:
    d = prepare(s, f"{kind}{point}", "after1")
    killed = d.night(s.days[1], ok=None, switch=False, extra={"BIDUI_FAULT": f"{kind}:{point}"})
    if kind == "run" and killed.returncode != -9:
        return [f"point {point} was not reached (exit {killed.returncode})"]
    d.night(s.days[1], ok=(0, 3), switch=False)
    bad = differences(want, d)
    if bad:
        sys.stderr.write(f"{kind} point {point}: {', '.join(bad)}\n")
        if d.folder.exists() and "KEEP" in __import__("os").environ:
            return bad
    discard(s, d)
    return bad


def postgres_point(s: Sandbox, want: tuple[dict, dict], delay: float, number: int) -> list[str]:
    """PostgreSQL itself is killed after `delay` seconds of the run."""
    d = prepare(s, f"p{number}", "after1")
    timer = threading.Timer(delay, lambda: s.cluster.stop(kill9=True))
    timer.start()
    d.night(s.days[1], ok=None, switch=False)
    timer.join()
    s.cluster.start()
    d.night(s.days[1], ok=(0, 3), switch=False)
    bad = differences(want, d)
    discard(s, d)
    return bad


def undisturbed(s: Sandbox) -> tuple[tuple[dict, dict], int, float]:
    first = s.first_night(database="after1")
    small_pages(first)
    first.night(s.days[0], ok=(0, 3))
    shutil.copytree(first.out, s.root / "out1")
    s.departments.day(s.days[1])
    d = prepare(s, "undisturbed", "after1")
    began = time.monotonic()
    done = d.night(s.days[1], ok=(0, 3), switch=False, extra={"BIDUI_FAULT": "count"})
    seconds = time.monotonic() - began
    points = int(re.search(r"fault_points=(\d+)", done.stderr).group(1))
    want = (d.files(), d.fact_rows())
    return want, points, seconds


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--persons", type=int, default=1200)
    parser.add_argument("--at-once", type=int, default=3)
    args = parser.parse_args()
    passed = failed = 0
    with Sandbox(persons=args.persons, days=2) as s:
        want, points, seconds = undisturbed(s)
        print(f"kill points in a run: {points}", flush=True)
        if points < 200:
            print("fewer than 200 kill points", file=sys.stderr)
            failed += 1
        walk = [(kind, point) for kind, step in (("run", args.every), ("worker", args.every * 2))
                for point in range(1, points + 1, step)]
        with ThreadPoolExecutor(args.at_once) as pool:
            for bad in pool.map(lambda at: one_point(s, want, *at), walk):
                passed, failed = passed + (not bad), failed + bool(bad)
        for i in range(max(2, 20 // args.every)):
            bad = postgres_point(s, want, seconds * (i + 0.5) / max(2, 20 // args.every), i)
            passed, failed = passed + (not bad), failed + bool(bad)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
