"""`python -m autopack.changes.schema FILE [--check]` writes the JSON Schema of the answer, or checks the file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autopack.changes.shape import answer_schema


def main(arguments: list[str]) -> int:
    """Write the schema to FILE; with --check only compare, exit code 1 when it differs."""
    names = [each for each in arguments if each != "--check"]
    if len(names) != 1:
        sys.stderr.write("usage: python -m autopack.changes.schema FILE [--check]\n")
        return 2
    path = Path(names[0])
    text = json.dumps(answer_schema(), indent=2) + "\n"
    if "--check" in arguments:
        same = path.exists() and path.read_text(encoding="utf-8") == text
        sys.stderr.write("" if same else f"{path} is out of date; run python -m autopack.changes.schema {path}\n")
        return 0 if same else 1
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
