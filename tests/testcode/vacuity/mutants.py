"""What the tests of one half notice of mutants: `python -m tests.testcode.vacuity.mutants cases [--most 6]`.

For each Python case the mutants of the change are laid over the candidate and the case's tests are run: honest tests should
notice at least one, vacuous ones none.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from autopack.mutation import Mutant, mutants_of
from tests.testcode.vacuity.corpus import HERE, Case, Files, load
from tests.testcode.vacuity.measure import changes_of

BATCH = 40
"""Trees for one process of the runner."""


def mutants(case: Case, most: int) -> tuple[Mutant, ...]:
    return mutants_of(changes_of(case), None, most, is_test=case.is_test_file)


def noticed(cases: list[Case], most: int) -> dict[str, list[bool]]:
    """By case, for each of its mutants whether a test of the case failed."""
    found: dict[str, list[bool]] = defaultdict(list)
    trees = [(case, mutant) for case in cases for mutant in mutants(case, most)]
    for start in range(0, len(trees), BATCH):
        with tempfile.TemporaryDirectory() as folder:
            runs: dict[str, Case] = {}
            for number, (case, mutant) in enumerate(trees[start : start + BATCH]):
                at = Path(folder) / str(number)
                _write(at, {**case.candidate, mutant.path: mutant.content.decode()})
                runs[str(at)] = case
            for answer in _answers(list(runs)):
                case = runs[answer["folder"]]
                found[case.id].append(_failed(case, answer))
    return found


def _answers(folders: list[str]) -> list[dict[str, object]]:
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    argv = [sys.executable, str(HERE / "outcomes.py"), *folders]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, env=env)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _failed(case: Case, answer: dict[str, object]) -> bool:
    """Whether a test of the case failed, or could not be collected any more."""
    outcomes = answer["outcomes"]
    assert isinstance(outcomes, dict)
    own = [
        value for test in case.tests for node, value in outcomes.items() if node == test or node.startswith(test + "[")
    ]
    return "failed" in own or not own


def _write(folder: Path, files: Files) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half")
    parser.add_argument("--most", type=int, default=6)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    cases = [case for case in load(given.half) if case.language == "python"]
    found = noticed(cases, given.most)
    for vacuous in (False, True):
        own = [case for case in cases if case.vacuous == vacuous and case.id in found]
        none = [case for case in cases if case.vacuous == vacuous and case.id not in found]
        hit = [case for case in own if any(found[case.id])]
        tried = sum(len(found[case.id]) for case in own)
        killed = sum(sum(found[case.id]) for case in own)
        print(f"{'vacuous' if vacuous else 'honest'}: {len(hit)} of {len(own)} cases notice a mutant, {killed} of {tried} "
              f"mutants; {len(none)} cases have none")  # fmt: skip
        if given.show:
            odd = hit if vacuous else [case for case in own if case not in hit]
            print(
                "  against expectation:", *(case.id for case in odd), "| without mutants:", *(case.id for case in none)
            )


if __name__ == "__main__":
    main()
