"""Replay every committed change set in every answer form, every seeded regression, and every regression behind a mask (the
tests it breaks skipped, deleted or emptied), through the real command line.

`python -m benchmarks.real_input [PROJECT ...]` writes benchmarks/results/real-input.json and ends with 1 when any run was
not what it must be. A release that cannot be fetched is a failure that names it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.real.answers import FORMS
from tests.real.manifest import ChangeSetEntry, Manifest, all_manifests
from tests.real.masks import MASKS, NotMasked
from tests.real.mutants import Mutant
from tests.real.releases import RegistryOutage
from tests.real.replay import Replay, replay

HIDDEN = {"AP401", "AP403", "AP405"}
"""What a masked regression is stopped by: a test that breaks, is gone, or was tampered with."""
RESULTS = Path(__file__).parent / "results" / "real-input.json"


def cases(manifest: Manifest) -> Iterator[tuple[ChangeSetEntry, str, Mutant | None, str]]:
    """Each change set in each form; each regression, bare and behind each mask, in the forms by turns."""
    turn = 0
    for entry in manifest.sets:
        for form in FORMS:
            yield entry, form, None, ""
        for mutant in entry.mutants:
            for mask in ("", *MASKS):
                yield entry, list(FORMS)[turn % len(FORMS)], mutant, mask
                turn += 1


def fault_of(result: Replay, mutant: Mutant | None, mask: str = "") -> str:
    """What is wrong with a run, or "": a change set must complete to the byte, a regression never, masked or not."""
    if not result.untouched:
        return "the user's side changed"
    if mutant is not None:
        if result.complete or result.phase == "COMPLETE":
            return "a regression completed"
        if not result.at_base:
            return "a regression moved the run's tip"
        if mask:
            return "" if HIDDEN & {*result.codes} else f"a masked regression was stopped by {result.codes}"
        if "AP401" not in result.codes:
            return f"a regression was stopped by {result.codes or 'nothing named'}, not by its test"
        return ""
    if not result.complete:
        return f"not complete: {result.state} {result.phase} {', '.join(result.codes)}"
    return "" if result.identical else "the tree differs"


def measure(manifest: Manifest, say: Any = print) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for entry, form, mutant, mask in cases(manifest):
        try:
            with tempfile.TemporaryDirectory(prefix="autopack-real-") as folder:
                result = replay(manifest, entry, form, Path(folder) / "run", mutant, mask)
        except NotMasked as why:
            say(f"{manifest.name} {entry.id} {mask}: left out, {why}", flush=True)
            continue
        fault = fault_of(result, mutant, mask)
        row: dict[str, Any] = {
            "project": manifest.project, "from": manifest.old.version, "to": manifest.new.version, "set": entry.id,
            "files": len(entry.slice.paths), "form": form, "state": result.state, "phase": result.phase,
            "codes": sorted({*result.codes}), "identical": result.identical, "user_untouched": result.untouched,
            "seconds": result.seconds, "fault": fault,
        }  # fmt: skip
        if mutant is not None:
            row["regression"] = f"{mutant.kind} at {mutant.path}:{mutant.line}:{mutant.column}"
        if mask:
            row["mask"] = mask
        if fault:
            row["why"] = result.why
        rows.append(row)
        say(f"{manifest.name} {entry.id} {form} {row.get('regression', '')} {mask}: {fault or 'as it must be'} "
            f"({result.seconds} s)", flush=True)  # fmt: skip
    return rows


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts with their n."""
    changes = [r for r in rows if "regression" not in r]
    faults = [r for r in rows if "regression" in r and "mask" not in r]
    masks = [r for r in rows if "mask" in r]
    projects = sorted({r["project"] for r in rows})
    return {
        "projects": len(projects),
        "change_sets": len({(r["project"], r["from"], r["set"]) for r in changes}),
        "runs": len(changes),
        "complete_and_identical": sum(not r["fault"] for r in changes),
        "regressions": len(faults),
        "regressions_completed": sum(r["phase"] == "COMPLETE" for r in faults),
        "regressions_stopped_by_their_test": sum(not r["fault"] for r in faults),
        "masked_regressions": len(masks),
        "masked_completed": sum(r["phase"] == "COMPLETE" for r in masks),
        "masked_stopped_for_what_they_did": sum(not r["fault"] for r in masks),
        "user_side_changed": sum(not r["user_untouched"] for r in rows),
        "seconds": round(sum(r["seconds"] for r in rows), 1),
        "per_project": {
            p: {
                "change_sets": len({(r["from"], r["set"]) for r in changes if r["project"] == p}),
                "regressions": sum(r["project"] == p for r in faults),
            }
            for p in projects
        },
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", nargs="*", help="only these projects; the rows of the others stay as they are")
    chosen = parser.parse_args(argv).project
    rows: list[dict[str, Any]] = []
    if chosen and RESULTS.exists():
        rows = [r for r in json.loads(RESULTS.read_text("utf-8"))["runs"] if r["project"] not in chosen]
    outages: list[str] = []
    for manifest in all_manifests():
        if chosen and manifest.project not in chosen:
            continue
        try:
            rows += measure(manifest)
        except RegistryOutage as outage:
            outages.append(str(outage))
            print(f"REGISTRY OUTAGE {outage}", file=sys.stderr)
        write(rows, outages)
    print(json.dumps(summary(rows), indent=1))
    return 1 if outages or not rows or any(r["fault"] for r in rows) else 0


def write(rows: list[dict[str, Any]], outages: list[str]) -> None:
    """The results so far: a long measure that is broken off keeps what it has seen."""
    rows.sort(key=lambda r: (r["project"], r["from"]))
    result = {"summary": summary(rows), "outages": outages, "failures": [r for r in rows if r["fault"]], "runs": rows}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
