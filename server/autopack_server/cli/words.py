"""The words people see for states, outcomes, steps and cost, and the commands they may type next."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autopack.text import duration

OUTCOMES = {
    "complete": "complete",
    "answer_refused": "the answer was refused",
    "policy_refused": "refused by policy",
    "tests_failed": "tests failed",
    "audit_rejected": "rejected by the audit",
    "gates_failed": "stopped by a gate",
    "person_rejected": "rejected by a person",
    "asked": "asked for a wider scope",
    "person_selected": "taken in part by a person",
    "waiting": "waits for a person",
    "budget": "its budget is used up",
    "provider": "the model could not be asked",
    "environment": "given back",
}

STEPS = {"baseline": "baseline", "build": "builder", "test": "tests", "audit": "auditor"}
"""The steps worth a line: the others take milliseconds, and what they decide is told by findings and outcomes."""

STATE_STYLE = {
    "COMPLETE": "green", "DONE_SUCCESS": "green", "FAILED": "red", "BLOCKED": "yellow", "AWAITING_APPROVAL": "yellow",
    "STOPPED": "yellow", "SKIPPED": "dim", "QUEUED": "dim",
}  # fmt: skip


def state_style(state: str) -> str:
    return "red" if state.startswith("DONE_FAILED") else STATE_STYLE.get(state, "bold")


class Commands:
    """Commands to paste: with --repo where the current folder is not in the repository."""

    def __init__(self, root: Path, here: Path | None = None) -> None:
        here = (here or Path.cwd()).resolve()
        inside = here == root or root in here.parents
        self._repo = [] if inside else ["--repo", str(root)]

    def of(self, *words: str) -> str:
        return shlex.join(["autopack", *words, *self._repo])


def cost(usage: Mapping[str, Any]) -> str:
    """`900 tokens in, 120 out, $0.0030`; what nobody reported is said, not counted as zero."""
    tokens_in, tokens_out, usd = (usage.get(k) for k in ("input_tokens", "output_tokens", "cost_usd"))
    parts: list[str] = []
    if tokens_in is None and tokens_out is None:
        parts.append("usage not reported")
    else:
        parts.append(f"{tokens_in or 0:,} tokens in, {tokens_out or 0:,} out")
    if usd is not None:
        parts.append(f"${usd:.4f}" if usd < 1 else f"${usd:.2f}")
    return ", ".join(parts)


def took(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)


def counted_tests(report: Mapping[str, Any]) -> str:
    """`20 passed, 1 failed`, from a test report as JSON types."""
    counted = Counter(str(result["outcome"]) for result in report["results"])
    return ", ".join(f"{count} {name}" for name, count in counted.most_common()) or "no results"
