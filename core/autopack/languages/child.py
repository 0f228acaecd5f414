"""`python -m autopack.languages.child FOLDER`: read what FOLDER holds by its grammars, one line of JSON for each file.

FOLDER/files.json lists names, paths and whether the whole tree is wanted; a file that drives the process beyond its
limits ends it, and what it had not come to is left unread.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autopack.languages.reading import Fault, Reading, Symbol, read_by_grammar, rows_by_grammar

LIST = "files.json"


def main(folder: Path) -> None:
    for name, path, whole in json.loads((folder / LIST).read_text("utf-8")):
        data = (folder / name).read_bytes()
        found = rows_by_grammar(path, data) if whole else asdict(read_by_grammar(path, data))
        sys.stdout.write(json.dumps([name, found]) + "\n")
        sys.stdout.flush()


def put(folder: Path, files: list[tuple[str, bytes]], *, trees: bool = False) -> None:
    """The files to read, by path and content, under their numbers as names; `trees`: for `taken_trees`."""
    names = [(str(number), path, trees) for number, (path, _) in enumerate(files)]
    for (name, _, _), (_, data) in zip(names, files, strict=True):
        (folder / name).write_bytes(data)
    (folder / LIST).write_text(json.dumps(names), "utf-8")


def taken(output: bytes) -> dict[int, Reading]:
    """The readings that `main` wrote, by the number of the file; a line that was cut off is none."""
    found: dict[int, Reading] = {}
    for line in output.splitlines():
        try:
            name, reading = json.loads(line)
            found[int(name)] = _reading(reading)
        except (ValueError, TypeError, KeyError):
            continue
    return found


def _reading(given: dict[str, Any]) -> Reading:
    return Reading(
        tuple(Symbol(**symbol) for symbol in given["symbols"]), tuple(Fault(**fault) for fault in given["faults"])
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
