"""The tutorial is typed as it stands, in both languages, into a shell that knows what `make demo` gives: every command must
do what the page says, and print it."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "lib")]

from deployment import ROOT, Sandbox  # noqa: E402

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
PAGES = {"zh": "first-gateway.zh-CN.md", "en": "first-gateway.md"}


def steps(page: str) -> list[tuple[str, list[str]]]:
    """Commands, each with the lines it should print."""
    found: list[tuple[str, list[str]]] = []
    for kind, text in BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
        if kind == "sh":
            found.append((text, []))
        elif kind == "text":
            found[-1][1].extend(text.splitlines())
    return found


def pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("…"))


class Tutorial(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.sandbox = Sandbox(persons=1000, days=1, has_others=True)
        cls.sandbox.__enter__()
        cls.addClassCleanup(cls.sandbox.__exit__, None, None, None)

    def shell(self, language: str) -> tuple[Path, dict[str, str]]:
        """A tree as it lies after `make demo`: config/ and build/demo/env, and a published night."""
        d, day = self.sandbox.deployment(), self.sandbox.days[0]
        d.leave_others_out()                            # the page touches none of them
        d.run("init")
        self.sandbox.departments.day(day)
        d.run("roster", "load", extra={"BIDUI_TODAY": day})
        d.night(day, ok=(0, 3))
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="bidui-tutorial-")))
        (folder / "build/demo").mkdir(parents=True)
        shutil.copytree(d.config, folder / "config")
        known = {**d.environment({"BIDUI_TODAY": day}), "PATH": f"{os.environ.get('BUILD', ROOT / 'build')}:{os.environ['PATH']}"}
        if language == "en":
            known["BIDUI_LANG"] = "en"
        new = {name: value for name, value in known.items() if os.environ.get(name) != value}
        (folder / "build/demo/env").write_text("".join(f"export {n}='{v}'\n" for n, v in new.items()))
        return folder, {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}

    def typed(self, language: str) -> None:
        folder, env = self.shell(language)
        page = steps(PAGES[language])
        marks = "".join(f"{text}\necho; echo '=== end of step {n}'\n" for n, (text, _) in enumerate(page))
        (folder / "typed").write_text("exec 2>&1\n" + marks)
        done = subprocess.run(["bash", "typed"], cwd=folder, env=env, capture_output=True, text=True)
        rest = done.stdout
        for n, (text, lines) in enumerate(page):
            said, _, rest = rest.partition(f"=== end of step {n}\n")
            self.printed(text, lines, said)

    def printed(self, text: str, lines: list[str], said: str) -> None:
        """Each line of the page; … stands for anything, a line of it for any lines."""
        for line in lines:
            if line != "…":
                self.assertTrue(re.search(rf"(?m)^{pattern(line)}$", said), f"no {line!r} after typing\n{text}\n{said[-3000:]}")
        self.assertNotRegex(said, "command not found|No such file")

    def test_in_chinese(self) -> None:
        self.typed("zh")

    def test_in_english(self) -> None:
        self.typed("en")

    def test_both_pages_type_the_same(self) -> None:
        self.assertEqual([text.replace("export BIDUI_LANG=en\n", "") for text, _ in steps(PAGES["en"])],
                         [text for text, _ in steps(PAGES["zh"])])


if __name__ == "__main__":
    unittest.main()
