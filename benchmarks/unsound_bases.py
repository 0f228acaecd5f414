"""Replay every committed change set on a base whose own tests fail, or fail at times: none may be stopped by that. Then the
seeded regressions on the bases with unsteady tests: none may complete.

`python -m benchmarks.unsound_bases [PROJECT ...]` writes benchmarks/results/unsound-bases.json and ends with 1 when any run
was not what it must be.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.real_input import fault_of
from tests.real.answers import FORMS
from tests.real.manifest import ChangeSetEntry, Manifest, all_manifests
from tests.real.mutants import Mutant
from tests.real.replay import replay
from tests.real.unsound import KINDS

RESULTS = Path(__file__).parent / "results" / "unsound-bases.json"


def cases(manifest: Manifest) -> Iterator[tuple[ChangeSetEntry, str, Mutant | None, str]]:
    """Each change set on each kind of base, and each regression on the unsteady one, in the forms by turns."""
    turn = 0
    for entry in manifest.sets:
        for mutant, kind in ((None, KINDS[0]), (None, KINDS[1]), *((mutant, KINDS[1]) for mutant in entry.mutants)):
            yield entry, list(FORMS)[turn % len(FORMS)], mutant, kind
            turn += 1


def measure(manifest: Manifest, say: Any = print) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for entry, form, mutant, kind in cases(manifest):
        with tempfile.TemporaryDirectory(prefix="autopack-unsound-") as folder:
            result = replay(manifest, entry, form, Path(folder) / "run", mutant, base=kind)
        fault = fault_of(result, mutant)
        row: dict[str, Any] = {
            "project": manifest.project, "set": entry.id, "form": form, "base": kind, "regression": mutant is not None,
            "phase": result.phase, "codes": sorted({*result.codes}), "seconds": result.seconds, "fault": fault,
        }  # fmt: skip
        if fault:
            row["why"] = result.why
        rows.append(row)
        what = f"regression at {mutant.path}:{mutant.line}" if mutant else "the change"
        say(
            f"{manifest.name} {entry.id} {form}, {kind}, {what}: {fault or 'as it must be'} ({result.seconds} s)",
            flush=True,
        )
    return rows


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts with their n."""
    changes = [r for r in rows if not r["regression"]]
    faults = [r for r in rows if r["regression"]]
    return {
        "projects": len({r["project"] for r in rows}),
        **{f"{kind}_bases": sum(r["base"] == kind for r in changes) for kind in KINDS},
        **{f"{kind}_complete": sum(r["base"] == kind and not r["fault"] for r in changes) for kind in KINDS},
        "regressions": len(faults),
        "regressions_completed": sum(r["phase"] == "COMPLETE" for r in faults),
        "regressions_stopped_by_their_test": sum(not r["fault"] for r in faults),
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", nargs="*", help="only these projects; the rows of the others stay as they are")
    chosen = parser.parse_args(argv).project
    rows: list[dict[str, Any]] = []
    if chosen and RESULTS.exists():
        rows = [r for r in json.loads(RESULTS.read_text("utf-8"))["runs"] if r["project"] not in chosen]
    for manifest in all_manifests():
        if not chosen or manifest.project in chosen:
            rows += measure(manifest)
            told = {"summary": summary(rows), "runs": rows}
            RESULTS.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    print(json.dumps(summary(rows), indent=1))
    return 1 if any(r["fault"] for r in rows) or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
