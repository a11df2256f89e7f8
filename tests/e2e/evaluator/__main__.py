"""`python3 -m evaluator DATA CONFIG`: the lists of all nights as JSON."""
from __future__ import annotations

import json
import sys
from pathlib import Path

from .lists import evaluate

if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python3 -m evaluator DATA CONFIG")
    json.dump(evaluate(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout, ensure_ascii=False, indent=1)
    print()
