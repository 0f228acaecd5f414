"""Spoil the diffs of real change sets in every way of tests/malformed/kinds.py and count who gets them right.

`python -m benchmarks.malformed [PROJECT ...] [--seed N] [--each N]` writes benchmarks/results/malformed.json and ends with
1 when anything wrong was applied, or less than 98 % of what can be recovered was.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.malformed.judge import OTHERS, REFUSED, RIGHT, WRONG, Applier, Autopack, judged
from tests.malformed.kinds import RECOVER, REFUSE, Source, Spoilt
from tests.malformed.sources import real
from tests.real.manifest import all_manifests

RESULTS = Path(__file__).parent / "results" / "malformed.json"
GOAL = 0.98
SEED = 20261128


def variants(sources: Iterable[Source], seed: int, each: int) -> Iterable[tuple[str, str, Spoilt]]:
    """(kind, name with its seed, answer): every kind on every source, `each` times where chance has a part in it."""
    for source in sources:
        for kind, spoil in (RECOVER | REFUSE).items():
            seen: set[str] = set()
            for turn in range(each):
                name = f"{seed} {source.name} {kind} {turn}"
                spoilt = spoil(source, random.Random(name))
                if spoilt is not None and spoilt.text not in seen:
                    seen.add(spoilt.text)
                    yield kind, name, spoilt


def measure(
    sources: Iterable[Source], appliers: dict[str, Applier], seed: int, each: int, say: Any = print
) -> dict[str, Any]:
    """Counts per kind and applier, the rungs of what was right, and every variant that Autopack did not do as it must."""
    counts: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    rungs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    missed: list[dict[str, str]] = []
    for kind, name, spoilt in variants(sources, seed, each):
        for who, apply in appliers.items():
            said = judged(spoilt, apply(spoilt))
            counts[kind][who][said] += 1
            if isinstance(apply, Autopack):
                if said == RIGHT:
                    rungs[kind][apply.why] += 1
                if said == WRONG or (said == REFUSED and kind in RECOVER):
                    missed.append({"seed": name, "kind": kind, "was": said, "why": apply.why[:600]})
                    say(f"{said}: {name}: {apply.why.splitlines()[0][:150]}", flush=True)
    return {"counts": counts, "rungs": rungs, "missed": missed}


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Per applier: the share of the recoverable that came out right, and how much was applied wrongly, with their n."""
    total: dict[str, Any] = {}
    for who in ("Autopack", *OTHERS):
        sums = {"recover": Counter[str](), "refuse": Counter[str]()}
        for kind, by in found["counts"].items():
            sums["recover" if kind in RECOVER else "refuse"].update(by.get(who, {}))
        n, m = sums["recover"].total(), sums["refuse"].total()
        if n + m:
            total[who] = {
                "recoverable": n,
                "recovered": sums["recover"][RIGHT],
                "recovered_share": round(sums["recover"][RIGHT] / max(n, 1), 4),
                "wrong_among_recoverable": sums["recover"][WRONG],
                "to_refuse": m,
                "applied_of_to_refuse": sums["refuse"][WRONG],
            }
    return total


def table(found: dict[str, Any]) -> str:
    who = ["Autopack", *OTHERS]
    rows = [f"{'kind':42} {'n':>5}  " + "  ".join(f"{each:>20}" for each in who) + "   (right refused wrong)"]
    for kind in [*RECOVER, *REFUSE]:
        by = found["counts"].get(kind)
        if by:
            cells = (f"{by[w][RIGHT]:>6} {by[w][REFUSED]:>6} {by[w][WRONG]:>6}" for w in who)
            rows.append(f"{kind:42} {by['Autopack'].total():>5}  " + "  ".join(cells))
    return "\n".join(rows)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", nargs="*")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--each", type=int, default=2, help="variants of each kind and change set")
    parser.add_argument("--alone", action="store_true", help="without git apply and patch beside it")
    args = parser.parse_args(argv)
    print(f"seed {args.seed}")
    chosen = [m for m in all_manifests() if not args.project or m.project in args.project]
    with tempfile.TemporaryDirectory(prefix="autopack-malformed-") as folder:
        appliers: dict[str, Applier] = {"Autopack": Autopack(Path(folder))} | ({} if args.alone else OTHERS)
        found = measure((s for m in chosen for s in real(m)), appliers, args.seed, args.each)
    total = summary(found)
    print(table(found))
    print(json.dumps(total, indent=1))
    if not args.project and not args.alone:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({"seed": args.seed, "summary": total, **found}, indent=1) + "\n", "utf-8")
    mine = total["Autopack"]
    wrong = mine["wrong_among_recoverable"] + mine["applied_of_to_refuse"]
    return 1 if wrong or mine["recovered_share"] < GOAL else 0


if __name__ == "__main__":
    sys.exit(main())
