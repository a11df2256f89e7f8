"""`python3 -m evaluator DATA CONFIG [ANSWERS]`: the lists of all nights as JSON."""
from __future__ import annotations

import json
import sys
from pathlib import Path

from .answers import Answer
from .lists import evaluate

if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: python3 -m evaluator DATA CONFIG [ANSWERS]")
    answers = json.loads(Path(sys.argv[3]).read_text()) if len(sys.argv) == 4 else []
    json.dump(evaluate(Path(sys.argv[1]), Path(sys.argv[2]), [Answer.of(row) for row in answers]), sys.stdout, ensure_ascii=False, indent=1)
    print()
