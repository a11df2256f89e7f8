"""Runs every suite and ends with `N passed, N failed`. run.py [SUITE...] runs some of them.

A suite is a command; what it says on its last lines is counted: cmocka's summary, unittest's, or the plain
`N passed, N failed`. A suite that fails without saying how many counts as one failure, one that counts nothing too.
"""
from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get("BUILD", ROOT / "build"))
ASAN = BUILD / "asan"
PY = "/usr/bin/python3"


def make(*args: str) -> str:
    return " ".join(["make --no-print-directory", *args])


# valgrind runs what neither loops over every day of two centuries nor forks
VALGRIND = ["base/map", "base/buf", "base/csv", "base/yaml", "base/keys", "base/str", "connectors/json",
            "connectors/xml", "connectors/document",
            "pipeline/config"]

SUITES: dict[str, list[str]] = {
    "lint": [make("lint"), "echo '1 passed, 0 failed'"],
    "unit": [make("check-unit")],
    "config": [make("check-config")],
    "integration": [make("check-pg")],  # not by default: the sanitized ones are the same, and e2e runs the program as built
    "sanitizers": [make(f"-j2 BUILD={ASAN} SANITIZE=address,undefined tests-built >/dev/null"),
                   make(f"BUILD={ASAN} SANITIZE=address,undefined check-unit"),
                   make(f"BUILD={ASAN} SANITIZE=address,undefined check-pg")],
    "valgrind": [f"valgrind -q --error-exitcode=9 --leak-check=full {BUILD}/tests/unit/{name}_test"
                 for name in VALGRIND]
                + [f"BIDUI_DATABASE= BIDUI_OUT=/tmp BIDUI_CODE_KEY={'11' * 32} BIDUI_SEAL_KEY={'22' * 32} valgrind -q"
                   f" --error-exitcode=9 --leak-check=full {BUILD}/bidui check --config config"],
    "fuzz": ["FUZZ_SECONDS=${FUZZ_SECONDS:-3} " + make("fuzz")],
    "generator": [f"{PY} tests/departments/check_generated.py", "echo '1 passed, 0 failed'"],
    "e2e": [f"{PY} -m unittest discover -v -s tests/e2e -p '*_test.py'"],
    "kill": [f"{PY} tests/fault/kill_walk.py --every 10"],
    "faults": [f"{PY} tests/fault/campaign.py --quick"],
}

# lines that say what failed, wherever they stand
TELLING = re.compile(r"^\[  (FAILED |ERROR  |  LINE  ) \]|^FAILED: |^(FAIL|ERROR): |runtime error|Sanitizer: ")
PATTERNS = [
    (re.compile(r"^(\d+) mistakes, \d+ failures", re.M), 0), (re.compile(r"^\d+ mistakes, (\d+) failures", re.M), 1),
    (re.compile(r"\[  PASSED  \] (\d+) test"), 0), (re.compile(r"\[  FAILED  \] (\d+) test"), 1),
    (re.compile(r"(?:^|: )(\d+) passed, \d+ failed", re.M), 0), (re.compile(r"(?:^|: )\d+ passed, (\d+) failed", re.M), 1),
]


def count(text: str) -> list[int]:
    totals = [0, 0]
    for pattern, column in PATTERNS:
        totals[column] += sum(int(n) for n in pattern.findall(text))
    ran = re.search(r"^Ran (\d+) tests?", text, re.M)
    if ran:
        bad = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", text))
        totals[0] += int(ran.group(1)) - bad
        totals[1] += bad
    return totals


def run_suite(name: str, commands: list[str]) -> list[int]:
    totals = [0, 0]
    for command in commands:
        done = subprocess.run(["bash", "-c", command], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env={**os.environ, "BUILD": str(BUILD)})
        counted = count(done.stdout)
        if done.returncode != 0:
            counted[1] = max(counted[1], 1)
            print("\n".join(line for line in done.stdout[:-6000].splitlines() if TELLING.search(line)))
            print(done.stdout[-6000:])
            print(f"failed: {command}")
        elif "valgrind -q" in command:
            counted = [max(counted[0], 1), 0]
        totals = [totals[0] + counted[0], totals[1] + counted[1]]
    if totals == [0, 0]:
        print(f"{name}: counted no test")
        totals[1] = 1
    return totals


# Suites wait for servers more than they reckon: two lanes at a time, each in order.
LANES = [["lint", "unit", "config", "integration", "e2e"], ["generator", "sanitizers", "valgrind", "fuzz", "kill", "faults"]]
BY_DEFAULT = set(SUITES) - {"integration"}


def run_lane(names: list[str], totals: list[int]) -> None:
    for name in names:
        began = time.monotonic()
        passed, failed = run_suite(name, SUITES[name])
        totals[0], totals[1] = totals[0] + passed, totals[1] + failed
        print(f"suite {name}: {passed} passed, {failed} failed ({time.monotonic() - began:.0f} s)", flush=True)


def main() -> int:
    chosen = set(sys.argv[1:] or BY_DEFAULT)
    totals = [0, 0]
    lanes = [threading.Thread(target=run_lane, args=([n for n in lane if n in chosen], totals)) for lane in LANES]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    print(f"{totals[0]} passed, {totals[1]} failed")
    return 1 if totals[1] else 0


if __name__ == "__main__":
    sys.exit(main())
