"""What was gathered for an attempt, as lines for people; `--json` has all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopack.text import plural, visible
from autopack_server.cli.status import finding_lines
from autopack_server.cli.words import OUTCOMES, cost, counted_tests, took

_DELTA = {
    "newly_failing": "fails now, did not before",
    "still_failing": "failed before, fails still",
    "missing": "gone",
    "collection_errors": "cannot be collected",
    "flaky": "failed once, passed when run again",
    "fixed": "failed before, passes now",
    "new_passing": "new, passes",
}


def evidence_lines(data: Mapping[str, Any]) -> list[str]:
    """Outcome first, then what it stands on: candidate, tests against the baseline, checks, audit, a person's word."""
    outcome = data["outcome"]
    said = OUTCOMES.get(outcome["kind"], outcome["kind"]) if outcome else "not ended"
    detail = f" ({visible(outcome['detail'])})" if outcome and outcome["detail"] else ""
    lines = [f"{data['run']} {data['phase']}, attempt {data['attempt']}: {said}{detail}"]
    candidate = data["apply"]
    if candidate:
        lines.append(f"  candidate  {candidate['commit'][:12]} on {data['base'][:12]}, tree {candidate['tree'][:12]}")
    lines += _tests(data["test"]) + _audit(data["audit"])
    selection = data["selection"] or {}
    if selection.get("chosen"):
        lines.append(
            f"  chosen     what a person took of the change of request {selection['chosen']}; no model was asked"
        )
    if selection.get("held"):
        lines.append(f"  held to    what a person took of the change of request {selection['held']}")
    for request in data["requests"]:
        lines.append(f"  request    {request['id']} ({', '.join(request['codes'])}): {request['state']}")
        made = request["selection"]
        if made:
            lines.append(f"             taken: {', '.join(map(visible, made['chosen']))}")
            lines.append(f"             left out: {', '.join(map(visible, made['left']))}")
        if made and made["rest"]:
            lines.append(f"             of the rest: {visible(made['rest'])}")
    for call in data["calls"]:
        lines.append(
            f"  call       {call['role']} {call['call']}: {visible(call['model'])}, {cost({**call['usage'], **call})}"
        )
    slow = [f"{s['step']} {took(s['seconds'])}" for s in data["steps"] if (s["seconds"] or 0) >= 0.1]
    if slow:
        lines.append(f"  time       {', '.join(slow)}")
    if outcome:
        for found in outcome["findings"]:
            lines += finding_lines(found, "  ")
    return lines


def _tests(test: Mapping[str, Any] | None) -> list[str]:
    if test is None:
        return []
    lines: list[str] = []
    report = test["report"]
    if report is None:
        lines.append("  tests      none were run")
    else:
        lines.append(
            f"  tests      {counted_tests(report)} ({report['runner']}, {report['end']}, {took(report['duration'])})"
        )
    if test.get("first"):
        lines.append(f"  first      {_first(test['first'])}")
    for key, words in _DELTA.items():
        names = [visible(str(name)) for name in test["delta"][key]]
        if names:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            lines.append(f"             {words} ({len(names)}): {', '.join(names[:5])}{more}")
    if test["positive"]:
        lines.append(f"  positive   {visible(test['positive'])}")
    noticed, asked = test.get("mutants") or (0, 0)
    if asked:
        lines.append(f"  mutants    {noticed} of {plural(asked, 'small error')} in the changed lines noticed")
    if test.get("coverage"):
        lines.append(f"  coverage   {_coverage(test['coverage'])}")
    for check in test["checks"]:
        lines.append(
            f"  check      {visible(' '.join(check['argv']))}: {check['base_exit']} before, {check['exit']} now"
        )
    return lines


def _first(first: Mapping[str, Any]) -> str:
    said = f"{first['ran']} of {first['of']} tests in {took(first['seconds'])}"
    return (
        f"{said}, which settled it: {took(first['saved'])} saved" if first["stopped"] else f"{said}, then all of them"
    )


def _coverage(found: Mapping[str, Any]) -> str:
    said = f"{found['added_executed']} of {found['added']} added lines of code executed"
    if found["before"] is None or found["after"] is None:
        return said
    return f"{said}, of the product {found['before']:.1%} before and {found['after']:.1%} now"


def _audit(audit: Mapping[str, Any] | None) -> list[str]:
    if audit is None:
        return []
    if not audit["available"]:
        return [f"  audit      none: {visible(audit['detail'])}"]
    said = "approved" if audit["approved"] else "not approved"
    return [f"  audit      {said} by {visible(audit['model'])}, {plural(len(audit['issues']), 'issue')}"]
