"""One county, one deployment and its states after each night, shared by all tests of this folder.

`SHARED` is made when a test first asks for it and removed when Python ends. `at(n)` gives a fresh deployment as it
stood after n nights: its database is a copy of a template, its out folder a copy of the files.
"""
from __future__ import annotations

import atexit
import shutil
import sys
from functools import cached_property
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from deployment import Departments, Deployment, Sandbox  # noqa: E402

LAST_DAY = "2026-11-22"
stderr_of_all: list[str] = []        # what every command said on stderr


def remember_stderr() -> None:
    run = Deployment.run

    def remembering(self: Deployment, *args: str, **kwargs):
        done = run(self, *args, **{**kwargs, "ok": None})
        stderr_of_all.append(done.stderr)
        ok = kwargs.get("ok", (0,))
        if ok is not None and done.returncode not in ok:
            raise AssertionError(f"bidui {' '.join(args)}: exit {done.returncode}, expected {ok}\n{done.stderr[-4000:]}")
        return done
    Deployment.run = remembering


def misbehave(departments: Departments, *lines: str) -> None:
    (departments.folder / "http/misbehave").write_text("".join(line + "\n" for line in lines))


class Shared:
    @cached_property
    def sandbox(self) -> Sandbox:
        remember_stderr()
        sandbox = Sandbox(persons=2000, days=4, last_day=LAST_DAY).__enter__()
        atexit.register(sandbox.__exit__, None, None, None)
        return sandbox

    @property
    def days(self) -> list[str]:
        return self.sandbox.days

    @property
    def departments(self) -> Departments:
        return self.sandbox.departments

    @cached_property
    def deployment(self) -> Deployment:
        """All nights, undisturbed."""
        d = self.sandbox.first_night()
        self._keep(d, 0)
        for n, day in enumerate(self.days, 1):
            d.night(day)
            self._keep(d, n)
        return d

    def _keep(self, d: Deployment, nights: int) -> None:
        self.sandbox.cluster.create(f"after{nights}", template=d.database)
        shutil.copytree(d.out, self.sandbox.root / f"out{nights}")

    def at(self, nights: int) -> Deployment:
        self.deployment
        d = self.sandbox.deployment(template=f"after{nights}")
        shutil.copytree(self.sandbox.root / f"out{nights}", d.out, dirs_exist_ok=True)
        for folder in ("housing", "roster"):        # what other tests left lying there
            for file in (self.departments.folder / folder).iterdir():
                file.unlink()
        return d

    def all_logs(self) -> str:
        return "".join(stderr_of_all)


SHARED = Shared()
