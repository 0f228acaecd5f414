"""Writes the JSON Schema: `python -m autopack.plans.schema docs/plan.schema.json [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path

from autopack.plans.contract import schema_text


def main(arguments: list[str]) -> int:
    """0 when written or, with --check, up to date; 1 when out of date; 2 for a wrong call."""
    check = "--check" in arguments
    paths = [argument for argument in arguments if argument != "--check"]
    if len(paths) != 1:
        print("usage: python -m autopack.plans.schema FILE [--check]", file=sys.stderr)
        return 2
    path, text = Path(paths[0]), schema_text()
    if check:
        current = path.read_text("utf-8") if path.exists() else ""
        if current != text:
            print(f"{path} is out of date: python -m autopack.plans.schema {path}", file=sys.stderr)
        return 0 if current == text else 1
    path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
