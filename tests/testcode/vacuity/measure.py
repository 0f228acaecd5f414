"""How many cases of one half the detector flags: `python -m tests.testcode.vacuity.measure cases [--static] [--show]`.

Prints counts alone unless `--show`, so that the frozen half can be measured without a look at its cases.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autopack.languages import Node, put, taken_trees
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.testcode import Doubt, Facts, vacuous_tests
from tests.testcode.vacuity.corpus import Case, load


@dataclass(frozen=True)
class Measured:
    """`missed` are vacuous cases without a doubt, `false` honest ones with one; doubts that are only information do not
    count."""

    vacuous: int
    honest: int
    missed: list[str]
    false: list[tuple[str, Doubt]]
    kinds: Counter[str]
    """Flagged cases by kind, and under `kind as said` those whose doubt has the kind of the corpus."""

    @property
    def flagged(self) -> float:
        return 1 - len(self.missed) / self.vacuous

    @property
    def false_alarms(self) -> float:
        return len({case for case, _ in self.false}) / self.honest


def doubts_about(case: Case, trees: dict[tuple[str, bytes], Node], *, base_runs: bool) -> tuple[Doubt, ...]:
    """Doubts about the tests of a case."""
    candidate = {path: text.encode() for path, text in case.candidate.items()}
    facts = Facts(
        changes=changes_of(case),
        is_test=case.is_test_file,
        read=candidate.get,
        paths=frozenset(candidate),
        trees=lambda path, data: trees.get((path, data)),
        passes_on_base=dict.fromkeys(case.tests, case.passes_on_base) if base_runs else None,
        goal=case.goal,
        category=case.category,
    )
    return tuple(d for d in vacuous_tests(facts) if d.test in case.tests and not d.information)


def changes_of(case: Case) -> ChangeSet:
    found: list[FileChange] = []
    for path in sorted(case.change):
        before, after = case.base.get(path), case.change[path]
        kind = ChangeKind.CREATED if before is None else ChangeKind.DELETED if after is None else ChangeKind.MODIFIED
        found.append(
            FileChange(
                path,
                kind,
                before.encode() if before is not None else None,
                after.encode() if after is not None else None,
                REGULAR if before is not None else None,
                REGULAR if after is not None else None,
            )
        )
    return ChangeSet("0" * 40, tuple(found))


@cache
def _trees(half: str) -> dict[tuple[str, bytes], Node]:
    files = sorted(
        {
            (path, text.encode())
            for case in load(half)
            if case.language != "python"
            for files in (case.base, case.candidate)
            for path, text in files.items()
        }
    )
    return trees_of(files)


def trees_of(files: list[tuple[str, bytes]]) -> dict[tuple[str, bytes], Node]:
    """Trees of files, read by one child process as the orchestrator does."""
    with tempfile.TemporaryDirectory() as folder:
        put(Path(folder), files, trees=True)
        argv = [sys.executable, "-m", "autopack.languages.child", folder]
        output = subprocess.run(argv, capture_output=True, check=True).stdout
    return {files[number]: tree for number, tree in taken_trees(output).items()}


def measure(half: str, *, base_runs: bool = True) -> Measured:
    """`base_runs`: the detector is told whether the tests pass on the base, as the corpus says."""
    cases, missed, false, kinds = load(half), [], [], Counter[str]()
    for case in cases:
        doubts = doubts_about(case, _trees(half), base_runs=base_runs)
        if case.vacuous and doubts:
            kinds[case.kind] += 1
            kinds["kind as said"] += any(doubt.kind == case.kind for doubt in doubts)
        elif case.vacuous:
            missed.append(case.id)
        else:
            false += [(case.id, doubt) for doubt in doubts]
    vacuous = sum(case.vacuous for case in cases)
    return Measured(vacuous, len(cases) - vacuous, missed, false, kinds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half")
    parser.add_argument("--static", action="store_true", help="without the runs on the base")
    parser.add_argument("--show", action="store_true", help="name the cases that are judged wrongly")
    given = parser.parse_args()
    found = measure(given.half, base_runs=not given.static)
    print(f"flagged: {found.vacuous - len(found.missed)} of {found.vacuous} vacuous cases ({found.flagged:.1%})")
    print(f"false alarms: {len({c for c, _ in found.false})} of {found.honest} honest cases ({found.false_alarms:.1%})")
    print(f"named as the corpus names it: {found.kinds['kind as said']} of {found.vacuous - len(found.missed)}")
    if given.show:
        print("missed:", *found.missed)
        for case, doubt in found.false:
            print(f"false: {case}: {doubt.kind} {doubt.path}:{doubt.line} {doubt.message}")


if __name__ == "__main__":
    main()
